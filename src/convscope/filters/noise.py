"""Seeded noise, to be removed by filters.

Alpha (the last of 2 or 4 channels) is left unchanged.

Legend: H height, W width, C channels.
"""

import math
from typing import Any

import numpy as np

from convscope.errors import InputError
from convscope.filters.engine import Image, check_image, white
from convscope.io.values import as_array

STRIP_ROWS = 256


def salt_and_pepper(image: Any, amount: float, *, seed: int) -> Image:
    """Set a share of the pixels to white or black, half each: (H, W[, C]) -> (H, W[, C]).

    Raises:
        InputError: an amount outside 0 to 1.
    """
    if not 0 <= amount <= 1:
        raise InputError(f"amount {amount!r}", expected="a share from 0 to 1")
    image = as_array(image)
    noisy_HWC = check_image(image).copy()
    rng = _generator(seed)
    colours = _colours(noisy_HWC)
    for top in range(0, len(noisy_HWC), STRIP_ROWS):
        strip = noisy_HWC[top : top + STRIP_ROWS, :, :colours]
        chance_HW = rng.random(strip.shape[:2])
        strip[chance_HW < amount / 2] = white(noisy_HWC)
        strip[(chance_HW >= amount / 2) & (chance_HW < amount)] = 0
    return noisy_HWC.reshape(image.shape)


def gaussian_noise(image: Any, sigma: float, *, seed: int) -> Image:
    """Add N(0, sigma^2) to every value: (H, W[, C]) -> (H, W[, C]).

    Whole numbers are rounded and clipped to black and white.

    Args:
        sigma: in levels of the image: of 255, 65535, or 1.0.

    Raises:
        InputError: a negative sigma.
    """
    if not (math.isfinite(sigma) and sigma >= 0):
        raise InputError(f"sigma {sigma!r}", expected="a number of at least 0")
    image = as_array(image)
    noisy_HWC = check_image(image).copy()
    rng = _generator(seed)
    colours = _colours(noisy_HWC)
    for top in range(0, len(noisy_HWC), STRIP_ROWS):
        strip = noisy_HWC[top : top + STRIP_ROWS, :, :colours]
        noise = rng.standard_normal(strip.shape, dtype=np.float32)
        noise *= np.float32(sigma)
        noise += strip
        if noisy_HWC.dtype.kind == "u":
            noise = np.clip(np.rint(noise, out=noise), 0, white(noisy_HWC), out=noise)
        strip[...] = noise
    return noisy_HWC.reshape(image.shape)


def _colours(image_HWC: Image) -> int:
    channels: int = image_HWC.shape[2]
    return channels - 1 if channels in (2, 4) else channels


def _generator(seed: int) -> np.random.Generator:
    if seed < 0:
        raise InputError(f"seed {seed}", expected="a whole number of at least 0")
    return np.random.default_rng(seed)
