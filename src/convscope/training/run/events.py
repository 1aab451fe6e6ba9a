"""Events of training: the lines of `events.jsonl`, and the values that `train` yields.

Recorded events are a pure function of architecture, data, recipe and commands, without times.
The files of an uninterrupted run and of one that was killed and resumed are equal, byte for byte.
Resumed, Note and Stopped concern one process, and are not recorded.
"""

import io
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple

import pydantic
from pydantic import Field

from convscope.display import Displayed
from convscope.errors import FormatError, from_validation
from convscope.evaluate.metrics import percent
from convscope.io import storage
from convscope.record import Record
from convscope.text import counted, listed, printable
from convscope.training.run.files import MOST_LINES_BYTES
from convscope.training.run.precision import Precision

LONGEST_LINE = 1 << 16


MOST_FILES = 3  # named in the sentence about an event


class _Event(Displayed, Record, ABC):
    """Base of the events. `str` is a sentence for people, `repr` has every field."""

    recorded: ClassVar[bool] = True

    def line(self) -> bytes:
        """Return the line of `events.jsonl`."""
        return self.model_dump_json().encode() + b"\n"

    def __str__(self) -> str:
        return printable(self.text())

    @abstractmethod
    def text(self) -> str:
        """Return the event as a sentence; `str` escapes foreign characters in it."""


class Started(_Event):
    """The first line of a run. Runs of earlier versions have no `precision`."""

    type: Literal["Started"] = "Started"
    architecture: str
    data: str
    parameters: int
    epochs: int
    steps_per_epoch: int
    batch_size: int
    training_samples: int
    validation_samples: int
    precision: Precision | None = None

    def text(self) -> str:
        precision = f"; {self.precision}" if self.precision else ""
        return (
            f"{self.architecture} on {self.data}: {self.parameters:,} parameters, "
            f"{self.training_samples:,} images to train on, {self.validation_samples:,} to "
            f"validate, {counted(self.epochs, 'epoch')} of "
            f"{counted(self.steps_per_epoch, 'step')}{precision}"
        )


class StepEvent(_Event):
    """Every `log_every` steps; `loss` and `accuracy` are means since the last such event."""

    type: Literal["Step"] = "Step"
    step: int
    epoch: int
    lr: float
    loss: float
    accuracy: float

    def text(self) -> str:
        return (
            f"step {self.step:,}, epoch {self.epoch}: loss {self.loss:.4f}, accuracy "
            f"{percent(self.accuracy)}, learning rate {self.lr:.3g}"
        )


class EpochEvent(_Event):
    """Validation after an epoch (of the averaged weights, if the recipe averages)."""

    type: Literal["Epoch"] = "Epoch"
    step: int
    epoch: int
    validation_accuracy: float
    validation_loss: float
    best: bool

    def text(self) -> str:
        line = (
            f"epoch {self.epoch}: validation accuracy {percent(self.validation_accuracy)}, loss "
            f"{self.validation_loss:.4f}"
        )
        return f"{line}; best so far" if self.best else line


class BadImages(_Event):
    """Training images of step `step` that could not be read."""

    type: Literal["BadImages"] = "BadImages"
    step: int
    action: Literal["skip", "replace"]
    files: tuple[str, ...]

    def text(self) -> str:
        images, names = counted(len(self.files), "image"), listed(self.files, most=MOST_FILES)
        if self.action == "skip":
            return f"step {self.step:,}: {images} skipped that cannot be read: {names}"
        return f"step {self.step:,}: {images} replaced that cannot be read: {names}"


class ControlApplied(_Event):
    """A command of `control.jsonl` that took effect before step `step` + 1."""

    type: Literal["ControlApplied"] = "ControlApplied"
    step: int
    command: Literal["pause", "resume", "step", "lr"]
    lr: float | None = None

    def text(self) -> str:
        if self.command == "lr":
            return f"step {self.step:,}: the peak learning rate is now {self.lr:g}"
        return f"step {self.step:,}: command {self.command}"


class DataChanged(_Event):
    """The run continues on changed data after step `step`, as the user allowed."""

    type: Literal["DataChanged"] = "DataChanged"
    step: int
    fingerprint: str
    steps_per_epoch: int
    training_samples: int
    validation_samples: int

    def text(self) -> str:
        return (
            f"step {self.step:,}: from here on other data: {self.training_samples:,} images to "
            f"train on, {self.validation_samples:,} to validate, "
            f"{counted(self.steps_per_epoch, 'step')} per epoch"
        )


class Finished(_Event):
    """The end: validation of the weights in `model.safetensors`."""

    type: Literal["Finished"] = "Finished"
    step: int
    epoch: int
    stopped_early: bool
    kept_epoch: int
    validation_accuracy: float
    validation_loss: float

    def text(self) -> str:
        result = (
            f"validation accuracy {percent(self.validation_accuracy)}, loss "
            f"{self.validation_loss:.4f}, with the weights of epoch {self.kept_epoch}"
        )
        if self.stopped_early:
            return f"stopped early after epoch {self.epoch}: {result}"
        return f"finished after epoch {self.epoch}: {result}"


class Resumed(_Event):
    """The process resumed from a checkpoint."""

    type: Literal["Resumed"] = "Resumed"
    recorded: ClassVar[bool] = False
    step: int
    generation: int

    def text(self) -> str:
        return f"resuming at step {self.step:,}, from checkpoint {self.generation}"


class Note(_Event):
    """A message for the user, such as an invalid command."""

    type: Literal["Note"] = "Note"
    recorded: ClassVar[bool] = False
    message: str

    def text(self) -> str:
        return f"note: {self.message}"


class Stopped(_Event):
    """The run was stopped and can be resumed: a checkpoint has everything up to `step`."""

    type: Literal["Stopped"] = "Stopped"
    recorded: ClassVar[bool] = False
    step: int
    reason: Literal["control", "request"]

    def text(self) -> str:
        return f"stopped at step {self.step:,}; the run can be resumed"


Event = (
    Started
    | StepEvent
    | EpochEvent
    | BadImages
    | DataChanged
    | ControlApplied
    | Finished
    | Resumed
    | Note
    | Stopped
)
_ADAPTER: pydantic.TypeAdapter[Event] = pydantic.TypeAdapter(
    Annotated[Event, Field(discriminator="type")]
)


class EventFile(NamedTuple):
    """Events of the complete lines of `events.jsonl`, and the size of an incomplete last line."""

    events: tuple[Event, ...]
    torn_bytes: int


def read_events(path: Path) -> EventFile:
    """Read a run's events; also while it is being written.

    Raises:
        FormatError: a complete line that is not an event; not a regular file, or too large.
    """
    if not storage.exists(path):
        return EventFile((), 0)
    raw = storage.read_bytes(path, most=MOST_LINES_BYTES, follow=False)
    whole, _, torn = raw.rpartition(b"\n")
    lines = io.BytesIO(whole)
    events = [_event(line, path, number) for number, line in enumerate(lines, start=1)]
    return EventFile(tuple(events), len(torn))


def check_events(path: Path, num_bytes: int) -> None:
    """Check that the first bytes of a run's events are whole lines, and the first is `Started`.

    Raises:
        FormatError: the file is shorter or missing; a line that is not an event.
    """
    if num_bytes == 0:
        return
    size = path.lstat().st_size if storage.exists(path) else 0
    if size < num_bytes:
        raise FormatError(
            f"{size:,} bytes" if storage.exists(path) else "the file is missing",
            expected=f"at least {num_bytes:,} bytes, as the checkpoint records",
            fix="put the file back, or start over with --generation 0. Nothing was changed",
            where=str(path),
        )
    try:
        with storage.open_file(path, follow=False) as file:
            left, number = num_bytes, 0
            while left > 0:
                line = file.readline(min(left, LONGEST_LINE))
                left, number = left - len(line), number + 1
                event = _event(line, path, number)
                if number == 1 and not isinstance(event, Started):
                    raise _not_events(path, number, f"the first event is {event.type}")
                if not line.endswith(b"\n"):
                    raise _not_events(path, number, "the checkpoint ends inside a line")
    except OSError as error:
        raise storage.unreadable(error, str(path)) from error


def _event(line: bytes, path: Path, number: int) -> Event:
    try:
        return _ADAPTER.validate_json(line)
    except pydantic.ValidationError as error:
        where = f"{path.name} line {number}"
        raise from_validation(error, kind=FormatError, where=where) from None


def _not_events(path: Path, number: int, problem: str) -> FormatError:
    return FormatError(
        problem,
        expected="the events that the run wrote",
        fix="put the file back, or start over with --generation 0. Nothing was changed",
        where=f"{path.name} line {number}",
    )
