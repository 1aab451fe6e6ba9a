"""The block graph of an architecture: its main path in as many columns as a page needs."""

from convscope.arch.architecture import Architecture
from convscope.render.diagram.graph import Part, main_path, stacked
from convscope.render.diagram.heading import with_heading
from convscope.render.diagram.items import Items
from convscope.render.marks import Drawing, Line, Mark, moved

ASPECT = 1.35  # width over height of a page
MOST_COLUMNS = 12
GUTTER = 46.0
BELOW = 14.0
Columns = list[list[Part]]


def graph_drawing(architecture: Architecture, items: Items) -> Drawing:
    """Return the block graph; the number of columns gives the smallest page."""
    parts = main_path(items, architecture.input, architecture.num_classes)
    layouts = [_columns(parts, number) for number in range(1, MOST_COLUMNS + 1)]
    columns = [stacked(column) for column in min(layouts, key=_page_side)]
    return with_heading(architecture, _side_by_side(columns), items, kind="graph")


def _columns(parts: list[Part], number: int) -> Columns:
    """Return at most `number` columns, as even as whole parts allow."""
    low, high = max(p.height for p in parts), sum(p.height for p in parts)
    while high - low > 1:
        middle = (low + high) / 2
        if len(_filled(parts, middle)) <= number:
            high = middle
        else:
            low = middle
    return _filled(parts, high)


def _filled(parts: list[Part], most: float) -> Columns:
    columns: Columns = [[]]
    height = 0.0
    for piece in parts:
        if columns[-1] and height + piece.height > most + 0.01:
            columns.append([])
            height = 0.0
        columns[-1].append(piece)
        height += piece.height
    return columns


def _page_side(columns: Columns) -> float:
    """Return the height of the smallest page of the aspect ratio that holds the columns."""
    width = sum(
        max(part.right for part in column) - min(part.left for part in column) + GUTTER
        for column in columns
    )
    return max(width / ASPECT, max(sum(part.height for part in column) for column in columns))


def _side_by_side(columns: list[Part]) -> list[Mark]:
    """Return the columns with the line that leads from one to the next."""
    marks: list[Mark] = []
    x, end = 0.0, (0.0, 0.0)
    for column in columns:
        port = x - column.left
        marks += moved(column.marks, port, 0)
        if column is not columns[0]:
            between, floor = x - GUTTER / 2, end[1] + BELOW
            turn = ((end[0], floor), (between, floor), (between, -BELOW), (port, -BELOW))
            marks.append(Line((end, *turn, (port, 0))))
        end = (port, column.height)
        x += column.right - column.left + GUTTER
    return marks
