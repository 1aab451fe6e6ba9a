"""Folders for new runs: which are free, and what is left of a run that could not be created."""

import contextlib
import itertools
import os
import shlex
from pathlib import Path

from convscope.errors import InputError
from convscope.io import storage
from convscope.training.pretrained import START
from convscope.training.run.checkpoint import NONE_YET
from convscope.training.run.files import (
    ARCHITECTURE,
    CHECKPOINTS,
    DATA,
    ENVIRONMENT,
    LOCK,
    RECIPE,
    is_run,
)

UNFINISHED = (ARCHITECTURE, DATA, ENVIRONMENT, START, LOCK)  # written before RECIPE


def new_folder(parent: Path, name: str) -> Path:
    """Create and return `parent/name-N` with the first free number N.

    Creating it claims it: processes that start at the same time get different folders.

    Raises:
        StorageError: it cannot be created.
    """
    storage.make_folder(parent)
    for number in itertools.count(1):
        folder = parent / f"{name}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise storage.refused(error, folder) from error
        return folder
    raise AssertionError


def check_free(folder: Path) -> None:
    """Check that a folder is free for a new run.

    Raises:
        InputError: it holds a run, or other files.
    """
    if not storage.exists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", expected="an empty folder, or a new one")
    if is_run(folder):
        quoted = shlex.quote(str(folder))
        raise InputError(
            f"{folder} already holds a run",
            fix=f"`convscope train --resume {quoted}` resumes it; or choose another --output",
        )
    if other := _foreign(folder):
        raise InputError(f"{folder} holds {other}", expected="an empty folder, or a new one")


def _foreign(folder: Path) -> str:
    """Return the first entry that a process killed while creating a run does not leave."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise storage.unreadable(error, str(folder)) from error
    for entry in listed:
        own = storage.final_name(entry.name) in (RECIPE, *UNFINISHED)
        if own and entry.is_file(follow_symlinks=False):
            continue
        if entry.name == CHECKPOINTS and entry.is_dir(follow_symlinks=False):
            inner = os.listdir(entry.path)
            if all(storage.final_name(name) == NONE_YET for name in inner):
                continue
        return entry.name
    return ""


def remove_unfinished(folder: Path, *, keep_folder: bool) -> None:
    """Remove what `Run.create` wrote; never a file of somebody else."""
    with contextlib.suppress(OSError):
        storage.sweep(folder)
        storage.sweep(folder / CHECKPOINTS)
        (folder / CHECKPOINTS / NONE_YET).unlink(missing_ok=True)
        (folder / CHECKPOINTS).rmdir()
        for name in UNFINISHED:
            (folder / name).unlink(missing_ok=True)
        if not keep_folder:
            folder.rmdir()
