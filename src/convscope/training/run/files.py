"""Files of a run folder: their names, and reading them.

A run folder may come from somebody else. Only regular files of a bounded size are read, and no
link is followed.
"""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import pydantic

from convscope.data.options import DataOptions
from convscope.errors import FormatError, from_validation
from convscope.io import storage
from convscope.record import Record

RECIPE, ARCHITECTURE, DATA = "recipe.json", "architecture.json", "data.json"
EVENTS, TIMINGS, RESULTS, LOCK = "events.jsonl", "timings.jsonl", "results.json", "run.lock"
ENVIRONMENT = "environment.json"
PRECISION = "precision.json"  # what `precision="auto"` chose
FAILURE = "failure.json"  # why training ended by an error; until the run is resumed
CHECKPOINTS = "checkpoints"
WATCH = "watch"  # figures of the layers of a run that is watched; nothing of it is needed
MOST_JSON_BYTES = 16 << 20  # as of an architecture; the names of 60,000 classes
MOST_LINES_BYTES = 64 << 20  # about 500,000 events


class FormerData(Record):
    """The data set that a run trained on until the user changed it.

    Attributes:
        until_step: the last step on these data.
    """

    fingerprint: str
    until_step: int


class DataRecord(Record):
    """The data set of a run, checked when it is resumed.

    Attributes:
        source: the argument of `convscope.data.open`, as a folder's path. It is kept in the run
            folder only, so that model files reveal no paths.
        options: with which it was opened.
        former: earlier data, if the run was resumed with changed ones; the oldest first.
    """

    name: str
    fingerprint: str
    classes: tuple[str, ...]
    source: str = ""
    options: DataOptions = DataOptions()
    former: tuple[FormerData, ...] = ()

    def provenance(self) -> dict[str, Any]:
        """Return what a model file says about its data."""
        former = [before.model_dump(mode="json") for before in self.former]
        own = {"name": self.name, "fingerprint": self.fingerprint}
        return {**own, "former": former} if former else own


class Timing(NamedTuple):
    """Seconds of training until a step, without the time between processes."""

    step: int
    elapsed_s: float


def read_file(folder: Path, name: str) -> bytes:
    """Return the content of a JSON file of a run folder.

    Raises:
        FormatError: it is missing, too large, a link, or not a regular file.
    """
    try:
        return storage.read_bytes(folder / name, most=MOST_JSON_BYTES, follow=False)
    except FormatError as error:
        fix = "put the file back, or train in a new folder"
        raise FormatError(
            error.given, expected=error.expected, fix=fix, where=error.where
        ) from error


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a run.

    Raises:
        DataError: the folder cannot be searched.
    """
    return storage.exists(folder / RECIPE)


def recorded_data(folder: Path) -> DataRecord:
    """Return the record of a run's data set.

    Raises:
        FormatError: it is missing or damaged.
    """
    try:
        return DataRecord.model_validate_json(read_file(folder, DATA))
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(folder / DATA)) from None


def recorded_environment(folder: Path) -> dict[str, Any]:
    """Return the versions and hardware with which a run was started.

    Raises:
        FormatError: missing, or not a JSON object.
    """
    try:
        about = json.loads(read_file(folder, ENVIRONMENT))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        about = None
    if not isinstance(about, dict):
        raise FormatError("not a JSON object", where=str(folder / ENVIRONMENT))
    return about


def read_timings(folder: Path) -> list[Timing]:
    """Return the timings of all processes that trained a run; empty where there are none.

    A line that is damaged, such as the last one of a killed process, is skipped.

    Raises:
        FormatError: the file cannot be read.
    """
    path = folder / TIMINGS
    if not storage.exists(path):
        return []
    timings: list[Timing] = []
    before_s = last_s = 0.0
    for line in storage.read_bytes(path, most=MOST_LINES_BYTES, follow=False).splitlines():
        try:
            timing = json.loads(line)
            step, time_s = int(timing["step"]), float(timing["time_s"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
        if not math.isfinite(time_s):
            continue
        if time_s < last_s:  # another process, whose clock begins at 0
            before_s += last_s
        last_s = time_s
        timings.append(Timing(step, before_s + time_s))
    return timings
