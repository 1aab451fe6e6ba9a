"""A long way in columns, like a page: from above to below, then the next column."""

from convscope.arch.architecture import Architecture
from convscope.render.diagram.graph import Part, stacked, ways
from convscope.render.diagram.items import items
from convscope.render.diagram.marks import Line, Mark, moved
from convscope.render.diagram.svg import page

SHAPE = 1.35  # width over height that a page is to have
MOST_COLUMNS = 12
GUTTER = 46.0
BELOW = 14.0


def graph(architecture: Architecture) -> str:
    """The block graph of an architecture as an SVG file.

    Convolution, norm and activation are one box; branches stand side by side; equal blocks
    that follow each other stand once in a frame with their number; a shape stands at the
    edge where it changes.
    """
    found = items(architecture)
    parts = ways(found, architecture.input, architecture.num_classes)
    layouts = [_columns(parts, number) for number in range(1, MOST_COLUMNS + 1)]
    best = min(layouts, key=_awkward)
    return page(architecture, _joined(best), found, what="graph")


def _columns(parts: list[Part], number: int) -> list[Part]:
    """At most `number` columns, as even as whole parts allow."""
    low, high = max(p.height for p in parts), sum(p.height for p in parts)
    while high - low > 1:
        middle = (low + high) / 2
        if len(_filled(parts, middle)) <= number:
            high = middle
        else:
            low = middle
    return [stacked(column) for column in _filled(parts, high)]


def _filled(parts: list[Part], most: float) -> list[list[Part]]:
    columns: list[list[Part]] = [[]]
    height = 0.0
    for piece in parts:
        if columns[-1] and height + piece.height > most + 0.01:
            columns.append([])
            height = 0.0
        columns[-1].append(piece)
        height += piece.height
    return columns


def _awkward(columns: list[Part]) -> float:
    """The side of the smallest page of our shape that holds the columns."""
    width = sum(column.right - column.left + GUTTER for column in columns)
    return max(width / SHAPE, max(column.height for column in columns))


def _joined(columns: list[Part]) -> list[Mark]:
    """Columns side by side, with the line that leads from one to the next."""
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
