"""Plot: a rectangle between two axes, with grid lines and tick labels.

Charts of payloads and of reports place their marks through it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from convscope.render.axes import Axis
from convscope.render.marks import Line, Mark, Point, Text
from convscope.render.text import ASCENT, text_width

TICK = 12.0  # size of the tick labels
APART = 10.0  # least distance of two tick labels


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
        for tick, label in zip(self.y.ticks, self.y.labels(percent=percent_y), strict=True):
            (x0, y), (x1, _) = self.place(self.x.low, tick), self.place(self.x.high, tick)
            marks.append(Line(((x0, y), (x1, y)), stroke="grid"))
            at = x0 - 8, y + 0.36 * self.size
            marks.append(Text(*at, label, self.size, "end", colour="muted"))
        for x, label in self._labels_x(percent=percent_x):
            marks.append(Line(((x, self.bottom), (x, self.bottom + 4)), stroke="muted"))
            at = x, self.bottom + 6 + ASCENT * self.size
            marks.append(Text(*at, label, self.size, "middle", colour="muted"))
        return marks

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
