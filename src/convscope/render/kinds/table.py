"""Tables: text at the left of its column, numbers at the right; long ones in several blocks."""

from collections.abc import Sequence

from convscope.lang import label, translate
from convscope.payload import Table, cell_text
from convscope.render.frame import READABLE, TEXT, framed, shortened
from convscope.render.marks import Drawing, Line, Mark, Text
from convscope.render.text import one_line, text_width

MOST_ROWS = 200
MOST_IN_BLOCK = 40
WIDEST_CELL = 360.0
ROW, BASELINE, BETWEEN = 24.0, 16.0, 24.0
BETWEEN_BLOCKS = 48.0


def drawing(table: Table) -> Drawing:
    """Return at most 200 rows; the caption states how many were left out.

    More than 40 rows are folded into blocks side by side, each under the names of the columns, as
    many as can be read.
    """
    names = [label(name) for name in table.columns]
    rows = [[cell_text(cell) for cell in row] for row in table.rows[:MOST_ROWS]]
    widths = [
        min(max(text_width(one_line(row[i]), TEXT) for row in [names, *rows]), WIDEST_CELL)
        for i in range(len(table.columns))
    ]
    width = sum(widths) + BETWEEN * (len(widths) - 1)
    most_blocks = int((READABLE + BETWEEN_BLOCKS) / (width + BETWEEN_BLOCKS))
    num_blocks = max(1, min(most_blocks, -(-len(rows) // MOST_IN_BLOCK)))
    each = max(1, -(-len(rows) // num_blocks))
    marks: list[Mark] = []
    for number in range(num_blocks):
        part = rows[number * each : (number + 1) * each]
        marks += _block(table, part, widths, left=number * (width + BETWEEN_BLOCKS))
    left_out = len(table.rows) - len(rows)
    more = translate(f"{left_out:,} more rows.") + " " if left_out else ""
    size = num_blocks * (width + BETWEEN_BLOCKS) - BETWEEN_BLOCKS, ROW * (1 + min(each, len(rows)))
    caption = more + translate(table.caption)
    area = size[0], size[1] + 4
    return framed(marks, area, title=table.title, caption=caption, times=1)


def _block(
    table: Table, rows: Sequence[Sequence[str]], widths: Sequence[float], *, left: float
) -> list[Mark]:
    """Return the names of the columns and some rows, from the left on."""
    width = sum(widths) + BETWEEN * (len(widths) - 1)
    marks: list[Mark] = [Line(((left, ROW - 2), (left + width, ROW - 2)), stroke="frame")]
    numeric = [table.is_numeric(i) for i in range(len(widths))]
    for number, row in enumerate([[label(name) for name in table.columns], *rows]):
        x, y = left, ROW * number + BASELINE + (4 if number else 0)
        for i, text in enumerate(row):
            colour = "ink" if number else "muted"
            at, anchor = (x + widths[i], "end") if numeric[i] else (x, "start")
            marks.append(shortened(Text(at, y, text, TEXT, anchor, colour=colour), WIDEST_CELL))
            x += widths[i] + BETWEEN
    return marks
