"""Atomic, durable file writes: a reader sees either the old file or the complete new one.

Temporary file in the same folder, fsync, rename, fsync of the folder. Every byte goes through
`os.write`, `os.fsync` and `os.replace`, so that tests can simulate a crash at each call.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from convscope.errors import (
    ConvscopeError,
    DataError,
    FormatError,
    InputError,
    StorageError,
    unusable_output,
)

CHUNK_BYTES = 1 << 20
MARK = ".tmp-"  # in the names of temporary files; `sweep` removes those of killed writers
TEMPORARY = re.compile(r"(.+)\.tmp-\d+-[0-9a-f]{8}", re.DOTALL)

RETRY_S = 1.0
T = TypeVar("T")


class Receipt(NamedTuple):
    """Length and SHA-256 of a written file, to verify it later."""

    size_bytes: int
    sha256: str


def write(
    path: Path,
    parts: Iterable[bytes | memoryview],
    *,
    check: Callable[[Path], None] | None = None,
) -> Receipt:
    """Replace `path` by the concatenated parts, atomically and durably.

    Args:
        check: called with the complete temporary file; if it raises, `path` is unchanged.

    Raises:
        StorageError: the disk is full, read-only or missing; `path` is unchanged.
    """
    size, digest = 0, hashlib.sha256()
    with writing(path, check=check) as add:
        for part in parts:
            view = memoryview(part).cast("B")
            digest.update(view)
            size += len(view)
            add(view)
    return Receipt(size, digest.hexdigest())


@contextlib.contextmanager
def writing(
    path: Path, *, check: Callable[[Path], None] | None = None
) -> Iterator[Callable[[bytes | memoryview], None]]:
    """Yield a function that adds bytes to a new file, which replaces `path` at the end.

    After an exception `path` is unchanged.

    Args:
        check: as `write`.

    Raises:
        StorageError: as `write`.
    """
    temporary = temporary_path(path)  # O_EXCL also refuses an existing link
    size = 0

    def add(part: bytes | memoryview) -> None:
        nonlocal size
        view = memoryview(part).cast("B")
        size += len(view)
        while view:
            view = view[os.write(handle, view[:CHUNK_BYTES]) :]

    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            with contextlib.suppress(OSError):  # tells `io.leftovers` that the writer is alive
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield add
            os.fsync(handle)
            if check is not None:
                check(temporary)
            os.replace(temporary, path)  # still locked
        finally:
            os.close(handle)
        sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):  # report the first error
            temporary.unlink()
        if isinstance(error, OSError):
            raise refused(error, path, needed=size) from error
        raise


def write_text(path: Path, text: str) -> Receipt:
    """Replace a text file (UTF-8) atomically."""
    return write(path, [text.encode()])


def write_json(path: Path, value: Any) -> Receipt:
    """Replace a JSON file atomically."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def open_file(path: Path, *, follow: bool = True) -> BufferedReader:
    """Open a regular file for reading.

    Args:
        follow: whether a link at the end of the path is followed.

    Raises:
        OSError: it cannot be opened, or is a folder, FIFO, device or socket. Nothing blocks.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        handle = os.open(path, flags)
    except ValueError as error:  # a NUL byte
        raise OSError(errno.EINVAL, str(error)) from None
    except OSError as error:
        if not follow and path.is_symlink():
            raise OSError(errno.ELOOP, "a link, which is not followed here") from None
        if error.errno == errno.ENXIO:  # a socket
            raise OSError(errno.EINVAL, "not a regular file") from None
        raise
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return open(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, "not a regular file")


def read_bytes(path: Path, *, most: int, follow: bool = True) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises:
        FormatError: it is larger, cannot be read, or is a folder, FIFO, device or socket.
    """
    try:
        return read_limited(path, most=most, follow=follow)
    except OSError as error:
        raise FormatError(
            f"cannot be read: {(error.strerror or 'input/output error').lower()}", where=str(path)
        ) from error


def read_limited(path: Path, *, most: int, follow: bool = True) -> bytes:
    """Return the content of a regular file, as `read_bytes`, for readers with their own errors.

    Raises:
        OSError: see `open_file`.
        FormatError: it is larger.
    """
    with open_file(path, follow=follow) as file:
        raw = file.read(most + 1)
        size = os.fstat(file.fileno()).st_size
    if len(raw) > most:
        raise FormatError(
            f"{max(size, len(raw)):,} bytes", expected=f"at most {most:,}", where=str(path)
        )
    return raw


def open_append(path: Path) -> int:
    """Open a file of our own for appending, and create it if absent; return the handle.

    Raises:
        OSError: it cannot be opened, or is a link, folder, FIFO or device, or has a second name
            (hard link), whose content would change too. Nothing blocks.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    flags |= os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, 0o644)
    except OSError:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "a link, which is not followed here") from None
        raise
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
        return handle
    os.close(handle)
    names = f"the file has {status.st_nlink} names (hard links), and all would change"
    raise OSError(errno.EINVAL, names if stat.S_ISREG(status.st_mode) else "not a regular file")


def exists(path: Path) -> bool:
    """Return whether there is anything of that name; a link counts, wherever it leads.

    Raises:
        DataError: the folder cannot be searched. That is no proof of absence.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise unreadable(error, str(path)) from error
    return True


def is_own_folder(path: Path) -> bool:
    """Return whether there is a folder of that name, not a link to one.

    Raises:
        DataError: as `exists`.
        FormatError: there is something else: a file, or a link.
    """
    if not exists(path):
        return False
    if path.is_symlink() or not path.is_dir():
        kind = "a link" if path.is_symlink() else "not a folder"
        raise FormatError(
            kind,
            expected="a folder; links are not followed here",
            fix="move it away, and put the folder in its place; nothing was changed",
            where=str(path),
        )
    return True


def make_folder(path: Path) -> Path:
    """Create a folder and its parents if they do not exist; return it.

    Raises:
        StorageError: it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(error, path) from error
    return path


def check_output(path: Path, *, overwrite: bool, endings: Collection[str] | None = None) -> None:
    """Check a file name before the work whose result it will hold.

    Every command that writes a file calls this first, so that one rule holds for all of them:
    an existing file is kept unless `--force` is given.

    Args:
        endings: the endings that the name may have; None for any.

    Raises:
        InputError: another ending.
        StorageError: the file exists and `overwrite` is not set, or its folder does not exist.
    """
    if endings is not None and path.suffix.lower() not in endings:
        ending = path.suffix
        raise InputError(
            f"the name ends in {ending}" if ending else "the name has no ending",
            expected=f"a name that ends in {', '.join(endings)}",
            where=str(path),
        )
    if path.is_dir():
        raise unusable_output("this is a folder", path, expected="a file to write")
    if not path.parent.is_dir():
        raise unusable_output(
            "the folder does not exist", path.parent, fix=f"mkdir -p {path.parent}"
        )
    if path.exists() and not overwrite:
        raise unusable_output(
            "the file already exists",
            path,
            fix="--force (in Python overwrite=True), or another name",
        )


def retried(write: Callable[[], T]) -> T:
    """Call a function that writes; after an OSError once more, as network folders hiccup."""
    try:
        return write()
    except OSError:
        time.sleep(RETRY_S)
    return write()


def temporary_path(path: Path) -> Path:
    """Return a name beside a path, unique among processes and threads; `sweep` knows it."""
    return path.with_name(f"{path.name}{MARK}{os.getpid()}-{secrets.token_hex(4)}")


@contextlib.contextmanager
def staging(path: Path, *, needed: int = 0) -> Iterator[Path]:
    """Yield a temporary folder beside a path; it is removed at the end.

    Args:
        needed: bytes that will be written, for the error of a full disk.

    Raises:
        StorageError: the disk is full or read-only.
    """
    path = Path(os.path.realpath(path))
    folder = temporary_path(path)
    try:
        folder.mkdir()
        yield folder
    except ConvscopeError:
        raise
    except OSError as error:
        raise refused(error, path, needed=max(needed, _folder_size(folder))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def sync_folder(folder: Path) -> None:
    """Flush a rename to the disk, if the file system supports it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network and FUSE folders
            raise
    finally:
        os.close(handle)


def final_name(name: str) -> str:
    """Return the name that a temporary file of `write` gets when it is complete; others as is."""
    match = TEMPORARY.fullmatch(name)
    return match[1] if match else name


def temporary_files(folder: Path) -> Iterator[str]:
    """Yield the paths of the temporary files of `write` in a folder, of living writers too."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                yield entry.path


def sweep(folder: Path) -> None:
    """Remove the temporary files of killed writers from a folder that this process has locked."""
    with contextlib.suppress(OSError):
        for path in temporary_files(folder):
            os.unlink(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a regular file, read in chunks.

    Raises:
        OSError: see `open_file`.
    """
    with open_file(path) as file:
        return sha256_of(file)


def sha256_of(file: BufferedReader) -> str:
    """Return the SHA-256 of an open file, from its position to its end."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def unreadable(error: OSError, where: str, *, fix: str = "") -> DataError:
    """Return the error for a file or folder that cannot be read."""
    reason = (error.strerror or "input/output error").lower()
    return DataError(f"cannot be read: {reason}", fix=fix, where=where)


def refused(error: OSError, path: Path, *, needed: int = 0) -> StorageError:
    """Return the error for a file that cannot be written, with the reason and a fix."""
    folder = path if path.is_dir() else path.parent
    reason = error.strerror or os.strerror(error.errno or errno.EIO)
    problem = f"cannot write {path.name or path}: {reason[:1].lower()}{reason[1:]}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            free = 0
        return StorageError(
            f"{problem} (at least {needed:,} bytes needed, {free:,} free)",
            fix=f"free disk space in {folder}, or write to another folder",
            where=str(folder),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            problem, fix="write to another folder, or change its permissions", where=str(folder)
        )
    return StorageError(problem, where=str(folder))
