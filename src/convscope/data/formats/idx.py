"""Reader and writer of IDX, the format of MNIST; uncompressed, gzip or xz. Safe for hostile files.

Two zero bytes, a type code, the number of dimensions, each dimension as four bytes (big-endian),
then the numbers. Compression is detected by content, not by name.
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
MAX_RATIO = 1000  # gzip's limit is 1032; images of digits reach 6
MAX_DIMENSIONS = 4
MAX_XZ_BYTES = 128 * 2**20  # `xz -9` needs 65 MiB to decompress; a header may request 4 GiB
CHUNK_BYTES = 1 << 22


def read_idx(
    path: Path, *, shape: tuple[int, ...] | None = None, max_bytes: int = MAX_BYTES
) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes.

    The header is checked against the file's size before memory is allocated, and no more is
    decompressed than the header states.

    Args:
        shape: the expected shape, if known.
        max_bytes: size limit of the array.

    Raises:
        FormatError: not IDX, of another type or shape, truncated, or with data after the end.
    """
    try:
        with open_file(path) as raw:
            size = raw.seek(0, io.SEEK_END)
            raw.seek(0)
            compressed, stream = _decompressed(raw)
            dimensions = _header(stream, path.name)
            _check_size(dimensions, shape, size, compressed, path.name, max_bytes)
            numbers = body(stream, math.prod(dimensions), path.name)
    except (lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise FormatError(
            f"the compressed data are truncated or damaged ({error})",
            fix="download the file again",
            where=path.name,
        ) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    return np.frombuffer(numbers, np.uint8).reshape(dimensions)


def write_idx(numbers: NDArray[np.uint8]) -> bytes:
    """Return an array of unsigned bytes in IDX format, uncompressed."""
    sizes = b"".join(int(size).to_bytes(4, "big") for size in numbers.shape)
    return bytes([0, 0, UINT8, numbers.ndim]) + sizes + numbers.tobytes()


def _decompressed(raw: IO[bytes]) -> tuple[bool, IO[bytes]]:
    first = raw.read(6)
    raw.seek(0)
    if first.startswith(b"\x1f\x8b"):
        return True, cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if first == b"\xfd7zXZ\x00":
        return True, cast(IO[bytes], io.BufferedReader(_Xz(raw)))
    return False, raw


@final
class _Xz(io.RawIOBase):
    """An xz stream decompressed within MAX_XZ_BYTES of memory: `lzma.LZMAFile` has no limit."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._xz = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._xz.eof:
            packed = self._raw.read(io.DEFAULT_BUFFER_SIZE) if self._xz.needs_input else b""
            if self._xz.needs_input and not packed:
                raise EOFError("unexpected end")
            data = self._xz.decompress(packed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        if self._xz.unused_data or self._raw.read(1):
            raise lzma.LZMAError("data after the end")
        return 0


def _header(stream: IO[bytes], where: str) -> tuple[int, ...]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise FormatError(
            f"not an IDX file: first bytes {magic.hex(' ') or 'missing'}",
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
        raise FormatError("the header is truncated", where=where)
    return tuple(
        int.from_bytes(sizes[4 * i : 4 * i + 4], "big", signed=True) for i in range(magic[3])
    )


def _check_size(
    dimensions: tuple[int, ...],
    shape: tuple[int, ...] | None,
    file_bytes: int,
    compressed: bool,
    where: str,
    max_bytes: int,
) -> None:
    if min(dimensions) < 1:
        raise FormatError(f"dimensions {dimensions}", expected="positive numbers", where=where)
    if shape is not None and dimensions != shape:
        raise FormatError(f"dimensions {dimensions}", expected=str(shape), where=where)
    num_bytes = math.prod(dimensions)
    if num_bytes > max_bytes:
        raise FormatError(
            f"the header states {num_bytes:,} bytes",
            expected=f"at most {max_bytes:,}",
            fix="raise max_bytes if the file is trusted",
            where=where,
        )
    available = file_bytes - 4 - 4 * len(dimensions)
    if not compressed and num_bytes != available:
        raise FormatError(
            f"{available:,} bytes after the header",
            expected=f"{num_bytes:,}, for dimensions {dimensions}",
            where=where,
        )
    if compressed and num_bytes > MAX_RATIO * file_bytes:
        raise FormatError(
            f"the header states {num_bytes:,} bytes in a compressed file of {file_bytes:,}",
            expected=f"at most {MAX_RATIO} times the file size",
            where=where,
        )


def body(stream: IO[bytes], num_bytes: int, where: str) -> bytearray:
    """Return the rest of a stream, in chunks: no memory before the bytes are there.

    Raises:
        FormatError: fewer bytes than the header states, or more.
    """
    numbers = bytearray()
    while len(numbers) < num_bytes:
        chunk = stream.read(min(CHUNK_BYTES, num_bytes - len(numbers)))
        if not chunk:
            raise FormatError(
                f"{len(numbers):,} bytes after the header",
                expected=f"{num_bytes:,}",
                fix="write or download the file again",
                where=where,
            )
        numbers += chunk
    if stream.read(1):
        raise FormatError(
            f"data after the {num_bytes:,} bytes of the header", expected="the end", where=where
        )
    return numbers
