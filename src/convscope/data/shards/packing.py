"""Mark of a folder that shards are being written to, so that an interrupted `pack` can be repeated.

Only files with names that the writer uses are removed, and only beside its own mark: shards of
other programs often have the same names.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from convscope.data.dataset import SPLITS
from convscope.errors import StorageError, unusable_output
from convscope.io.storage import final_name, make_folder, open_file, refused

MARK = ".convscope-packing"
CONTENT = b"convscope data pack is writing here; remove nothing\n"
OWN = re.compile(rf"index\.json|(?:{'|'.join(SPLITS)})-\d{{6,}}\.(?:tar|index\.json)")


def is_unfinished(folder: Path) -> bool:
    """Return whether a folder has the mark of an interrupted writer."""
    try:
        with open_file(folder / MARK, follow=False) as file:
            return file.read(len(CONTENT) + 1) == CONTENT
    except OSError:
        return False


@contextmanager
def packing(folder: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Reserve a new or empty folder, or one that an interrupted writer left; unmark it at the end.

    Args:
        note: called with a sentence when files of an interrupted writer are removed.

    Raises:
        StorageError: other files are in the folder; another process is writing there; the folder
            cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise unusable_output("this is not a folder", folder, expected="a new or empty one")
    make_folder(folder)
    try:
        _check_own(folder)
        handle = os.open(folder / MARK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _lock(handle, folder)
            with _marked(handle, folder):
                leftovers = _check_own(folder)
                for name in leftovers:
                    os.unlink(folder / name)
                if leftovers:
                    note(f"{len(leftovers)} files of an interrupted `data pack` are removed")
                yield
        finally:
            os.close(handle)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise refused(error, folder) from error


@contextmanager
def _marked(handle: int, folder: Path) -> Iterator[None]:
    try:
        os.pwrite(handle, CONTENT, 0)
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink(folder / MARK)


def _check_own(folder: Path) -> list[str]:
    """Return the names that an interrupted writer left; refuse all others."""
    names = os.listdir(folder)
    if names and not (is_unfinished(folder) and all(map(_is_own, names))):
        raise unusable_output("the folder is not empty", folder, expected="a new or empty folder")
    return [name for name in names if name != MARK]


def _is_own(name: str) -> bool:
    return name == MARK or OWN.fullmatch(final_name(name)) is not None


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # the other process may have ended, and removed this file, since it was opened
        is_ours = os.fstat(handle).st_ino == os.stat(folder / MARK, follow_symlinks=False).st_ino
    except (BlockingIOError, FileNotFoundError):
        is_ours = False
    if not is_ours:
        raise StorageError(
            "another process is packing into this folder",
            fix="wait for it, or choose another folder",
            where=str(folder),
        )
