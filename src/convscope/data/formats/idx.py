"""The IDX format of MNIST, read as if somebody hostile had written it; plain, gzip or xz.

Two zero bytes, a type code, the number of dimensions, each dimension as four bytes (most
significant first), then the numbers. Compression is told by content, not by name.
"""

import gzip
import io
import lzma
import math
import zlib
from pathlib import Path
from typing import IO, cast, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError
from convscope.io.storage import open_file

UINT8 = 0x08
TYPES = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit numbers",
    0x0C: "32-bit numbers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}
MAX_BYTES = 2**30
MAX_RATIO = 1000  # gzip's own bound is 1032; images of digits reach 6
MAX_DIMENSIONS = 4
MAX_XZ_BYTES = 128 * 2**20  # `xz -9` needs 65 MiB to unpack; a header may ask for 4 GiB
CHUNK_BYTES = 1 << 22


def read_idx(
    path: Path, *, shape: tuple[int, ...] | None = None, max_bytes: int = MAX_BYTES
) -> NDArray[np.uint8]:
    """The numbers of an IDX file of unsigned bytes.

    Nothing is allocated for a header that the file cannot keep, and no more is unpacked than
    the header promises.

    Args:
        shape: what it must be, where that is known.
        max_bytes: the largest array read.

    Raises:
        FormatError: not IDX, of another type or shape, cut short, or with something behind it.
    """
    try:
        with open_file(path) as raw:
            size = raw.seek(0, io.SEEK_END)
            raw.seek(0)
            packed, stream = _unpacked(raw)
            dimensions = _header(stream, path.name)
            _check_promise(dimensions, shape, size, packed, path.name, max_bytes)
            numbers = _body(stream, math.prod(dimensions), path.name)
    except (lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise FormatError(
            f"the compressed data are cut short or damaged ({error})",
            fix="fetch the file again",
            where=path.name,
        ) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    return np.frombuffer(numbers, np.uint8).reshape(dimensions)


def write_idx(numbers: NDArray[np.uint8]) -> bytes:
    """The plain IDX form of an array of unsigned bytes."""
    sizes = b"".join(int(size).to_bytes(4, "big") for size in numbers.shape)
    return bytes([0, 0, UINT8, numbers.ndim]) + sizes + numbers.tobytes()


def _unpacked(raw: IO[bytes]) -> tuple[bool, IO[bytes]]:
    first = raw.read(6)
    raw.seek(0)
    if first.startswith(b"\x1f\x8b"):
        return True, cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if first == b"\xfd7zXZ\x00":
        return True, cast(IO[bytes], io.BufferedReader(_Xz(raw)))
    return False, raw


@final
class _Xz(io.RawIOBase):
    """One xz stream, unpacked within MAX_XZ_BYTES: `lzma.LZMAFile` takes no such bound."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._unpack = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._unpack.eof:
            packed = self._raw.read(io.DEFAULT_BUFFER_SIZE) if self._unpack.needs_input else b""
            if self._unpack.needs_input and not packed:
                raise EOFError("the end is missing")
            data = self._unpack.decompress(packed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        if self._unpack.unused_data or self._raw.read(1):
            raise lzma.LZMAError("something follows the end")
        return 0


def _header(stream: IO[bytes], where: str) -> tuple[int, ...]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise FormatError(
            f"not an IDX file: it begins with {magic.hex(' ') or 'nothing'}",
            expected="00 00 08 and the number of dimensions",
            where=where,
        )
    if magic[2] != UINT8:
        raise FormatError(
            f"type code {magic[2]:#04x} ({TYPES.get(magic[2], 'unknown')})",
            expected=f"{UINT8:#04x}, unsigned bytes",
            where=where,
        )
    if not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise FormatError(f"{magic[3]} dimensions", expected=f"1 to {MAX_DIMENSIONS}", where=where)
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise FormatError("the header is cut short", where=where)
    return tuple(
        int.from_bytes(sizes[4 * i : 4 * i + 4], "big", signed=True) for i in range(magic[3])
    )


def _check_promise(
    dimensions: tuple[int, ...],
    shape: tuple[int, ...] | None,
    file_bytes: int,
    packed: bool,
    where: str,
    max_bytes: int,
) -> None:
    if min(dimensions) < 1:
        raise FormatError(f"dimensions {dimensions}", expected="positive numbers", where=where)
    if shape is not None and dimensions != shape:
        raise FormatError(f"dimensions {dimensions}", expected=str(shape), where=where)
    promised = math.prod(dimensions)
    if promised > max_bytes:
        raise FormatError(
            f"the header promises {promised:,} bytes",
            expected=f"at most {max_bytes:,}",
            fix="max_bytes=... if you mean it",
            where=where,
        )
    there = file_bytes - 4 - 4 * len(dimensions)
    if not packed and promised != there:
        raise FormatError(
            f"{there:,} bytes behind the header",
            expected=f"{promised:,}, as dimensions {dimensions} need",
            where=where,
        )
    if packed and promised > MAX_RATIO * file_bytes:
        raise FormatError(
            f"the header promises {promised:,} bytes from a file of {file_bytes:,}",
            expected=f"at most {MAX_RATIO} times as much",
            where=where,
        )


def _body(stream: IO[bytes], promised: int, where: str) -> bytearray:
    numbers = bytearray()
    while len(numbers) < promised:
        chunk = stream.read(min(CHUNK_BYTES, promised - len(numbers)))
        if not chunk:
            raise FormatError(
                f"{len(numbers):,} bytes behind the header",
                expected=f"{promised:,}",
                fix="fetch the file again",
                where=where,
            )
        numbers += chunk
    if stream.read(1):
        raise FormatError(
            f"more than the promised {promised:,} bytes", expected="the end", where=where
        )
    return numbers
