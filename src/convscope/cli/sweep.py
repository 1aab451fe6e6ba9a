"""`convscope sweep`: search hyper-parameters."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convscope.cli.grammar.options import (
    Background,
    BadImages,
    BatchSize,
    ClassNames,
    Data,
    Device,
    Epochs,
    GroupBy,
    Input,
    Json,
    Labels,
    Layout,
    LearningRate,
    Recipe,
    Seed,
    Settings,
    Threads,
    Trainable,
    Weights,
    Workers,
    check_labels,
    data_options,
    output_option,
)
from convscope.cli.processes import resolve_device
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.cli.terminal.tables import print_payload
from convscope.errors import InputError
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from convscope.sweep import Outcome, Summary, TrialStarted
    from convscope.training.run.events import Event

STOPPED_RESUMABLE = 75


def sweep_command(
    architecture: Trainable,
    data: Data,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES", help="lr=1e-4..1e-1, or batch_size=64,128. Once or more."
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Total number of trials.")] = 20,
    recipe: Recipe = None,
    lr: LearningRate = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    input_size: Input = None,
    settings: Settings = None,
    output: Annotated[
        Path | None,
        output_option("Sweep folder; by default one under sweeps/.", metavar="FOLDER"),
    ] = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    weights: Weights = None,
    labels: Labels = None,
    bad_images: BadImages = "error",
    workers: Workers = None,
    device: Device = "auto",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Search hyper-parameters (Optuna), judged on the validation split.

    Run the same command again to continue after Ctrl-C or a kill, or with more --trials. Several
    processes that run it at once share the trials. The test split is never used. --seed is the
    seed of the search; that of training is a setting of the recipe.
    """
    from convscope import data as datasets
    from convscope import starting
    from convscope.sweep import Definition, SweepFolder, check_sweep, parse, summarise, sweep
    from convscope.sweep.study import check_installed
    from convscope.training.process import Process
    from convscope.training.recipe.settings import merged
    from convscope.training.signals import stop_on_signals

    check_labels(labels, weights)
    use_threads(threads)
    check_installed()
    dimensions = [parse(text) for text in vary or []]
    changes = merged(settings or [], {"lr": lr, "epochs": epochs, "batch_size": batch_size})
    opened = datasets.open(
        data, options=data_options(layout, group_by, class_names, bad_images, background=background)
    )
    varied = [dimension.name for dimension in dimensions]
    planned = starting.plan(
        architecture,
        opened,
        recipe=recipe,
        input=input_size,
        settings=changes,
        varied=varied,
        weights=None if weights is None else starting.Weights(weights, labels),
    )
    device = resolve_device(device)
    check_sweep(planned, dimensions, device=device)
    definition = Definition.of(planned, dimensions, seed=seed or 0)
    path = output if output is not None else Path("sweeps") / definition.folder_name()
    datasets.check_outside(path, opened)
    folder = SweepFolder(path, definition)
    say("; ".join([f"sweep in {folder.path}, recipe {planned.recipe_name}", *planned.notes]))
    for dimension in dimensions:
        say(f"  {dimension}")
    stopped = False
    with stop_on_signals() as request:
        process = Process(device=device, stop_requested=request, workers=workers)
        for event in sweep(planned, folder, trials=trials, process=process):
            stopped = event.type == "Stopped"
            _say(event)
    summary = summarise(folder)
    options = {"--recipe": recipe, "--input": input_size, "--weights": weights, "--labels": labels}
    _print(summary, None if as_json else _command([architecture, data], options, changes))
    if stopped or request():
        say("stopped; run the same command to continue")
        raise typer.Exit(request.exit_code if request() else STOPPED_RESUMABLE)
    if summary.best is None and all(trial.state == "failed" for trial in summary.trials):
        raise InputError(
            f"all trials failed; the first: {summary.trials[0].message}",
            fix="narrow the ranges of --vary",
        )


def _say(event: "TrialStarted | Event | Outcome") -> None:
    match event.type:
        case "TrialStarted":
            resuming = "resuming, " if event.interrupted else ""
            say(f"trial {event.number}: {resuming}{', '.join(event.settings)}")
        case "Outcome":
            state = "" if event.state == "done" else f"{event.state} ({event.message}), "
            accuracy = "none" if event.accuracy is None else f"{100 * event.accuracy:.2f} %"
            say(f"trial {event.number}: {state}validation accuracy {accuracy}")
        case "Note":
            say(f"note: {event.message}")


def _command(
    names: list[str], options: Mapping[str, str | Path | None], changes: Mapping[str, Any]
) -> str:
    """Return the command that trains the best trial again, without its own settings."""
    import json
    import shlex

    words = ["convscope", "train", *names]
    for option, value in options.items():
        words += [option, str(value)] if value is not None else []
    for name, value in changes.items():
        words += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return shlex.join(words)


def _print(summary: "Summary", command: str | None) -> None:
    """Print the table and the command of the best trial; JSON if there is no command."""
    if command is None:
        import json

        echo_json(json.dumps(summary.to_dict()))
        return
    print_payload(summary.table())
    best = summary.best
    if best is None or best.accuracy is None:
        return
    percent = 100 * best.accuracy
    echo(f"best: trial {best.number}, validation accuracy {percent:.2f} %")
    echo(f"{command} {best.to_set()}")
