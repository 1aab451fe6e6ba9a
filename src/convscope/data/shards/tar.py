"""Locate the files in a tar archive without extracting them, and write tar headers.

Headers are parsed by the standard library's `tarfile` (ustar, pax and GNU formats). This module
adds the checks that `tarfile` does not make: only regular files, names inside the archive and
each one once, sizes within the file, an end mark, and a bound on the memory for headers.
"""

import os
import re
import tarfile
from collections.abc import Iterator
from typing import IO, Any, NamedTuple, cast

from convscope.errors import FormatError
from convscope.text import printable

BLOCK = tarfile.BLOCKSIZE
MAX_HEADER_BYTES = 1 << 16  # of one member, long names and pax records included
KINDS = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a pipe",
}
COPY_AGAIN = "copy or download the shard again"
END = bytes(BLOCK)


class Member(NamedTuple):
    """A regular file in a tar archive: `size` bytes from `offset` on."""

    name: str
    offset: int
    size: int


def members(handle: int, *, where: str) -> Iterator[Member]:
    """Yield the regular files in archive order; folders are skipped.

    Args:
        handle: a file descriptor; its position is not moved.

    Raises:
        FormatError: not a tar file, damaged or truncated; a member that is a link, a device or
            sparse, whose name leaves the archive, or that occurs twice. Names the member.
    """
    size = os.fstat(handle).st_size
    if not size:
        raise FormatError("the file is empty", expected="a tar file", fix=COPY_AGAIN, where=where)
    source = _HeaderSource(handle, where)
    tar: Any = None
    names: set[str] = set()
    end = 0
    try:
        # UTF-8 whatever the locale
        tar = tarfile.open(fileobj=cast(IO[bytes], source), mode="r:", encoding="utf-8")  # noqa: SIM115
        while (info := tar.next()) is not None:
            tar.members.clear()  # tarfile would keep all of them
            source.allow()
            if "size" in tar.pax_headers:
                raise FormatError("a size for all members in a global pax header", where=where)
            end = _check(info, end, size, where)
            if info.isdir():
                continue
            name = _confined(info, where)
            if name in names:
                at = f"{where}:{printable(name)}"
                raise FormatError("the name occurs twice", expected="each name once", where=at)
            names.add(name)
            yield Member(name, info.offset_data, info.size)
    except (tarfile.TarError, ValueError, ArithmeticError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise _damaged(handle, tar.offset if tar else 0, size, where, f" ({error})") from None
    # at a header that it cannot read, tarfile stops without an error
    if os.pread(handle, BLOCK, tar.offset) != END:
        raise _damaged(handle, tar.offset, size, where)


class _HeaderSource:
    """File object for `tarfile` with a bound on the bytes read for one member.

    Without it, the size field of an extended header decides how much memory is allocated.
    """

    def __init__(self, handle: int, where: str) -> None:
        self._handle, self._where, self._position = handle, where, 0
        self.allow()

    def allow(self) -> None:
        """Start counting for the next member."""
        self._left = MAX_HEADER_BYTES

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        self._position = position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self._left:
            raise FormatError(
                f"headers of {size:,} bytes at byte {self._position:,}",
                expected=f"at most {MAX_HEADER_BYTES:,} bytes of headers for each member",
                where=self._where,
            )
        data = os.pread(self._handle, size, self._position)
        self._position += len(data)
        self._left -= len(data)
        return data


def _check(info: tarfile.TarInfo, end: int, size: int, where: str) -> int:
    """Check the place of a member; return the end of its data.

    Args:
        end: where the data of the member before it end.
    """
    at = f"{where}:{printable(info.name)}"
    if not re.fullmatch("[0-9]{1,20}", info.pax_headers.get("size", "0")):
        raise FormatError("a pax size that is not a number", fix=COPY_AGAIN, where=at)
    last = info.offset_data + (0 if info.isdir() else info.size)
    if info.offset_data < end or info.size < 0 or last > size:
        raise FormatError(
            f"{info.size:,} bytes from byte {info.offset_data:,} on, in a file of {size:,}",
            expected="a complete tar file",
            fix=COPY_AGAIN,
            where=at,
        )
    return last


def _confined(info: tarfile.TarInfo, where: str) -> str:
    """Return the name of a regular file, without "." parts; refuse everything else."""
    at = f"{where}:{printable(info.name)}"
    if not info.isreg() or info.issparse():
        kind = KINDS.get(info.type, f"of the unknown kind {info.type!r}")
        raise FormatError(
            f"is {'a sparse file' if info.issparse() else kind}",
            expected="regular files only",
            where=at,
        )
    parts = [part for part in info.name.split("/") if part not in ("", ".")]
    if info.name.startswith("/") or ".." in parts or not parts or set("\\\0") & set(info.name):
        raise FormatError(
            "the name is empty or leads out of the archive",
            expected="a plain, relative name",
            where=at,
        )
    return "/".join(parts)


def _damaged(handle: int, offset: int, size: int, where: str, detail: str = "") -> FormatError:
    problem = f"no valid tar header at byte {offset:,}{detail}"
    if len(os.pread(handle, BLOCK, offset)) < BLOCK:
        problem = f"the tar file ends at byte {size:,} without an end mark"
    return FormatError(
        problem,
        expected="a complete, uncompressed tar file",
        fix=f"{COPY_AGAIN}; decompress a .tar.gz first",
        where=where,
    )


def header(name: str, size: int) -> bytes:
    """Return the 512-byte ustar header of a regular file: no owner, time 0.

    `TarInfo.tobuf` leaves the device fields empty. The bytes stay as they are because the SHA-256
    of existing shards identifies their data set.
    """
    encoded = name.encode()
    assert len(encoded) <= 100
    fields = (
        encoded.ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,  # mode, owner, group
        b"%011o\0" % size + b"%011o\0" % 0,  # size, time
        b" " * 8,  # the checksum counts as blanks
        b"0" + bytes(100) + b"ustar\00000" + bytes(32 + 32),
        b"0000000\0" * 2 + bytes(155 + 12),
    )
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padding(size: int) -> bytes:
    """Return the bytes between a file of `size` bytes and the next header."""
    return bytes(-size % BLOCK)


CLOSING = END * 2
