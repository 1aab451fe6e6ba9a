"""Tables: text at the left of its column, numbers at the right."""

from convscope.lang import label, translate
from convscope.payload import Table, cell_text
from convscope.render.frame import TEXT, framed, shortened
from convscope.render.marks import Drawing, Line, Mark, Text
from convscope.render.text import one_line, text_width

MOST_ROWS = 200
WIDEST_CELL = 360.0
ROW, BASELINE, BETWEEN = 24.0, 16.0, 24.0


def drawing(table: Table) -> Drawing:
    """Return at most 200 rows; the caption states how many were left out."""
    rows = table.rows[:MOST_ROWS]
    texts = [
        [label(name) for name in table.columns],
        *([cell_text(cell) for cell in row] for row in rows),
    ]
    num = len(table.columns)
    widths = [
        min(max(text_width(one_line(row[i]), TEXT) for row in texts), WIDEST_CELL)
        for i in range(num)
    ]
    width = sum(widths) + BETWEEN * (num - 1)
    numeric = [table.is_numeric(i) for i in range(num)]
    marks: list[Mark] = [Line(((0, ROW - 2), (width, ROW - 2)), stroke="frame")]
    for number, row in enumerate(texts):
        x, y = 0.0, ROW * number + BASELINE + (4 if number else 0)
        for i, text in enumerate(row):
            colour = "ink" if number else "muted"
            at, anchor = (x + widths[i], "end") if numeric[i] else (x, "start")
            cell = Text(at, y, text, TEXT, anchor, colour=colour)
            marks.append(shortened(cell, WIDEST_CELL))
            x += widths[i] + BETWEEN
    left_out = len(table.rows) - len(rows)
    more = translate(f"{left_out:,} more rows.") + " " if left_out else ""
    height = ROW * len(texts) + 4
    return framed(
        marks, (width, height), title=table.title, caption=more + translate(table.caption)
    )
