"""The golden pair of an export: one input, the same on every machine, and PyTorch's output.

Axes: N batch, C channels, H height, W width, K classes.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from convscope.arch import Architecture
from convscope.export.onnx.metadata import Golden
from convscope.network.device import device_of
from convscope.shapes import CHW

Bytes = NDArray[np.uint8]

PHOTO = 48, 64  # neither square nor the size of a network, so that it is resized
LARGEST_DIGIT = 64  # side of a grey input up to which the image is a digit
LEVEL, LOWEST = 1 / 64, -2.0  # of a prepared input: -2 to 1.98, as after standardisation


def golden_pair(network: nn.Module, preprocessing: nn.Module, architecture: Architecture) -> Golden:
    """Return a small image, (1, H, W, C) uint8, and its probabilities, (1, K)."""
    image_NHWC = _image(architecture.input)
    pixels_NCHW = torch.from_numpy(image_NHWC).permute(0, 3, 1, 2).contiguous()
    with torch.inference_mode():
        input_NCHW = preprocessing(pixels_NCHW.to(device_of(network)))
        probabilities_NK = network(input_NCHW).float().softmax(1)
    return Golden(image_NHWC, probabilities_NK.cpu().numpy())


def golden_logits(network: nn.Module, architecture: Architecture) -> Golden:
    """Return a prepared input, (1, C, H, W) float32, and its logits, (1, K)."""
    channels, height, width = architecture.input
    levels_NCHW = _pattern(height, width, channels).transpose(2, 0, 1)[None]
    input_NCHW = levels_NCHW.astype(np.float32) * np.float32(LEVEL) + np.float32(LOWEST)
    with torch.inference_mode():
        logits_NK = network(torch.from_numpy(input_NCHW).to(device_of(network))).float()
    return Golden(input_NCHW, logits_NK.cpu().numpy(), scale=LEVEL, offset=LOWEST)


def _image(input: CHW) -> Bytes:
    is_small = max(input.height, input.width) <= LARGEST_DIGIT
    if input.channels == 1 and is_small:
        return _seven()[None, :, :, None]
    return _pattern(*PHOTO, input.channels)[None]


def _pattern(height: int, width: int, channels: int) -> Bytes:
    """Return slopes with a fine texture, (H, W, C), from whole numbers only."""
    y, x, c = np.ogrid[:height, :width, :channels]
    slope = x * 255 * (c + 1) // max(1, width - 1) + y * 255 * (3 * c + 1) // max(1, height - 1)
    texture = (x * x * 31 + y * y * 17 + x * y * 13 + c * 101) % 256
    pattern: Bytes = ((3 * (slope % 256) + texture) // 4).astype(np.uint8)
    return pattern


def _seven() -> Bytes:
    """Return a 7, light on black, as the images of MNIST, (28, 28)."""
    y, x = np.ogrid[:28, :28]
    bar = np.clip(3 * 64 - 64 * abs(y - 8), 0, 255) * ((x >= 7) & (x <= 20))
    stem = np.clip(3 * 64 - 32 * abs(2 * (x - 20) + (y - 8)), 0, 255) * ((y >= 8) & (y <= 23))
    seven: Bytes = np.maximum(bar, stem).astype(np.uint8)
    return seven
