"""The block graph of an architecture: its main path in as many columns as a page needs."""

from collections.abc import Sequence

from convscope.arch.architecture import Architecture
from convscope.render.diagram.breaks import even
from convscope.render.diagram.graph import Part, main_path, stacked
from convscope.render.diagram.heading import with_heading
from convscope.render.diagram.items import Items
from convscope.render.diagram.style import WIDEST
from convscope.render.marks import Drawing, Line, Mark, moved

ASPECT = 1.35  # width over height of a page
MOST_COLUMNS = 12
GUTTER = 46.0
BELOW = 14.0
Columns = list[list[Part]]


def graph_drawing(
    architecture: Architecture, items: Items, *, legend: Sequence[Mark] = ()
) -> Drawing:
    """Return the block graph; the number of columns gives the smallest legible page."""
    parts = main_path(items, architecture.input, architecture.num_classes)
    heights = [part.height for part in parts]
    layouts = [
        [parts[group.start : group.stop] for group in even(heights, number)]
        for number in range(1, MOST_COLUMNS + 1)
    ]
    legible = [layout for layout in layouts if _width(layout) <= WIDEST] or layouts[:1]
    columns = [stacked(column) for column in min(legible, key=_page_side)]
    return with_heading(architecture, _side_by_side(columns), items, kind="graph", legend=legend)


def _page_side(columns: Columns) -> float:
    """Return the height of the smallest page of the aspect ratio that holds the columns."""
    high = max(sum(part.height for part in column) for column in columns)
    return max(_width(columns) / ASPECT, high)


def _width(columns: Columns) -> float:
    return sum(
        max(part.right for part in column) - min(part.left for part in column) + GUTTER
        for column in columns
    )


def _side_by_side(columns: list[Part]) -> list[Mark]:
    """Return the columns with the line that leads from one to the next, an arrow on its way."""
    marks: list[Mark] = []
    x, end = 0.0, (0.0, 0.0)
    for column in columns:
        port = x - column.left
        marks += moved(column.marks, port, 0)
        if column is not columns[0]:
            between, floor = x - GUTTER / 2, end[1] + BELOW
            half = (between, (floor - BELOW) / 2)
            marks.append(Line((end, (end[0], floor), (between, floor), half), arrow=True))
            marks.append(Line((half, (between, -BELOW), (port, -BELOW), (port, 0))))
        end = (port, column.height)
        x += column.right - column.left + GUTTER
    return marks
