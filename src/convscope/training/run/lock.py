"""Lock of a run folder: one process trains in it at a time.

The kernel releases the lock when the process ends, however it ends.
"""

import fcntl
import os
from pathlib import Path

from convscope.errors import StorageError
from convscope.io import storage
from convscope.training.run.files import LOCK


def lock(folder: Path) -> int:
    """Lock a run folder for this process; closing the handle that is returned releases it.

    Raises:
        StorageError: another process holds it, or it cannot be written.
    """
    path = folder / LOCK
    try:
        handle = storage.open_append(path)
    except OSError as error:
        raise storage.refused(error, path) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
        os.close(handle)
        raise StorageError(
            f"process {holder or 'unknown'} is training in this folder",
            fix="wait for it, stop it, or choose another folder",
            where=str(folder),
        ) from None
    except OSError as error:
        os.close(handle)
        raise storage.refused(error, path) from error
    return handle


def is_locked(folder: Path) -> bool:
    """Return whether a process trains in a run folder.

    The lock is only tried if the process that wrote its number there exists: trying takes the
    lock for a moment, and a run that starts in this moment would fail.
    """
    try:
        with open(folder / LOCK, "rb", opener=_no_links) as file:
            number = int(file.read(32) or b"0")
            if number == os.getpid() or (number and _exists(number)):
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _no_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _exists(number: int) -> bool:
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
