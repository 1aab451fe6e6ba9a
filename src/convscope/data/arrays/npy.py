"""Reader of NumPy's .npy and .npz files: no pickles, and no memory before the header is checked."""

import ast
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, NamedTuple, cast, final

import numpy as np
from numpy.typing import NDArray

from convscope.data.formats.idx import CHUNK_BYTES, body
from convscope.errors import ConvscopeError, FormatError, shortened
from convscope.io.storage import open_file

MAGIC = b"\x93NUMPY"
MAX_BYTES = 1 << 30
"""Size limit of one array."""

MAX_HEADER_BYTES = 10_000  # NumPy writes about 100
MAX_MEMBERS = 1_000
MAX_READ_BYTES = CHUNK_BYTES  # of an array; a table of contents of MAX_MEMBERS is smaller
MAX_DIMENSIONS = 4
KINDS = "buifUS"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Header(NamedTuple):
    """Type, order and shape of an array, from the header of its file."""

    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(path: Path) -> NDArray[Any]:
    """Read a .npy file.

    Raises:
        FormatError: not a .npy file, damaged, too large, or an array of objects.
    """
    try:
        with open_file(path) as file:
            return _array(file, path.name)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


class Npz:
    """An opened .npz file; arrays are read one by one."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self._archive = archive
        self._where = where
        self._members = {
            info.filename.removesuffix(".npy"): info
            for info in archive.infolist()
            if info.filename.endswith(".npy")
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of the file."""
        return tuple(self._members)

    def read(self, name: str) -> NDArray[Any]:
        """Read one array.

        Raises:
            FormatError: damaged, too large, encrypted, or an array of objects.
        """
        info, where = self._members[name], f"{self._where}:{name}"
        if info.flag_bits & 1 or info.compress_type not in METHODS:
            raise FormatError(
                "encrypted, or compressed in another way than NumPy's",
                expected="a file that numpy.savez or numpy.savez_compressed wrote",
                where=where,
            )
        if info.file_size > MAX_BYTES + MAX_HEADER_BYTES:
            raise _too_large(info.file_size, where)
        with _damage(where), self._archive.open(info) as member:
            return _array(member, where)


@contextmanager
def open_npz(path: Path) -> Iterator[Npz]:
    """Open a .npz file.

    Raises:
        FormatError: not a zip archive, damaged, or with too many members.
    """
    try:
        file = open_file(path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    with file:
        with _damage(path.name):
            archive = zipfile.ZipFile(cast(IO[bytes], _Bounded(file, path.name)))
        if len(archive.infolist()) > MAX_MEMBERS:
            raise FormatError(
                f"{len(archive.infolist()):,} members",
                expected=f"at most {MAX_MEMBERS:,}",
                where=path.name,
            )
        yield Npz(archive, path.name)


@final
class _Bounded:
    """File object for `zipfile` with a bound on one read: the file states its size."""

    def __init__(self, file: BufferedReader, where: str) -> None:
        self._file = file
        self._where = where
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MAX_READ_BYTES:
            raise FormatError(f"a table of contents of {size:,} bytes", where=self._where)
        return self._file.read(size if size >= 0 else MAX_READ_BYTES)


@contextmanager
def _damage(where: str) -> Iterator[None]:
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
        *(OSError, ValueError, OverflowError, struct.error),
    ) as error:
        if isinstance(error, ConvscopeError):
            raise
        raise FormatError(
            f"not a .npz file, or damaged ({error})",
            expected="a file that numpy.savez or numpy.savez_compressed wrote",
            fix="write or download it again",
            where=where,
        ) from None


def _array(stream: IO[bytes], where: str) -> NDArray[Any]:
    header = _header(stream, where)
    if header.size_bytes > MAX_BYTES:
        raise _too_large(header.size_bytes, where)
    array = np.frombuffer(body(stream, header.size_bytes, where), header.dtype)
    return array.reshape(header.shape, order="F" if header.fortran_order else "C")


def _header(stream: IO[bytes], where: str) -> Header:
    start = stream.read(8)
    if start[:6] != MAGIC or len(start) < 8 or start[6] not in (1, 2, 3):
        raise FormatError(
            f"not a .npy array: first bytes {start.hex(' ') or 'missing'}",
            expected="an array that numpy.save wrote",
            where=where,
        )
    width = 2 if start[6] == 1 else 4
    size = int.from_bytes(stream.read(width), "little")
    text = stream.read(min(size, MAX_HEADER_BYTES))
    if not 0 < len(text) == size:
        raise FormatError(f"a header of {size:,} bytes", fix="write it again", where=where)
    try:
        fields = ast.literal_eval(text.decode("latin-1" if start[6] < 3 else "utf-8").strip())
        shape, order, code = fields["shape"], fields["fortran_order"], fields["descr"]
        dtype = np.dtype(code) if isinstance(code, str) else None
        is_shape = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise FormatError("a damaged header", fix="write it again", where=where) from None
    if dtype is None or dtype.kind not in KINDS or not dtype.itemsize or not is_shape:
        raise FormatError(
            f"an array of {'Python objects' if dtype and dtype.hasobject else shortened(code)}",
            expected="numbers: pickled objects could run code and are never loaded",
            fix="save it as an array of numbers, for example array.astype('uint8')",
            where=where,
        )
    if len(shape) > MAX_DIMENSIONS:
        raise FormatError(
            f"{len(shape)} dimensions", expected=f"at most {MAX_DIMENSIONS}", where=where
        )
    return Header(dtype, order is True, shape)


def _too_large(size_bytes: int, where: str) -> FormatError:
    return FormatError(
        f"an array of {size_bytes:,} bytes",
        expected=f"at most {MAX_BYTES:,}: arrays are kept in memory",
        fix="save the images as files in class folders: they are read one by one",
        where=where,
    )
