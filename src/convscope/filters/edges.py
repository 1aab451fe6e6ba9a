"""Edge filters: gradient magnitude and direction, Laplacian of Gaussian.

Legend: H height, W width, C channels.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from convscope.filters.base import Filter, View, positive
from convscope.filters.border import Border
from convscope.filters.engine import Image, in_strips, opencv, signed_type
from convscope.filters.smooth import MAX_SIGMA, gaussian_radius, gaussian_weights

Operator = Literal["sobel", "scharr", "prewitt"]

ACROSS: dict[Operator, tuple[int, int, int]] = {
    "sobel": (1, 2, 1),
    "scharr": (3, 10, 3),
    "prewitt": (1, 1, 1),
}
"""Smoothing perpendicular to the derivative, which is (-1, 0, 1) in all three."""

DERIVATIVE = np.array([-1.0, 0.0, 1.0])


def _derivatives(strip_HWC: Image, operator: Operator, edge: int) -> tuple[Image, Image]:
    """Return Gx and Gy as float32 or float64, exact for whole numbers up to 16 bits."""
    cv2 = opencv()
    depth = cv2.CV_64F if strip_HWC.dtype == np.float64 else cv2.CV_32F
    across = np.array(ACROSS[operator], np.float64)
    x = cv2.sepFilter2D(strip_HWC, depth, DERIVATIVE, across, borderType=edge)
    y = cv2.sepFilter2D(strip_HWC, depth, across, DERIVATIVE, borderType=edge)
    return x, y


@final
@dataclass(frozen=True)
class Magnitude(Filter):
    """Gradient magnitude sqrt(Gx^2 + Gy^2) per channel: (H, W, C) -> (H, W, C).

    uint8 gives int16, rounded.
    """

    operator: Operator = "sobel"

    def view(self) -> View:
        return "absolute"

    def run(self, image_HWC: Image, border: Border) -> Image:
        cv2 = opencv()

        def run(strip_HWC: Image, edge: int) -> Image:
            x, y = _derivatives(strip_HWC, self.operator, edge)
            return np.asarray(cv2.magnitude(x, y, x))

        bound = 2.0 * sum(ACROSS[self.operator])  # above sqrt(2) * the largest derivative
        return in_strips(
            image_HWC, 1, border, run, dtype=signed_type(image_HWC, whole=True, bound=bound)
        )


@final
@dataclass(frozen=True)
class Direction(Filter):
    """Gradient direction atan2(Gy, Gx) in radians per channel: (H, W, C) -> (H, W, C).

    0: brighter to the right; pi/2: brighter downwards. Constant areas give 0. The result is
    float32, or float64 for float64.
    """

    operator: Operator = "sobel"

    def view(self) -> View:
        return "angle"

    def run(self, image_HWC: Image, border: Border) -> Image:
        def run(strip_HWC: Image, edge: int) -> Image:
            x, y = _derivatives(strip_HWC, self.operator, edge)
            angle: Image = np.arctan2(y, x)
            return angle

        return in_strips(
            image_HWC, 1, border, run, dtype=signed_type(image_HWC, whole=False, bound=4)
        )


def second_derivative(sigma: float, radius: int) -> NDArray[np.float64]:
    """Return the second derivative of a Gaussian: g(x) * (x^2 / sigma^4 - 1 / sigma^2)."""
    x = np.arange(-radius, radius + 1)
    weights: NDArray[np.float64] = gaussian_weights(sigma, radius) * (x**2 / sigma**4 - sigma**-2)
    return weights


@final
@dataclass(frozen=True)
class LaplacianOfGaussian(Filter):
    """Laplacian of the Gaussian-smoothed image: (H, W, C) -> (H, W, C).

    g(x) g''(y) + g''(x) g(y): responds to blobs and edges, less to noise than the Laplacian.
    The result is float32, or float64 for float64.

    Paper: Marr and Hildreth 1980.
    """

    sigma: float = 1.4

    def __post_init__(self) -> None:
        positive(self.sigma, "sigma", "log", most=MAX_SIGMA)

    def view(self) -> View:
        return "scaled"

    def run(self, image_HWC: Image, border: Border) -> Image:
        cv2 = opencv()
        radius = max(1, gaussian_radius(self.sigma))
        smooth, second = gaussian_weights(self.sigma, radius), second_derivative(self.sigma, radius)
        dtype = signed_type(image_HWC, whole=False, bound=1)
        depth = cv2.CV_64F if dtype == np.float64 else cv2.CV_32F

        def run(strip_HWC: Image, edge: int) -> Image:
            across = cv2.sepFilter2D(strip_HWC, depth, second, smooth, borderType=edge)
            down = cv2.sepFilter2D(strip_HWC, depth, smooth, second, borderType=edge)
            return np.asarray(cv2.add(across, down, dst=across))

        return in_strips(image_HWC, radius, border, run, dtype=dtype)
