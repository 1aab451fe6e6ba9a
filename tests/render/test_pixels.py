"""Image files inside drawings and pages: exact where pixels are numbers, small where smooth."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from convscope.payload import Heatmap, Scale
from convscope.render.pages import html
from convscope.render.pixels import data_uri, png_of_pixels


def decoded(uri: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB"))


def photo(side: int = 120) -> np.ndarray:
    """A smooth picture with the grain of a photo."""
    y, x = np.mgrid[:side, :side] / side
    grain = np.random.default_rng(0).normal(0, 2, (side, side, 3))
    colours = 255 * np.stack([x, y, (x + y) / 2], -1)
    return np.clip(colours + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("num_colours", [1, 2, 256, 257, 5000])
def test_png_keeps_every_colour_with_and_without_a_palette(num_colours):
    rng = np.random.default_rng(num_colours)
    colours = rng.integers(0, 256, (num_colours, 3), dtype=np.uint8)
    pixels = colours[rng.integers(0, num_colours, (40, 70))]
    assert np.array_equal(decoded(data_uri(pixels)), pixels)
    assert png_of_pixels(pixels) == png_of_pixels(pixels.copy())


def test_a_smooth_photo_is_smaller_and_looks_the_same():
    pixels = photo()
    exact, smooth = data_uri(pixels), data_uri(pixels, smooth=True)
    assert len(smooth) < len(exact) / 2
    difference = np.abs(decoded(smooth).astype(int) - pixels)
    assert difference.mean() < 3
    flat = np.full((50, 50, 3), 7, np.uint8)
    assert data_uri(flat, smooth=True) == data_uri(flat)  # PNG is the smaller one


def test_a_picture_that_a_page_shows_several_times_is_stored_once():
    rng = np.random.default_rng(1)
    maps = {
        name: Heatmap(
            title=name,
            values=rng.random((4, 4), dtype=np.float32),
            scale=Scale(colours="viridis", low=0, high=1, label="share"),
            underlay=photo(),
            beside=True,
        )
        for name in ("one", "two", "three")
    }
    page = html.page(maps, title="maps")
    shared = data_uri(photo(), smooth=True)
    assert page.count(shared) == 1
    assert page.count('href="#picture-0"') == len(maps)
    assert page.count("<image") == page.count('href="data:image/')
    alone = html.page({"one": maps["one"]}, title="map")
    assert alone.count(shared) == 1
    assert "#picture-" not in alone
