"""Pooling windows in two dimensions: each window, its maximum or mean, and the size formula.

Legend: H height, W width.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ArchitectureError, InputError
from convscope.labs.draws import Draws
from convscope.labs.sizes import SizeFormula, size_formula
from convscope.shapes import Window

Array = NDArray[np.float64]
Kind = Literal["max", "average"]
KINDS: tuple[Kind, ...] = ("max", "average")
MOST_SIDE = 64

EXAMPLE = np.array(
    [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]],
    np.float64,
)
"""The usual example: 2 x 2 windows with stride 2 have the maxima 6 8 / 3 4."""


def drawn(side: int, seed: int = 0) -> Array:
    """Return random digits, (side, side): those that the page draws too.

    Raises:
        InputError: a side below 1 or above 64.
    """
    if not 1 <= side <= MOST_SIDE:
        raise InputError(f"an input of {side}", expected=f"1 to {MOST_SIDE}")
    digits: Array = np.floor(10 * Draws(seed).uniform(side * side)).reshape(side, side)
    return digits


class PoolWindow(NamedTuple):
    """One window.

    Attributes:
        at: row and column of the output.
        rows, columns: first and end of the part inside the input.
        values: in reading order; padding is not among them.
        result: the maximum, or the mean of the values.
        winner: row and column of the maximum, the first of equal ones; None for a mean.
    """

    at: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]
    values: tuple[float, ...]
    result: float
    winner: tuple[int, int] | None


@final
@dataclass(frozen=True)
class PoolingWindows:
    """Pooling of one channel; the number of channels stays as it is.

    Args:
        x: (H, W).
        stride: by default the size of the window.
        padding: at most half of the window. Its positions never win, and are not counted in means.
    """

    x: Array
    kind: Kind = "max"
    size: int = 2
    stride: int | None = None
    padding: int = 0

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or not self.x.size or max(self.x.shape) > MOST_SIDE:
            raise InputError(
                f"an input of {self.x.shape}", expected=f"at most {MOST_SIDE} x {MOST_SIDE}"
            )
        if self.kind not in KINDS:
            raise InputError(f"kind {self.kind!r}", expected="max or average")
        if self.size < 1 or self.step < 1:
            raise InputError(
                f"window {self.size}, stride {self.step}", expected="numbers of at least 1"
            )
        if not 0 <= 2 * self.padding <= self.size:
            raise ArchitectureError(
                f"padding {self.padding} with a window of {self.size}",
                expected="at most half of the window, so that each window reads some input",
            )

    @property
    def step(self) -> int:
        return self.size if self.stride is None else self.stride

    @cached_property
    def sizes(self) -> tuple[SizeFormula, SizeFormula]:
        """Size formulas of height and width."""
        window = Window(self.size, self.step, self.padding)
        height, width = self.x.shape
        return size_formula(height, window, "height"), size_formula(width, window, "width")

    @cached_property
    def windows(self) -> tuple[PoolWindow, ...]:
        """Every window in reading order."""
        height, width = (formula.output for formula in self.sizes)
        return tuple(self._window(i, j) for i in range(height) for j in range(width))

    def _window(self, i: int, j: int) -> PoolWindow:
        (top, bottom), (left, right) = (
            (max(0, at * self.step - self.padding), at * self.step - self.padding + self.size)
            for at in (i, j)
        )
        rows, columns = (top, min(bottom, self.x.shape[0])), (left, min(right, self.x.shape[1]))
        part = self.x[slice(*rows), slice(*columns)]
        winner = None
        if self.kind == "max":
            row, column = np.unravel_index(int(part.argmax()), part.shape)
            winner = (top + int(row), left + int(column))
        result = float(part.max() if self.kind == "max" else part.mean())
        return PoolWindow((i, j), rows, columns, tuple(part.ravel().tolist()), result, winner)

    @property
    def output(self) -> Array:
        """Results, (H', W')."""
        height, width = (formula.output for formula in self.sizes)
        return np.array([window.result for window in self.windows]).reshape(height, width)

    def gradient(self) -> Array:
        """Return the gradient of the sum of the output by the input, (H, W).

        Of a maximum the winner gets 1, of a mean each value gets one over their number.
        """
        gradient = np.zeros(self.x.shape)
        for window in self.windows:
            if window.winner is not None:
                gradient[window.winner] += 1
            else:
                part = (slice(*window.rows), slice(*window.columns))
                gradient[part] += 1 / len(window.values)
        return gradient

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "pooling_windows",
            "kind": self.kind,
            "size": self.size,
            "stride": self.step,
            "padding": self.padding,
            "input": self.x.tolist(),
            "sizes": [formula.to_dict() for formula in self.sizes],
            "windows": [window._asdict() for window in self.windows],
            "output": self.output.tolist(),
            "gradient": self.gradient().tolist(),
        }
