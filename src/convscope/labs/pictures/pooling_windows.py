"""Drawing of pooling windows: input with a window, output, gradient."""

import numpy as np

from convscope.labs.pictures.marks import (
    CELL,
    Position,
    abreast,
    number_grid,
    signed_colour,
    stacked,
)
from convscope.labs.pooling_windows import PoolingWindows
from convscope.lang import label
from convscope.render.marks import Drawing, Mark, Text


def drawing(lab: PoolingWindows, step: int) -> Drawing:
    """Draw one window: its values in the input, and its result in the output.

    Args:
        step: number of the window, from 1.
    """
    window = lab.windows[step - 1]
    under: dict[Position, str] = {
        (i, j): "norm" for i in range(*window.rows) for j in range(*window.columns)
    }
    if window.winner is not None:
        under[window.winner] = "pool"
    gradient = lab.gradient()
    largest = 2 * float(gradient.max())
    colours = {at: signed_colour(float(v), largest) for at, v in np.ndenumerate(gradient)}
    parts = (
        _grid("input", lab.x, under),
        _grid("output", lab.output, {window.at: "pool"}),
        _grid("gradient", gradient, colours),
    )
    return stacked([abreast(parts, gap=40)])


def _grid(
    name: str,
    values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    fills: dict[Position, str],
) -> Drawing:
    marks: list[Mark] = [Text(0, 16, label(name), size=15)]
    marks += number_grid(0, 26, values, fills)
    rows, columns = values.shape
    return Drawing(columns * CELL, rows * CELL + 30, tuple(marks))
