"""Boxes against the papers; pixels against Pillow."""

import math
from typing import get_args

import numpy as np
import pytest
import torch

from convscope.data import CentreFrame, RandomResizedCrop, ShorterSide
from convscope.errors import InputError
from convscope.io.photos.crops import AnyCrop

CROPS = get_args(get_args(AnyCrop)[0])

SIZES = np.array([[375, 500], [500, 375], [224, 224], [1, 5000], [5000, 1], [3000, 4000]], float)


def seeded(number=0):
    return torch.Generator().manual_seed(number)


def many(crop, height, width, *, size=(224, 224), count=20_000):
    sizes_N2 = np.tile(np.array([[height, width]], float), (count, 1))
    return crop.boxes(sizes_N2, crop.draw(count, seeded()), size=size)


@pytest.mark.parametrize("crop", [kind() for kind in CROPS], ids=lambda crop: crop.type)
def test_boxes_are_inside_and_reproducible(crop):
    sizes_N2 = np.repeat(SIZES, 500, 0)
    boxes_N4 = crop.boxes(sizes_N2, crop.draw(len(sizes_N2), seeded()), size=(224, 224))
    assert boxes_N4.shape == (len(sizes_N2), 4)
    top, left, height, width = boxes_N4.T
    assert (height > 0).all()
    assert (width > 0).all()
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height <= sizes_N2[:, 0] * (1 + 1e-12)).all()
    assert (left + width <= sizes_N2[:, 1] * (1 + 1e-12)).all()
    again = crop.boxes(sizes_N2, crop.draw(len(sizes_N2), seeded()), size=(224, 224))
    assert np.array_equal(boxes_N4, again)


@pytest.mark.parametrize("crop", [kind() for kind in CROPS], ids=lambda crop: crop.type)
def test_a_box_depends_on_its_own_image_only(crop):
    """Workers place one image at a time, from numbers that were drawn for the whole batch."""
    random_NK = crop.draw(len(SIZES), seeded(3))
    together = crop.boxes(SIZES, random_NK, size=(96, 96))
    for i in range(len(SIZES)):
        alone = crop.boxes(SIZES[i : i + 1], random_NK[i : i + 1], size=(96, 96))
        assert np.array_equal(alone[0], together[i])


def test_random_resized_crop_distribution():
    """Area even from 8 % to 100 %, log proportion even from 3/4 to 4/3, where nothing is refused.

    A box of at most half of the area fits at any proportion into a square.
    """
    crop = RandomResizedCrop(scale=(0.08, 0.5))
    top, left, height, width = many(crop, 400, 400).T
    area = height * width / 400**2
    assert area.min() >= 0.08
    assert area.max() <= 0.5
    assert abs(area.mean() - 0.29) < 0.005
    ratio = np.log(width / height)
    assert abs(ratio.mean()) < 0.01
    assert abs(ratio.std() - 2 * math.log(4 / 3) / math.sqrt(12)) < 0.005
    for start, room in ((top, 400 - height), (left, 400 - width)):
        assert abs((start / room).mean() - 0.5) < 0.01


def test_random_resized_crop_falls_back_to_the_centre():
    top, left, height, width = many(RandomResizedCrop(), 1, 5000, count=50).T
    assert np.allclose(height, 1)
    assert np.allclose(width, 4 / 3)
    assert np.allclose(left, (5000 - 4 / 3) / 2)
    assert np.allclose(top, 0)


def test_the_aspect_ratio_is_relative_to_the_network_input():
    crop = RandomResizedCrop(scale=(0.1, 0.2), ratio=(1, 1))
    _, _, height, width = many(crop, 400, 400, size=(100, 50), count=100).T
    assert np.allclose(width / height, 0.5)


def test_shorter_side_distribution():
    """A crop of 224 from an image whose shorter side became S, S even from 256 to 512."""
    top, left, height, width = many(ShorterSide(low=256, high=512), 375, 500).T
    assert np.allclose(height, width)
    shorter = 224 * 375 / height
    assert np.allclose(shorter, shorter.round())
    values, counts = np.unique(shorter.round(), return_counts=True)
    assert (values[0], values[-1], len(values)) == (256, 512, 257)
    assert counts.std() < 2 * math.sqrt(20_000 / 257)
    assert abs((top / (375 - height)).mean() - 0.5) < 0.01
    assert abs((left / (500 - width)).mean() - 0.5) < 0.01


def test_centre_frame_is_the_centre():
    ((top, left, height, width),) = CentreFrame(shorter=256).boxes(
        [[512, 1024]], np.empty((1, 0)), size=(224, 224)
    )
    assert (height, width) == (448, 448)
    assert (top, left) == (32, 288)


@pytest.mark.parametrize("crop", [ShorterSide(low=200, high=300), CentreFrame(shorter=200)])
def test_crops_that_would_enlarge_are_refused(crop):
    with pytest.raises(InputError, match="a shorter side of 200 for a network input of 224"):
        crop.boxes([[500, 500]], crop.draw(1, seeded()), size=(224, 160))


@pytest.mark.parametrize(
    "make",
    [
        lambda: RandomResizedCrop(scale=(0.5, 0.1)),
        lambda: RandomResizedCrop(scale=(0.0, 1.0)),
        lambda: RandomResizedCrop(scale=(0.5, 1.5)),
        lambda: RandomResizedCrop(ratio=(2.0, 1.0)),
        lambda: ShorterSide(low=480, high=256),
        lambda: ShorterSide(low=0),
        lambda: CentreFrame(shorter=-1),
        lambda: CentreFrame(shorter=2.5),
    ],
)
def test_invalid_values(make):
    with pytest.raises(ValueError, match=r"scale|ratio|low|shorter"):
        make()
