"""Drawings side by side, each row as high as its highest, and no wider than can be read."""

from collections.abc import Sequence

from convscope.lang import label
from convscope.render.frame import MARGIN, READABLE, TEXT, height_of, paragraph
from convscope.render.marks import Drawing, Mark, moved
from convscope.render.text import one_line

SHEET_TITLE = 18.0


def drawing(drawings: Sequence[Drawing], *, columns: int, title: str, caption: str) -> Drawing:
    """Return one drawing of several; one that stands alone in its row widens no column.

    `columns`: at most; fewer, with the same pairs side by side, where the sheet would be too wide.
    """
    columns = min(columns, len(drawings))
    for fewer in (n for n in range(columns, 0, -1) if columns % n == 0):
        rows = [drawings[i : i + fewer] for i in range(0, len(drawings), fewer)]
        aligned = [row for row in rows if len(row) > 1] or rows
        across = [max(row[i].width for row in aligned if i < len(row)) for i in range(fewer)]
        if sum(across) <= READABLE:
            break
    width = max(sum(across), *(row[0].width for row in rows))
    head = paragraph(label(title), width - 2 * MARGIN, SHEET_TITLE)
    tail = paragraph(caption, width - 2 * MARGIN, TEXT, colour="muted")
    y = MARGIN + height_of(head) - 8 if head else 0.0
    marks: list[Mark] = moved(head, MARGIN, MARGIN)
    for row in rows:
        x = 0.0
        for drawing, room in zip(row, across, strict=False):
            marks += moved(drawing.marks, x, y)
            x += room
        y += max(drawing.height for drawing in row)
    marks += moved(tail, MARGIN, y)
    y += height_of(tail) + (MARGIN if tail else 0)
    return Drawing(width, y, tuple(marks), one_line(title), one_line(caption))
