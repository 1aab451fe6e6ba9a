"""One run as its folder tells it: what it trains, its state, and what it reached."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from convscope.display import Displayed
from convscope.errors import ConvscopeError, FormatError
from convscope.evaluate.metrics import percent
from convscope.io import storage
from convscope.text import printable
from convscope.training.run.files import (
    ARCHITECTURE,
    DATA,
    EVENTS,
    FAILURE,
    MOST_LINES_BYTES,
    RECIPE,
    RESULTS,
    TIMINGS,
    read_file,
)
from convscope.training.run.lock import is_locked

State = Literal["running", "stopped", "finished", "failed", "damaged"]
STATES: tuple[State, ...] = ("running", "finished", "stopped", "failed", "damaged")

# the lines that tell what was reached; those of steps, which are the most, are not parsed
REACHED = re.compile(rb'^\{"type":"(?:Epoch|Finished)".*$', re.MULTILINE)
TIME = re.compile(rb'"time_s": ?([0-9.eE+-]+)')
OF_EPOCH = ("epoch", "validation_accuracy", "validation_loss")
LARGEST = 1e15  # of a number that is shown
MOST_EPOCHS = 2**31
LONGEST_TEXT = 300  # characters
MOST_RESULTS_BYTES = 1 << 20  # larger ones hold a large confusion matrix


@dataclass(frozen=True, repr=False)
class RunRecord(Displayed):
    """A run on disk.

    Attributes:
        name: its path as it was found: an argument of `convscope.open`, `--resume` and others.
        state: "stopped" can be resumed, "failed" ended by an error, "damaged" cannot be read.
        epochs: of the recipe; `epochs_done` have been validated.
        validation_accuracy: the best of all epochs; None before the first.
        test_accuracy: if the run holds one.
        time_s: seconds of training, without pauses between processes.
        changed: the last event.
        precision: that it computes in; empty for runs of earlier versions.
        settings: the recipe, nested settings with a dot: `schedule.type`.
        message: why it failed, or cannot be read.
    """

    name: str
    folder: Path
    state: State
    architecture: str = ""
    data: str = ""
    parameters: int | None = None
    epochs: int = 0
    epochs_done: int = 0
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    test_accuracy: float | None = None
    time_s: float = 0.0
    changed: datetime | None = None
    precision: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        changed = None if self.changed is None else self.changed.isoformat(timespec="seconds")
        return vars(self) | {"folder": str(self.folder), "changed": changed}

    @property
    def recipe(self) -> str:
        """The settings that decide most, in a few words."""
        names = (
            ("optimiser.type", "{}"),
            ("lr", "lr {}"),
            ("batch_size", "batch {}"),
            ("schedule.type", "{}"),
        )
        parts = [text.format(self.settings[name]) for name, text in names if name in self.settings]
        return ", ".join([*parts, self.precision] if self.precision == "bfloat16" else parts)

    def __repr__(self) -> str:
        accuracy = self.validation_accuracy
        reached = "" if accuracy is None else f", validation accuracy {percent(accuracy)}"
        about = self.message or f"{self.epochs_done} of {self.epochs} epochs{reached}"
        return f"RunRecord({self.name}: {self.state}, {about})"


def read_run(folder: Path, name: str = "") -> RunRecord:
    """Return a run; one that cannot be read has the state "damaged" and says why."""
    name = printable(name or str(folder))
    try:
        return _read(folder, name)
    except ConvscopeError as error:
        place = f"{error.where}: " if error.where else ""
        message = printable(f"{place}{error.given}", LONGEST_TEXT)
    except OSError as error:
        message = printable(str(error), LONGEST_TEXT)
    return RunRecord(name, folder, "damaged", message=message)


def _read(folder: Path, name: str) -> RunRecord:
    recipe = _json(folder, RECIPE)
    epochs = recipe.get("epochs")
    if not isinstance(epochs, int) or isinstance(epochs, bool) or not 0 < epochs < MOST_EPOCHS:
        raise FormatError("it has no number of epochs", where=RECIPE)
    raw = b""
    if storage.exists(folder / EVENTS):
        raw = storage.read_bytes(folder / EVENTS, most=MOST_LINES_BYTES, follow=False)
    first = _first(raw)
    reached = [_line(match.group()) for match in REACHED.finditer(raw)]
    validated = [event for event in reached if event["type"] == "Epoch"]
    best = max(validated, key=lambda event: float(event["validation_accuracy"]), default=None)
    parameters = first.get("parameters")
    state, message = _state(folder, is_finished=bool(reached) and reached[-1]["type"] == "Finished")
    return RunRecord(
        name=name,
        folder=folder,
        state=state,
        architecture=_text(first.get("architecture") or _json(folder, ARCHITECTURE).get("name")),
        data=_text(first.get("data") or _json(folder, DATA).get("name")),
        parameters=parameters if isinstance(parameters, int) else None,
        epochs=epochs,
        epochs_done=max((int(event["epoch"]) for event in validated), default=0),
        validation_accuracy=None if best is None else float(best["validation_accuracy"]),
        validation_loss=None if best is None else float(best["validation_loss"]),
        test_accuracy=_test_accuracy(folder),
        time_s=_time_s(folder),
        changed=_changed(folder),
        precision=_text(first.get("precision")),
        settings=flattened(recipe),
        message=message,
    )


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(read_file(folder, name))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ConvscopeError):
            raise
        value = None
    if not isinstance(value, dict):
        raise FormatError("not a JSON object", where=name)
    return value


def _first(raw: bytes) -> dict[str, Any]:
    """Return the event Started; empty before it was written."""
    line, newline, _ = raw.partition(b"\n")
    if not newline:
        return {}
    event = _line(line)
    if event.get("type") != "Started":
        raise FormatError(
            "the first event is not Started", expected="what training wrote", where=EVENTS
        )
    return event


def _line(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
        if event["type"] == "Epoch":
            numbers = [event[name] for name in OF_EPOCH]
            if not all(isinstance(n, int | float) and abs(n) < LARGEST for n in numbers):
                raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FormatError(
            "a line that is no event", expected="what training wrote", where=EVENTS
        ) from None
    assert isinstance(event, dict)
    return event


def _state(folder: Path, *, is_finished: bool) -> tuple[State, str]:
    if is_locked(folder):
        return "running", ""
    if is_finished:
        return "finished", ""
    if storage.exists(folder / FAILURE):
        return "failed", _text(_json(folder, FAILURE).get("message"))
    return "stopped", ""


def _time_s(folder: Path) -> float:
    """Return the time of all processes together; the clock of each begins at 0."""
    path = folder / TIMINGS
    if not storage.exists(path):
        return 0.0
    total_s = last_s = 0.0
    for match in TIME.finditer(storage.read_bytes(path, most=MOST_LINES_BYTES, follow=False)):
        try:
            time_s = float(match.group(1))
        except ValueError:
            continue
        if not 0 <= time_s < LARGEST:
            continue
        if time_s < last_s:
            total_s += last_s
        last_s = time_s
    return total_s + last_s


def _test_accuracy(folder: Path) -> float | None:
    """Return the accuracy on a test split that the results of the run name."""
    path = folder / RESULTS
    if not storage.exists(path) or path.lstat().st_size > MOST_RESULTS_BYTES:
        return None
    for title, values in _json(folder, RESULTS).items():
        if title.split()[-1:] == ["test"] and isinstance(values, dict):
            accuracy = values.get("accuracy")
            if isinstance(accuracy, int | float) and 0 <= accuracy <= 1:
                return float(accuracy)
    return None


def _changed(folder: Path) -> datetime | None:
    for name in (EVENTS, RECIPE):
        try:
            return datetime.fromtimestamp((folder / name).lstat().st_mtime, UTC)
        except OSError:
            continue
    return None


def _text(value: Any) -> str:
    return "" if value is None else printable(str(value), LONGEST_TEXT)


def flattened(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings under names with dots: `schedule.type`."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        path = f"{prefix}{printable(name, LONGEST_TEXT)}"
        if isinstance(value, dict):
            flat |= flattened(value, f"{path}.")
        else:
            flat[path] = _text(value) if isinstance(value, str) else value
    return flat
