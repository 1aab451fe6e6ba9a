"""Similarity of an image to its original: PSNR and SSIM. Needs NumPy only.

Legend: H height, W width, C channels.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.filters.engine import Image, check_image, white
from convscope.filters.smooth import gaussian_weights

STRIP_ROWS = 256

SSIM_SIGMA, SSIM_RADIUS = 1.5, 5  # 11 x 11, as the paper has it
SSIM_K1, SSIM_K2 = 0.01, 0.03


def psnr(image: Image, original: Image) -> float:
    """Return the PSNR, 10 log10(white^2 / mean((image - original)^2)), in decibels.

    Over all channels, alpha included; infinite for equal images.
    """
    a_HWC, b_HWC = _pair(image, original)
    total = 0.0
    for top in range(0, len(a_HWC), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        difference = a_HWC[rows].astype(np.float64) - b_HWC[rows]
        total += float(np.square(difference, out=difference).sum())
    error = total / a_HWC.size
    return math.inf if error == 0 else 10 * math.log10(white(b_HWC) ** 2 / error)


def ssim(image: Image, original: Image, *, radius: int = SSIM_RADIUS) -> float:
    """Return the mean structural similarity, from -1 to 1; 1 for equal images.

    Gaussian windows of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03; the mean over all windows that
    lie inside the image, and over all channels.

    Args:
        radius: half the side of the window; smaller than 5 only for images below 11 x 11.

    Paper: Wang et al. 2004.

    Raises:
        InputError: images smaller than the window.
    """
    a_HWC, b_HWC = _pair(image, original)
    least = 2 * radius + 1
    if min(a_HWC.shape[:2]) < least:
        raise InputError(
            f"an image of {a_HWC.shape[0]} x {a_HWC.shape[1]} for SSIM with windows of "
            f"{least} x {least}",
            expected=f"at least {least} x {least}",
        )
    weights = gaussian_weights(SSIM_SIGMA, radius)
    channels = range(a_HWC.shape[2])
    totals = [_ssim_total(a_HWC[..., c], b_HWC[..., c], weights) for c in channels]
    num_windows = (a_HWC.shape[0] - 2 * radius) * (a_HWC.shape[1] - 2 * radius)
    return float(sum(totals) / (num_windows * len(totals)))


def _ssim_total(a_HW: Image, b_HW: Image, weights: NDArray[np.float64]) -> float:
    """Return the sum of the similarities of all windows inside the image."""
    c1, c2 = ((k * white(b_HW)) ** 2 for k in (SSIM_K1, SSIM_K2))
    # variances are differences of squares, which are inexact for values far from 0
    offset_a, offset_b = float(a_HW.mean(dtype=np.float64)), float(b_HW.mean(dtype=np.float64))
    border = len(weights) - 1
    total = 0.0
    for top in range(0, len(a_HW) - border, STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS + border)
        a, b = a_HW[rows] - offset_a, b_HW[rows] - offset_b
        mean_a, mean_b = _window_means(a, weights), _window_means(b, weights)
        variance_a = _window_means(a * a, weights) - mean_a**2
        variance_b = _window_means(b * b, weights) - mean_b**2
        covariance = _window_means(a * b, weights) - mean_a * mean_b
        mean_a, mean_b = mean_a + offset_a, mean_b + offset_b
        above = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
        below = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
        total += float((above / below).sum())
    return total


def _window_means(x_HW: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weighted means of every window inside the image."""
    rows: NDArray[np.float64] = sliding_window_view(x_HW, len(weights), axis=0) @ weights
    means: NDArray[np.float64] = sliding_window_view(rows, len(weights), axis=1) @ weights
    return means


def _pair(image: Image, original: Image) -> tuple[Image, Image]:
    if image.shape != original.shape or image.dtype != original.dtype:
        raise InputError(
            f"images of {image.shape} {image.dtype} and {original.shape} {original.dtype}",
            expected="two images of the same size and type",
        )
    return check_image(image), check_image(original)
