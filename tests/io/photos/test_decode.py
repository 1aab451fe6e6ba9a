"""Crops decoded fast, against the reference reader and Pillow's resize."""

import io

import numpy as np
import pytest
from PIL import Image

from convscope.errors import FormatError
from convscope.io.images import read_image, to_grey, to_rgb
from convscope.io.photos import Encoded, decode
from convscope.io.photos.crops import CentreFrame, RandomResizedCrop
from convscope.io.photos.decode import decode_crop, decoder

NOTHING = np.empty(0)


def scene(height=300, width=400):
    """Smooth, with edges: what photos are like, and noise is not."""
    y, x = np.mgrid[0:height, 0:width] / 100
    channels = [
        128 + 90 * np.sin(3 * x + y),
        128 + 90 * np.cos(2 * y - x),
        200 * ((x - 2) ** 2 + (y - 1.5) ** 2 < 1) + 20,
    ]
    return np.clip(np.stack(channels, 2), 0, 255).astype(np.uint8)


def encoded(image, form="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return Encoded(stream.getvalue(), "a/b.jpg")


def reference(file, crop, random_K, size, channels):
    """The same through the reader that evaluation uses, with Pillow's resize of the box."""
    pixels = read_image(file.data)
    image = to_grey(pixels)[..., 0] if channels == 1 else to_rgb(pixels)
    ((top, left, height, width),) = crop.boxes(
        np.array([image.shape[:2]], float), random_K[None], size=size
    ).tolist()
    box = (left, top, min(left + width, image.shape[1]), min(top + height, image.shape[0]))
    made = Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR, box=box)
    return np.asarray(made).reshape(*size, channels).astype(float)


@pytest.fixture(params=["simplejpeg", "Pillow"])
def fast(request, monkeypatch):
    if request.param == "Pillow":
        monkeypatch.setattr(decode, "_simplejpeg", lambda: None)
    assert decoder().startswith(request.param)


FILES = {
    "colour": lambda: encoded(Image.fromarray(scene()), quality=92),
    "no subsampling": lambda: encoded(Image.fromarray(scene()), quality=95, subsampling=0),
    "progressive": lambda: encoded(Image.fromarray(scene()), progressive=True),
    "odd size": lambda: encoded(Image.fromarray(scene(301, 397)), quality=92),
    "grey": lambda: encoded(Image.fromarray(scene()).convert("L")),
    "CMYK": lambda: encoded(Image.fromarray(scene()).convert("CMYK")),
    "PNG": lambda: encoded(Image.fromarray(scene()), "PNG"),
    "palette": lambda: encoded(Image.fromarray(scene()).quantize(64), "PNG"),
    "WebP": lambda: encoded(Image.fromarray(scene()), "WEBP", lossless=True),
}


def with_turn(turn, *size):
    exif = Image.Exif()
    exif[0x0112] = turn
    return encoded(Image.fromarray(scene(*size)), quality=92, exif=exif)


for number in range(2, 9):
    FILES[f"turned {number}"] = lambda number=number: with_turn(number)
    FILES[f"turned {number}, odd"] = lambda number=number: with_turn(number, 301, 397)


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", FILES)
def test_a_crop_equals_that_of_the_full_image(kind, channels):
    file, crop = FILES[kind](), RandomResizedCrop()
    for seed in range(2):
        random_K = np.random.RandomState(seed).random_sample(crop.num_random())
        for size in ((96, 96), (40, 64)):
            made = decode_crop(file, crop=crop, random_K=random_K, size=size, channels=channels)
            assert (made.shape, made.dtype) == ((*size, channels), np.uint8)
            away = abs(made - reference(file, crop, random_K, size, channels))
            assert away.mean() < 2.5  # grey levels, of 256; scaled decoding averages blocks
            assert np.quantile(away, 0.99) < 25


@pytest.mark.usefixtures("fast")
def test_at_full_scale_it_is_exactly_the_reference():
    file, crop = FILES["no subsampling"](), CentreFrame(shorter=300)
    made = decode_crop(file, crop=crop, random_K=NOTHING, size=(300, 300), channels=3)
    expected = reference(file, crop, NOTHING, (300, 300), 3)
    assert abs(made - expected).max() <= 1


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(
    ("shorter", "scale"), [(300, 8), (151, 8), (150, 4), (76, 4), (75, 2), (38, 2), (37, 1), (9, 1)]
)
def test_the_scale_of_decoding(monkeypatch, shorter, scale):
    """Never so small that the crop would have to be enlarged from it."""
    seen = []
    real = decode._decoded

    def spy(data, stored_HW, eighths, channels):
        image = real(data, stored_HW, eighths, channels)
        seen.append((eighths, image.size))
        return image

    monkeypatch.setattr(decode, "_decoded", spy)
    size = (shorter - 5, shorter - 5)
    file = FILES["colour"]()
    decode_crop(file, crop=CentreFrame(shorter=shorter), random_K=NOTHING, size=size, channels=3)
    ((eighths, shape),) = seen
    assert eighths == scale
    assert shape == (-(-400 * scale // 8), -(-300 * scale // 8))


def test_the_two_decoders_agree(monkeypatch):
    file, crop = FILES["colour"](), CentreFrame(shorter=120)
    one = decode_crop(file, crop=crop, random_K=NOTHING, size=(100, 100), channels=3)
    monkeypatch.setattr(decode, "_simplejpeg", lambda: None)
    other = decode_crop(file, crop=crop, random_K=NOTHING, size=(100, 100), channels=3)
    assert abs(one.astype(int) - other).mean() < 1


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("turn", [0, 9, 300])
def test_unknown_orientations_are_upright(turn):
    file, crop = with_turn(turn, 301, 397), CentreFrame(shorter=100)
    made = decode_crop(file, crop=crop, random_K=NOTHING, size=(60, 90), channels=3)
    assert abs(made - reference(file, crop, NOTHING, (60, 90), 3)).mean() < 2


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"garbage behind the end" * 20,
        lambda data: data[:2] + b"\xff\xff\xff" + data[2:],
        lambda data: data[:-2] + b"\x00\x00" + data[-2:],
    ],
)
def test_minor_damage_is_accepted_as_by_the_reference_reader(change):
    good = FILES["colour"]()
    file, crop = Encoded(change(good.data), "x"), CentreFrame(shorter=150)
    options = {"crop": crop, "random_K": NOTHING, "size": (150, 150), "channels": 3}
    assert read_image(file.data).shape == (300, 400, 3)
    away = abs(decode_crop(file, **options) - decode_crop(good, **options).astype(float))
    assert away.mean() < 2


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 900), (900, 1), (2, 3), (8, 8)])
def test_tiny_and_thin_images(height, width):
    for form in ("JPEG", "PNG"):
        file = encoded(Image.fromarray(np.full((height, width, 3), 77, np.uint8)), form)
        for crop in (RandomResizedCrop(), CentreFrame(shorter=64)):
            random_K = np.full(crop.num_random(), 0.3)
            made = decode_crop(file, crop=crop, random_K=random_K, size=(64, 64), channels=3)
            assert abs(made.astype(int) - 77).max() <= 2


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[: len(data) // 2], "truncated or damaged"),
        (lambda data: data[:4], "the JPEG image is truncated or damaged"),
        (lambda data: b"", "the file is empty"),
        (lambda data: b"<svg/>", "SVG images are not read"),
        (lambda data: b"\xff\xd8\xff" + bytes(3000), "the JPEG image is truncated or damaged"),
    ],
)
def test_errors_are_those_of_the_reference_reader(damage, said):
    good = FILES["colour"]()
    file = Encoded(damage(good.data), "train/cat/1.jpg")
    with pytest.raises(FormatError, match=said) as caught:
        decode_crop(file, crop=CentreFrame(), random_K=NOTHING, size=(224, 224), channels=3)
    assert caught.value.where == "train/cat/1.jpg"
    with pytest.raises(FormatError, match=said):
        read_image(file.data)


@pytest.mark.usefixtures("fast")
def test_a_header_with_too_many_pixels_is_refused():
    data = bytearray(FILES["colour"]().data)
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(FormatError, match="at most 384 MB"):
        decode_crop(
            Encoded(bytes(data), "x"),
            crop=CentreFrame(),
            random_K=NOTHING,
            size=(224, 224),
            channels=3,
        )
