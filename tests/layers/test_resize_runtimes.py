"""Resize in the graph against Pillow: 40 pairs of sizes, at most 1 grey level apart.

Layers that round are compared with Pillow on bytes, the others with Pillow on floating-point
images: between its two passes Pillow rounds bytes, and cuts off what bicubic overshoots. The
passes are called one by one, since Pillow 13 begins with the rows where the height shrinks and
the width grows; ours is always Pillow's older order, columns first.
"""

import numpy as np
import pytest
from PIL import Image

from convscope.export.onnx import onnx_model
from convscope.layers import Resize
from convscope.shapes import CHW
from tests.zoo.test_runtimes import in_onnx_runtime, in_openvino

AFTER = ((24, 24), (32, 17), (7, 80), (1, 1), (1, 31), (64, 1), (9, 7), (50, 49))
BEFORE = ((17, 17), (1, 300), (211, 1), (64, 48), (5, 3))  # smaller, larger, odd, of 1 pixel
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
