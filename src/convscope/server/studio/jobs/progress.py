"""Progress of a training, from the first and the last lines of its events."""

import json
import os
from pathlib import Path
from typing import Any

from convscope.io import storage
from convscope.server.studio.jobs.record import Progress
from convscope.training.run.files import EVENTS

LINE_BYTES = 1 << 16


def of_run(folder: Path) -> Progress:
    """Return how many steps of a run are done; an empty progress before its first event."""
    try:
        with storage.open_file(folder / EVENTS, follow=False) as file:
            started = _event(file.readline(LINE_BYTES))
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - LINE_BYTES))
            lines = file.read(LINE_BYTES).split(b"\n")
    except OSError:
        return Progress()
    try:
        per_epoch, epochs = int(started["steps_per_epoch"]), int(started["epochs"])
        events = (_event(line) for line in reversed(lines[:-1]))
        last: dict[str, Any] = next((event for event in events if "step" in event), {})
        step, epoch = int(last.get("step", 0)), int(last.get("epoch", 1))
    except (KeyError, TypeError, ValueError, OverflowError):
        return Progress()
    total = per_epoch * epochs
    return Progress(done=min(step, total), total=total, text=f"epoch {epoch} of {epochs}")


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
