"""Files of a job's folder. Each is written once, or replaced as a whole.

    job.json        what was requested
    lock            held by the process for as long as it lives, however it ends; holds its pid
    output, error   what the verb prints
    progress.json   how far it is
    exit.json       its exit code, written at the end
    cancel          it was asked to stop

A state follows from them, so that nothing has to be repaired after a crash.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import NamedTuple

import pydantic

from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.server.schema import Reason
from convscope.server.studio.jobs.record import Ending, Progress, State, Stored

JOB, LOCK, OUTPUT, ERROR = "job.json", "lock", "output", "error"
PROGRESS, EXIT, CANCEL = "progress.json", "exit.json", "cancel"
MOST_BYTES = 1 << 20
MOST_RESULT_BYTES = 64 << 20
SHOWN_BYTES = 16 << 10
RESUMABLE = 75
STOPPED = (RESUMABLE, 130, 143)


class Status(NamedTuple):
    """State of a job, from its files."""

    state: State
    exit_code: int | None = None
    ended: float | None = None
    error: Reason | None = None


def read_stored(folder: Path) -> Stored | None:
    """Return what was requested; None if the file is missing or damaged."""
    try:
        raw = storage.read_bytes(folder / JOB, most=MOST_BYTES, follow=False)
        stored = Stored.model_validate_json(raw)
    except (ConvscopeError, pydantic.ValidationError):
        return None
    return stored if stored.id == folder.name else None


def status(folder: Path) -> Status:
    """Return the state of a job whose `job.json` can be read."""
    if is_held(folder):
        return Status("running")
    ending = _ending(folder)
    if ending is not None:
        return _ended(folder, ending)
    is_cancelled = (folder / CANCEL).exists()
    if (folder / LOCK).exists():
        if is_cancelled:
            return Status("cancelled", None, _time(folder / CANCEL))
        reason = Reason(given="the process was killed", fix="the system may have run out of memory")
        return Status("failed", None, _time(folder / OUTPUT), reason)
    if is_cancelled:
        return Status("cancelled", None, _time(folder / CANCEL))
    return Status("waiting")


def _ended(folder: Path, ending: Ending) -> Status:
    if ending.code == 0:
        return Status("done", 0, ending.ended)
    if ending.code in STOPPED:
        return Status("cancelled", ending.code, ending.ended)
    reason = ending.error or Reason(
        given=_last_message(folder) or f"it ended with exit code {ending.code}"
    )
    return Status("failed", ending.code, ending.ended, reason)


def is_held(folder: Path) -> bool:
    """Return whether the process of a job lives: the kernel gives its lock back when it ends."""
    try:
        with storage.open_file(folder / LOCK, follow=False) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def hold(folder: Path) -> int:
    """Lock a job for the process that will be started with this handle.

    Raises:
        StorageError: the file cannot be written.
    """
    path = folder / LOCK
    try:
        handle = storage.open_append(path)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise storage.refused(error, path) from error
    return handle


def write_pid(folder: Path, pid: int) -> None:
    """Note the process that holds the lock."""
    handle = os.open(folder / LOCK, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        os.pwrite(handle, f"{pid}\n".encode(), 0)
    finally:
        os.close(handle)


def read_pid(folder: Path) -> int | None:
    """Return the process of a job that lives."""
    try:
        with storage.open_file(folder / LOCK, follow=False) as file:
            number = int(file.read(32))
    except (OSError, ValueError):
        return None
    return number if number > 1 else None


def read_progress(folder: Path) -> Progress:
    """Return how far a job is; nothing if it did not say."""
    try:
        raw = storage.read_limited(folder / PROGRESS, most=MOST_BYTES, follow=False)
        return Progress.model_validate_json(raw)
    except (OSError, ConvscopeError, pydantic.ValidationError):
        return Progress()


def _last_message(folder: Path) -> str:
    """Return the last message of a failed job, without the program's name."""
    text = end_of(folder / ERROR)
    start = text.rfind("convscope: ")
    return text[start:].removeprefix("convscope: ").strip()[:2_000] if start >= 0 else text[-500:]


def end_of(path: Path) -> str:
    """Return the end of a file as text; empty if there is none."""
    try:
        with storage.open_file(path, follow=False) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - SHOWN_BYTES))
            return file.read(SHOWN_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _ending(folder: Path) -> Ending | None:
    try:
        raw = storage.read_limited(folder / EXIT, most=MOST_BYTES, follow=False)
        return Ending.model_validate_json(raw)
    except (OSError, ConvscopeError, pydantic.ValidationError):
        return None


def write_exit(folder: Path, code: int, error: Reason | None = None) -> None:
    """Note how a job ended; a full disk is no second error."""
    ending = Ending(code=code, ended=time.time(), error=error)
    with contextlib.suppress(ConvscopeError):
        storage.write_text(folder / EXIT, ending.model_dump_json() + "\n")


def _time(path: Path) -> float | None:
    try:
        return path.lstat().st_mtime
    except OSError:
        return None
