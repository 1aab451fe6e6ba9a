"""Bars with their numbers, in rows: probabilities, differences, responses."""

from collections.abc import Sequence

from convscope.labs.numbers import number
from convscope.labs.pictures.marks import signed_colour
from convscope.render.marks import Box, Drawing, Line, Mark, Text

ROW = 30.0
NAME = 130.0  # width of the names
BAR = 320.0  # pixels of the largest magnitude
NUMBER = 80.0  # width of the numbers


def bars(
    title: str,
    rows: Sequence[tuple[str, float]],
    *,
    largest: float | None = None,
    length: float = BAR,
) -> Drawing:
    """Draw a bar for each number, to the right above 0 and to the left below.

    Args:
        largest: magnitude that fills the width; by default the largest of the numbers.
        length: pixels of a bar with this magnitude.
    """
    reach = largest or max((abs(value) for _, value in rows), default=1.0) or 1.0
    has_negative = any(value < 0 for _, value in rows)
    zero = NAME + (length + NUMBER if has_negative else 0)
    marks: list[Mark] = [Text(0, 18, title, size=16, bold=True)]
    for order, (name, value) in enumerate(rows):
        y = 34 + order * ROW
        width = length * min(1.0, abs(value) / reach)
        fill = signed_colour(value, reach) if has_negative else "series-0"
        marks.append(Text(0, y + 17, name, size=14, colour="muted"))
        left = zero - width if value < 0 else zero
        marks.append(Box(left, y + 3, max(width, 1), 20, fill=fill, stroke="grid"))
        side = left - 8 if value < 0 else zero + width + 8
        anchor = "end" if value < 0 else "start"
        marks.append(Text(side, y + 18, number(round(value, 4)), size=14, anchor=anchor))
    end = 34 + len(rows) * ROW
    marks.append(Line(((zero, 34), (zero, end)), stroke="edge"))
    return Drawing(zero + length + NUMBER, end + 8, tuple(marks))
