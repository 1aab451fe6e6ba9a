"""The Laplacian from second differences: along a row, along rows and columns, as a kernel.

    f''(x)  ~  f(x + 1) - 2 f(x) + f(x - 1)
    Laplace f = d2f/dx2 + d2f/dy2  ~  the sum of both: the kernel 0 1 0 / 1 -4 1 / 0 1 0

Legend: H height, W width.
"""

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

Array = NDArray[np.float64]

SECOND = np.array([1.0, -2.0, 1.0])
ALONG_X = np.pad(SECOND[None], ((1, 1), (0, 0)))
ALONG_Y = ALONG_X.T
KERNEL_4 = ALONG_X + ALONG_Y
DIAGONALS = np.diag(SECOND) + np.fliplr(np.diag(SECOND))
KERNEL_8 = KERNEL_4 + DIAGONALS
ROW = (1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 0.0, 0.0)
MOST = 64


class Difference(NamedTuple):
    """Differences at one place of a row.

    Attributes:
        first: f(x + 1) - f(x), the slope to the right.
        second: f(x + 1) - 2 f(x) + f(x - 1), the change of the slope.
    """

    place: int
    value: float
    first: float
    second: float


@final
@dataclass(frozen=True)
class Laplacian:
    """A row of brightness values."""

    row: tuple[float, ...] = ROW

    def __post_init__(self) -> None:
        if not 3 <= len(self.row) <= MOST:
            raise InputError(f"a row of {len(self.row)} numbers", expected=f"3 to {MOST}")
        if not all(abs(value) <= 1e6 for value in self.row):
            raise InputError("a number that is too large", expected="at most 1e6 in size")

    def differences(self) -> tuple[Difference, ...]:
        """Return the differences of all places that have two neighbours."""
        row = self.row
        return tuple(
            Difference(x, row[x], row[x + 1] - row[x], row[x + 1] - 2 * row[x] + row[x - 1])
            for x in range(1, len(row) - 1)
        )

    def edges(self) -> tuple[tuple[int, int], ...]:
        """Return the places between which the second difference changes its sign: edges."""
        changes = [d for d in self.differences() if d.second]
        pairs = itertools.pairwise(changes)
        return tuple((a.place, b.place) for a, b in pairs if a.second * b.second < 0)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "laplacian",
            "row": list(self.row),
            "differences": [difference._asdict() for difference in self.differences()],
            "edges": [list(edge) for edge in self.edges()],
            "along_x": ALONG_X.tolist(),
            "along_y": ALONG_Y.tolist(),
            "diagonals": DIAGONALS.tolist(),
            "kernel_4": KERNEL_4.tolist(),
            "kernel_8": KERNEL_8.tolist(),
        }
