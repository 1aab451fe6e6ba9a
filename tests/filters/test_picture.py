"""What a person is shown."""

import numpy as np
import pytest
from skimage import data

from convscope import filters
from convscope.errors import InputError

PHOTO = data.astronaut()[:120, :100]


@pytest.mark.parametrize("name", sorted(filters.FILTERS))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_every_result_can_be_shown(name: str, dtype: type) -> None:
    photo = (
        PHOTO / 255
        if dtype == np.float64
        else PHOTO.astype(dtype) * (257 if dtype == np.uint16 else 1)
    )
    chosen = filters.FILTERS[name]
    shown = filters.picture(filters.apply(photo, name), chosen.view(), original=photo)
    assert shown.shape == PHOTO.shape
    assert shown.dtype in (np.uint8, np.uint16)
    assert shown.max() > 60


def test_the_same_is_the_same() -> None:
    np.testing.assert_array_equal(filters.picture(PHOTO, "same", original=PHOTO), PHOTO)


def test_edges_lose_their_sign() -> None:
    result = np.array([[-300, -7, 0, 7, 300]], np.int16)
    original = np.zeros((1, 5), np.uint8)
    np.testing.assert_array_equal(
        filters.picture(result, "absolute", original=original), [[255, 7, 0, 7, 255]]
    )
    scaled = filters.picture(result, "scaled", original=original)
    np.testing.assert_array_equal(scaled, [[255, 6, 0, 6, 255]])
    faint = filters.picture((result / 100).astype(np.float32), "scaled", original=original)
    np.testing.assert_array_equal(faint, scaled)
    assert not filters.picture(result * 0, "scaled", original=original).any()


def test_alpha_is_not_scaled() -> None:
    rgba = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 77, np.uint8)])
    shown = filters.picture(filters.apply(rgba, "log"), "scaled", original=rgba)
    assert (shown[..., 3] == 255).all()  # edges are opaque


def test_a_direction_is_a_hue() -> None:
    ramp = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (20, 1))
    brighter = {"right": ramp, "down": ramp.T, "left": ramp[:, ::-1], "up": ramp.T[::-1]}
    hues = {}
    for name, image in brighter.items():
        image = np.ascontiguousarray(image)
        result = filters.apply(image, "sobel_direction")
        hues[name] = filters.picture(result, "angle", original=image)[10, 10]
    red, green, blue = hues["right"].astype(int)
    assert red > 30
    assert green == blue == 0
    assert hues["left"][0] == 0
    assert hues["left"][1] == hues["left"][2]
    assert hues["down"][1] >= hues["down"][0] > hues["down"][2]
    assert hues["up"][2] >= hues["up"][0] > hues["up"][1]


def test_unknown_views() -> None:
    with pytest.raises(InputError, match="absolute"):
        filters.picture(PHOTO, "absolut", original=PHOTO)
