"""A walk over the headers of a tar file: what lies where. Nothing is extracted.

Read are POSIX ustar, pax (path and size) and GNU long names. Only regular files count; folders
are passed over. What could lead out of the archive, or is there twice, is refused.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

from convscope.data.folder.layout import shown
from convscope.errors import FormatError

BLOCK = 512
MOST_MEMBERS = 10_000_000
MOST_EXTENSION_BYTES = 1 << 16  # of a long name, or of pax records
REGULAR, FOLDER, LONG_NAME, LONG_LINK, PAX, PAX_ALL = b"0\0007", b"5", b"L", b"K", b"x", b"g"
KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a pipe",
    b"S": "a sparse file",
}
END = bytes(BLOCK)


class Member(NamedTuple):
    """A regular file in a tar file: its bytes are those from `offset` on."""

    name: str
    offset: int
    size: int


def members(handle: int, *, where: str) -> Iterator[Member]:
    """The regular files, in order.

    Args:
        handle: a descriptor that can be read at any place; its own position is left alone.

    Raises:
        FormatError: not a tar file, damaged or cut short; a member that is a link or a device,
            whose name leads out, or is there twice. Names the member.
    """
    size = os.fstat(handle).st_size
    seen: set[str] = set()
    place, override = 0, _Override()
    while True:
        header = _block(handle, place, size, where)
        if header == END:
            return
        member, kind = _parsed(header, place, override, where)
        at = f"{where}:{shown(member.name)}"
        place = member.offset + -(-member.size // BLOCK) * BLOCK
        if member.offset + member.size > size:
            raise FormatError(
                f"{member.size:,} bytes from byte {member.offset:,} on, in a file of {size:,}",
                expected="a whole tar file",
                fix="copy or download the shard again",
                where=at,
            )
        if kind in (LONG_NAME, PAX):
            override = override.read(handle, member, kind, at)
            continue
        override = _Override()
        if kind in (FOLDER, PAX_ALL, LONG_LINK):
            continue
        name = _confined(member.name, kind, at)
        if name in seen:
            raise FormatError("is in the tar file twice", expected="each name once", where=at)
        seen.add(name)
        if len(seen) > MOST_MEMBERS:
            raise FormatError(f"more than {MOST_MEMBERS:,} members", where=where)
        yield member._replace(name=name)


class _Override(NamedTuple):
    """What stands in front of a header and replaces parts of it."""

    name: str | None = None
    size: int | None = None

    def read(self, handle: int, member: Member, kind: bytes, where: str) -> "_Override":
        if member.size > MOST_EXTENSION_BYTES:
            raise FormatError(f"an extension of {member.size:,} bytes", where=where)
        data = os.pread(handle, member.size, member.offset)
        if kind == LONG_NAME:
            return self._replace(name=_text(data))
        records = _pax(data, where)
        size = self.size
        if b"size" in records:
            if not records[b"size"].isdigit() or len(records[b"size"]) > 20:
                raise FormatError("a pax size that is no number", where=where)
            size = int(records[b"size"])
        if any(key.startswith(b"GNU.sparse") for key in records):
            raise FormatError("a sparse file", expected="a regular file", where=where)
        path = records.get(b"path")
        return _Override(self.name if path is None else _text(path), size)


def _block(handle: int, place: int, size: int, where: str) -> bytes:
    block = os.pread(handle, BLOCK, place)
    if len(block) == BLOCK:
        return block
    given = (
        "the file is empty"
        if size == 0
        else f"the tar file ends at byte {size:,} without an end mark"
    )
    raise FormatError(
        given,
        expected="a whole tar file",
        fix="copy or download the shard again",
        where=where,
    )


def _parsed(header: bytes, place: int, override: _Override, where: str) -> tuple[Member, bytes]:
    own = b"%s%s%s" % (header[:148], b" " * 8, header[156:])
    if _number(header[148:156], "checksum", where, place) != sum(own):
        raise FormatError(
            f"no tar header at byte {place:,}",
            expected="a whole, uncompressed tar file",
            fix="copy or download the shard again; unpack a .tar.gz first",
            where=where,
        )
    name, kind = _text(header[:100]), header[156:157]
    if header[257:263] == b"ustar\0" and (prefix := _text(header[345:500])):
        name = f"{prefix}/{name}"
    size = _number(header[124:136], "size", where, place)
    if override.size is not None:
        size = override.size
    return Member(override.name if override.name is not None else name, place + BLOCK, size), kind


def _number(field: bytes, what: str, where: str, place: int) -> int:
    if field[0] == 0x80:  # GNU: base 256, for sizes above 8 GiB
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not all(0x30 <= digit <= 0x37 for digit in digits):
        raise FormatError(
            f"no tar header at byte {place:,}: its {what} is no number",
            expected="a whole, uncompressed tar file",
            fix="copy or download the shard again; unpack a .tar.gz first",
            where=where,
        )
    return int(digits or b"0", 8)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _pax(data: bytes, where: str) -> dict[bytes, bytes]:
    r"""Records "LENGTH KEY=VALUE\n", the length that of the whole record."""
    records = {}
    while data.strip(b"\0"):
        digits, _, _ = data.partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
        record = data[len(digits) + 1 : length]
        key, equals, value = record.partition(b"=")
        if length > len(data) or not equals or not record.endswith(b"\n"):
            raise FormatError("damaged pax records", where=where)
        records[key] = value[:-1]
        data = data[length:]
    return records


def _confined(name: str, kind: bytes, where: str) -> str:
    if kind not in REGULAR or len(kind) != 1:
        raise FormatError(
            f"is {KINDS.get(kind, f'of the unknown kind {kind!r}')}",
            expected="regular files alone",
            fix="make the shards of regular files",
            where=where,
        )
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or not parts or "\\" in name:
        raise FormatError(
            "a name that leads out of the archive, or is none",
            expected="a plain, relative name",
            where=where,
        )
    return "/".join(parts)


def header(name: str, size: int) -> bytes:
    """The 512 bytes in front of a regular file: ustar, owned by nobody, of no time."""
    encoded = name.encode()
    assert len(encoded) <= 100
    fields = (
        encoded.ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,  # mode, owner, group
        b"%011o\0" % size + b"%011o\0" % 0,  # and the time
        b" " * 8,  # the checksum, while it is computed
        b"0" + bytes(100) + b"ustar\00000" + bytes(32 + 32),
        b"0000000\0" * 2 + bytes(155 + 12),
    )
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padding(size: int) -> bytes:
    """What follows `size` bytes up to the next header."""
    return bytes(-size % BLOCK)


CLOSING = END * 2
