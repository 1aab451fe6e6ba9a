"""No-op run for ranks other than 0, and the interface that it shares with `Run`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from convscope.arch import Architecture
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.checkpoint import Numbers, Saved
from convscope.training.run.events import Event
from convscope.training.run.files import DataRecord
from convscope.training.run.precision import PrecisionChoice


class CheckpointStore(Protocol):
    """Interface of the checkpoints of a run."""

    def save(self, numbers: Numbers, tensors: Mapping[str, Tensor]) -> int: ...
    def check_room(self, needed: int) -> None: ...
    def describe(self) -> str: ...


class RunWriter(Protocol):
    """Interface of a run as the loop uses it: `Run` on rank 0, `NoOpRun` on the others."""

    folder: Path
    architecture: Architecture
    recipe: Recipe
    data: DataRecord
    rewinds: bool
    data_changed: bool

    @property
    def events_bytes(self) -> int: ...
    @property
    def checkpoints(self) -> CheckpointStore: ...
    def load_checkpoint(self, generation: int | None) -> Saved: ...
    def read_precision(self, *, required: bool) -> PrecisionChoice | None: ...
    def record_precision(self, choice: PrecisionChoice) -> None: ...
    def note(self, message: str) -> None: ...
    def write_changes(self, step: int) -> None: ...
    def take_notes(self) -> list[str]: ...
    def begin_events(self, keep_bytes: int) -> None: ...
    def record(self, event: Event) -> None: ...
    def sync_events(self) -> None: ...
    def record_timing(self, timing: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class NoOpCheckpoints:
    """Checkpoints of a rank that does not write."""

    def save(self, numbers: Numbers, tensors: Mapping[str, Tensor]) -> int:
        return 0

    def check_room(self, needed: int) -> None:
        pass

    def describe(self) -> str:
        return ""


@dataclass
class NoOpRun:
    """Run of a rank other than 0: reads and writes nothing; rank 0 broadcasts what it loads."""

    folder: Path
    architecture: Architecture
    recipe: Recipe
    data: DataRecord
    checkpoints: CheckpointStore = field(default_factory=NoOpCheckpoints)
    events_bytes: int = 0
    rewinds: bool = False
    data_changed: bool = False

    def load_checkpoint(self, generation: int | None) -> Saved:
        return Saved(0, Numbers(), {})

    def read_precision(self, *, required: bool) -> PrecisionChoice | None:
        return None

    def record_precision(self, choice: PrecisionChoice) -> None:
        pass

    def note(self, message: str) -> None:
        pass

    def begin_events(self, keep_bytes: int) -> None:
        self.events_bytes = keep_bytes

    def record(self, event: Event) -> None:
        pass

    def sync_events(self) -> None:
        pass

    def record_timing(self, timing: dict[str, Any]) -> None:
        pass

    def replace_recipe(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def replace_data(self, data: DataRecord) -> None:
        self.data = data

    def write_changes(self, step: int) -> None:
        pass

    def take_notes(self) -> list[str]:
        return []

    def close(self) -> None:
        pass

    def __enter__(self) -> "NoOpRun":
        return self

    def __exit__(self, *_: object) -> None:
        pass
