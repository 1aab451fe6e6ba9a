"""`convscope train`: train a network, or resume a run."""

import contextlib
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    Background,
    BadImages,
    BatchSize,
    ClassNames,
    Device,
    Devices,
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
    Weights,
    Workers,
    check_labels,
    data_options,
    output_option,
)
from convscope.cli.processes import launch_processes, resolve_device
from convscope.cli.terminal.output import say
from convscope.errors import InputError
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from convscope.distributed import Ranks
    from convscope.starting import LoggerName, Plan
    from convscope.training.process import Process
    from convscope.training.start import RunEvents

STOPPED_RESUMABLE = 75


def train_command(
    architecture: Annotated[
        str | None,
        typer.Argument(
            metavar="ARCH",
            autocompletion=complete.trainable,
            help="A zoo name, a JSON file, or a trained model.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", autocompletion=complete.datasets, help="A data set."),
    ] = None,
    recipe: Recipe = None,
    lr: LearningRate = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    seed: Seed = None,
    input_size: Input = None,
    settings: Settings = None,
    output: Annotated[
        Path | None,
        output_option("Run folder; by default a new one under runs/.", metavar="FOLDER"),
    ] = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    weights: Weights = None,
    labels: Labels = None,
    bad_images: BadImages = "error",
    workers: Workers = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Resume this run.")] = None,
    new_data: Annotated[
        str | None,
        typer.Option("--data", metavar="DATA", help="With --resume: the new place of its data."),
    ] = None,
    accept_changed_data: Annotated[
        bool,
        typer.Option(
            "--accept-changed-data", help="With --resume: continue although the data changed."
        ),
    ] = False,
    generation: Annotated[
        int | None,
        typer.Option(min=0, help="Resume from this checkpoint, not the newest; 0 starts over."),
    ] = None,
    device: Device = "auto",
    devices: Devices = None,
    threads: Threads = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write TensorBoard event files.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Write figures of every layer for the studio while it trains."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train an architecture on a data set, or resume a run (`--resume RUN`).

    A trained model instead of ARCH is fine-tuned. Ctrl-C saves a checkpoint and stops (exit code
    130), a second one aborts. A run stopped by a command in its control.jsonl ends with 75. Both
    can be resumed. For several machines start it with torchrun. With --json the events are printed
    as JSON lines.
    """
    if resume is None:
        _check_start(generation, new_data, accept_changed_data)
    if resume is None and (architecture is None or data is None):
        raise InputError(
            "DATA is missing" if architecture else "ARCH and DATA are missing",
            expected="an architecture and a data set, as in: convscope train lenet5 mnist",
            fix="`convscope list` and `convscope list datasets` show the names",
        )
    check_labels(labels, weights)
    if resume is not None:
        _check_resume(
            *(architecture, data, recipe, settings, lr, batch_size, seed, input_size, output),
            *(
                layout,
                group_by,
                class_names,
                background,
                weights,
                labels,
                None if bad_images == "error" else bad_images,
            ),
        )

    options = data_options(layout, group_by, class_names, bad_images, background=background)
    use_threads(threads)
    ranks = launch_processes(devices, device)
    if ranks.max_restarts and resume is None and output is None:
        raise InputError(
            "torchrun --max-restarts without --output",
            expected="--output RUN: a restart needs the folder to resume from",
        )
    loggers: tuple[LoggerName, ...] = ("tensorboard",) if tensorboard else ()

    def begin(process: "Process") -> "RunEvents":
        from convscope import data as datasets
        from convscope import starting
        from convscope.training.start import is_restart

        if resume is None and not (output is not None and is_restart(output, process.group)):
            assert architecture is not None
            assert data is not None
            opened = datasets.open(data, options=options)
            start_from = None if weights is None else starting.Weights(weights, labels)
            planned = starting.plan(
                architecture,
                opened,
                recipe=recipe,
                lr=lr,
                epochs=epochs,
                batch_size=batch_size,
                seed=seed,
                input=input_size,
                settings=settings,
                out=output,
                weights=start_from,
            )
            if process.group.rank == 0:
                _print_plan(planned, recipe)
            return starting.start(planned, loggers=loggers, process=process)
        folder = resume if resume is not None else output
        assert folder is not None
        more_epochs = epochs if resume is not None else None
        return starting.resume(
            folder,
            data=new_data,
            accept_changed_data=accept_changed_data,
            epochs=more_epochs,
            generation=generation,
            loggers=loggers,
            process=process,
        )

    if code := _train(ranks, begin, device, workers=workers, watch=watch, as_json=as_json):
        raise typer.Exit(code)


def _train(
    ranks: "Ranks",
    begin: "Callable[[Process], RunEvents]",
    device: str,
    *,
    workers: int | None,
    watch: bool,
    as_json: bool,
) -> int:
    """Train as one of the ranks; return the exit code."""
    from convscope.cli.terminal.live import Bars, show
    from convscope.distributed import process_group
    from convscope.training.process import Process, no_progress
    from convscope.training.signals import stop_on_signals

    own, bars = resolve_device(device, ranks), Bars()
    with stop_on_signals() as request, process_group(ranks, device=own, say=say) as group:
        process = Process(
            device=own,
            group=group,
            stop_requested=request,
            workers=workers,
            progress=bars.show if group.rank == 0 else no_progress,
            watch=watch,
        )
        events = begin(process)
        last = ""
        if group.rank == 0:
            last = show(events, as_json=as_json, bars=bars)
        else:
            with contextlib.closing(events):
                for event in events:
                    last = event.type
        if last != "Stopped":
            return 0
        signal: int = max(group.all_gather(request.number))
    if group.rank == 0:
        folder = shlex.quote(str(events.folder))
        say(f"stopped and saved; resume with: convscope train --resume {folder}")
    if signal:
        return 128 + signal
    return 0 if ranks.torchrun else STOPPED_RESUMABLE  # torchrun would restart it


def _print_plan(planned: "Plan", recipe: str | None) -> None:
    from convscope.recipes import GENERAL, PHOTOS

    if recipe is None and planned.recipe_name in (GENERAL, PHOTOS):
        pair = f"{planned.architecture.name} on {planned.data.name}"
        say(f"no tested recipe for {pair}: using the general recipe `{planned.recipe_name}`")
    elif recipe is None:
        say(f"recipe: {planned.recipe_name}")
    for note in planned.notes:
        say(note)


def _check_start(generation: int | None, new_data: str | None, accept_changes: bool) -> None:
    """Refuse options that only a run which exists can have."""
    for name, is_given in (
        ("--generation", generation is not None),
        ("--data", new_data is not None),
        ("--accept-changed-data", accept_changes),
    ):
        if is_given:
            raise InputError(f"{name} needs --resume", fix="name the run to resume")


def _check_resume(*others: Any) -> None:
    """Refuse arguments that cannot change a run which exists."""
    if any(value is not None for value in others):
        raise InputError(
            "--resume continues a run with its own architecture, data and recipe",
            expected="with it only --data, --accept-changed-data, --epochs, --generation, "
            "--device, --devices, --threads, --workers, --tensorboard, --watch and --json",
            fix="remove ARCH, DATA, --recipe, --set, --lr, --batch-size, --seed, --input, "
            "--output, --layout, --group-by, --class-names, --background, --weights, --labels and "
            "--bad-images, or start a new run",
        )
