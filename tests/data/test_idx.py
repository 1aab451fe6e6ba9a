"""IDX: round trip, and errors for hostile files with bounded memory."""

import gzip
import io
import lzma
import os
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra import numpy as hnp

from convscope.data.formats.idx import read_idx, write_idx
from convscope.errors import FormatError

PACKERS = {"plain": bytes, "gz": gzip.compress, "xz": lzma.compress}
ARRAYS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=7))
NUMBERS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def header(*sizes, code=8, dimensions=None):
    """By `struct`, not by the code under test."""
    count = len(sizes) if dimensions is None else dimensions
    return bytes([0, 0, code, count]) + struct.pack(f">{len(sizes)}i", *sizes)


GOOD = header(2, 3, 4) + NUMBERS.tobytes()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "numbers"


def _refusal(path, data=None, **options):
    """Return the message of the FormatError, raised without much memory."""
    if data is not None:
        path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as caught:
            read_idx(path, **options)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 60 * 2**20
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers=ARRAYS)
def test_round_trip(path, packer, numbers):
    path.write_bytes(PACKERS[packer](write_idx(numbers)))
    found = read_idx(path)
    assert found.dtype == np.uint8
    assert found.shape == numbers.shape
    assert np.array_equal(found, numbers)
    assert np.array_equal(read_idx(path, shape=numbers.shape), numbers)


@settings(max_examples=25, deadline=None)
@given(numbers=ARRAYS)
def test_written_form_is_the_published_one(numbers):
    assert write_idx(numbers) == header(*numbers.shape) + numbers.tobytes()
    turned = numbers.T  # its bytes in memory are in another order
    assert write_idx(turned) == header(*turned.shape) + turned.tobytes()


def test_compression_is_detected_by_content(path):
    for packer in PACKERS.values():
        for name in ("a", "a.gz", "a.xz", "a.idx"):
            place = path.with_name(name)
            place.write_bytes(packer(GOOD))
            assert np.array_equal(read_idx(place), NUMBERS)


def test_arrays_are_writable(path):
    path.write_bytes(GOOD)
    read_idx(path)[0] = 1
    assert path.read_bytes() == GOOD


def test_gzip_in_pieces_is_one_file(path):
    path.write_bytes(gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:]))
    assert np.array_equal(read_idx(path), NUMBERS)


HEADERS = {
    "empty": (b"", "first bytes missing"),
    "one byte": (b"\0", "not an IDX file"),
    "magic cut": (b"\0\0\x08", "not an IDX file"),
    "wrong magic": (b"\x89PNG" + GOOD[4:], "89 50 4e 47"),
    "second byte": (b"\0\1" + GOOD[2:], "00 01 08 03"),
    "little-endian magic": (b"\x03\x08\0\0" + GOOD[4:], "not an IDX file"),
    "signed bytes": (header(2, code=0x09) + b"ab", "signed bytes"),
    "16-bit": (header(2, code=0x0B) + b"abcd", "16-bit numbers"),
    "32-bit": (header(1, code=0x0C) + b"abcd", "32-bit numbers"),
    "float": (header(1, code=0x0D) + b"abcd", "32-bit floats"),
    "double": (header(1, code=0x0E) + b"abcdefgh", "64-bit floats"),
    "type 0": (header(2, code=0) + b"ab", "0x00 (unknown)"),
    "type 10": (header(2, code=0x0A) + b"ab", "0x0a (unknown)"),
    "type 255": (header(2, code=255) + b"ab", "0xff (unknown)"),
    "0 dimensions": (header(dimensions=0) + b"a", "0 dimensions"),
    "5 dimensions": (header(1, 1, 1, 1, 1) + b"a", "5 dimensions"),
    "255 dimensions": (header(*[1] * 255) + b"a", "255 dimensions"),
    "negative": (header(-2, 3) + b"abcdef", "(-2, 3)"),
    "two negative": (header(-2, -3) + b"abcdef", "(-2, -3)"),
    "most negative": (header(-(2**31), 2), "(-2147483648, 2)"),
    "zero": (header(0, 3), "(0, 3)"),
    "zero inside": (header(2, 0, 3), "(2, 0, 3)"),
    "giant": (header(2**31 - 1), "2,147,483,647 bytes"),
    "giant product": (header(2**31 - 1, 2**31 - 1, 2**31 - 1, 2**31 - 1), "bytes"),
    "wraps to 4 in 64 bits": (header(2**30, 2**30, 16, 1) + b"abcd", "bytes"),
    "wraps to 0 in 32 bits": (header(2**16, 2**16), "4,294,967,296 bytes"),
    "2 GB within the limit of 4": (header(2**30), "0 bytes after the header"),
    "one too few": (GOOD[:-1], "23 bytes after the header"),
    "one too many": (GOOD + b"a", "25 bytes after the header"),
    "twice": (GOOD + GOOD, "bytes after the header"),
}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("case", HEADERS)
def test_hostile_headers(path, case, packer):
    data, said = HEADERS[case]
    message = _refusal(path, PACKERS[packer](data))
    if packer == "plain" or "after the header" not in said:
        assert said in message


@pytest.mark.parametrize("packer", PACKERS)
def test_cut_at_every_byte(path, packer):
    whole = PACKERS[packer](GOOD)
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(FormatError, match=path.name):
            read_idx(path)


@pytest.mark.parametrize("packer", ["gz", "xz"])
def test_flipped_bytes_are_detected_or_harmless(path, packer):
    whole = PACKERS[packer](GOOD)
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            found = read_idx(path)
        except FormatError:
            continue
        assert packer == "gz"  # its header also holds a time, which is nothing to us
        assert position in range(4, 10)
        assert np.array_equal(found, NUMBERS)


@pytest.mark.parametrize("packer", ["gz", "xz"])
@pytest.mark.parametrize("rest", [b"a", b"GARBAGE" * 3000, GOOD])
def test_data_after_the_compressed_stream(path, packer, rest):
    _refusal(path, PACKERS[packer](GOOD) + rest)
    _refusal(path, PACKERS[packer](GOOD + rest))


def _zeros(packer, size):
    """A header that promises 2 x 3 x 4, and `size` zeros behind it."""
    packed = io.BytesIO()
    gz = packer == "gz"
    with gzip.open(packed, "wb") if gz else lzma.open(packed, "wb", preset=0) as file:
        file.write(header(2, 3, 4))
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize("packer", ["gz", "xz"])
def test_bombs(path, packer):
    bomb = _zeros(packer, 64 << 20)
    assert len(bomb) < 100_000
    assert "data after the 24 bytes" in _refusal(path, bomb)
    promised = PACKERS[packer](header(2**30) + bytes(1000))
    assert "at most 1000 times the file size" in _refusal(path, promised)
    assert "expected: (60000, 28, 28)" in _refusal(path, promised, shape=(60_000, 28, 28))


def test_a_bomb_within_a_bomb(path):
    inner = _zeros("gz", 64 << 20)
    for packer in (gzip.compress, lzma.compress):
        assert "not an IDX file: first bytes 1f 8b" in _refusal(path, packer(inner))
    assert "not an IDX file" in _refusal(path, gzip.compress(gzip.compress(GOOD)))


def _patched_dictionary(packed, code):
    """The xz stream with another dictionary size, and a block header that agrees with it."""
    start, length = 12, (packed[12] + 1) * 4
    block = bytearray(packed[start : start + length])
    at = block.index(b"\x21\x01") + 2  # LZMA2, one byte of properties
    block[at] = code
    block[-4:] = struct.pack("<I", zlib.crc32(block[:-4]))
    return packed[:start] + bytes(block) + packed[start + length :]


def test_an_xz_file_with_a_huge_dictionary(path):
    for code in (31, 40):  # 192 MiB, 4 GiB
        assert "memory" in _refusal(path, _patched_dictionary(lzma.compress(GOOD), code)).lower()
    path.write_bytes(_patched_dictionary(lzma.compress(GOOD), 28))  # 64 MiB: that of `xz -9`
    assert np.array_equal(read_idx(path), NUMBERS)


def test_a_wrong_gzip_checksum(path):
    whole = bytearray(gzip.compress(GOOD))
    whole[-8] ^= 1
    assert "damaged" in _refusal(path, bytes(whole))
    whole = bytearray(gzip.compress(GOOD))
    whole[-1] ^= 1  # the length
    assert "damaged" in _refusal(path, bytes(whole))


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((2, 3, 4), True), ((2, 3), False), ((2, 3, 5), False), ((24,), False), ((4, 3, 2), False)],
)
def test_a_known_shape(path, shape, fits):
    if fits:
        path.write_bytes(GOOD)
        assert np.array_equal(read_idx(path, shape=shape), NUMBERS)
        return
    message = _refusal(path, GOOD, shape=shape)
    assert "(2, 3, 4)" in message
    assert f"expected: {shape}" in message


def test_the_limit_of_bytes(path):
    path.write_bytes(GOOD)
    assert read_idx(path, max_bytes=24).size == 24
    message = _refusal(path, GOOD, max_bytes=23)
    assert "24 bytes" in message
    assert "at most 23" in message


def test_a_sparse_giant_is_not_read(path):
    place = path.with_name("sparse")
    with place.open("wb") as file:
        file.write(header(2**31 - 1))
        file.truncate(8 + 2**31 - 1)
    assert "at most 1,073,741,824" in _refusal(place)
    place.unlink()


def test_paths_that_are_not_files(tmp_path):
    assert "directory" in _refusal(tmp_path).lower()
    assert "No such file" in _refusal(tmp_path / "none")
    (tmp_path / "link").symlink_to("link")
    _refusal(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in _refusal(tmp_path / "pipe")


def test_a_file_without_permission(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path.write_bytes(GOOD)
    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    assert "permission denied" in _refusal(path).lower()
