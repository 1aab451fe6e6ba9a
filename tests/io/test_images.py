"""Reading and writing of images in every mode and format, and hostile files."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from convscope.errors import FormatError, InputError, StorageError
from convscope.io.conversion import to_grey, to_rgb
from convscope.io.image_writing import encode_image, write_image
from convscope.io.images import (
    read_image,
)

GRADIENT = np.add.outer(np.arange(24) * 8, np.arange(36) * 2).astype(np.uint8)
COLOUR = np.stack([GRADIENT, GRADIENT[::-1], 255 - GRADIENT], axis=2)


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format=format, **options)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100))
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("format", ["PNG", "WEBP", "BMP", "PPM"])
def test_colour_round_trip(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    image = read_image(encoded(Image.fromarray(COLOUR), format, **options))
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, COLOUR)
    assert image.flags.writeable


def test_grey_is_one_channel() -> None:
    image = read_image(encoded(Image.fromarray(GRADIENT), "PNG"))
    np.testing.assert_array_equal(image, GRADIENT[..., None])


def test_one_bit_is_grey_from_0_to_255() -> None:
    image = read_image(encoded(Image.fromarray(GRADIENT > 90), "PNG"))
    np.testing.assert_array_equal(image, np.where(GRADIENT > 90, 255, 0)[..., None])


def test_alpha_is_kept() -> None:
    pixels = np.dstack([COLOUR, GRADIENT])
    np.testing.assert_array_equal(read_image(encoded(Image.fromarray(pixels), "PNG")), pixels)
    grey = np.dstack([GRADIENT, GRADIENT[::-1]])
    picture = Image.merge("LA", [Image.fromarray(grey[..., 0]), Image.fromarray(grey[..., 1])])
    np.testing.assert_array_equal(read_image(encoded(picture, "PNG")), grey)


def test_a_palette_becomes_colour_and_its_transparency_alpha() -> None:
    palette = Image.fromarray(COLOUR).quantize(8)
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(read_image(encoded(palette, "PNG")), expected)
    image = read_image(encoded(palette, "PNG", transparency=3))
    assert image.shape == (24, 36, 4)
    np.testing.assert_array_equal(image[..., 3] == 0, np.asarray(palette) == 3)


def test_cmyk_becomes_rgb() -> None:
    picture = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # red ink
    image = read_image(encoded(picture, "JPEG", quality=95))
    assert image.shape == (8, 8, 3)
    np.testing.assert_allclose(image[4, 4], (255, 0, 0), atol=3)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_survive_writing_and_reading(channels: int) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (9, 7, channels), dtype=np.uint16)
    np.testing.assert_array_equal(read_image(encode_image(pixels, ".png")), pixels)


def test_sixteen_bit_colour_agrees_with_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    pixels = np.random.default_rng(1).integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    written = cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()
    np.testing.assert_array_equal(read_image(written), pixels)
    read = cv2.imdecode(np.frombuffer(encode_image(pixels, ".png"), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read[..., ::-1], pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_exif_orientation_is_applied(orientation: int, format: str) -> None:
    picture = Image.fromarray(COLOUR)
    exif = picture.getexif()
    exif[0x0112] = orientation
    file = encoded(picture, format, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    np.testing.assert_array_equal(read_image(file), np.asarray(upright))


def test_damaged_exif_is_ignored() -> None:
    file = encoded(Image.fromarray(COLOUR), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert read_image(file).shape == (24, 36, 3)


def test_the_first_frame_of_an_animation_is_read() -> None:
    frames = [Image.new("RGB", (6, 5), (value, 0, 0)) for value in (10, 200)]
    file = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = read_image(file)
    assert image.shape == (5, 6, 3)
    assert (image[..., 0] < 50).all()


def test_the_extension_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpeg"
    path.write_bytes(encoded(Image.fromarray(COLOUR), "PNG"))
    np.testing.assert_array_equal(read_image(path), COLOUR)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    assert read_image(encoded(Image.new("RGB", size), "PNG")).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "empty"),
        (b"not an image at all, only words", "not an image"),
        (encoded(Image.fromarray(COLOUR), "JPEG")[:400], "truncated or damaged"),
        (encoded(Image.fromarray(COLOUR), "PNG")[:-40], "truncated or damaged"),
        (encoded(Image.fromarray(COLOUR), "ICO"), "Windows icon images are not read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG images are not read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "image"),
        (b"Pf\n2 2\n-1.0\n" + bytes(16), "pixels of mode F"),
    ],
    ids=["empty", "words", "half-jpeg", "half-png", "ico", "svg", "no-chunks", "floats"],
)
def test_files_that_are_not_images(file: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_image(file)


def test_a_bomb_is_refused_from_its_header() -> None:
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(FormatError, match="pixels"):
        read_image(png_header(65_500, 65_500))
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_between_our_limit_and_pillows(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png_header(12_000, 11_000))
    with pytest.raises(FormatError, match="12000 x 11000, 132,000,000 pixels") as caught:
        read_image(path)
    assert "at most 384 MB" in caught.value.expected
    assert caught.value.where == str(path)
    with pytest.raises(FormatError, match="too large"):
        read_image(encoded(Image.fromarray(COLOUR), "PNG"), max_pixels=800)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_image(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="a folder"):
        read_image(tmp_path)


def test_every_flipped_byte_gives_pixels_or_a_clear_error() -> None:
    """A small fuzz over the formats: nothing but FormatError may escape."""
    rng = np.random.default_rng(0)
    files = [
        encoded(Image.fromarray(COLOUR), f) for f in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "PPM")
    ]
    for file in files:
        for _ in range(60):
            broken = bytearray(file)
            for place in rng.integers(0, len(file), 3):
                broken[place] = rng.integers(256)
            try:
                image = read_image(bytes(broken), max_pixels=1_000_000)
            except FormatError:
                continue
            assert image.ndim == 3


def test_to_grey_equals_pillow() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(pixels).convert("L"))
    np.testing.assert_array_equal(to_grey(pixels)[..., 0], expected)


def test_to_rgb_of_every_shape() -> None:
    np.testing.assert_array_equal(to_rgb(GRADIENT[..., None]), np.dstack([GRADIENT] * 3))
    np.testing.assert_array_equal(to_rgb(COLOUR), COLOUR)
    deep = COLOUR.astype(np.uint16) * 257
    np.testing.assert_array_equal(to_rgb(deep), COLOUR)


def test_writing(tmp_path: Path) -> None:
    path = write_image(tmp_path / "out.png", COLOUR)
    np.testing.assert_array_equal(read_image(path), COLOUR)
    with pytest.raises(StorageError, match="already exists"):
        write_image(path, GRADIENT)
    np.testing.assert_array_equal(read_image(path), COLOUR)
    write_image(path, GRADIENT, overwrite=True)
    np.testing.assert_array_equal(read_image(path)[..., 0], GRADIENT)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.parametrize(
    ("name", "pixels", "kind", "message"),
    [
        ("out.tiff", COLOUR, InputError, "the name ends in .tiff"),
        ("out", COLOUR, InputError, "the name has no ending"),
        ("out.jpg", np.dstack([COLOUR, GRADIENT]), InputError, "JPEG cannot hold"),
        ("out.jpg", GRADIENT.astype(np.uint16), InputError, "16-bit"),
        ("out.webp", np.zeros((1, 20_000, 3), np.uint8), InputError, "WEBP cannot hold"),
        ("no/such/out.png", COLOUR, StorageError, "folder does not exist"),
    ],
)
def test_images_that_a_format_cannot_hold(
    tmp_path: Path, name: str, pixels: np.ndarray, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        write_image(tmp_path / name, pixels)
    assert not list(tmp_path.iterdir())
