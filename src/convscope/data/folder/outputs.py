"""Folders that convscope itself writes: never a class, and never written inside a data set."""

import os
from pathlib import Path

from convscope.errors import InputError

MARKS = (("run.lock",), ("recipe.json", "architecture.json"), ("sweep.json", "sweep.lock"))
"""Names of files of which runs and sweeps have all of a group."""

SHARDS = "index.json"
MAX_DEPTH = 3  # of folders that hold nothing but runs, as runs/mine/


def is_output(folder: Path, depth: int = 0) -> bool:
    """Return whether a folder is a run, a sweep or shards, or holds nothing else."""
    if any(_has_all(folder, names) for names in MARKS):
        return True
    try:
        if _has_all(folder, (SHARDS,)):
            return any(name.endswith(".tar") for name in os.listdir(folder))
        with os.scandir(folder) as scan:
            num_folders = 0
            for entry in scan:
                if entry.name.startswith("."):
                    continue
                if depth == MAX_DEPTH or not entry.is_dir():
                    return False
                if not is_output(Path(entry.path), depth + 1):
                    return False
                num_folders += 1
    except OSError:
        return False
    return num_folders > 0


def _has_all(folder: Path, names: tuple[str, ...]) -> bool:
    return all(os.path.isfile(folder / name) for name in names)


def check_outside_data(output: Path, source: Path, *, option: str = "--output") -> None:
    """Check that a file or folder to be written does not lie inside the data set that is read.

    Raises:
        InputError: it does; names a place beside the data.
    """
    target, data = Path(os.path.realpath(output)), Path(os.path.realpath(source))
    if target != data and data not in target.parents:
        return
    inner = target.relative_to(data) if target != data else Path(f"{data.name}-output")
    beside = os.path.relpath(data.parent / inner)
    raise InputError(
        f"the output {output} lies inside the data {source}",
        expected="a place outside of it: what is written there would become part of the data",
        fix=f"{option} {beside}",
    )
