"""Resize in the graph against Pillow: 40 pairs of sizes, at most 1 grey level apart.

Layers that round are compared with Pillow on bytes, the others with Pillow on floating-point
images: between its two passes Pillow rounds bytes, and cuts off what bicubic overshoots. The
passes are called one by one, since Pillow 13 begins with the rows where the height shrinks and
the width grows; ours is always Pillow's older order, columns first.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.arch import Chain
from convscope.export.onnx import onnx_model
from convscope.layers import CenterCrop, Resize
from convscope.network import build_block
from convscope.shapes import CHW
from tests.zoo.test_runtimes import in_onnx_runtime, in_openvino

AFTER = ((24, 24), (32, 17), (7, 80), (1, 1), (1, 31), (64, 1), (9, 7), (50, 49))
BEFORE = ((17, 17), (1, 300), (211, 1), (64, 48), (5, 3))  # smaller, larger, odd, of 1 pixel
SIDES = CHW(3, 8, 8)
SIZES = [(before, after) for after in AFTER for before in BEFORE]


def with_pillow(pixels_HWC, after, resample, rounding):
    size = after[::-1]
    if rounding == "uint8":
        image = Image.fromarray(pixels_HWC)
        first = image.resize((size[0], image.height), resample)
        return np.asarray(first.resize(size, resample), np.float32)
    channels = [
        np.asarray(Image.fromarray(pixels_HWC[..., c].astype(np.float32)).resize(size, resample))
        for c in range(3)
    ]
    return np.stack(channels, axis=-1)


@pytest.mark.parametrize("rounding", ["none", "uint8"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    "start", [in_onnx_runtime, pytest.param(in_openvino, marks=pytest.mark.slow)]
)
def test_resize_is_pillows_for_40_sizes(start, interpolation, rounding):
    assert len(set(SIZES)) == 40
    resample = Image.Resampling[interpolation.upper()]
    pixels, largest = np.random.default_rng(7), 0.0
    for after in AFTER:
        layer = Resize(after, interpolation=interpolation, rounding=rounding)
        model = onnx_model(layer, CHW(3, 8, 8), {}, pixels="uint8", any_size=True)
        run = start(model.SerializeToString())
        for before in BEFORE:
            x_HWC = pixels.integers(0, 256, (*before, 3), np.uint8)
            (actual_CHW,) = run(np.ascontiguousarray(x_HWC.transpose(2, 0, 1)[None]))
            expected_HWC = with_pillow(x_HWC, after, resample, rounding)
            difference = np.abs(actual_CHW.transpose(1, 2, 0) - expected_HWC).max()
            largest = max(largest, float(difference))
    assert largest <= (1.0 if rounding == "uint8" else 0.01)


THIN = ((1, 129), (1, 400), (3, 50), (3, 51), (2, 35), (301, 2), (18, 1), (9, 145), (9, 9))


@pytest.mark.parametrize("crop", [8, 9, (5, 30), (128, 3)])
@pytest.mark.parametrize("rounding", ["none", "uint8"])
@pytest.mark.parametrize("start", [in_onnx_runtime, in_openvino])
def test_thin_images_are_computed_where_the_crop_is(start, rounding, crop):
    block = Chain(resize=Resize(8, rounding=rounding), crop=CenterCrop(crop))
    run = start(onnx_model(block, SIDES, {}, pixels="uint8", any_size=True).SerializeToString())
    module, pixels = build_block(block, SIDES), np.random.default_rng(3)
    for height, width in THIN:
        x = pixels.integers(0, 256, (1, 3, height, width), np.uint8)
        expected = module(torch.from_numpy(x)).float().numpy()[0]
        assert np.abs(run(x)[0] - expected).max() <= (0 if rounding == "uint8" else 0.01)


@pytest.mark.parametrize("start", [in_onnx_runtime, in_openvino])
def test_of_thin_images_little_is_computed(start):
    layer = Resize(8)
    run = start(onnx_model(layer, SIDES, {}, pixels="uint8", any_size=True).SerializeToString())
    for height, width in ((1, 5000), (5000, 1), (1, 17), (30, 2)):
        _, rows, cols = run(np.zeros((1, 3, height, width), np.uint8))[0].shape
        assert min(rows, cols) == 8
        assert 8 * 15 <= max(rows, cols) < 8 * 16 + 4
