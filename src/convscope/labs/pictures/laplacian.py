"""Drawing of the Laplacian lab: a row, its differences, and the kernels as sums."""

import numpy as np

from convscope.labs.laplacian import ALONG_X, ALONG_Y, DIAGONALS, KERNEL_4, KERNEL_8, Laplacian
from convscope.labs.pictures.bars import bars
from convscope.labs.pictures.marks import CELL, abreast, number_grid, signed_colour, stacked
from convscope.lang import label
from convscope.render.marks import Drawing, Text

LENGTH = 90.0  # pixels of a bar


def drawing(lab: Laplacian) -> Drawing:
    """Draw the row with its first and second differences, and where the kernels come from."""
    differences = lab.differences()
    rows = [(f"f({x})", value) for x, value in enumerate(lab.row)]
    first = [(f"f'({d.place})", d.first) for d in differences]
    second = [(f"f''({d.place})", d.second) for d in differences]
    curves = abreast(
        [
            bars(label("brightness"), rows, length=LENGTH),
            bars(label("first difference"), first, length=LENGTH),
            bars(label("second difference"), second, length=LENGTH),
        ],
        gap=40,
    )
    return stacked(
        [curves, _sum("+", ALONG_X, ALONG_Y, KERNEL_4), _sum("+", KERNEL_4, DIAGONALS, KERNEL_8)]
    )


def _sum(sign: str, *kernels: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Drawing:
    """Draw a + b = c."""
    parts = []
    for order, kernel in enumerate(kernels):
        fills = {at: signed_colour(float(v), 8) for at, v in np.ndenumerate(kernel)}
        parts.append(Drawing(3 * CELL, 3 * CELL, tuple(number_grid(0, 0, kernel, fills))))
        if order < len(kernels) - 1:
            text = sign if order < len(kernels) - 2 else "="
            parts.append(Drawing(20, 3 * CELL, (Text(4, 1.6 * CELL, text, size=20),)))
    return abreast(parts)
