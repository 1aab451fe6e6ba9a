"""What training says, one record at a time: the lines of `events.jsonl`, and what `train` yields.

Recorded events are a pure function of architecture, data, recipe and commands: no clock is in
them. So the file of a run that was killed and resumed equals, byte for byte, that of a run
that was left alone. Resumed, Note and Stopped tell of this process, and are not recorded.
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
        """The line of `events.jsonl`."""
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
    """Every `log_every` steps; `loss` and `accuracy` are means since the event before."""

    type: Literal["Step"] = "Step"
    step: int
    epoch: int
    lr: float
    loss: float
    accuracy: float


class EpochEvent(_Event):
    """The validation split after an epoch (the averaged weights, where the recipe has them)."""

    type: Literal["Epoch"] = "Epoch"
    step: int
    epoch: int
    validation_accuracy: float
    validation_loss: float
    best: bool


class ControlApplied(_Event):
    """A command of `control.jsonl` that took effect before step `step` + 1."""

    type: Literal["ControlApplied"] = "ControlApplied"
    step: int
    command: Literal["pause", "resume", "step", "lr"]
    lr: float | None = None


class Finished(_Event):
    """The end: the weights that `model.safetensors` holds, on the validation split."""

    type: Literal["Finished"] = "Finished"
    step: int
    epoch: int
    stopped_early: bool
    kept_epoch: int
    validation_accuracy: float
    validation_loss: float


class Resumed(_Event):
    """The process goes on from a checkpoint."""

    type: Literal["Resumed"] = "Resumed"
    recorded: ClassVar[bool] = False
    step: int
    generation: int


class Note(_Event):
    """Something that a reader should know, as a command that was not understood."""

    type: Literal["Note"] = "Note"
    recorded: ClassVar[bool] = False
    message: str


class Stopped(_Event):
    """The run was stopped, and can be resumed: everything up to `step` is in a checkpoint."""

    type: Literal["Stopped"] = "Stopped"
    recorded: ClassVar[bool] = False
    step: int
    reason: Literal["control", "request"]


Event = Started | StepEvent | EpochEvent | ControlApplied | Finished | Resumed | Note | Stopped
_ADAPTER: pydantic.TypeAdapter[Event] = pydantic.TypeAdapter(
    Annotated[Event, Field(discriminator="type")]
)


class EventFile(NamedTuple):
    """The whole lines of an `events.jsonl`, and how many bytes of a torn last line follow."""

    events: tuple[Event, ...]
    torn_bytes: int


def read_events(path: Path) -> EventFile:
    """Read a run's events; also while it is being written.

    Raises:
        FormatError: a whole line that is no event.
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
