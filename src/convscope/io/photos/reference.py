"""Where an encoded image lies: a file, or a member of a tar shard."""

import os
import zlib
from pathlib import Path
from typing import NamedTuple

from convscope.errors import DataError, FormatError
from convscope.io.storage import open_file

MAX_FILE_BYTES = 1 << 29
"""The largest encoded image that is read: 512 MiB."""

HEAD_BYTES = 1 << 18  # behind which no header begins that a camera writes


class Encoded(NamedTuple):
    """A file's bytes, and what an error calls it."""

    data: bytes
    where: str


class Reference(NamedTuple):
    """One encoded image. Small: it is what travels to the processes that decode.

    Attributes:
        where: what an error calls it.
        offset, size, crc32: of a member of a shard; a file of its own has size -1.
    """

    path: str
    where: str
    offset: int = 0
    size: int = -1
    crc32: int = 0


def read(reference: Reference) -> Encoded:
    """The bytes of an encoded image.

    Raises:
        DataError: the file is gone or cannot be read; the shard is not what its index says.
        FormatError: larger than any image that is read.
    """
    try:
        data = _whole(reference) if reference.size < 0 else _member(reference)
    except OSError as error:
        raise _unreadable(error, reference) from None
    return Encoded(data, reference.where)


def head(reference: Reference) -> bytes:
    """The beginning of an encoded image: its header, nearly always.

    Raises:
        DataError: the file is gone or cannot be read.
    """
    try:
        handle = os.open(reference.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            most = HEAD_BYTES if reference.size < 0 else min(HEAD_BYTES, reference.size)
            return _exactly(handle, most, reference.offset)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unreadable(error, reference) from None


def _unreadable(error: OSError, reference: Reference) -> DataError:
    return DataError(
        f"cannot be read: {(error.strerror or 'input/output error').lower()}",
        fix="the folder changed since it was opened; look at the disk, and begin again",
        where=reference.where,
    )


def _whole(reference: Reference) -> bytes:
    with open_file(Path(reference.path)) as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise FormatError(
            f"more than {MAX_FILE_BYTES:,} bytes",
            expected="an image",
            fix="remove it, or make it smaller",
            where=reference.where,
        )
    return data


def _member(reference: Reference) -> bytes:
    handle = os.open(reference.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        data = _exactly(handle, reference.size, reference.offset)
    finally:
        os.close(handle)
    if len(data) < reference.size:
        raise _changed(reference, f"the shard ends {reference.size - len(data):,} bytes early")
    if zlib.crc32(data) != reference.crc32:
        raise _changed(reference, "its bytes are not those that were packed")
    return data


def _exactly(handle: int, size: int, offset: int) -> bytes:
    parts = []
    while size > 0 and (part := os.pread(handle, size, offset)):
        parts.append(part)
        size, offset = size - len(part), offset + len(part)
    return b"".join(parts)


def _changed(reference: Reference, given: str) -> DataError:
    return DataError(
        f"{given}: the shard changed since its index was written",
        fix="copy the shard and its index again, or index it anew",
        where=reference.where,
    )
