"""Smoothing filters: mean, median, Gaussian, bilateral.

Legend: H height, W width, C channels.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.filters.base import Filter, odd_size, positive
from convscope.filters.border import Border
from convscope.filters.engine import Image, in_strips, opencv, separable, white, with_border

MAX_SIGMA = 60.0
"""Largest sigma; a Gaussian extends to 4 sigma, so that no kernel is wider than 481."""

TRUNCATE = 4.0
"""Truncation of a Gaussian in sigmas, as in SciPy and scikit-image."""


@final
@dataclass(frozen=True)
class Mean(Filter):
    """Mean of each window: (H, W, C) -> (H, W, C)."""

    size: int = 3

    def __post_init__(self) -> None:
        odd_size(self.size, "mean")

    def run(self, image_HWC: Image, border: Border) -> Image:
        cv2 = opencv()
        radius = self.size // 2
        return with_border(
            image_HWC,
            (radius, radius),
            border,
            lambda x, edge: cv2.blur(x, (self.size, self.size), borderType=edge),
        )


@final
@dataclass(frozen=True)
class Median(Filter):
    """Median of each window: (H, W, C) -> (H, W, C).

    Not linear: no kernel computes it. It removes salt-and-pepper noise and keeps edges.
    """

    size: int = 3
    keeps_values: ClassVar[bool] = True

    def __post_init__(self) -> None:
        odd_size(self.size, "median")

    def run(self, image_HWC: Image, border: Border) -> Image:
        radius = self.size // 2
        if image_HWC.dtype == np.uint8 or (
            self.size <= 5 and image_HWC.dtype in (np.uint16, np.float32)
        ):
            return _opencv_median(image_HWC, self.size, border)
        return in_strips(
            image_HWC,
            radius,
            border,
            lambda strip, edge: _sorted_median(strip, self.size, edge),
            dtype=image_HWC.dtype,
        )


def _opencv_median(image_HWC: Image, size: int, border: Border) -> Image:
    """Return OpenCV's median, which replicates the edge; other borders are padded first."""
    cv2 = opencv()

    def run(x_HWC: Image, _: int) -> Image:
        if x_HWC.shape[2] != 2:
            return np.asarray(cv2.medianBlur(x_HWC, size))
        parts = [cv2.medianBlur(np.ascontiguousarray(x_HWC[..., c]), size) for c in range(2)]
        return np.stack(parts, axis=2)

    radius = size // 2
    if border.mode == "edge" or not radius:
        return run(image_HWC, 0).reshape(image_HWC.shape)
    fill = border.value
    if image_HWC.dtype.kind == "u":
        fill = float(np.clip(np.rint(fill), 0, white(image_HWC)))

    def padded(x_HWC: Image) -> Image:
        part = border.pad(x_HWC, (radius, radius), fill)
        return run(part, 0).reshape(part.shape)[radius:-radius, radius:-radius]

    if border.mode == "wrap" or min(image_HWC.shape[:2]) < size:
        return np.ascontiguousarray(padded(image_HWC))
    result = run(image_HWC, 0).reshape(image_HWC.shape)
    # only a frame of `radius` pixels depends on the border: it is computed again with padding
    for near, frame in ((slice(size), slice(radius)), (slice(-size, None), slice(-radius, None))):
        result[frame] = padded(image_HWC[near])[frame]
        # transposed, since OpenCV's median is slow for short rows
        side = padded(image_HWC[:, near].swapaxes(0, 1))
        result[:, frame] = side[frame].swapaxes(0, 1)
    return result


def _sorted_median(strip_HWC: Image, size: int, edge: int) -> Image:
    """Return the median for what OpenCV lacks: wide windows over more than 8 bits."""
    radius = size // 2
    padded = opencv().copyMakeBorder(strip_HWC, *[radius] * 4, edge)
    padded = padded.reshape(*padded.shape[:2], -1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
    result = np.empty_like(strip_HWC)
    centre = size * size // 2
    for row in range(len(result)):  # one row at a time: a window has size * size values
        flat = windows[row].reshape(*result.shape[1:], size * size)
        result[row] = np.partition(flat, centre, axis=-1)[..., centre]
    return result


def gaussian_weights(sigma: float, radius: int) -> NDArray[np.float64]:
    """Return exp(-x^2 / 2 sigma^2) at -radius ... radius, with sum 1."""
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (x / sigma) ** 2)
    normalised: NDArray[np.float64] = weights / weights.sum()
    return normalised


def gaussian_radius(sigma: float) -> int:
    """Return the radius of a Gaussian in pixels: 4 sigma, rounded."""
    return int(TRUNCATE * sigma + 0.5)


@final
@dataclass(frozen=True)
class Gaussian(Filter):
    """Average with weights exp(-(dx^2 + dy^2) / 2 sigma^2): (H, W, C) -> (H, W, C).

    Args:
        sigma: width in pixels.
        size: side of the window; by default 2 * round(4 sigma) + 1.
    """

    sigma: float = 1.0
    size: int | None = None

    def __post_init__(self) -> None:
        positive(self.sigma, "sigma", "gaussian", most=MAX_SIGMA)
        if self.size is not None:
            odd_size(self.size, "gaussian")

    def run(self, image_HWC: Image, border: Border) -> Image:
        radius = gaussian_radius(self.sigma) if self.size is None else self.size // 2
        weights = gaussian_weights(self.sigma, radius)
        return separable(image_HWC, weights, weights, border, dtype=image_HWC.dtype)


@final
@dataclass(frozen=True)
class Bilateral(Filter):
    """Average over neighbours close in position and in value: (H, W, C) -> (H, W, C).

    Weights exp(-d^2 / 2 sigma^2) * exp(-|x - x0|^2 / 2 (white * sigma_value)^2), d in pixels
    within a disc of diameter `size`, |x - x0| summed over the channels. Keeps edges.

    Args:
        sigma: width in pixels.
        sigma_value: width in value, as a share of the range from black to white.

    Paper: Tomasi and Manduchi 1998, as implemented by OpenCV.
    """

    size: int = 9
    sigma: float = 3.0
    sigma_value: float = 0.1
    joins_channels: ClassVar[bool] = True

    def __post_init__(self) -> None:
        odd_size(self.size, "bilateral", most=63)
        if self.size == 1:
            raise InputError(
                "a window of 1 pixel", expected="at least 3", fix="size 3", where="bilateral"
            )
        positive(self.sigma, "sigma", "bilateral", most=MAX_SIGMA)
        positive(self.sigma_value, "sigma_value", "bilateral", most=10.0)

    def run(self, image_HWC: Image, border: Border) -> Image:
        cv2 = opencv()
        radius = self.size // 2
        sigma_value = self.sigma_value * white(image_HWC)

        def run(x_HWC: Image, edge: int) -> Image:
            x = x_HWC if x_HWC.dtype == np.uint8 else x_HWC.astype(np.float32)
            return np.asarray(
                cv2.bilateralFilter(x, self.size, sigma_value, self.sigma, borderType=edge)
            )

        if image_HWC.dtype == np.uint8:
            return with_border(image_HWC, (radius, radius), border, run)
        # OpenCV has the bilateral filter for 8 bits and float32; other types are converted
        return in_strips(image_HWC, radius, border, run, dtype=image_HWC.dtype)
