"""Events of a run with their times, for curves. No torch."""

import contextlib
import re
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.server.studio.stream.lines import Tail
from convscope.server.studio.training.records import History
from convscope.training.run.files import EVENTS, MOST_LINES_BYTES, TIMINGS

MOST_STEPS = 6_000  # events of the type Step in one answer
STEP = b'{"type":"Step",'
TIMING = re.compile(rb'"step": ?(\d{1,12}), ?"time_s": ?([0-9.eE+-]{1,30})[,}]')
LARGEST = 1e12


def history(folder: Path, offset: int = 0) -> History:
    """Return the events from an offset on, with the seconds of training at each step.

    Of more than 6,000 steps some are left out, evenly; the last one is kept.
    """
    lines = Tail(folder / EVENTS, offset).read(MOST_LINES_BYTES)
    rows = thinned([line for line in lines.text.split(b"\n") if line])
    events = parsed(rows)
    times = seconds_by_step(folder)
    steps = [event.get("step") for event in events if event.get("type") == "Step"]
    seconds = tuple(times.get(step) if isinstance(step, int) else None for step in steps)
    return History(**{"from": lines.start}, to=lines.end, events=tuple(events), seconds=seconds)


def parsed(rows: list[bytes]) -> list[dict[str, Any]]:
    """Return the events of lines; a line that is none is left out."""
    try:
        values = from_json(b"[" + b",".join(rows) + b"]", allow_inf_nan=False)
    except ValueError:
        values = []
        for row in rows:
            with contextlib.suppress(ValueError):
                values.append(from_json(row, allow_inf_nan=False))
    return [value for value in values if isinstance(value, dict)]


def thinned(rows: list[bytes], most: int = MOST_STEPS) -> list[bytes]:
    """Return the rows with at most `most` of the type Step, evenly chosen, and all others."""
    places = [place for place, row in enumerate(rows) if row.startswith(STEP)]
    if len(places) <= most:
        return rows
    last = len(places) - 1
    kept = {places[round(number * last / (most - 1))] for number in range(most)}
    left_out = set(places) - kept
    return [row for place, row in enumerate(rows) if place not in left_out]


def seconds_by_step(folder: Path) -> dict[int, float]:
    """Return the seconds of training until each step that was timed, over all processes."""
    try:
        raw = storage.read_bytes(folder / TIMINGS, most=MOST_LINES_BYTES, follow=False)
    except (ConvscopeError, OSError):
        return {}
    times: dict[int, float] = {}
    before_s = last_s = 0.0
    for step, text in TIMING.findall(raw):
        try:
            time_s = float(text)
        except ValueError:
            continue
        if not 0 <= time_s < LARGEST:
            continue
        if time_s < last_s:  # another process, whose clock begins at 0
            before_s += last_s
        last_s = time_s
        times[int(step)] = round(before_s + time_s, 4)
    return times
