"""Reading encoded images: files, or members of tar shards."""

import os
import zlib
from pathlib import Path
from typing import NamedTuple

from convscope.errors import DataError, FormatError
from convscope.io.image_limits import MAX_FILE_BYTES
from convscope.io.storage import read_limited, unreadable

HEAD_BYTES = 1 << 18  # headers that cameras write are shorter
CHANGED = "the folder changed since it was opened: check the disk, then open it again"


class Encoded(NamedTuple):
    """Bytes of an image file, and its name in error messages."""

    data: bytes
    where: str


class Reference(NamedTuple):
    """Location of an encoded image; sent to the decoding workers.

    Attributes:
        where: its name in error messages.
        offset, size, crc32: of a member of a shard; size is -1 for a separate file.
    """

    path: str
    where: str
    offset: int = 0
    size: int = -1
    crc32: int = 0


def read(reference: Reference) -> Encoded:
    """Read an encoded image.

    Raises:
        DataError: the file is missing or cannot be read; the shard does not match its index.
        FormatError: larger than MAX_FILE_BYTES.
    """
    try:
        if reference.size >= 0:
            return Encoded(_member(reference), reference.where)
        return Encoded(read_limited(Path(reference.path), most=MAX_FILE_BYTES), reference.where)
    except OSError as error:
        raise unreadable(error, reference.where, fix=CHANGED) from None
    except FormatError as error:
        raise FormatError(error.given, expected=error.expected, where=reference.where) from None


def head(reference: Reference, num_bytes: int = HEAD_BYTES) -> bytes:
    """Read the beginning of an encoded image, by default long enough for nearly every header.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    size = num_bytes if reference.size < 0 else min(num_bytes, reference.size)
    try:
        return _read_at(reference, size)
    except OSError as error:
        raise unreadable(error, reference.where, fix=CHANGED) from None


def _member(reference: Reference) -> bytes:
    if reference.size > MAX_FILE_BYTES:
        raise FormatError(
            f"an image of {reference.size:,} bytes", expected=f"at most {MAX_FILE_BYTES:,}"
        )
    data = _read_at(reference, reference.size)
    if len(data) < reference.size:
        raise _changed(reference, f"the shard ends {reference.size - len(data):,} bytes early")
    if zlib.crc32(data) != reference.crc32:
        raise _changed(reference, "its CRC-32 differs from the index")
    return data


def _read_at(reference: Reference, size: int) -> bytes:
    """Return up to `size` bytes from the offset of a reference."""
    handle = os.open(reference.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        parts, offset = [], reference.offset
        while size > 0 and (part := os.pread(handle, size, offset)):
            parts.append(part)
            size, offset = size - len(part), offset + len(part)
    finally:
        os.close(handle)
    return b"".join(parts)


def _changed(reference: Reference, problem: str) -> DataError:
    return DataError(
        f"{problem}: the shard changed since its index was written",
        fix="copy the shard and its index again, or write a new index",
        where=reference.where,
    )
