"""Region of an image that the network receives, compared with the preprocessing itself."""

import numpy as np
import pytest
import torch

from convscope.arch import Chain
from convscope.layers import CenterCrop, Normalize, Resize
from convscope.network import build_block
from convscope.shapes import CHW
from convscope.visuals.region import Region, crop, region

NORMALISE = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("layers", "size", "expected"),
    [
        ({"crop": CenterCrop(32)}, (28, 28), (-2, -2, 32, 32)),
        ({"crop": CenterCrop(20)}, (28, 30), (4, 5, 20, 20)),
        ({"resize": Resize((50, 50))}, (100, 200), (0, 0, 100, 200)),
        ({"resize": Resize(50), "crop": CenterCrop(40)}, (100, 100), (10, 10, 80, 80)),
        ({"resize": Resize(64), "crop": CenterCrop(56)}, (128, 256), (8, 72, 112, 112)),
        ({"inner": Chain(crop=CenterCrop(10)), "n": NORMALISE}, (20, 20), (5, 5, 10, 10)),
        ({"n": NORMALISE}, (20, 30), (0, 0, 20, 30)),
    ],
)
def test_region(layers, size, expected):
    result = region(Chain(**layers), CHW(3, *size))
    assert result == pytest.approx(Region(*expected))


@pytest.mark.parametrize("size", [(301, 200), (150, 401), (90, 90)])
def test_cropped_region_is_what_the_network_receives(size):
    """A smooth image, cropped and resized, equals the output of the preprocessing."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    image = np.stack(
        [rows / size[0] * 255, columns / size[1] * 255, np.full(size, 90.0)], axis=2
    ).astype(np.uint8)
    chain = Chain(resize=Resize(80), crop=CenterCrop(64))
    raw = torch.from_numpy(image).permute(2, 0, 1)[None]
    seen = build_block(chain, CHW(3, *size))(raw)[0].permute(1, 2, 0).numpy()
    cut = crop(image, region(chain, CHW(3, *size)))
    again = build_block(Chain(resize=Resize((64, 64))), CHW(3, *cut.shape[:2]))(
        torch.from_numpy(cut).permute(2, 0, 1)[None]
    )
    assert np.abs(again[0].permute(1, 2, 0).numpy() - seen).max() < 3


def test_region_beyond_the_image_is_black():
    image = np.full((4, 4, 3), 9, np.uint8)
    cut = crop(image, Region(-1, 2, 6, 4))
    assert cut.shape == (6, 4, 3)
    assert (cut[1:5, :2] == 9).all()
    assert cut.sum() == 4 * 2 * 3 * 9
    assert crop(image, Region(1.2, 1.2, 0.1, 0.1)).shape == (1, 1, 3)
