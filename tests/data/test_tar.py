"""Tar members against the archives that tarfile writes, and hostile archives."""

import io
import os
import tarfile
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.data.shards.tar import CLOSING, header, members, padding
from convscope.errors import FormatError

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def archive(files, *, form=tarfile.PAX_FORMAT, kind=tarfile.REGTYPE, link=""):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, link
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def walk(path, data):
    path.write_bytes(data)
    handle = os.open(path, os.O_RDONLY)
    try:
        return list(members(handle, where="a.tar"))
    finally:
        os.close(handle)


def contents(path, data):
    return {m.name: data[m.offset : m.offset + m.size] for m in walk(path, data)}


NAMES = {
    "plain": "000.jpg",
    "deep": "a/b/c/000.jpg",
    "long": "n" * 180 + ".jpg",
    "split by ustar": "d" * 90 + "/" + "n" * 90 + ".jpg",
    "of another script": "猫/照片.jpg",
    "with spaces": "a photo of a cat.jpg",
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", NAMES)
def test_reads_what_tarfile_writes(tmp_path, form, kind):
    name = NAMES[kind]
    files = [(name, b"x" * 700), ("empty.cls", b""), ("z.jpg", b"y" * 512)]
    try:
        data = archive(files, form=form)
    except ValueError:
        assert form == tarfile.USTAR_FORMAT  # which cannot hold this name
        return
    assert contents(tmp_path / "t", data) == dict(files)


def test_reads_names_with_invalid_utf8(tmp_path):
    (member,) = walk(tmp_path / "t", archive([("caf\udce9.jpg", b"x")], form=tarfile.GNU_FORMAT))
    assert os.fsencode(member.name) == b"caf\xe9.jpg"


def test_folders_are_skipped_and_dots_removed(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        folder = tarfile.TarInfo("./a")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        info = tarfile.TarInfo("./a/./b.jpg")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    assert contents(tmp_path / "t", stream.getvalue()) == {"a/b.jpg": b"abc"}


def test_sizes_in_base_256(tmp_path):
    block = bytearray(header("a.jpg", 5))
    block[124:136] = b"\x80" + (5).to_bytes(11, "big")
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    data = bytes(block) + b"12345" + padding(5) + CLOSING
    assert contents(tmp_path / "t", data) == {"a.jpg": b"12345"}


@given(st.lists(st.binary(max_size=1100), max_size=6), st.sampled_from(["jpg", "cls", "json"]))
@settings(max_examples=50, deadline=None)
def test_tarfile_reads_what_is_written(parts, ending):
    files = {f"{number:08}.{ending}": data for number, data in enumerate(parts)}
    whole = b"".join(header(n, len(d)) + d + padding(len(d)) for n, d in files.items()) + CLOSING
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        read = {info.name: tar.extractfile(info).read() for info in tar}
        assert all(info.mode == 0o644 and info.mtime == info.uid == 0 for info in tar)
    assert read == files


HOSTILE = {
    "climbs out": ("../../etc/passwd", tarfile.REGTYPE, "leads out"),
    "climbs out inside": ("a/../../b.jpg", tarfile.REGTYPE, "leads out"),
    "absolute": ("/etc/passwd", tarfile.REGTYPE, "leads out"),
    "of Windows": ("..\\x.jpg", tarfile.REGTYPE, "leads out"),
    "no name": ("./", tarfile.REGTYPE, "leads out"),
    "symbolic link": ("a.jpg", tarfile.SYMTYPE, "a symbolic link"),
    "hard link": ("a.jpg", tarfile.LNKTYPE, "a hard link"),
    "character device": ("a.jpg", tarfile.CHRTYPE, "a character device"),
    "block device": ("a.jpg", tarfile.BLKTYPE, "a block device"),
    "pipe": ("a.jpg", tarfile.FIFOTYPE, "a pipe"),
    "unknown": ("a.jpg", b"Q", "unknown kind"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_members_are_refused_by_name(tmp_path, kind):
    name, form, said = HOSTILE[kind]
    data = archive([(name, b"")], kind=form, link="/etc/passwd", form=tarfile.GNU_FORMAT)
    with pytest.raises(FormatError, match=said) as caught:
        walk(tmp_path / "t", data)
    assert caught.value.where.startswith("a.tar:")


def test_duplicate_names_are_refused(tmp_path):
    for second in ("a.jpg", "./a.jpg"):
        with pytest.raises(FormatError, match="twice") as caught:
            walk(tmp_path / "t", archive([("a.jpg", b"1"), (second, b"2")]))
        assert "a.jpg" in caught.value.where


def test_a_size_beyond_the_file_is_refused(tmp_path):
    data = header("a.jpg", 1 << 32) + b"x" * 512 + CLOSING
    with pytest.raises(FormatError, match="4,294,967,296 bytes"):
        walk(tmp_path / "t", data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"x" * 100, "without an end mark"),
        (b"\x1f\x8b" + bytes(600), "no valid tar header at byte 0"),
        (b"x" * 2048, "no valid tar header at byte 0"),
        (header("a.jpg", 3) + b"abc" + padding(3), "without an end mark"),
        (
            header("a.jpg", 3) + b"abc" + padding(3) + b"x" * 512,
            "no valid tar header at byte 1,024",
        ),
    ],
)
def test_incomplete_tar_files_are_refused(tmp_path, data, said):
    with pytest.raises(FormatError, match=said):
        walk(tmp_path / "t", data)


def typed(kind, size, *, name="a"):
    """A header of another type, with a valid checksum."""
    block = bytearray(header(name, size))
    block[156:157] = kind
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    return bytes(block)


def pax(text):
    return typed(b"x", len(text)) + text + padding(len(text))


def negative():
    block = bytearray(header("a.jpg", 0))
    block[124:136] = b"\xff" * 12  # base 256: -1
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    return bytes(block)


SPARSE = bytearray(typed(b"S", 0))
SPARSE[482] = 1  # "an extended sparse header follows"
SPARSE[148:156] = b"%06o\0 " % (sum(SPARSE) - sum(SPARSE[148:156]) + 8 * 32)

DAMAGED_PAX = [b"8 path=a\n", b"x path=a\n", b"11 path=a.b", b"99 path=a\n", b"12 size=1e5\n"]


@pytest.mark.parametrize("records", DAMAGED_PAX)
def test_damaged_pax_records_are_refused_or_ignored(tmp_path, records):
    data = pax(records) + header("a.jpg", 0) + CLOSING
    try:
        (member,) = walk(tmp_path / "t", data)
    except FormatError:
        return
    assert (member.name[0], member.offset, member.size) == ("a", 1536, 0)
    assert b"size" not in records


BOMBS = {
    "a pax header of 4 MiB": typed(b"x", 1 << 22) + bytes(1 << 22),
    "a long name of 4 MiB": typed(b"L", 1 << 22) + b"n" * (1 << 22),
    "a thousand pax headers": pax(b"10 path=a\n") * 1000,
    "a thousand empty pax headers": typed(b"x", 0) * 1000,
    "sparse headers without end": bytes(SPARSE) + (bytes(504) + b"\1" + bytes(7)) * 4000,
    "a sparse map without end": pax(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")
    + header("a.jpg", 1 << 22)
    + b"999999\n" * 600_000,
    "a negative size": negative(),
    "a negative size in pax": pax(b"11 size=-9\n") + header("a.jpg", 5) + b"hello" + padding(5),
    "a size with 5000 digits": pax(b"5011 size=" + b"9" * 5000 + b"\n") + header("a.jpg", 5),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_hostile_headers_take_bounded_memory(tmp_path, kind):
    data = BOMBS[kind] + header("b.jpg", 0) + CLOSING
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            walk(tmp_path / "t", data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [b"0", b"1024"])
def test_a_global_size_does_not_move_members(tmp_path, size):
    text = b"%d size=%s\n" % (8 + len(size) + (len(size) > 1), size)
    front = typed(b"g", len(text)) + text + padding(len(text))
    data = front + header("a.jpg", 5) + b"hello" + padding(5) + CLOSING
    with pytest.raises(FormatError, match="size"):
        walk(tmp_path / "t", data)


GOOD = archive(
    [("a.jpg", b"x" * 600), ("a.cls", b"1"), ("n" * 120 + ".jpg", b"y")], form=tarfile.PAX_FORMAT
)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_archives_are_read_or_refused(tmp_path_factory, data):
    whole = bytearray(GOOD[: data.draw(st.integers(0, len(GOOD)), label="cut")])
    for _ in range(data.draw(st.integers(0, 4), label="changes")):
        if whole:
            place = data.draw(st.integers(0, len(whole) - 1))
            whole[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.tar"
    try:
        found = walk(path, bytes(whole))
    except FormatError:
        return
    for member in found:
        assert 0 <= member.offset <= member.offset + member.size <= len(whole)
        assert ".." not in member.name.split("/")
        assert not member.name.startswith("/")
