"""A run's events as a table for spreadsheets: `events.csv`, rewritten after each epoch."""

import csv
import io
from pathlib import Path
from typing import Any

from convscope.errors import InputError
from convscope.io.storage import exists, write_text
from convscope.text import csv_cell
from convscope.training.run.events import (
    BadImages,
    ControlApplied,
    DataChanged,
    EpochEvent,
    Event,
    Finished,
    Started,
    StepEvent,
    read_events,
)
from convscope.training.run.files import EVENTS

CSV = "events.csv"
FIRST = ("type", "step", "epoch", "lr", "loss", "accuracy")
KINDS = (Started, StepEvent, EpochEvent, BadImages, ControlApplied, Finished, DataChanged)
COLUMNS = tuple(dict.fromkeys([*FIRST, *(name for kind in KINDS for name in kind.model_fields)]))


def events_csv(run: Path | str) -> str:
    """Return the events of a run folder as CSV (RFC 4180): one row per event, one column per field.

    Numbers have full precision. An apostrophe precedes text that a spreadsheet would run.

    Raises:
        InputError: the folder has no events.
        FormatError: a line that is not an event.
    """
    path = Path(run) / EVENTS
    if not exists(path):
        raise InputError(f"{run} has no {EVENTS}", expected="a run folder")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for event in read_events(path).events:
        writer.writerow({name: _cell(value) for name, value in event.model_dump().items()})
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return csv_cell(value)
    if isinstance(value, tuple):
        return csv_cell("; ".join(value))
    return repr(value)


class CsvLogger:
    """Writes the table at the end of each epoch, and when the run ends or stops."""

    name = CSV

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._behind = False

    def log(self, event: Event) -> None:
        self._behind = True
        if isinstance(event, EpochEvent | Finished):
            self._write()

    def close(self) -> None:
        if self._behind and exists(self._folder / EVENTS):
            self._write()

    def _write(self) -> None:
        write_text(self._folder / CSV, events_csv(self._folder))
        self._behind = False
