"""Start and resume runs by the names of architecture, data and recipe.

The command line, the demo and `convscope.train` all start here. What a run consists of is in
`convscope.training`; this module adds names, loggers and the report.
"""

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from convscope.arch import Architecture
from convscope.data import DataSet
from convscope.data.loading.photos import PhotoLoader
from convscope.errors import ConvscopeError, InputError, shortened
from convscope.machine.cpus import use_threads
from convscope.machine.devices import AUTO, choose_device
from convscope.opening import open as open_model
from convscope.planning import Plan, Weights, plan
from convscope.report import write_report
from convscope.shapes import InputSize
from convscope.training.loggers.base import Logger, with_loggers
from convscope.training.loggers.csv_file import CsvLogger
from convscope.training.loggers.tensorboard import TensorBoardLogger, has_tensorboard
from convscope.training.prepare import make_job
from convscope.training.pretrained import initial_model
from convscope.training.process import Process
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.events import Event, Finished, Note
from convscope.training.start import RunEvents
from convscope.training.start import resume as resume_run
from convscope.training.start import start as start_run

if TYPE_CHECKING:
    from convscope.training.lr_range import LrRange

__all__ = [
    "LOGGERS",
    "REPORT",
    "LoggerName",
    "Plan",
    "Weights",
    "lr_range",
    "plan",
    "resume",
    "start",
    "train",
]

REPORT = "report.html"
LoggerName = Literal["tensorboard"]
LOGGERS: dict[str, Callable[[Path], Logger]] = {"tensorboard": TensorBoardLogger}


def train(
    architecture: str | Architecture,
    data: str | Path | DataSet,
    *,
    recipe: str | Recipe | None = None,
    lr: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    input: InputSize | None = None,
    settings: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    weights: Path | str | None = None,
    device: str = AUTO,
    workers: int | None = None,
    threads: int | None = None,
    watch: bool = False,
) -> RunEvents:
    """Train in a new run folder and yield events. Break out of the loop to stop.

    Mistakes are reported at once, before the first event. Decisions about the data are the first
    events (`Note`). At the end `events.folder` holds the
    model and a report on the validation split.

    Args:
        architecture, data: names, files, or objects; see `plan`.
        recipe: a name, a JSON file, a `Recipe`, or None for the one that fits best.
        lr, epochs, batch_size, seed: instead of the recipe's.
        input: size of the network's input: "3x96x96", (3, 96, 96) or CHW.
        settings: further overrides of the recipe, as {"optimiser.momentum": 0.95}.
        out: the run folder; by default a new one under runs/.
        weights: a file of PyTorch, timm, Keras or convscope to start from.
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1" ...
        workers: processes that decode photos; 0 decodes in this process.
        threads: CPU threads of PyTorch.
        watch: write figures of every layer, predictions and pictures to `watch/` in the run folder
            while it trains. The result has the same bits.

    Raises: as `plan`, and the errors that end training.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError(
            f"settings={shortened(settings)}",
            expected='names and values, as {"optimiser.momentum": 0.95}',
            fix="lr=, epochs=, batch_size=, seed= and input= are arguments of their own",
        )
    use_threads(threads)
    choice = choose_device(device)
    planned = plan(
        architecture,
        data,
        recipe=recipe,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        input=input,
        settings=settings,
        out=out,
        weights=None if weights is None else Weights(weights),
    )
    from convscope.notebook.live import StopButton, watched

    stop = StopButton()
    process = Process(device=choice.name, workers=workers, stop_requested=stop, watch=watch)
    events = start(planned, process=process)
    notes = (*planned.notes, *([choice.note] if choice.note else []))
    source = watched(_noted(notes, events), events.folder, stop)
    return RunEvents(events.folder, events.data, source, events.evaluations)


def _noted(notes: Sequence[str], events: RunEvents) -> Generator[Event, None, None]:
    """Yield the notes of a plan, then the events."""
    with contextlib.closing(events):
        for note in notes:
            yield Note(message=note)
        yield from events


def start(
    planned: Plan, *, loggers: Sequence[LoggerName] = (), process: Process = Process()
) -> RunEvents:
    """Start a planned run; see `train`.

    Args:
        loggers: other formats of the events besides `events.csv`.
        process: device, ranks, and when to stop.
    """
    _check_loggers(loggers)
    events = start_run(
        planned.architecture,
        planned.data,
        planned.recipe,
        planned.out,
        pretrained=planned.pretrained,
        process=process,
    )
    return _with_report_and_loggers(events, loggers, process)


def resume(
    folder: Path | str,
    *,
    data: str | Path | DataSet | None = None,
    accept_changed_data: bool = False,
    epochs: int | None = None,
    generation: int | None = None,
    loggers: Sequence[LoggerName] = (),
    process: Process = Process(),
) -> RunEvents:
    """Resume a run, see `convscope.training.resume`. Its loggers continue."""
    if has_tensorboard(Path(folder)) and "tensorboard" not in loggers:
        loggers = [*loggers, "tensorboard"]
    _check_loggers(loggers)
    events = resume_run(
        Path(folder),
        data=data,
        accept_changed_data=accept_changed_data,
        epochs=epochs,
        generation=generation,
        process=process,
    )
    return _with_report_and_loggers(events, loggers, process)


def lr_range(
    planned: Plan,
    *,
    low: float,
    high: float,
    steps: int | None = None,
    process: Process = Process(),
) -> "LrRange":
    """Run the learning rate range test of a plan, see `training.lr_range`. Writes nothing."""
    from convscope.training.lr_range import lr_range_test

    architecture, data, recipe = planned.architecture, planned.data, planned.recipe
    initial = initial_model(planned.pretrained, data, recipe) if planned.pretrained else None
    job = make_job(architecture, data, recipe, initial=initial, process=process)
    stop = process.stop_requested
    try:
        return lr_range_test(job, recipe, low=low, high=high, steps=steps, stop_requested=stop)
    finally:
        if isinstance(job.batches, PhotoLoader):
            job.batches.close()  # its workers


def _check_loggers(names: Sequence[LoggerName]) -> None:
    """Check that the packages of the loggers are installed, before a folder is created."""
    for name in names:
        LOGGERS[name](Path())


def _with_report_and_loggers(
    events: RunEvents, loggers: Sequence[LoggerName], process: Process
) -> RunEvents:
    """Add report and loggers to the events of rank 0."""
    if process.group.rank:
        return events
    writers = [CsvLogger(events.folder), *(LOGGERS[name](events.folder) for name in loggers)]
    source = with_loggers(_with_report(events), writers)
    return RunEvents(events.folder, events.data, source, events.evaluations)


def _with_report(events: RunEvents) -> Generator[Event, None, None]:
    """Write the report before the last event. If that fails, the run is still complete."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished) and events.evaluation is not None:
                try:
                    write_report(
                        events.folder / REPORT,
                        open_model(events.folder),
                        events.data,
                        split="val",
                        evaluation=events.evaluation,
                        run=events.folder,
                    )
                except Exception as error:
                    shown = error if isinstance(error, ConvscopeError) else repr(error)
                    yield Note(message=f"warning: {REPORT} was not written: {shown}")
            yield event
