"""Transparency, 16 bits and channels: compared with float64 NumPy and Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from convscope.errors import InputError
from convscope.io.conversion import (
    LEVELS,
    Conversion,
    flattened,
    parse_background,
    to_grey,
    to_rgb,
    white_level,
)
from convscope.io.image_writing import encode_image
from convscope.io.images import decode_image, decode_with_note, read_image

COLOURS = ("white", "black", "#ff8000")


def pixels(channels, dtype=np.uint8, high=None, seed=0):
    most = np.iinfo(dtype).max if high is None else high
    image = np.random.default_rng(seed).integers(0, most + 1, (37, 23, channels), dtype=dtype)
    if channels in (2, 4):
        image[..., -1] = np.random.default_rng(1).choice(
            [0, 1, np.iinfo(dtype).max // 3, np.iinfo(dtype).max], (37, 23)
        )
    return image


def oracle(image, background, white):
    """Composite in float64: (H, W, 3) from 0 to 255, not rounded."""
    colours = np.minimum(image[..., :-1], white).astype(np.float64) / white
    alpha = image[..., -1:].astype(np.float64) / np.iinfo(image.dtype).max
    rgb = np.broadcast_to(colours, (*image.shape[:2], 3))
    behind = np.array(Conversion(background=background).rgb) / 255
    return 255 * (rgb * alpha + behind * (1 - alpha))


@pytest.mark.parametrize("background", COLOURS)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_alpha_is_composited(background, channels, dtype, white):
    image = pixels(channels, dtype)
    conversion = Conversion(background=background, white_level=white)
    expected = oracle(image, background, white)
    assert np.abs(to_rgb(image, conversion) - expected).max() <= 0.5 + 1e-9
    grey = to_grey(image, conversion)
    assert np.abs(grey[..., 0] - expected @ [0.299, 0.587, 0.114]).max() <= 1.01


def test_compositing_agrees_with_pillow():
    image = pixels(4)
    picture = Image.fromarray(image)
    expected = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    difference = to_rgb(image).astype(int) - np.asarray(expected)[..., :3]
    assert np.abs(difference).max() <= 1


def test_colours_below_alpha_0_never_show():
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., 0] = 200
    assert (to_rgb(image) == 255).all()
    assert (to_grey(image, Conversion(background="black")) == 0).all()


@pytest.mark.parametrize("mode", ["LA", "P", "RGBA"])
def test_black_ink_on_clear_paper_is_an_image_in_every_mode(mode):
    ink = np.zeros((20, 20, 4), np.uint8)
    ink[5:15, 8:12, 3] = 255
    stream = io.BytesIO()
    if mode == "P":
        paletted = Image.fromarray((ink[..., 3] // 255).astype(np.uint8)).convert("P")
        paletted.putpalette([0] * 768)
        paletted.save(stream, "PNG", transparency=0)
    else:
        Image.fromarray(ink).convert(mode).save(stream, "PNG")
    for channels in (1, 3):
        shown = decode_image(stream.getvalue(), channels=channels)
        np.testing.assert_array_equal(shown[..., 0], 255 - ink[..., 3])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_with_a_colour_key_and_alpha_survive(channels):
    image = pixels(channels, np.uint16)
    np.testing.assert_array_equal(read_image(encode_image(image, ".png")), image)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_white_level_keeps_all_grey_levels(level, channels):
    ramp = np.linspace(0, level, 1000).round().astype(np.uint16).reshape(20, 50, 1)
    image = np.repeat(ramp, channels, axis=2)
    result = (to_grey if channels == 1 else to_rgb)(image, Conversion(white_level=level))
    np.testing.assert_array_equal(result, np.floor(image * (255 / level) + 0.5))
    assert len(np.unique(result)) == 256
    assert white_level(level) == level
    assert white_level(level // 2 + 1) == level


def test_values_above_the_white_level_are_clipped():
    image = np.array([[[0], [1023], [1024], [65535]]], np.uint16)
    result = to_grey(image, Conversion(white_level=1023))
    np.testing.assert_array_equal(result[0, :, 0], [0, 255, 255, 255])


def test_flattened_keeps_the_type():
    for channels, dtype in ((2, np.uint8), (4, np.uint16)):
        image = pixels(channels, dtype)
        flat = flattened(image)
        assert flat.dtype == dtype
        assert flat.shape[2] == channels - 1
    assert flattened(pixels(2), Conversion(background="#ff0000")).shape[2] == 3
    plain = pixels(3)
    assert flattened(plain) is plain


def test_backgrounds():
    assert parse_background("White") == "#ffffff"
    assert parse_background("#FF8000") == "#ff8000"
    for wrong in ("", "red", "#fff", "#gggggg", "ffffff", "#ffffff\n"):
        with pytest.raises(InputError, match="background"):
            parse_background(wrong)


def test_a_picture_that_vanishes_on_the_background_is_noted():
    ink = np.full((8, 8, 4), 255, np.uint8)
    ink[2:6, 2:6, 3] = 0
    data = encode_image(ink, ".png")
    assert "#ffffff: try another with --background" in decode_with_note(data, channels=1)[1]
    black = Conversion(background="black")
    assert decode_with_note(data, channels=1, conversion=black)[1] == ""
    blank = encode_image(np.full((8, 8, 4), 255, np.uint8), ".png")
    assert decode_with_note(blank, channels=3)[1] == ""
