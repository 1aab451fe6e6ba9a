"""Marks that several labs share: grids of numbers, labelled units, drawings below each other."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convscope.labs.numbers import number
from convscope.payload import Scale
from convscope.render.marks import Box, Circle, Drawing, Mark, Text, moved

CELL = 38.0
MIDDLE = 0.36  # of the font size, from the middle of a line of figures to its baseline
DARK = 330  # sum of red, green and blue below which text on a colour is white

Position = tuple[int, int]


def centred(x: float, y: float, text: str, *, size: float, colour: str = "ink") -> Text:
    """Return text whose middle is (x, y)."""
    return Text(x, y + MIDDLE * size, text, size=size, anchor="middle", colour=colour)


def number_grid(
    x: float,
    y: float,
    values: NDArray[np.float64],
    fills: Mapping[Position, str] | None = None,
    *,
    cell: float = CELL,
    hidden: Callable[[int, int], bool] | None = None,
) -> list[Mark]:
    """Return a table of numbers, one cell each.

    Args:
        fills: colour of a cell by (row, column).
        hidden: whether a cell is drawn without its number.
    """
    size = max(8.0, min(15.0, cell * 0.38))
    marks: list[Mark] = []
    for (row, column), value in np.ndenumerate(values):
        left, top = x + column * cell, y + row * cell
        fill = (fills or {}).get((row, column), "paper")
        marks.append(Box(left, top, cell, cell, fill=fill, stroke="grid"))
        if hidden is None or not hidden(row, column):
            text = number(float(value))
            colour = _text_colour(fill)
            marks.append(centred(left + cell / 2, top + cell / 2, text, size=size, colour=colour))
    return marks


def _text_colour(fill: str) -> str:
    """Return a colour that can be read on a literal colour; the palette adapts by itself."""
    if not fill.startswith("#"):
        return "ink"
    return "#ffffff" if sum(bytes.fromhex(fill[1:])) < DARK else "#1b1f24"


def signed_colour(value: float, largest: float) -> str:
    """Return blue for a value below 0, white for 0 and red above 0, as in every drawing."""
    reach = largest or 1.0
    scale = Scale(colours="blue-white-red", low=-reach, high=reach)
    red, green, blue = scale.paint(np.array([[value]], np.float32))[0, 0]
    return f"#{red:02x}{green:02x}{blue:02x}"


def unit(x: float, y: float, radius: float, text: str, *, fill: str = "paper") -> list[Mark]:
    """Return a circle with a label inside."""
    circle = Circle(x, y, radius, fill=fill, stroke="edge", thick=1.5)
    return [circle, centred(x, y, text, size=13)]


def stacked(drawings: Sequence[Drawing], *, gap: float = 24.0) -> Drawing:
    """Return one drawing of several, below each other, with a margin."""
    marks: list[Mark] = []
    y = gap
    for drawing in drawings:
        marks += moved(drawing.marks, gap, y)
        y += drawing.height + gap
    return Drawing(max(d.width for d in drawings) + 2 * gap, y, tuple(marks))


def abreast(drawings: Sequence[Drawing], *, gap: float = 16.0) -> Drawing:
    """Return one drawing of several side by side, without a margin."""
    marks: list[Mark] = []
    x = 0.0
    for drawing in drawings:
        marks += moved(drawing.marks, x, 0)
        x += drawing.width + gap
    return Drawing(x - gap, max(d.height for d in drawings), tuple(marks))
