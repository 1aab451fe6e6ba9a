"""Temporary files and folders that killed processes left: found by their name and a lock.

A process holds a lock on what it writes; the system releases it when the process ends, however it
ends. What is locked belongs to a living process and stays.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from convscope.io.storage import temporary_files

NEW_S = 10.0  # between creating a file or folder and locking it pass microseconds


def sweep_abandoned(folder: Path) -> None:
    """Remove the temporary files of `storage.write` whose process has ended."""
    for path in temporary_files(folder):
        with suppress(OSError), _abandoned(path, os.O_RDWR):
            os.unlink(path)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Create a locked temporary folder and remove it at the end; first remove abandoned ones.

    Args:
        prefix: of the name; used for nothing else.
    """
    parent = Path(tempfile.gettempdir())
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            is_own = entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False)
            if is_own and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                with suppress(OSError), _abandoned(entry.path, os.O_RDONLY | os.O_DIRECTORY):
                    shutil.rmtree(entry.path, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(handle)


@contextmanager
def _abandoned(path: str, flags: int) -> Iterator[None]:
    """Lock something that no living process has locked; raise OSError if one has."""
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if abs(time.time() - status.st_ctime) < NEW_S and not _has_content(path, status):
            raise BlockingIOError
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _has_content(path: str, status: os.stat_result) -> bool:
    return bool(os.listdir(path)) if os.path.isdir(path) else status.st_size > 0
