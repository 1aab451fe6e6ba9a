"""Measured numbers of the course are those of the filters and of the lecture's examples."""

from importlib.resources import as_file, files

import numpy as np
import pytest

from convscope import filters
from convscope.io.conversion import to_grey
from convscope.io.images import read_image
from convscope.lessons.quantities import quantity
from convscope.lessons.quantities.measured import measured


@pytest.mark.parametrize("name", ["mean", "gaussian", "median"])
def test_noise_after_each_filter(name):
    with as_file(files("convscope.samples").joinpath("files", "photo.jpg")) as path:
        photo = read_image(path)
    noisy = filters.salt_and_pepper(photo, measured("noise.amount"), seed=0)
    error = (filters.apply(noisy, name).astype(float) - photo) ** 2
    assert 10 * np.log10(255**2 / error.mean()) == pytest.approx(
        quantity(f"noise.{name}"), abs=0.01
    )


@pytest.mark.parametrize(("factor", "grows"), [(0.99, False), (1.01, True)])
def test_largest_rate_of_the_learned_filter(factor, grows):
    """Gradient descent on the photo's own windows converges below the limit, not above it."""
    with as_file(files("convscope.samples").joinpath("files", "photo.jpg")) as path:
        grey = to_grey(read_image(path))[112:368, 192:448, 0] / 255
    windows = np.lib.stride_tricks.sliding_window_view(grey, (3, 3)).reshape(-1, 9)
    products = windows.T @ windows / len(windows)
    rate = factor * quantity("learn.limit")
    weights = np.ones(9)  # the error, close to the steepest direction
    for _ in range(2000):
        weights -= rate * products @ weights
    assert (np.abs(weights).max() > 1) == grows


NUMBERS = {
    "photo.values": 6_220_800,
    "mlp.parameters": 622_081_110,
    "shared.local.parameters": 122_304,
    "shared.full.parameters": 4_821_600,
    "field.layers_for_photo": 112,
    "field.pool_between": 8,
    "field.paths": "1, 4, 10, 16, 19, 16, 10, 4, 1",
    "gaussian5.sum": 273,
    "median.breakdown": 5,
    "laplacian4.on_parabola": "−2",
    "laplacian8.on_parabola": "−6",
    "padding.rank": 9,
    "padding.rank_with_result": 10,
    "padding.corner": 40,
    "pooling.maxima": "6 8 / 3 4",
    "pooling.pooled_shifted": "0.3, 1, 1, 1",
}
"""Numbers of paper-and-pencil calculations and of the lecture."""


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_are_known(name):
    assert quantity(name) == NUMBERS[name]
