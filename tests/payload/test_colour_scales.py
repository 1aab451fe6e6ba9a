"""Colour maps: known colours, and what colour-blind eyes still see of them."""

import numpy as np
import pytest

from convscope.payload.colour_scales import NAMES, coloured, levels, table

# Machado, Oliveira, Fernandes 2009: full dichromacy, on linear RGB
BLINDNESS = {
    "none": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "protan": (0.1523, 1.0526, -0.2049, 0.1145, 0.7863, 0.0992, -0.0039, -0.0481, 1.0520),
    "deutan": (0.3673, 0.8606, -0.2280, 0.2801, 0.6725, 0.0474, -0.0118, 0.0429, 0.9689),
    "tritan": (1.2555, -0.0767, -0.1788, -0.0784, 0.9308, 0.1476, 0.0047, 0.6914, 0.3039),
}


def lab(rgb):
    """CIE L*a*b* of linear sRGB, D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = np.clip(rgb, 0, 1) @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def seen(name, eye):
    share = table(name) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return lab(linear @ np.array(BLINDNESS[eye]).reshape(3, 3).T)


@pytest.mark.parametrize("name", NAMES)
def test_256_colours(name):
    assert table(name).shape == (256, 3)
    assert table(name).dtype == np.uint8


@pytest.mark.parametrize("eye", BLINDNESS)
def test_viridis_grows_lighter_for_every_eye(eye):
    lightness = seen("viridis", eye)[:, 0]
    assert (np.diff(lightness[::8]) > 0).all()
    assert lightness[-1] - lightness[0] > 60


@pytest.mark.parametrize("eye", BLINDNESS)
def test_the_two_sides_of_blue_white_red_differ_for_every_eye(eye):
    colours = seen("blue-white-red", eye)
    for distance in (48, 64, 96, 120):
        blue, red = colours[127 - distance], colours[128 + distance]
        assert np.linalg.norm(blue - red) > 20
    assert (np.diff(colours[:128:8, 0]) > 0).all()
    assert (np.diff(colours[128::8, 0]) < 0).all()


def test_zero_is_white():
    assert table("blue-white-red")[127].tolist() == [255, 255, 255]
    zero = coloured(np.zeros(1, np.float32), low=-3.0, high=3.0, colours="blue-white-red")
    assert zero.tolist() == [[255, 255, 255]]


def test_known_colours_of_viridis():
    assert table("viridis")[0].tolist() == [68, 1, 84]
    assert table("viridis")[255].tolist() == [253, 231, 37]
    # matplotlib's own, between our control points
    for place, colour in ((128, [33, 145, 140]), (64, [59, 82, 139]), (192, [94, 201, 98])):
        assert np.abs(table("viridis")[place].astype(int) - colour).max() <= 5


def test_beyond_the_ends():
    values = np.array([-9, 0, 0.999, 1, 9], np.float32)
    assert levels(values, low=0, high=1).tolist() == [0, 0, 255, 255, 255]
