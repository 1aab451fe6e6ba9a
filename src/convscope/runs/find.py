"""Search for run folders: folders of runs, runs inside runs' folders, and trials of sweeps."""

import os
from collections.abc import Iterator
from pathlib import Path

from convscope.errors import InputError
from convscope.io import storage
from convscope.text import printable
from convscope.training.run.files import RECIPE

DEFAULTS = ("runs", "sweeps")  # where `train` and `sweep` write
DEEPEST = 6  # folders below the one that is named
INSIDE_RUNS = {"checkpoints"}


def find_runs(*folders: Path | str) -> list[Path]:
    """Return the run folders at and below folders, each once, in the order of their names.

    Args:
        folders: run folders, folders of runs, sweeps; by default runs/ and sweeps/, if they exist.

    Raises:
        InputError: no such folder.
        DataError: a folder that is named cannot be searched.
    """
    named = [Path(folder) for folder in folders]
    if not named:
        named = [Path(name) for name in DEFAULTS if os.path.isdir(name)]
    runs: dict[str, Path] = {}
    for folder in named:
        if not os.path.isdir(folder):
            raise InputError(
                f"there is no folder {printable(str(folder))}",
                expected="run folders, or folders that hold some",
                fix="`convscope train lenet5 mnist` writes a run to runs/",
            )
        for run in _below(folder):
            runs.setdefault(os.path.realpath(run), run)
    return list(runs.values())


def _below(folder: Path) -> Iterator[Path]:
    """Yield the run folders at and below a folder. Links and hidden folders are not followed."""
    if storage.exists(folder / RECIPE):
        yield folder
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        inner = []
        for entry, is_run in _folders(place, is_top=depth == 0):
            if is_run:
                yield entry
            inner.append(entry)
        if depth < DEEPEST:
            waiting += [(entry, depth + 1) for entry in reversed(inner)]


def _folders(place: Path, *, is_top: bool) -> list[tuple[Path, bool]]:
    """Return the folders in a folder, and whether each is a run."""
    try:
        with os.scandir(place) as entries:
            names = sorted(
                (entry.name for entry in entries if entry.is_dir(follow_symlinks=False)), key=_order
            )
    except OSError as error:
        if is_top:
            raise storage.unreadable(error, str(place)) from error
        return []
    inner = [place / name for name in names if not name.startswith(".") and name not in INSIDE_RUNS]
    return [(folder, os.path.lexists(folder / RECIPE)) for folder in inner]


def _order(name: str) -> list[tuple[bool, int, str]]:
    """Return a sort key in which run-2 comes before run-10."""
    parts: list[str] = []
    for c in name:
        if parts and parts[-1][-1].isdecimal() == c.isdecimal():
            parts[-1] += c
        else:
            parts.append(c)
    return [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts]
