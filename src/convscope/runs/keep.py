"""Changes to run folders: a note, another name, and moving one to the trash.

The trash is a hidden folder beside the run, `.trash`, which no list shows. Nothing is deleted: a
run comes back when its folder is moved back. A run that trains is left alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convscope.errors import ConvscopeError, InputError
from convscope.io import storage
from convscope.text import printable
from convscope.training.run.files import is_run
from convscope.training.run.lock import lock

NOTE = "note.txt"
TRASH = ".trash"
MOST_NOTE = 20_000  # characters
MOST_NOTE_BYTES = 4 * MOST_NOTE
LONGEST_NAME = 200  # bytes; file systems allow 255, and temporary files add some
TRIALS, SWEEP = "trials", "sweep.json"


def read_note(folder: Path) -> str:
    """Return the note of a run; empty if it has none, or one that cannot be read."""
    try:
        raw = storage.read_limited(folder / NOTE, most=MOST_NOTE_BYTES, follow=False)
    except (OSError, ConvscopeError):
        return ""
    return raw.decode(errors="replace")


def write_note(folder: Path, text: str) -> None:
    """Replace the note of a run, atomically; an empty one is removed.

    Raises:
        InputError: this is no run, or the note is too long or not valid Unicode.
        StorageError: it cannot be written.
    """
    _check_run(folder)
    if len(text) > MOST_NOTE:
        raise InputError(f"a note of {len(text):,} characters", expected=f"at most {MOST_NOTE:,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("a note with characters that cannot be written") from None
    path = folder / NOTE
    if text.strip():
        storage.write_text(path, text)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage.refused(error, path) from error


def rename(folder: Path, name: str) -> Path:
    """Give a run another name, in the same folder; return its new path.

    Raises:
        InputError: not a run, a trial of a sweep, or a name that cannot be used or is taken.
        StorageError: it trains, or the disk is read-only.
    """
    check_name(name)
    place = folder.parent / name
    with _held(folder):
        if os.path.lexists(place):
            raise InputError(
                "there is such a folder already", fix="choose another name", where=name
            )
        _move(folder, place)
    return place


def trash(folder: Path) -> Path:
    """Move a run to the trash beside it; return its place there.

    Raises:
        InputError: not a run, or a trial of a sweep.
        StorageError: it trains, or the disk is read-only.
    """
    with _held(folder):
        bin_ = storage.make_folder(folder.parent / TRASH)
        place = bin_ / folder.name
        number = 1
        while os.path.lexists(place):
            number += 1
            place = bin_ / f"{folder.name}-{number}"
        _move(folder, place)
    return place


def check_name(name: str) -> None:
    """Check the name of a run's folder.

    Raises:
        InputError: it cannot be used.
    """
    problem = ""
    if not name or name != name.strip():
        problem = "it is empty, or begins or ends with a space"
    elif "/" in name or "\\" in name:
        problem = "it has a slash"
    elif name.startswith((".", "-")):
        problem = f"it begins with {name[0]}"
    elif printable(name) != name:
        problem = "it has characters that cannot be seen"
    elif len(os.fsencode(name)) > LONGEST_NAME:
        problem = f"it is longer than {LONGEST_NAME} bytes"
    if problem:
        raise InputError(
            f"this name cannot be used: {problem}",
            expected="a name for a folder, as resnet20-wide",
            where=printable(name, 100),
        )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock a run while it is moved, so that no process starts to train in it."""
    _check_run(folder)
    if folder.parent.name == TRIALS and (folder.parent.parent / SWEEP).exists():
        raise InputError(
            "this run is a trial of a sweep, which needs its folder",
            fix="move the folder of the whole sweep",
            where=str(folder),
        )
    handle = lock(folder)
    try:
        yield
    finally:
        os.close(handle)


def _check_run(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir() or not is_run(folder):
        raise InputError("this is no run folder", where=printable(str(folder), 200))


def _move(folder: Path, place: Path) -> None:
    try:
        os.rename(folder, place)
        storage.sync_folder(place.parent)
        storage.sync_folder(folder.parent)
    except OSError as error:
        raise storage.refused(error, place) from error
