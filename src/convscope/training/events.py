"""Events of training: the lines of `events.jsonl`, and the values that `train` yields.

Recorded events are a pure function of architecture, data, recipe and commands, without times.
The files of an uninterrupted run and of one that was killed and resumed are equal, byte for byte.
Resumed, Note and Stopped concern one process, and are not recorded.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple

import pydantic
from pydantic import Field

from convscope.errors import FormatError, from_validation
from convscope.record import Record


class _Event(Record):
    recorded: ClassVar[bool] = True

    def line(self) -> bytes:
        """Return the line of `events.jsonl`."""
        return self.model_dump_json().encode() + b"\n"


class Started(_Event):
    """The first line of a run."""

    type: Literal["Started"] = "Started"
    architecture: str
    data: str
    parameters: int
    epochs: int
    steps_per_epoch: int
    batch_size: int
    training_samples: int
    validation_samples: int


class StepEvent(_Event):
    """Every `log_every` steps; `loss` and `accuracy` are means since the last such event."""

    type: Literal["Step"] = "Step"
    step: int
    epoch: int
    lr: float
    loss: float
    accuracy: float


class EpochEvent(_Event):
    """Validation after an epoch (of the averaged weights, if the recipe averages)."""

    type: Literal["Epoch"] = "Epoch"
    step: int
    epoch: int
    validation_accuracy: float
    validation_loss: float
    best: bool


class BadImages(_Event):
    """Training images of step `step` that could not be read."""

    type: Literal["BadImages"] = "BadImages"
    step: int
    action: Literal["skip", "replace"]
    files: tuple[str, ...]


class ControlApplied(_Event):
    """A command of `control.jsonl` that took effect before step `step` + 1."""

    type: Literal["ControlApplied"] = "ControlApplied"
    step: int
    command: Literal["pause", "resume", "step", "lr"]
    lr: float | None = None


class Finished(_Event):
    """The end: validation of the weights in `model.safetensors`."""

    type: Literal["Finished"] = "Finished"
    step: int
    epoch: int
    stopped_early: bool
    kept_epoch: int
    validation_accuracy: float
    validation_loss: float


class Resumed(_Event):
    """The process resumed from a checkpoint."""

    type: Literal["Resumed"] = "Resumed"
    recorded: ClassVar[bool] = False
    step: int
    generation: int


class Note(_Event):
    """A message for the user, such as an invalid command."""

    type: Literal["Note"] = "Note"
    recorded: ClassVar[bool] = False
    message: str


class Stopped(_Event):
    """The run was stopped and can be resumed: a checkpoint has everything up to `step`."""

    type: Literal["Stopped"] = "Stopped"
    recorded: ClassVar[bool] = False
    step: int
    reason: Literal["control", "request"]


Event = (
    Started
    | StepEvent
    | EpochEvent
    | BadImages
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
        FormatError: a complete line that is not an event.
    """
    raw = path.read_bytes() if path.exists() else b""
    whole, _, torn = raw.rpartition(b"\n")
    events = []
    for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
        try:
            events.append(_ADAPTER.validate_json(line))
        except pydantic.ValidationError as error:
            raise from_validation(
                error, kind=FormatError, where=f"{path.name} line {number}"
            ) from None
    return EventFile(tuple(events), len(torn))
