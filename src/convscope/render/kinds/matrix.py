"""Matrix: a heatmap with named rows and columns, and its numbers where they fit.

Columns whose names are wider than a cell are numbered, and so are the rows: no text is turned.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convscope.lang import label
from convscope.payload import Heatmap
from convscope.render.frame import SMALL, framed, shortened
from convscope.render.marks import Box, Drawing, Group, Mark, Text
from convscope.render.palette import ink_on
from convscope.render.text import ASCENT, DESCENT, text_width

# up to so many rows or columns: side of a cell
CELLS = ((8, 56.0), (12, 44.0), (24, 34.0), (48, 22.0))
LEAST_CELL = 16.0
NAMES = 170.0  # most room for the names of the rows
SIZES = (12.0, 10.0, 8.0)  # of numbers in cells; the largest that fits is used
MARGIN = 3.0  # of a number in its cell
MOST_TOOLTIPS = 2500


def is_matrix(heatmap: Heatmap) -> bool:
    """Return whether rows and columns have names."""
    return bool(heatmap.rows)


def drawing(heatmap: Heatmap) -> Drawing:
    """Return the picture of a matrix."""
    num_rows, num_columns = heatmap.values.shape
    side = _side(max(num_rows, num_columns))
    are_numbered = any(text_width(name, SMALL) > side - 4 for name in heatmap.columns)
    columns = [str(n + 1) for n in range(num_columns)] if are_numbered else heatmap.columns
    size = _fitting(columns, side)
    beside = text_width(columns[-1], size) + 10 if are_numbered else 0.0
    across = f"{label(heatmap.x_label)} →" if heatmap.x_label else ""
    down = f"{label(heatmap.y_label)} ↓"
    widest = max(text_width(name, SMALL) for name in heatmap.rows)
    left = max(min(widest, NAMES) + beside, min(text_width(down, SMALL), NAMES)) + 8
    base = DESCENT * SMALL + 6
    top = 2 * (ASCENT + DESCENT) * SMALL + 6
    width, height = num_columns * side, num_rows * side
    room = max(width, NAMES)
    pixels_HW3 = heatmap.pixels()
    marks: list[Mark] = [
        shortened(Text(left, ASCENT * SMALL, across, SMALL, colour="muted"), room),
        shortened(Text(left - 8, top - base, down, SMALL, "end", colour="muted"), left - 8),
        *_cells(heatmap, pixels_HW3, (left, top), side),
    ]
    for number, name in enumerate(columns):
        marks.append(Text(left + (number + 0.5) * side, top - base, name, size, "middle"))
    for number, name in enumerate(heatmap.rows):
        y = top + (number + 0.5) * side + 0.36 * SMALL
        marks.append(shortened(Text(left - 8 - beside, y, name, SMALL, "end"), NAMES))
        if are_numbered:
            marks.append(Text(left - 8, y, str(number + 1), size, "end", colour="muted"))
    marks += _numbers(heatmap, pixels_HW3, (left, top), side)
    marks += _tooltips(heatmap, (left, top), side)
    scale = heatmap.scale if heatmap.scale.measures else None
    whole = left + max(width, min(text_width(across, SMALL), room)), top + height
    return framed(marks, whole, title=heatmap.title, caption=heatmap.caption, scale=scale)


def _side(num: int) -> float:
    return next((side for most, side in CELLS if num <= most), LEAST_CELL)


def _cells(
    heatmap: Heatmap, pixels_HW3: NDArray[np.uint8], at: tuple[float, float], side: float
) -> list[Mark]:
    """Return a box of the most frequent colour, and one for each cell of another colour."""
    rows, columns = heatmap.values.shape
    colours = np.array(["#" + bytes(pixel).hex() for pixel in pixels_HW3.reshape(-1, 3).tolist()])
    names, counts = np.unique(colours, return_counts=True)
    ground = str(names[counts.argmax()])
    marks: list[Mark] = [Box(*at, columns * side, rows * side, fill=ground)]
    for place in np.flatnonzero(colours != ground).tolist():
        row, column = divmod(place, columns)
        x, y = at[0] + column * side, at[1] + row * side
        marks.append(Box(x, y, side, side, fill=str(colours[place])))
    return marks


def _fitting(texts: Sequence[str], side: float) -> float:
    """Return the largest size at which every text is narrower than a cell."""
    widest = max(texts, key=lambda text: text_width(text, SMALL))
    fits = (size for size in SIZES if text_width(widest, size) <= side - 2)
    return next(fits, SIZES[-1])


def _numbers(
    heatmap: Heatmap, pixels_HW3: NDArray[np.uint8], at: tuple[float, float], side: float
) -> list[Mark]:
    """Return the numbers that are not 0 and fit into their cells."""
    if heatmap.numbers is None:
        return []
    marks: list[Mark] = []
    for (row, column), value in np.ndenumerate(heatmap.numbers):
        text = f"{value:,.0f}"
        room = side - MARGIN
        size = next((s for s in SIZES if text_width(text, s) <= room and s <= room), None)
        if not value or size is None:
            continue
        colour = ink_on(*(float(value) for value in pixels_HW3[row, column]))
        x, y = at[0] + (column + 0.5) * side, at[1] + (row + 0.5) * side + 0.36 * size
        marks.append(Text(x, y, text, size, "middle", colour=colour))
    return marks


def _tooltips(heatmap: Heatmap, at: tuple[float, float], side: float) -> list[Mark]:
    if heatmap.values.size > MOST_TOOLTIPS:
        return []
    numbers = heatmap.values if heatmap.numbers is None else heatmap.numbers
    cells = tuple(
        Box(
            at[0] + column * side,
            at[1] + row * side,
            side,
            side,
            fill="paper",
            opacity=0,
            tooltip=f"{heatmap.rows[row]} → {heatmap.columns[column]}: {value:,.4g}",
        )
        for (row, column), value in np.ndenumerate(numbers)
    )
    return [Group(cells, hover=True)]
