"""Image files in Chromium: the same pixels as Python's, and a sentence for what cannot be read.

Axes: H height, W width, C channels.
"""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convscope.data.sets.mnist import MNIST
from convscope.handwriting.digit import prepare_digit
from convscope.io.conversion import Conversion
from convscope.predict import raw_pixels
from e2e.conftest import Export
from e2e.harness import call, decoded, started
from e2e.models import answer
from e2e.site import Site
from e2e.visit import Visit
from tests.handwriting import renderings

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]
Bytes = NDArray[np.uint8]

RANDOM = np.random.default_rng(0)
SIZE = 40, 61
DIGITS: Bytes = MNIST.split("test").images_NCHW[:20, 0].numpy()
NOISE_HW4: Bytes = RANDOM.integers(0, 256, (*SIZE, 4), dtype=np.uint8)


def smooth(height: int, width: int) -> Bytes:
    """Return an image as photos are: slopes and soft shapes, (H, W, 3)."""
    y, x, c = np.ogrid[:height, :width, :3]
    waves = np.sin(x / (13.0 + 3 * c)) * np.cos(y / (17.0 - 2 * c)) * 100 + 128
    return np.clip(waves, 0, 255).astype(np.uint8)


def file(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=form, **options)
    return stream.getvalue()


def oriented(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return file(Image.fromarray(NOISE_HW4[..., :3]), "PNG", exif=exif)


def palette(*, transparent: bool) -> bytes:
    image = Image.fromarray(smooth(*SIZE)).quantize(64)
    return file(image, "PNG", **({"transparency": 7} if transparent else {}))


def animation() -> bytes:
    frames = [Image.fromarray(smooth(*SIZE)[::step]).resize(SIZE[::-1]) for step in (1, -1)]
    return file(frames[0], "GIF", save_all=True, append_images=frames[1:])


RGB, RGBA = Image.fromarray(NOISE_HW4[..., :3]), Image.fromarray(NOISE_HW4)
LOSSLESS: dict[str, bytes] = {
    "png rgb": file(RGB, "PNG"),
    "png rgba": file(RGBA, "PNG"),
    "png grey": file(RGB.convert("L"), "PNG"),
    "png grey with alpha": file(RGBA.convert("LA"), "PNG"),
    "png palette": palette(transparent=False),
    "png palette with transparency": palette(transparent=True),
    "png of 1 bit": file(RGB.convert("1"), "PNG"),
    "png with a profile": file(RGB, "PNG", icc_profile=b"\0" * 128),
    "png with gamma": file(RGB, "PNG"),
    "bmp": file(RGB, "BMP"),
    "gif": file(Image.fromarray(smooth(*SIZE)).quantize(64), "GIF"),
    "first frame of a gif": animation(),
    "webp": file(RGB, "WEBP", lossless=True),
    "webp with alpha": file(RGBA, "WEBP", lossless=True, exact=True),
    **{f"orientation {k}": oriented(k) for k in range(1, 9)},
}


def target(
    channels: int, *, digits: bool = False, background: tuple[int, ...] = (255, 255, 255)
) -> dict[str, Any]:
    return {
        "channels": channels,
        "background": list(background),
        "digits": digits,
        "trained": None,
        "size": [32, 32],
    }


def read(visit: Visit, data: bytes, wanted: dict[str, Any]) -> tuple[Bytes, list[str]]:
    """Return the pixels, (H, W, C), that the page reads from a file, and its notes."""
    result = call(visit, "read", base64.b64encode(data).decode(), wanted)
    assert "failure" not in result, result
    pixels = np.frombuffer(base64.b64decode(result["data"]), np.uint8)
    shape = result["height"], result["width"], result["channels"]
    return pixels.reshape(shape), result["notes"]


def pythons(data: bytes, channels: int, background: str = "#ffffff") -> Bytes:
    raw_NCHW, _ = raw_pixels(data, channels=channels, conversion=Conversion(background=background))
    pixels: Bytes = raw_NCHW[0].permute(1, 2, 0).numpy()
    return pixels


@pytest.fixture
def bench(harness_folder: Path, serve: Serve, open_page: Open) -> Visit:
    return open_page(serve(harness_folder).url)


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_files_give_pythons_pixels(name: str, bench: Visit) -> None:
    data = LOSSLESS[name]
    for channels in (1, 3):
        for background in ("#ffffff", "#000000"):
            rgb = tuple(bytes.fromhex(background[1:]))
            pixels_HWC, notes = read(bench, data, target(channels, background=rgb))
            assert notes == []
            expected_HWC = pythons(data, channels, background)
            assert expected_HWC.shape == pixels_HWC.shape
            assert int(np.abs(expected_HWC.astype(int) - pixels_HWC).max()) == 0


JPEGS: dict[str, dict[str, Any]] = {
    "4:4:4": {"quality": 90, "subsampling": 0},
    "4:2:0": {"quality": 75, "subsampling": 2},
    "progressive": {"quality": 85, "progressive": True},
}


@pytest.mark.parametrize("name", JPEGS)
def test_pixels_of_jpegs_hardly_differ(name: str, bench: Visit) -> None:
    data = file(Image.fromarray(smooth(200, 300)), "JPEG", **JPEGS[name])
    difference = np.abs(pythons(data, 3).astype(int) - read(bench, data, target(3))[0])
    assert difference.mean() < 0.5
    assert difference.max() <= 4


def test_16_bits_are_read_as_8_with_a_note(bench: Visit) -> None:
    deep = RANDOM.integers(0, 65536, SIZE, dtype=np.uint16)
    pixels_HWC, notes = read(bench, file(Image.fromarray(deep), "PNG"), target(1))
    assert notes == ["input.deep"]
    assert np.abs(pixels_HWC[..., 0] - deep / 257).max() <= 1.0


def test_large_photos_are_reduced_with_a_note(bench: Visit) -> None:
    image_HWC = np.zeros((4200, 6000, 3), np.uint8)
    image_HWC[:, 3000:] = 200
    pixels_HWC, notes = read(bench, file(Image.fromarray(image_HWC), "JPEG"), target(3))
    assert notes == ["input.reduced"]
    assert pixels_HWC.shape == (2100, 3000, 3)
    assert pixels_HWC[:, :1490].max() <= 3
    assert abs(int(pixels_HWC[:, 1510:].min()) - 200) <= 3


def header_only(width: int, height: int) -> bytes:
    """Return a PNG whose header states a size; its data are those of one pixel."""
    data = bytearray(file(Image.new("L", (1, 1)), "PNG"))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return bytes(data)


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "input.empty"),
    "10,000 x 10,000": (
        file(Image.new("1", (10_000, 10_000)), "PNG"),
        "input.tooLarge",
    ),
    "stated size": (header_only(60_000, 60_000), "input.tooLarge"),
    "no pixels": (header_only(0, 5), "input.damaged"),
    "truncated header": (LOSSLESS["png rgb"][:20], "input.damaged"),
    "text": (b"a text, and no image", "input.noImage"),
    "web page": (b"<!doctype html><title>404</title>", "input.otherKind"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "input.otherKind"),
    "pdf": (b"%PDF-1.7 ...", "input.otherKind"),
    "tiff": (file(RGB, "TIFF"), "input.otherKind"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "input.otherKind"),
    "zip": (b"PK\x03\x04 ...", "input.otherKind"),
    "jpeg without a frame": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 40, "input.damaged"),
    "damaged png": (LOSSLESS["png rgb"][:60] + b"\0" * 400, "input.damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_image_is_a_sentence(name: str, bench: Visit) -> None:
    data, key = BROKEN[name]
    result = call(bench, "read", base64.b64encode(data).decode(), target(3))
    assert result.get("failure") == key, result
    assert "{" not in result["sentence"]


def test_top_1_agrees_from_the_same_photos(
    exported: Exported, harness_folder: Path, serve: Serve, open_page: Open
) -> None:
    model, folder = exported("efficientnet_lite0")
    visit = open_page(serve(harness_folder, model=folder / "model").url)
    started(visit)
    files = sorted((folder / "model" / "samples").iterdir())
    assert len(files) >= 10
    for sample in files:
        data = sample.read_bytes()
        as_png = file(Image.open(sample).convert("RGB"), "PNG")
        for each, tolerance in ((data, 0.03), (as_png, 1e-4)):
            encoded = base64.b64encode(each).decode()
            probabilities = decoded(call(visit, "classify", encoded, target(3)))
            expected = answer(model, pythons(each, 3))
            assert expected.argmax() == probabilities.argmax(), sample.name
            assert np.abs(expected - probabilities).max() <= tolerance, sample.name


RENDERINGS = (
    *("transparent", "photo", "corner", "marker", "blue", "pencil", "squared"),
    *("coloured", "chalk", "thin", "table", "lined", "sheet"),
)


@pytest.mark.parametrize("name", RENDERINGS)
def test_photos_of_digits_are_prepared_as_in_python(name: str, bench: Visit) -> None:
    random = np.random.default_rng(5)
    for index in (0, 3, 8):
        image = getattr(renderings, name)(DIGITS[index], random)
        if isinstance(image, bytes):
            image = np.asarray(Image.open(io.BytesIO(image)))
        data = file(Image.fromarray(image), "PNG")
        pixels_HWC, notes = read(bench, data, target(1, digits=True))
        expected = prepare_digit(image)
        assert ("dark" if "dark ink" in expected.note else "light") + "Ink" in notes[0]
        difference = np.abs(expected.pixels_HW.astype(int) - pixels_HWC[..., 0])
        assert difference.max() <= 2, index


def test_digits_of_mnist_are_left_as_they_are(bench: Visit) -> None:
    for index in range(20):
        data = file(Image.fromarray(DIGITS[index]), "PNG")
        pixels_HWC, notes = read(bench, data, target(1, digits=True))
        assert notes == []
        assert (pixels_HWC[..., 0] == DIGITS[index]).all()


def test_an_empty_page_has_no_digit(bench: Visit) -> None:
    data = file(Image.new("RGB", (300, 200), (250, 250, 248)), "PNG")
    result = call(bench, "read", base64.b64encode(data).decode(), target(1, digits=True))
    assert result.get("failure") == "input.noInk"
