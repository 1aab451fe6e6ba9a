"""What a drawing is made of: texts, boxes, polygons and lines, in pixels, y downwards."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

NARROW, THIN, WIDE, LARGE = "il.,:;'|!jftr()[] -·/", "I", "mwMW@%", "×+=→&<>~^#"
TEXT, SMALL, TITLE = 12.0, 10.0, 15.0
Point = tuple[float, float]


class Bounds(NamedTuple):
    """left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """At least as wide as the text is in any of the fonts that we name.

    The numbers follow DejaVu Sans, the widest of them.
    """
    ems = 0.0
    for char in text:
        if char in NARROW:
            ems += 0.42
        elif char in WIDE:
            ems += 1.03
        elif char in LARGE:
            ems += 0.84
        elif char.isupper() and char not in THIN:
            ems += 0.76
        elif ord(char) > 0x2E80:  # Chinese and its like fill a square
            ems += 1.0
        else:
            ems += 0.64
    return ems * size * (1.1 if bold else 1.0)


@dataclass(frozen=True)
class Text:
    """One line; (x, y) is its baseline, at the anchor."""

    x: float
    y: float
    text: str
    size: float = TEXT
    anchor: str = "middle"
    bold: bool = False
    muted: bool = False

    def bounds(self) -> Bounds:
        width = text_width(self.text, self.size, bold=self.bold)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Bounds(left, self.y - 0.95 * self.size, left + width, self.y + 0.25 * self.size)


@dataclass(frozen=True)
class Box:
    """A rectangle; `kind` names its colours."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    radius: float = 4.0

    def bounds(self) -> Bounds:
        return Bounds(self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True)
class Polygon:
    """A filled outline; `strength` is its opacity."""

    points: tuple[Point, ...]
    kind: str
    strength: float = 1.0

    def bounds(self) -> Bounds:
        return _around(self.points)


@dataclass(frozen=True)
class Line:
    """Straight pieces from point to point."""

    points: tuple[Point, ...]
    arrow: bool = False
    kind: str = "edge"

    def bounds(self) -> Bounds:
        return _around(self.points)


Mark = Text | Box | Polygon | Line


def _around(points: tuple[Point, ...]) -> Bounds:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Bounds(min(xs), min(ys), max(xs), max(ys))


def moved(marks: Iterable[Mark], dx: float, dy: float) -> list[Mark]:
    """The marks, shifted."""
    found: list[Mark] = []
    for mark in marks:
        if isinstance(mark, Text | Box):
            found.append(replace(mark, x=mark.x + dx, y=mark.y + dy))
        else:
            found.append(replace(mark, points=tuple((x + dx, y + dy) for x, y in mark.points)))
    return found


def bounds(marks: Iterable[Mark]) -> Bounds:
    """The smallest rectangle around marks."""
    each = [mark.bounds() for mark in marks]
    return Bounds(
        min(b.left for b in each),
        min(b.top for b in each),
        max(b.right for b in each),
        max(b.bottom for b in each),
    )
