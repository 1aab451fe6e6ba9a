"""Network inputs shown as pixels: inverted normalisation, stretching, channels."""

import numpy as np
import pytest
import torch
from torch import nn

from convscope.data import Split
from convscope.layers import Normalize
from convscope.network import build_block
from convscope.shapes import CHW
from convscope.visuals.images import as_pixels, as_rgb, class_label, normalisation, thumbnail

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class OwnScaling(nn.Module):
    """A user's normalisation with the two tensors that make it invertible."""

    def __init__(self):
        super().__init__()
        mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
        self.register_buffer("scale_CHW", 1 / (255 * std))
        self.register_buffer("shift_CHW", -mean / std)

    def forward(self, x_NCHW):
        return x_NCHW * self.scale_CHW + self.shift_CHW


def pixels(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize(
    "preprocessing",
    [
        build_block(Normalize(MEAN, STD), CHW(3, 5, 7)),
        OwnScaling(),
        nn.Sequential(nn.Identity(), OwnScaling()),
    ],
)
def test_normalisation_is_inverted(preprocessing):
    raw_NCHW = pixels(2, 3, 5, 7)
    result = as_pixels(preprocessing(raw_NCHW), preprocessing)
    assert np.array_equal(result, raw_NCHW.permute(0, 2, 3, 1).numpy())


def test_without_normalisation_images_are_stretched():
    values = torch.tensor([-2.0, 0.0, 2.0, 1.0]).view(1, 1, 2, 2)
    assert as_pixels(values, None).tolist() == [[[0, 128], [255, 191]]]
    assert normalisation(lambda x: x) is None
    assert normalisation(nn.Identity()) is None


def test_two_channels_are_averaged():
    values = torch.tensor([[0.0, 255.0], [255.0, 255.0]]).view(1, 2, 1, 2)
    assert as_pixels(values, None).tolist() == [[[128, 255]]]


def test_grey_images_as_rgb():
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert as_rgb(grey).shape == (2, 3, 3)
    assert np.array_equal(as_rgb(grey)[..., 1], grey)
    assert as_rgb(as_rgb(grey)).shape == (2, 3, 3)


def test_thumbnails_are_reduced_only():
    split = Split(pixels(1, 3, 40, 20), torch.zeros(1, dtype=torch.int64))
    network = nn.Linear(1, 1)
    assert thumbnail(network, split, OwnScaling(), 0, side=10).shape == (10, 5, 3)
    whole = thumbnail(network, split, OwnScaling(), 0, side=64)
    assert np.array_equal(whole, split.images_NCHW[0].permute(1, 2, 0).numpy())


def test_class_labels():
    assert class_label(("cat",), 0) == "cat"
    assert class_label(("cat",), 1) == "class 1"
