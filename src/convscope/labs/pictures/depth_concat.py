"""Drawing of concatenation along channels: sheets behind each other, zeros around the smaller."""

from convscope.labs.pictures.marks import abreast, stacked
from convscope.labs.shapes.depth_concat import DepthConcat, Placed, Size
from convscope.render.marks import Box, Drawing, Mark, Text

LARGEST = 190.0  # pixels of the largest side
DEPTH = 12.0  # from a sheet to the one behind it
MOST_SHEETS = 6  # of one input that are drawn
HEAD = 26.0


def drawing(lab: DepthConcat) -> Drawing:
    """Draw every input and the output, all to one scale."""
    cell = LARGEST / max(lab.output[:2])
    placed = lab.placed()
    alone = [
        _stack(each.size, [(n, each._replace(top=0, left=0))], cell)
        for n, each in enumerate(placed)
    ]
    return stacked([abreast([*alone, _stack(lab.output, list(enumerate(placed)), cell)], gap=44)])


def _stack(size: Size, parts: list[tuple[int, Placed]], cell: float) -> Drawing:
    """Draw the sheets of one size; each part stands in its sheets, in its colour."""
    sheets = [
        (order, part) for order, part in parts for _ in range(min(MOST_SHEETS, part.size.channels))
    ]
    deep = (len(sheets) - 1) * DEPTH
    width, height = size.width * cell, size.height * cell
    marks: list[Mark] = [Text(0, 14, str(size), size=15, bold=True)]
    for place, (order, part) in reversed(list(enumerate(sheets))):
        x, y = place * DEPTH, HEAD + deep - place * DEPTH
        marks.append(Box(x, y, width, height, fill="shade", stroke="frame"))
        marks.append(
            Box(
                x + part.left * cell,
                y + part.top * cell,
                part.size.width * cell,
                part.size.height * cell,
                fill=f"series-{order}",
                stroke="paper",
            )
        )
    return Drawing(width + deep + 4, height + deep + HEAD + 4, tuple(marks))
