"""Plot: a rectangle between two axes, with grid lines and tick labels.

Charts of payloads and of reports place their marks through it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from convscope.lang import label as translated
from convscope.render.axes import Axis
from convscope.render.frame import SMALL, shortened
from convscope.render.marks import Line, Mark, Point, Text
from convscope.render.text import ASCENT, DESCENT, text_width

TICK = 12.0  # size of the tick labels
APART = 10.0  # least distance of two tick labels
BELOW = 8.0  # from a plot to the tick labels below it, clear of those at its left
CLEAR = 8.0  # between the title of an axis and the tick labels
HEAD = (ASCENT + DESCENT) * SMALL + CLEAR + (ASCENT - 0.36) * TICK
"""Room above a plot: the title of its y axis, clear of the highest tick label."""
FOOT = BELOW + (ASCENT + DESCENT) * TICK + CLEAR / 2 + (ASCENT + DESCENT) * SMALL
"""Room below a plot: the tick labels, and the title of its x axis clear of them."""


@dataclass(frozen=True)
class Plot:
    """Rectangle from (left, top) to (right, bottom), and its axes."""

    left: float
    top: float
    right: float
    bottom: float
    x: Axis
    y: Axis
    size: float = TICK

    def place(self, x: float, y: float) -> Point:
        """Return the point of a pair of values."""
        across = self.left + self.x.share(x) * (self.right - self.left)
        return across, self.bottom - self.y.share(y) * (self.bottom - self.top)

    def axes(self, *, percent_x: bool = False, percent_y: bool = False) -> list[Mark]:
        """Return a grid line for each tick of y, a short line for each of x, and the labels."""
        marks: list[Mark] = []
        for tick in self.y.ticks:
            (x0, y), (x1, _) = self.place(self.x.low, tick), self.place(self.x.high, tick)
            marks.append(Line(((x0, y), (x1, y)), stroke="grid"))
        return [*marks, *self.y_labels(percent=percent_y), *self.x_labels(percent=percent_x)]

    def y_labels(self, *, percent: bool = False) -> list[Mark]:
        """Return the labels of the y axis that do not touch each other, from the lowest up."""
        marks: list[Mark] = []
        taken = float("inf")
        for tick, label in zip(self.y.ticks, self.y.labels(percent=percent), strict=True):
            y = self.place(self.x.low, tick)[1]
            if y <= taken:
                taken = y - (ASCENT + DESCENT) * self.size
                at = self.left - 8, y + 0.36 * self.size
                marks.append(Text(*at, label, self.size, "end", colour="muted"))
        return marks

    def x_labels(self, *, percent: bool = False) -> list[Mark]:
        """Return a short line and a label for each tick of the x axis."""
        marks: list[Mark] = []
        for x, label in self._labels_x(percent=percent):
            marks.append(Line(((x, self.bottom), (x, self.bottom + 4)), stroke="muted"))
            at = x, self.bottom + BELOW + ASCENT * self.size
            marks.append(Text(*at, label, self.size, "middle", colour="muted"))
        return marks

    def titles(self, x_label: str, y_label: str, *, width: float) -> list[Mark]:
        """Return the titles of both axes: y at the top left, x under the right end.

        The plot stands HEAD below y = 0. `width`: room of the title of the y axis.
        """
        y = Text(0, ASCENT * SMALL, translated(y_label), SMALL, colour="muted")
        below = self.bottom + FOOT - DESCENT * SMALL
        x = Text(self.right, below, translated(x_label), SMALL, "end", colour="muted")
        return [shortened(y, width), shortened(x, self.right)]

    def _labels_x(self, *, percent: bool) -> Iterator[tuple[float, str]]:
        """Yield the labels of the x axis that do not touch each other."""
        taken = float("-inf")
        for tick, label in zip(self.x.ticks, self.x.labels(percent=percent), strict=True):
            x = self.place(tick, self.y.low)[0]
            half = text_width(label, self.size) / 2
            if x - half >= taken:
                taken = x + half + APART
                yield x, label


def widest(labels: Sequence[str], size: float = TICK) -> float:
    """Return the width of the widest text."""
    return max((text_width(label, size) for label in labels), default=0.0)


def apart(
    heights: Sequence[float], step: float, lowest: float, *, highest: float = float("-inf")
) -> list[float]:
    """Return heights near `heights`, at least `step` apart, between `highest` and `lowest`.

    The sum of squared moves is the least (isotonic regression, pool adjacent violators), unless
    an end is reached. Heights grow downwards; `lowest` wins where there is too little room.
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    blocks: list[list[float]] = []
    for rank, i in enumerate(order):
        blocks.append([heights[i] - rank * step])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    levels = [fmean(block) for block in blocks for _ in block]
    moved = [0.0] * len(heights)
    for rank, i in enumerate(order):
        moved[i] = max(levels[rank], highest) + rank * step
    for i in reversed(order):
        moved[i] = min(moved[i], lowest)
        lowest = moved[i] - step
    return moved
