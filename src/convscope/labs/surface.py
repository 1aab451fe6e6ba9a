"""A kernel as a surface: the weights as heights over the plane, as the hump of a Gaussian."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name
from convscope.filters.edges import second_derivative
from convscope.filters.kernels import KERNELS
from convscope.filters.smooth import gaussian_radius, gaussian_weights

Array = NDArray[np.float64]

COMPUTED = ("gaussian", "log")
"""Kernels of any width: the Gaussian and its Laplacian."""

MOST_SIDE = 41


@final
@dataclass(frozen=True)
class Surface:
    """A kernel and its cross-section.

    Args:
        name: of `filters.kernels.KERNELS`, "gaussian" or "log".
        sigma: width in pixels, for "gaussian" and "log".
        size: rows and columns of these two, odd; by default as far as 4 sigma.
    """

    name: str = "gaussian"
    sigma: float = 1.5
    size: int | None = None

    def __post_init__(self) -> None:
        if self.name not in (*COMPUTED, *KERNELS):
            raise unknown_name("kernel", self.name, [*COMPUTED, *KERNELS])
        if not 0.3 <= self.sigma <= 5:
            raise InputError(f"sigma {self.sigma:g}", expected="0.3 to 5 pixels")
        if self.size is not None and not (3 <= self.size <= MOST_SIDE and self.size % 2):
            raise InputError(f"a size of {self.size}", expected=f"odd, from 3 to {MOST_SIDE}")

    @property
    def kernel(self) -> Array:
        """Weights, (h, w); those of a Gaussian have the sum 1 whatever their size."""
        if self.name in KERNELS:
            return KERNELS[self.name].matrix
        radius = max(1, gaussian_radius(self.sigma)) if self.size is None else self.size // 2
        g = gaussian_weights(self.sigma, radius)
        if self.name == "gaussian":
            return np.asarray(np.outer(g, g))
        second = second_derivative(self.sigma, radius)
        result: Array = np.outer(g, second) + np.outer(second, g)
        return result

    @property
    def section(self) -> Array:
        """Weights of the middle row."""
        middle: Array = self.kernel[len(self.kernel) // 2]
        return middle

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        kernel = self.kernel
        return {
            "lab": "surface",
            "name": self.name,
            "sigma": self.sigma if self.name in COMPUTED else None,
            "kernel": kernel.tolist(),
            "section": self.section.tolist(),
            "sum": float(kernel.sum()),
            "largest": float(kernel.max()),
            "smallest": float(kernel.min()),
        }
