"""One studio at a time works in a folder.

The kernel releases the lock when the process ends, however it ends. The file holds the process and
the address of the studio, for a second one that comes.
"""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import NamedTuple

from convscope.io import storage

LOCK = "studio.lock"
MOST_BYTES = 4_096


class Running(NamedTuple):
    """A studio that works in a folder; its address is empty for a moment after its start."""

    pid: int
    address: str


def hold(folder: Path) -> int | None:
    """Lock the studio's folder; return the handle that holds the lock, None if another holds it.

    Raises:
        StorageError: the file cannot be written.
    """
    path = folder / LOCK
    try:
        handle = storage.open_append(path)
    except OSError as error:
        raise storage.refused(error, path) from error
    os.chmod(handle, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError as error:  # a file system without locks
        os.close(handle)
        raise storage.refused(error, path) from error
    return handle


def announce(handle: int, address: str) -> None:
    """Write the process and its address into the locked file."""
    text = json.dumps({"pid": os.getpid(), "address": address}).encode()
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, text, 0)


def holder(folder: Path) -> Running:
    """Return the studio that holds the lock."""
    try:
        raw = storage.read_limited(folder / LOCK, most=MOST_BYTES, follow=False)
        value = json.loads(raw)
        return Running(int(value["pid"]), str(value["address"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Running(0, "")
