"""Tables as pictures, with Pillow."""

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from convscope.render.drawing_page import (
    FAINT,
    INK,
    LINE,
    MARGIN,
    NARROWEST,
    PAPER,
    RULE,
    check_size,
    cut,
    width_of,
    wrapped,
    write,
)

if TYPE_CHECKING:
    from convscope.payload import Table

MOST_ROWS = 200
WIDEST_CELL = 360
ROW = 24


def table_picture(table: "Table") -> Image.Image:
    """At most 200 rows; the last line says how many were left out."""
    from convscope.payload import cell_text

    shown = table.rows[:MOST_ROWS]
    texts = [list(table.columns), *([cell_text(cell) for cell in row] for row in shown)]
    cells = [[cut(text, WIDEST_CELL) for text in row] for row in texts]
    widths = [max(width_of(row[i]) for row in cells) for i in range(len(cells[0]))]
    inner = max(sum(widths) + 24 * (len(widths) - 1), NARROWEST)
    left_out = len(table.rows) - len(shown)
    tail = [f"{left_out:,} more rows"] if left_out else []
    tail += wrapped(table.caption, inner)
    top = MARGIN + (LINE + 10 if table.title else 0)
    size = (inner + 2 * MARGIN, top + ROW * len(cells) + LINE * len(tail) + 2 * MARGIN)
    check_size(*size, what="the table")
    made = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(made)
    write(pen, (MARGIN, MARGIN - 2), table.title, size=16)
    for number, row in enumerate(cells):
        x, y = MARGIN, top + ROW * number
        for i, text in enumerate(row):
            right = table.is_numeric(i)
            place = (x + widths[i], y) if right else (x, y)
            fill = FAINT if number == 0 else INK
            write(pen, place, text, fill=fill, anchor="ra" if right else "la")
            x += widths[i] + 24
        if number == 0:
            pen.line((MARGIN, y + 19, size[0] - MARGIN, y + 19), fill=RULE)
    for i, line in enumerate(tail):
        write(pen, (MARGIN, top + ROW * len(cells) + 6 + LINE * i), line, fill=FAINT)
    return made
