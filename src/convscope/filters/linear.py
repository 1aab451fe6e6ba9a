"""Linear filters: one kernel, named or given as a matrix.

Legend: H height, W width, C channels; h, w the kernel's.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import unknown_name
from convscope.filters.base import Filter, View
from convscope.filters.border import Border
from convscope.filters.engine import Image, convolve, correlate, is_signed, result_type, separable
from convscope.filters.kernels import KERNELS, check_kernel

Operation = Literal["correlation", "convolution"]

OPERATIONS = {"correlation": correlate, "convolution": convolve}

Matrix = tuple[tuple[float, ...], ...]


@final
@dataclass(frozen=True)
class Linear(Filter):
    """Weighted sum of each window: (H, W, C) -> (H, W, C).

    Args:
        matrix: the weights, with an odd number of rows and columns.
        operation: correlation, or convolution (the kernel is rotated by 180 degrees).
    """

    matrix: Matrix
    operation: Operation = "correlation"

    def __post_init__(self) -> None:
        check_kernel(self.matrix)
        if self.operation not in OPERATIONS:
            raise unknown_name("operation", str(self.operation), OPERATIONS)

    def view(self) -> View:
        return "absolute" if is_signed(np.array(self.matrix)) else "same"

    def run(self, image_HWC: Image, border: Border) -> Image:
        kernel = np.array(self.matrix)
        if self.operation == "convolution":
            kernel = kernel[::-1, ::-1]
        factors = _factors(kernel)
        if factors is None:
            return correlate(image_HWC, kernel, border)
        return separable(image_HWC, *factors, border, dtype=result_type(image_HWC, kernel))


def _factors(kernel: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return a column and a row whose outer product is exactly the kernel, or None.

    Two passes of n values cost less than one of n * n. Only exact factors are used.
    """
    if min(kernel.shape) < 3 or not kernel.any():
        return None
    row, column = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    rows = kernel[row] / kernel[row, column]
    columns = kernel[:, column]
    return (columns, rows) if (np.outer(columns, rows) == kernel).all() else None


def linear(kernel: object, *, operation: Operation = "correlation") -> Linear:
    """Return the filter of a matrix: rows of numbers, an array, or a name of KERNELS.

    Raises:
        InputError: see `check_kernel`.
    """
    if isinstance(kernel, str):
        if kernel not in KERNELS:
            raise unknown_name("kernel", kernel, KERNELS)
        kernel = KERNELS[kernel].matrix
    matrix = check_kernel(kernel)
    return Linear(tuple(tuple(float(v) for v in row) for row in matrix), operation)
