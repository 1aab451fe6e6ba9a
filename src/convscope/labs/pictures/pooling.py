"""Drawings of the pooling lab: the lecture's example, and what a shift changes."""

from collections.abc import Sequence

from convscope.labs.numbers import number
from convscope.labs.pictures.marks import centred, stacked
from convscope.labs.pooling import KINDS, SAME, Example, Measured, example
from convscope.lang import label
from convscope.render.marks import Box, Circle, Drawing, Line, Mark, Text
from convscope.render.text import text_width

STEP, LEVEL, RADIUS = 82.0, 74.0, 26.0
BAR = 480.0  # pixels for the largest change shown, 150 %
MOST_CHANGE = 1.5


def example_drawing(shift: int = 1, size: int = 3) -> Drawing:
    """Draw detectors and pooled values before and after the shift; changed ones are coloured."""
    marks: list[Mark] = []
    for order, kind in enumerate(KINDS):
        values = example(kind, shift=shift, size=size)
        top = 36.0 + order * 205
        marks.append(Text(30, top, f"{kind} pooling, window {size}, stride 1", size=17, bold=True))
        marks.append(Text(102, top + 24, label("before"), size=14, colour="muted"))
        marks.append(Text(30, top + 65, label("outputs"), size=14, colour="muted"))
        marks.append(Text(30, top + 65 + LEVEL, label("inputs"), size=14, colour="muted"))
        marks += _network(94, top + 60, values.detectors, values.pooled, None, size)
        name = f"input shifted by {shift}"
        marks.append(Text(458, top + 24, name, size=14, colour="muted"))
        share = f"changed: {values.changed:.0%} of inputs, {values.pooled_changed:.0%} of outputs"
        marks.append(Text(472 + text_width(name, 14), top + 24, share, size=14, bold=True))
        marks += _network(450, top + 60, values.shifted, values.pooled_shifted, values, size)
    return Drawing(910, 430, tuple(marks))


def _network(
    left: float,
    top: float,
    below: Sequence[float],
    above: Sequence[float],
    before: Example | None,
    size: int,
) -> list[Mark]:
    """Draw pooled values above the detectors that they read; coloured where `before` differs."""
    half = size // 2
    lines: list[Mark] = []
    units: list[Mark] = []
    for row, values in ((0, above), (1, below)):
        for place, value in enumerate(values):
            x, y = left + 34 + place * STEP, top + row * LEVEL
            for source in (
                range(max(0, place - half), min(len(below), place + half + 1)) if not row else ()
            ):
                end = (left + 34 + source * STEP, top + LEVEL)
                lines.append(Line(((x, y), end), stroke="grid"))
            old = None if before is None else (before.detectors if row else before.pooled)[place]
            changed = old is not None and abs(value - old) > SAME
            units.append(Circle(x, y, RADIUS, fill="norm" if changed else "shade", stroke="edge"))
            units.append(centred(x, y, number(round(value, 3)), size=14))
    return [*lines, *units]


def measured_drawing(networks: Sequence[Measured]) -> Drawing:
    """Draw one bar per layer: relative change by a shift of 1 pixel, and changed predictions."""
    marks: list[Mark] = [
        Text(30, 30, "MNIST shifted by 1 pixel: relative change of the activations", size=18),
        Box(30, 44, 14, 14, fill="series-1"),
        Text(50, 56, "before pooling", size=13, colour="muted"),
        Box(170, 44, 14, 14, fill="series-0"),
        Text(190, 56, "after pooling", size=13, colour="muted"),
    ]
    y = 92.0
    for network in networks:
        words = (
            f"{network.name}: accuracy {network.accuracy:.2%}, "
            f"predictions changed {network.predictions_changed:.2%}"
        )
        marks.append(Text(30, y, words, size=15))
        y += 12
        for change in network.changes:
            width = BAR * min(MOST_CHANGE, change.amount) / MOST_CHANGE
            colour = "series-0" if change.pooled else "series-1"
            measured = f"{change.amount:.0%} ({change.share:.0%} of the values changed)"
            marks.append(Text(50, y + 17, change.path, size=14, colour="muted"))
            marks.append(Box(210, y + 3, max(width, 1), 18, fill=colour))
            marks.append(Text(218 + width, y + 17, measured, size=14))
            y += 30
        y += 32
    return Drawing(1000, y, tuple(marks))


def drawing(networks: Sequence[Measured], *, shift: int = 1, size: int = 3) -> Drawing:
    """Draw the example, and the measurements where there are any."""
    parts = [example_drawing(shift, size)]
    return stacked([*parts, measured_drawing(networks)] if networks else parts)
