"""A run's events for TensorBoard, through torch's own writer: RUN/tensorboard/.

    train/loss  train/accuracy  train/lr  validation/loss  validation/accuracy  and the recipe

Each process starts a new file with the contents of `events.jsonl`, so that steps that were
repeated after a kill appear once. Times are those of training, without the time between processes.
"""

import importlib.util
import time
from pathlib import Path
from typing import Any

from convscope.errors import InputError
from convscope.extras import install_command
from convscope.io.storage import is_own_folder, make_folder, refused
from convscope.training.run.events import EpochEvent, Event, Finished, StepEvent, read_events
from convscope.training.run.files import (
    ENVIRONMENT,
    EVENTS,
    RECIPE,
    read_file,
    read_timings,
)

FOLDER = "tensorboard"
FILES = "events.out.tfevents.*"


class TensorBoardLogger:
    """Logger that writes the contents of `events.jsonl` first, then each new event.

    Raises:
        InputError: tensorboard is not installed.
    """

    name = FOLDER

    def __init__(self, folder: Path) -> None:
        self._make_writer = _writer_class()
        self._run = folder
        self._writer: Any = None
        self._already = 0  # coming events that were read from the file
        self._clock_s = 0.0

    def log(self, event: Event) -> None:
        if not event.recorded:
            return
        if self._writer is None:
            self._begin(event)
        elif self._already:
            self._already -= 1
        else:
            self._write(event, self._clock_s + time.perf_counter())
        if isinstance(event, EpochEvent | Finished):
            self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _begin(self, event: Event) -> None:
        """Replace old files by a new one with all events so far."""
        place = self._run / FOLDER
        if not is_own_folder(place):
            make_folder(place)
        try:
            for old in place.glob(FILES):
                old.unlink()
            begun_s = (self._run / ENVIRONMENT).stat().st_mtime
        except OSError as error:
            raise refused(error, place) from error
        self._writer = self._make_writer(str(place))
        recipe = read_file(self._run, RECIPE).decode(errors="replace")
        indented = "\n".join(f"    {line}" for line in recipe.splitlines())  # Markdown's code
        self._writer.add_text("recipe", indented, 0, walltime=begun_s)
        times = {timing.step: timing.elapsed_s for timing in read_timings(self._run)}
        at_s = begun_s
        events = read_events(self._run / EVENTS).events
        for past in events:
            at_s = begun_s + times.get(getattr(past, "step", 0), at_s - begun_s)
            self._write(past, at_s)
        self._already = events[::-1].index(event)
        self._clock_s = at_s - time.perf_counter()

    def _write(self, event: Event, at_s: float) -> None:
        match event:
            case StepEvent():
                values = {"loss": event.loss, "accuracy": event.accuracy, "lr": event.lr}
                self._scalars("train", values, event.step, at_s)
            case EpochEvent():
                values = {"loss": event.validation_loss, "accuracy": event.validation_accuracy}
                self._scalars("validation", values, event.step, at_s)

    def _scalars(self, group: str, values: dict[str, float], step: int, at_s: float) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step, walltime=at_s)


def _writer_class() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError(
            "TensorBoard files need the package tensorboard, which is not installed",
            fix=install_command("tensorboard"),
        ) from None
    return SummaryWriter


def has_tensorboard(run: Path) -> bool:
    """Return whether a run has TensorBoard files and the package to continue them is installed."""
    return (run / FOLDER).is_dir() and importlib.util.find_spec("tensorboard") is not None
