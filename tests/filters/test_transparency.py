"""Filters of images with alpha, compared with premultiplied filtering in float64 by SciPy."""

import numpy as np
import pytest
from scipy import ndimage

from convscope import filters

SMOOTH = ("mean", "gaussian", "gaussian3", "gaussian5", "median", "bilateral", "sharpen")
EDGES = ("sobel", "sobel_x", "laplacian4", "log", "scharr")


def icon(dtype=np.uint8, hidden=(255, 0, 0)):
    """A white square on transparent pixels with a hidden colour."""
    top = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    image = np.zeros((24, 24, 4), dtype)
    image[..., :3] = np.array(hidden) / 255 * top
    image[6:18, 6:18] = top
    return image


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_hidden_colours_do_not_bleed(name, dtype):
    first = filters.apply(icon(dtype), name)
    second = filters.apply(icon(dtype, hidden=(0, 60, 200)), name)
    np.testing.assert_array_equal(first, second)
    top = filters.white(first)
    shown = first[..., 3] > 0
    tolerance = 1e-5 if top == 1 else 1
    assert np.abs(first[shown][:, :3].astype(float) - top).max() <= tolerance  # white stays white


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_smoothing_is_premultiplied(dtype):
    top = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    image = (np.random.default_rng(0).random((20, 17, 4)) * top).astype(dtype)
    planes = image.astype(np.float64) / top
    planes[..., :3] *= planes[..., 3:]
    blurred = ndimage.gaussian_filter(planes, (1.5, 1.5, 0), mode="mirror", truncate=4)
    blurred[..., :3] /= blurred[..., 3:]
    result = filters.apply(image, filters.Gaussian(sigma=1.5))
    assert result.dtype == dtype
    tolerance = 1e-9 if dtype == np.float64 else 0.51 if dtype == np.uint8 else 0.6
    assert np.abs(result - blurred * top).max() <= tolerance


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_those_of_the_image_on_white(name):
    image = icon()
    image[6:18, 6:18, :3] = 0  # black ink
    result = filters.apply(image, name)
    flat = np.full((24, 24, 3), 255, np.uint8)
    flat[6:18, 6:18] = 0
    np.testing.assert_array_equal(result[..., :3], filters.apply(flat, name))
    assert (result[..., 3] == 255).all()


def test_a_clear_image_stays_clear():
    for name in SMOOTH:
        image = np.full((9, 9, 2), 0, np.uint8)
        image[..., 0] = 77
        assert not filters.apply(image, name).any()
