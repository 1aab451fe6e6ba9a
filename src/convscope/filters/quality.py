"""How near a result is to the original: PSNR and SSIM.

Legend: H height, W width, C channels.
"""

import math

import numpy as np

from convscope.errors import InputError
from convscope.filters.border import Border
from convscope.filters.engine import Image, check_image, separable, white
from convscope.filters.smooth import gaussian_weights

STRIP_ROWS = 256

SSIM_SIGMA, SSIM_RADIUS = 1.5, 5  # 11 x 11, as the paper has it
SSIM_K1, SSIM_K2 = 0.01, 0.03


def psnr(image: Image, original: Image) -> float:
    """10 log10(white^2 / mean((image - original)^2)), in decibels; infinite where they are equal.

    Over all channels, alpha included.
    """
    a_HWC, b_HWC = _pair(image, original)
    total = 0.0
    for top in range(0, len(a_HWC), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        difference = a_HWC[rows].astype(np.float64) - b_HWC[rows]
        total += float(np.square(difference, out=difference).sum())
    error = total / a_HWC.size
    return math.inf if error == 0 else 10 * math.log10(white(b_HWC) ** 2 / error)


def ssim(image: Image, original: Image) -> float:
    """Mean structural similarity, from -1 to 1; 1 where the images are equal.

    Gaussian windows of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03; the mean over all pixels at
    least 5 from the edge, and over all channels.

    Paper: Wang et al. 2004.

    Raises:
        InputError: images smaller than the window.
    """
    a_HWC, b_HWC = _pair(image, original)
    least = 2 * SSIM_RADIUS + 1
    if min(a_HWC.shape[:2]) < least:
        raise InputError(
            f"SSIM looks through windows of {least} x {least}, and the image has "
            f"{a_HWC.shape[0]} x {a_HWC.shape[1]}",
            expected=f"at least {least} x {least}",
        )
    totals = [_ssim_total(a_HWC[..., c], b_HWC[..., c]) for c in range(a_HWC.shape[2])]
    places = (a_HWC.shape[0] - 2 * SSIM_RADIUS) * (a_HWC.shape[1] - 2 * SSIM_RADIUS)
    return float(sum(totals) / (places * len(totals)))


def _ssim_total(a_HW: Image, b_HW: Image) -> float:
    """The sum of the similarities of all windows that lie inside the image."""
    weights = gaussian_weights(SSIM_SIGMA, SSIM_RADIUS)
    inner = slice(SSIM_RADIUS, -SSIM_RADIUS)
    scale = white(b_HW)
    c1, c2 = (SSIM_K1 * scale) ** 2, (SSIM_K2 * scale) ** 2

    def mean(x_HW: Image) -> Image:
        smooth = separable(x_HW[..., None], weights, weights, Border("edge"), dtype=x_HW.dtype)
        return smooth[inner, inner, 0]

    total = 0.0
    for top in range(0, len(a_HW) - 2 * SSIM_RADIUS, STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS + 2 * SSIM_RADIUS)
        a, b = a_HW[rows].astype(np.float64), b_HW[rows].astype(np.float64)
        mean_a, mean_b = mean(a), mean(b)
        spread_a = mean(a * a) - mean_a**2
        spread_b = mean(b * b) - mean_b**2
        shared = mean(a * b) - mean_a * mean_b
        above = (2 * mean_a * mean_b + c1) * (2 * shared + c2)
        below = (mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2)
        total += float((above / below).sum())
    return total


def _pair(image: Image, original: Image) -> tuple[Image, Image]:
    if image.shape != original.shape or image.dtype != original.dtype:
        raise InputError(
            f"{image.shape} of {image.dtype} cannot be compared with {original.shape} of "
            f"{original.dtype}",
            expected="two images of one size and type",
        )
    return check_image(image), check_image(original)
