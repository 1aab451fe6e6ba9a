"""Points of a run's curves, read quickly and thinned, for pages that draw many runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.training.run.files import EVENTS, MOST_LINES_BYTES

STEP = b'{"type":"Step",'
MOST_ROWS = 2_000  # of a run, or twice that; a screen is not wider
EXTREMES = ("loss", "accuracy")  # of a stretch, whose least and largest values are kept
LARGEST = 1e15


class Points(NamedTuple):
    """Columns of numbers, a row for each event that is kept.

    Attributes:
        to: bytes of `events.jsonl` that were read.
        steps: events of the type Step: "step", "loss", "accuracy", "lr".
        epochs: events of the type Epoch: "step", "epoch", "accuracy", "loss".
    """

    to: int
    steps_per_epoch: int
    steps: dict[str, list[float]]
    epochs: dict[str, list[float]]


OF_STEP = {"step": "step", "loss": "loss", "accuracy": "accuracy", "lr": "lr"}
OF_EPOCH = {
    "step": "step",
    "epoch": "epoch",
    "accuracy": "validation_accuracy",
    "loss": "validation_loss",
}


def read_points(folder: Path) -> Points:
    """Return the points of a run; of one that cannot be read, none."""
    try:
        raw = storage.read_bytes(folder / EVENTS, most=MOST_LINES_BYTES, follow=False)
    except ConvscopeError:
        raw = b""
    whole = raw[: raw.rfind(b"\n") + 1]
    lines = whole.splitlines()
    rest = [line for line in lines if not line.startswith(STEP)]
    steps = _columns([line for line in lines if line.startswith(STEP)], OF_STEP)
    epochs = _columns([line for line in rest if b'"type":"Epoch"' in line[:40]], OF_EPOCH)
    kept = kept_places([steps[name] for name in EXTREMES])
    first = _events(rest[:1])
    per_epoch = first[0].get("steps_per_epoch") if first else None
    return Points(
        len(whole),
        per_epoch if isinstance(per_epoch, int) and per_epoch > 0 else 1,
        {name: [values[place] for place in kept] for name, values in steps.items()},
        epochs,
    )


def kept_places(columns: Sequence[Sequence[float]], most: int = MOST_ROWS) -> list[int]:
    """Return rows to keep: the first and last of every stretch, and those of its extreme values.

    Args:
        columns: values of equal length.
    """
    num = len(columns[0])
    if num <= most:
        return list(range(num))
    import numpy as np

    size = -(-num * (2 + 2 * len(columns)) // most)
    starts = np.arange(0, num, size)
    places = [starts, np.minimum(starts + size, num) - 1]
    whole = num // size
    for values in columns:
        array = np.asarray(values, float)
        stretches = array[: whole * size].reshape(whole, size)
        places += [starts[:whole] + stretches.argmin(1), starts[:whole] + stretches.argmax(1)]
        if whole < len(starts):
            last = array[whole * size :]
            places += [starts[whole:] + last.argmin(), starts[whole:] + last.argmax()]
    return [int(place) for place in np.unique(np.concatenate(places))]


def _columns(lines: list[bytes], names: dict[str, str]) -> dict[str, list[float]]:
    """Return numbers of events by name; an event that lacks one is left out."""
    events = _events(lines)
    columns: dict[str, list[Any]] = {
        own: [event.get(name) for event in events] for own, name in names.items()
    }
    bad = {n for values in columns.values() for n, value in enumerate(values) if _is_bad(value)}
    if bad:
        columns = {
            own: [value for n, value in enumerate(values) if n not in bad]
            for own, values in columns.items()
        }
    return columns


def _is_bad(value: Any) -> bool:
    return type(value) not in (int, float) or not -LARGEST < value < LARGEST


def _events(lines: list[bytes]) -> list[dict[str, Any]]:
    """Return lines as events; those that are none are left out."""
    from pydantic_core import from_json

    try:  # all at once is five times as fast
        events = from_json(b"[" + b",".join(lines) + b"]", allow_inf_nan=False)
    except ValueError:
        events = []
        for line in lines:
            try:
                events.append(from_json(line, allow_inf_nan=False))
            except ValueError:
                continue
    return [event for event in events if isinstance(event, dict)]
