"""Kernels of the classic filters, each with its sum, its divisor and its source.

All are in correlation form: the value at the upper left multiplies the pixel at the upper left.
True convolution rotates the kernel by 180 degrees first: no difference for symmetric kernels, the
opposite sign for Sobel, Scharr and Prewitt.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

Rows = tuple[tuple[int, ...], ...]

MAX_SIDE = 255
"""Largest side of a kernel, in pixels."""


@final
@dataclass(frozen=True)
class Kernel:
    """Kernel of whole numbers over one divisor.

    Attributes:
        rows: the whole numbers.
        divisor: their common divisor.
        source: where the kernel comes from.
        note: a remark, such as a misprint of the source.
    """

    rows: Rows
    divisor: int
    source: str
    note: str = ""

    @property
    def total(self) -> int:
        """Sum of the whole numbers: the divisor (brightness is kept) or 0 (edges only)."""
        return sum(sum(row) for row in self.rows)

    @property
    def gain(self) -> Fraction:
        """Gain of a constant area: total / divisor."""
        return Fraction(self.total, self.divisor)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Rows / divisor, (h, w)."""
        return np.array(self.rows, np.float64) / self.divisor


SOBEL, SCHARR, PREWITT = "Sobel and Feldman 1968", "Scharr 2000", "Prewitt 1970"
VERTICAL, HORIZONTAL = "vertical edges (d/dx)", "horizontal edges (d/dy)"
NEGATED = (
    "The lecture prints the negative of it ({} in the middle): the same edges, the other sign."
)
GAUSSIAN_5: Rows = (
    (1, 4, 7, 4, 1),
    (4, 16, 26, 16, 4),
    (7, 26, 41, 26, 7),
    (4, 16, 26, 16, 4),
    (1, 4, 7, 4, 1),
)

KERNELS: dict[str, Kernel] = {
    "mean": Kernel(((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9, "the plain average"),
    "gaussian3": Kernel(
        ((1, 2, 1), (2, 4, 2), (1, 2, 1)), 16, "binomial coefficients: (1 2 1) times (1 2 1)"
    ),
    "gaussian5": Kernel(
        GAUSSIAN_5,
        273,
        "a Gaussian of sigma 1 in whole numbers, as textbooks print it",
        "The lecture prints 1/173. The numbers sum to 273; over 173 every image would get "
        "1.578 times brighter.",
    ),
    "gaussian5_as_printed": Kernel(
        GAUSSIAN_5, 173, "the lecture's slide", "A misprint, kept to show its effect: 1/273."
    ),
    "sobel_x": Kernel(((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), 1, SOBEL, VERTICAL),
    "sobel_y": Kernel(((-1, -2, -1), (0, 0, 0), (1, 2, 1)), 1, SOBEL, HORIZONTAL),
    "scharr_x": Kernel(((-3, 0, 3), (-10, 0, 10), (-3, 0, 3)), 1, SCHARR, VERTICAL),
    "scharr_y": Kernel(((-3, -10, -3), (0, 0, 0), (3, 10, 3)), 1, SCHARR, HORIZONTAL),
    "prewitt_x": Kernel(((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)), 1, PREWITT, VERTICAL),
    "prewitt_y": Kernel(((-1, -1, -1), (0, 0, 0), (1, 1, 1)), 1, PREWITT, HORIZONTAL),
    "laplacian4": Kernel(
        ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
        1,
        "second differences along rows and columns",
        NEGATED.format(4),
    ),
    "laplacian8": Kernel(
        ((1, 1, 1), (1, -8, 1), (1, 1, 1)),
        1,
        "second differences along rows, columns and diagonals",
        NEGATED.format(8),
    ),
    "sharpen": Kernel(
        ((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1, "the image minus its Laplacian (4 neighbours)"
    ),
    "emboss": Kernel(
        ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), 1, "the image plus its slope to the lower right"
    ),
}
"""Every kernel, by name."""


def parse_kernel(text: str) -> NDArray[np.float64]:
    """Return the matrix of `"0 -1 0; -1 4 -1; 0 -1 0"`; values may be fractions: `1/9`.

    Raises:
        InputError: not numbers, rows of different length, an even side, or too large.
    """
    rows = [row.replace(",", " ").split() for row in text.strip().strip(";").split(";")]
    where = "the kernel"
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]) or not row:
            raise InputError(
                f"row {number} has {len(row)} numbers and row 1 has {len(rows[0])}",
                expected="rows of equal length, separated by ;",
                fix='for example "0 -1 0; -1 4 -1; 0 -1 0"',
                where=where,
            )
    return check_kernel([[_number(word) for word in row] for row in rows])


def _number(word: str) -> float:
    try:
        return float(Fraction(word)) if "/" in word else float(word)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(
            f"{word!r} is not a number",
            expected="numbers such as 2, -0.5 or 1/9",
            where="the kernel",
        ) from None


def check_kernel(kernel: object) -> NDArray[np.float64]:
    """Return a checked kernel as float64, (h, w) with odd sides.

    Raises:
        InputError: not a matrix of finite numbers with odd sides of at most 255.
    """
    try:
        # a weight of torch: its gradient is of no use here
        values = np.asarray(kernel.detach() if hasattr(kernel, "detach") else kernel)
        if values.dtype.kind == "c":
            raise TypeError("complex")
        matrix = np.array(values, np.float64)
    except (TypeError, ValueError, RuntimeError):  # torch: sparse, meta
        raise InputError(
            "not a matrix of numbers", expected="rows of equal length", where="the kernel"
        ) from None
    if matrix.ndim != 2 or not matrix.size:
        shape = f"an array with {matrix.ndim} axes of {matrix.shape}"
        raise InputError(shape, expected="rows and columns", where="the kernel")
    height, width = matrix.shape
    if not np.isfinite(matrix).all():
        raise InputError(
            "NaN or infinity in the kernel", expected="finite numbers", where="the kernel"
        )
    if height % 2 == 0 or width % 2 == 0:
        raise InputError(
            f"{height} x {width}: an even side has no centre",
            expected="odd sides, such as 3 x 3 or 1 x 5",
            fix="add a row or a column of zeros",
            where="the kernel",
        )
    if max(height, width) > MAX_SIDE:
        expected = f"sides of at most {MAX_SIDE}"
        raise InputError(f"{height} x {width}", expected=expected, where="the kernel")
    return matrix
