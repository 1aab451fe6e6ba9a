"""Memory and time of decoding, estimated from headers."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from convscope.errors import FormatError
from convscope.io.image_header import read_header
from convscope.io.image_limits import (
    MAX_BYTES,
    MAX_INPUT_PIXELS,
    MAX_SCANS,
    cost,
    divisor_for,
    jpeg_coefficients,
)
from convscope.io.images import decode_image, decode_with_note, read_image
from convscope.io.photos import Encoded
from convscope.io.photos.crops import CentreFrame, RandomResizedCrop
from convscope.io.photos.decode import decode_crop


def jpeg(size=(64, 48), **options):
    stream = io.BytesIO()
    ramp = np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)
    Image.fromarray(np.dstack([ramp, ramp.max() - ramp, ramp])).save(stream, "JPEG", **options)
    return stream.getvalue()


def claims(file, width, height):
    """The same JPEG with another size in its header."""
    data = bytearray(file)
    place = next(data.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in data) + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def png(width, height, *, depth, colour):
    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def many_scans(count, **options):
    """A progressive JPEG whose last scan is repeated."""
    data = jpeg(progressive=True, **options)
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    return data[:-2] + scan * count + data[-2:]


@pytest.mark.parametrize(
    "file",
    [
        png(11_300, 11_300, depth=16, colour=6),
        png(12_000, 11_000, depth=8, colour=2),
        png(65_500, 65_500, depth=8, colour=2),
        claims(jpeg(progressive=True, subsampling=0), 16_000, 8_000),
    ],
    ids=["deep", "colour", "huge", "progressive"],
)
def test_too_much_memory_is_refused_from_the_header(file):
    for read in (read_image, lambda data: decode_image(data, channels=3)):
        with pytest.raises(FormatError) as caught:
            read(file)
        assert "at most" in caught.value.expected
    for crop in (CentreFrame(), RandomResizedCrop()):
        random_K = np.full(crop.num_random(), 0.5)
        with pytest.raises(FormatError, match="x"):
            decode_crop(
                Encoded(file, "x"), crop=crop, random_K=random_K, size=(224, 224), channels=3
            )


def test_the_limit_in_pixels_can_be_set_in_its_place():
    assert read_image(jpeg(), max_pixels=64 * 48).shape == (48, 64, 3)
    with pytest.raises(FormatError, match="too large to read") as caught:
        read_image(jpeg(), max_pixels=64 * 48 - 1)
    assert caught.value.expected == "at most 3,071 pixels"


def test_too_many_scans_are_refused():
    assert read_image(many_scans(20)).shape == (48, 64, 3)
    for read in (read_image, lambda data: decode_image(data, channels=3)):
        with pytest.raises(FormatError, match="scans"):
            read(many_scans(3000))


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_coefficients_are_counted_for_progressive_files_only(subsampling):
    share = {0: 3, 1: 2, 2: 1.5}[subsampling]
    assert jpeg_coefficients(jpeg(subsampling=subsampling), 1000) == 0
    progressive = jpeg(subsampling=subsampling, progressive=True)
    assert jpeg_coefficients(progressive, 1000) == 2 * 1000 * share


def test_a_baseline_file_with_too_few_bytes_is_truncated():
    file = claims(jpeg(), 16_000, 8_000)
    for read in (read_image, lambda data: decode_image(data, channels=3)):
        with pytest.raises(FormatError, match="bytes for 128,000,000 pixels"):
            read(file)
    whole = io.BytesIO()
    Image.new("L", (4000, 4000)).save(whole, "JPEG", optimize=True, quality=1)
    assert read_image(whole.getvalue()).shape == (4000, 4000, 1)  # as few bytes as possible


def test_scans_of_thumbnails_do_not_count():
    exif = Image.Exif()
    file = jpeg(exif=exif.tobytes() + many_scans(MAX_SCANS)[:20_000])
    assert jpeg_coefficients(file, 1000) == 0


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc2\0\x11\x08", b"\xff" * 500])
def test_torn_headers_cost_nothing(data):
    assert jpeg_coefficients(data, 1000) == 0


def test_divisors():
    assert [divisor_for(n) for n in (1, MAX_INPUT_PIXELS, MAX_INPUT_PIXELS + 1)] == [1, 1, 2]
    assert divisor_for(4 * MAX_INPUT_PIXELS + 1) == 4


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_image_is_reduced_and_said(form, monkeypatch):
    monkeypatch.setattr("convscope.io.image_limits.MAX_INPUT_PIXELS", 1000)
    stream = io.BytesIO()
    ramp = np.linspace(0, 255, 100).astype(np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (80, 100, 3))
    Image.fromarray(image).save(stream, form)
    reduced, note = decode_with_note(stream.getvalue(), channels=3)
    assert reduced.shape == (20, 25, 3)
    assert note == "100 x 80 pixels: decoded at 1/4 of its size"
    means = ramp.reshape(25, 4).mean(1)
    assert np.abs(reduced[..., 0] - means).max() <= 2


def test_a_training_crop_of_a_large_jpeg_is_decoded_at_a_part_of_its_size(monkeypatch):
    crop, encoded = CentreFrame(shorter=256), Encoded(jpeg((400, 300)), "x")
    whole = decode_crop(encoded, crop=crop, random_K=np.empty(0), size=(224, 224), channels=3)
    header = read_header(encoded.data)
    needed = cost(encoded.data, "JPEG", "RGB", 400 * 300, is_deep=False)
    assert header.size == (300, 400)
    most = needed.total(400 * 300, 2)
    monkeypatch.setattr("convscope.io.photos.decode.MAX_BYTES", most)
    monkeypatch.setattr("convscope.io.images.MAX_BYTES", most)
    part = decode_crop(encoded, crop=crop, random_K=np.empty(0), size=(224, 224), channels=3)
    assert part.shape == whole.shape
    assert 0 < np.abs(part.astype(int) - whole).mean() < 8


MEASURE = """
import resource, sys
from convscope.io.images import decode_image
small, large = (open(name, "rb").read() for name in sys.argv[1:])
decode_image(small, channels=3)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode_image(large, channels=3)
except ValueError:
    pass
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
@pytest.mark.parametrize("kind", ["claims", "baseline", "progressive", "deep", "palette"])
def test_one_image_takes_at_most_the_promised_memory(kind, tmp_path):
    stream = io.BytesIO()
    if kind == "claims":
        stream.write(claims(jpeg(), 16_000, 8_000))
    elif kind == "deep":
        stream.write(png(5_400, 5_400, depth=16, colour=2))
    elif kind == "palette":
        Image.new("P", (8_000, 7_000)).save(stream, "PNG", transparency=0)
    else:
        picture = Image.new("RGB", (7_000, 7_000), "orange")
        picture.save(stream, "JPEG", progressive=kind == "progressive")
    (tmp_path / "small").write_bytes(jpeg())
    (tmp_path / "large").write_bytes(stream.getvalue())
    command = [sys.executable, "-c", MEASURE, tmp_path / "small", tmp_path / "large"]
    taken = int(subprocess.run(command, capture_output=True, check=True, timeout=600).stdout)
    assert taken <= MAX_BYTES
