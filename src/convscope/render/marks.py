"""Marks that a drawing is made of, in pixels, y downwards.

A colour is a name of the palette or a literal `#rrggbb`. A `tooltip` shows under the pointer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.lang import translate
from convscope.render.text import ASCENT, DESCENT, one_line, text_width

Point = tuple[float, float]


class Bounds(NamedTuple):
    """Rectangle by its sides."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Text:
    """One line of text; (x, y) is the baseline at the anchor: start, middle or end.

    `lang`: the language, where a page shows one of several; other text is translated.
    """

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: str = "start"
    bold: bool = False
    colour: str = "ink"
    lang: str = ""

    def __post_init__(self) -> None:
        if not self.lang:
            object.__setattr__(self, "text", translate(self.text))

    @property
    def width(self) -> float:
        return text_width(one_line(self.text), self.size, bold=self.bold)

    def bounds(self) -> Bounds:
        width = self.width
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        top = self.y - ASCENT * self.size
        return Bounds(left, top, left + width, self.y + DESCENT * self.size)


@dataclass(frozen=True)
class Box:
    """Rectangle. `dash`: lengths of dashes and gaps."""

    x: float
    y: float
    width: float
    height: float
    fill: str = "none"
    stroke: str = "none"
    radius: float = 0.0
    thick: float = 1.0
    dash: str = ""
    opacity: float = 1.0
    tooltip: str = ""

    def bounds(self) -> Bounds:
        return Bounds(self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True)
class Circle:
    """Circle around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str = "none"
    stroke: str = "none"
    thick: float = 1.0
    opacity: float = 1.0
    tooltip: str = ""

    def bounds(self) -> Bounds:
        r = self.radius
        return Bounds(self.x - r, self.y - r, self.x + r, self.y + r)


@dataclass(frozen=True)
class Polygon:
    """Filled outline; `opacity` is that of its fill."""

    points: tuple[Point, ...]
    fill: str
    stroke: str = "none"
    thick: float = 1.0
    opacity: float = 1.0

    def bounds(self) -> Bounds:
        return _around(self.points)


@dataclass(frozen=True)
class Line:
    """Straight pieces from point to point, with an arrow head at the end on request."""

    points: tuple[Point, ...]
    stroke: str = "edge"
    thick: float = 1.0
    dash: str = ""
    arrow: bool = False

    def bounds(self) -> Bounds:
        return _around(self.points)


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels, (H, W, 3) or (H, W, 4) uint8, stretched over a rectangle.

    `smooth`: interpolated; otherwise every pixel is drawn as a rectangle.
    """

    x: float
    y: float
    width: float
    height: float
    pixels: NDArray[np.uint8]
    smooth: bool = False
    tooltip: str = ""

    def bounds(self) -> Bounds:
        return Bounds(self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True)
class Dots:
    """Equal filled circles around points, as one mark: thousands stay small."""

    points: tuple[Point, ...]
    radius: float
    fill: str
    tooltip: str = ""

    def bounds(self) -> Bounds:
        left, top, right, bottom = _around(self.points)
        r = self.radius
        return Bounds(left - r, top - r, right + r, bottom + r)


@dataclass(frozen=True)
class Group:
    """Marks that share a tooltip or a style class of the page.

    `clip`: the rectangle outside of which nothing is drawn. `hover`: drawn only under the
    pointer, so never in a PNG.
    """

    marks: tuple["Mark", ...]
    tooltip: str = ""
    css_class: str = ""
    clip: Bounds | None = None
    hover: bool = False

    def bounds(self) -> Bounds:
        return self.clip or bounds(self.marks)


Mark = Text | Box | Circle | Polygon | Line | Image | Dots | Group


@dataclass(frozen=True)
class Drawing:
    """Marks on paper, with its size; title and description are read by screen readers."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str = ""
    description: str = ""
    css_class: str = field(default="convscope-drawing", kw_only=True)


def _around(points: tuple[Point, ...]) -> Bounds:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Bounds(min(xs), min(ys), max(xs), max(ys))


def moved(marks: Iterable[Mark], dx: float, dy: float) -> list[Mark]:
    """Return the marks, shifted."""
    return [_moved(mark, dx, dy) for mark in marks]


def _moved(mark: Mark, dx: float, dy: float) -> Mark:
    match mark:
        case Group():
            clip = mark.clip and _shifted(mark.clip, dx, dy)
            return replace(mark, marks=tuple(moved(mark.marks, dx, dy)), clip=clip)
        case Line() | Polygon() | Dots():
            return replace(mark, points=tuple((x + dx, y + dy) for x, y in mark.points))
        case _:
            return replace(mark, x=mark.x + dx, y=mark.y + dy)


def _shifted(sides: Bounds, dx: float, dy: float) -> Bounds:
    return Bounds(sides.left + dx, sides.top + dy, sides.right + dx, sides.bottom + dy)


def bounds(marks: Iterable[Mark]) -> Bounds:
    """Return the smallest rectangle around marks; zeros where there are none."""
    sides = [mark.bounds() for mark in marks] or [Bounds(0, 0, 0, 0)]
    return Bounds(
        min(side.left for side in sides),
        min(side.top for side in sides),
        max(side.right for side in sides),
        max(side.bottom for side in sides),
    )


def leaves(marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks with every group opened."""
    opened: list[Mark] = []
    for mark in marks:
        opened += leaves(mark.marks) if isinstance(mark, Group) else [mark]
    return opened
