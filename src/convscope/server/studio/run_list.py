"""The runs and sweeps of a workspace as lists; what did not change is not read again."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, final

from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.runs.find import DEFAULTS
from convscope.runs.keep import NOTE, SWEEP, TRIALS, read_note
from convscope.runs.points import Points, read_points
from convscope.runs.record import RunRecord, read_run
from convscope.server.studio.workspace import Workspace, id_of
from convscope.training.run.files import EVENTS, FAILURE, RECIPE, RESULTS, TIMINGS, read_file
from convscope.training.run.lock import is_locked

T = TypeVar("T")
Stamp = tuple[Any, ...]

OF_RECORD = (RECIPE, EVENTS, TIMINGS, RESULTS, FAILURE, NOTE)
MOST_SWEEPS = 500
MOST_KEPT = 2_500
LONGEST_SUMMARY = 200


class Listed(NamedTuple):
    """A run of the list, with the first line of its note."""

    record: RunRecord
    note: str


class Sweep(NamedTuple):
    """A sweep's folder and the JSON of its definition."""

    id: str
    folder: Path
    definition: dict[str, Any]


@final
class RunList:
    """Records and curves of runs, kept until a file of theirs changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Path], tuple[Stamp, Any]] = {}

    def record(self, folder: Path) -> Listed:
        """Return the record of a run."""
        stamp = (*(_stamp(folder / name) for name in OF_RECORD), is_locked(folder))
        return self._fresh("record", folder, stamp, self._read)

    def points(self, folder: Path) -> Points:
        """Return the points of a run's curves."""
        return self._fresh("points", folder, (_stamp(folder / EVENTS),), read_points)

    def _read(self, folder: Path) -> Listed:
        record = read_run(folder, self._workspace.relative(folder))
        lines = read_note(folder).strip().splitlines()
        return Listed(record, lines[0][:LONGEST_SUMMARY] if lines else "")

    def _fresh(self, what: str, folder: Path, stamp: Stamp, read: Callable[[Path], T]) -> T:
        with self._lock:
            kept = self._kept.get((what, folder))
        if kept is not None and kept[0] == stamp:
            value: T = kept[1]
            return value
        value = read(folder)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[what, folder] = (stamp, value)
        return value


def sweeps(workspace: Workspace) -> list[Sweep]:
    """Return the sweeps of a workspace; one whose definition cannot be read is left out."""
    place = workspace.root / DEFAULTS[1]
    try:
        names = sorted(os.listdir(place))[:MOST_SWEEPS]
    except OSError:
        return []
    listed = []
    for name in names:
        folder = place / name
        if name.startswith(".") or folder.is_symlink():
            continue
        try:
            definition = json.loads(read_file(folder, SWEEP))
        except (ConvscopeError, ValueError, RecursionError):
            continue
        if isinstance(definition, dict) and isinstance(definition.get("vary"), list):
            listed.append(Sweep(id_of(workspace.relative(folder)), folder, definition))
    return listed


def sweep_of(folder: Path) -> Path | None:
    """Return the sweep that a run is a trial of."""
    sweep = folder.parent.parent
    return sweep if folder.parent.name == TRIALS and (sweep / SWEEP).is_file() else None


def outcomes(sweep: Sweep) -> list[dict[str, Any]]:
    """Return what the sweep wrote about its trials; nothing before the first one ended."""
    try:
        raw = storage.read_bytes(sweep.folder / RESULTS, most=MOST_BYTES, follow=False)
        trials = json.loads(raw)["trials"]
    except (ConvscopeError, ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(trials, list):
        return []
    return [trial for trial in trials if isinstance(trial, dict) and "number" in trial]


MOST_BYTES = 16 << 20


def _stamp(path: Path) -> Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns
