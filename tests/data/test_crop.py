"""Crops of batches against Pillow, image by image."""

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.data import CentreFrame, RandomResizedCrop
from convscope.data.augment.crop import crop_batch


def seeded(number=0):
    return torch.Generator().manual_seed(number)


@pytest.mark.parametrize(
    ("crop", "size"),
    [
        (RandomResizedCrop(), None),
        (RandomResizedCrop(), (16, 24)),
        (RandomResizedCrop(scale=(0.9, 1.0)), (9, 7)),
        (CentreFrame(shorter=20), (16, 16)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_batches_equal_pillow_image_by_image(crop, size, channels):
    random = np.random.RandomState(0)
    images = random.randint(256, size=(8, channels, 40, 50), dtype=np.uint8)
    result = crop_batch(crop, torch.from_numpy(images), seeded(5), size)
    target = size or (40, 50)
    assert result.shape == (8, channels, *target)
    boxes_N4 = crop.boxes([[40, 50]] * 8, crop.draw(8, seeded(5)), size=target)
    for i, (top, left, height, width) in enumerate(boxes_N4.tolist()):
        for channel in range(channels):
            expected = Image.fromarray(images[i, channel]).resize(
                target[::-1],
                Image.Resampling.BILINEAR,
                box=(left, top, min(left + width, 50), min(top + height, 40)),
            )
            away = result[i, channel].numpy() - np.asarray(expected, np.float64)
            assert abs(away).max() <= 1.01  # Pillow rounds twice
            assert abs(away).mean() < 0.5


def test_the_whole_image_at_its_own_size_is_itself():
    images = torch.arange(2 * 3 * 8 * 8, dtype=torch.uint8).reshape(2, 3, 8, 8)
    result = crop_batch(CentreFrame(shorter=8), images, seeded())
    assert torch.allclose(result, images.float(), atol=1e-4)
