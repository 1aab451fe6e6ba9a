"""The brushes of the labs: grids of numbers, curves, lines between units, on white paper."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.labs.terminal import number

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Colour = tuple[int, int, int]

PAPER: Colour = (255, 255, 255)
INK: Colour = (24, 24, 27)
QUIET: Colour = (113, 113, 122)
LINE: Colour = (212, 212, 216)
SHADE: Colour = (244, 244, 245)
BLUE: Colour = (37, 99, 235)
RED: Colour = (220, 38, 38)
AMBER: Colour = (217, 119, 6)
GREEN: Colour = (22, 163, 74)
VIOLET: Colour = (124, 58, 237)
SERIES: tuple[Colour, ...] = (BLUE, RED, GREEN, AMBER, VIOLET, (8, 145, 178), (190, 24, 93), QUIET)
"""Curves take these in turn."""

CELL, TEXT = 38, 15


class Canvas:
    """White paper with a pen. Coordinates are pixels from the upper left."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self.image: Picture = Image.new("RGB", (width, height), PAPER)
        self.pen = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: Colour = INK,
        size: int = TEXT,
        anchor: str = "la",
    ) -> None:
        """Write; `anchor` as Pillow has it (la: left and above, mm: the middle)."""
        self.pen.text((x, y), words, fill=colour, font=_font(size), anchor=anchor)

    def line(
        self, points: Sequence[tuple[float, float]], *, colour: Colour = INK, width: int = 2
    ) -> None:
        self.pen.line([tuple(p) for p in points], fill=colour, width=width, joint="curve")

    def dot(
        self, x: float, y: float, radius: float, *, fill: Colour, outline: Colour = INK
    ) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse(box, fill=fill, outline=outline, width=2)

    def grid(
        self,
        x: float,
        y: float,
        values: NDArray[np.float64],
        *,
        fills: Mapping[tuple[int, int], Colour] | None = None,
        blank: Callable[[int, int], bool] | None = None,
        cell: int = CELL,
    ) -> None:
        """A table of numbers with one cell each.

        Args:
            fills: the colour of a cell, by (row, column).
            blank: whether a cell stays without its number.
        """
        size = max(8, min(TEXT, cell * 2 // 5))
        for (row, column), value in np.ndenumerate(values):
            left, top = x + column * cell, y + row * cell
            fill = (fills or {}).get((row, column), PAPER)
            self.pen.rectangle((left, top, left + cell, top + cell), fill=fill, outline=LINE)
            if blank is None or not blank(row, column):
                dark = sum(fill) < 330
                self.text(
                    left + cell / 2,
                    top + cell / 2,
                    number(float(value)),
                    size=size,
                    anchor="mm",
                    colour=PAPER if dark else INK,
                )

    def box(
        self, x: float, y: float, width: float, height: float, *, colour: Colour, thick: int = 3
    ) -> None:
        self.pen.rectangle((x, y, x + width, y + height), outline=colour, width=thick)


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def text_width(words: str, size: int = TEXT) -> int:
    """Pixels that words take."""
    return int(_font(size).getlength(words)) + 1


def mix(colour: Colour, share: float) -> Colour:
    """A colour thinned with white; share 1 is the colour itself."""
    return tuple(round(255 + (part - 255) * share) for part in colour)  # type: ignore[return-value]


def many_colours(count: int) -> list[Colour]:
    """As many colours as wanted, each one different, neighbours far apart in hue."""
    import colorsys

    found = []
    for place in range(count):
        hue = place * 0.61803398875 % 1.0
        parts = colorsys.hsv_to_rgb(hue, 0.85 - place % 3 * 0.2, 0.9 - place % 2 * 0.25)
        found.append(tuple(round(255 * part) for part in parts))
    return found  # type: ignore[return-value]


def signed_colour(value: float, largest: float) -> Colour:
    """Blue for above 0, red for below, white for 0."""
    share = min(1.0, abs(value) / largest) if largest else 0.0
    return mix(BLUE if value >= 0 else RED, share)


def heat(values: NDArray[np.float64], *, cell: int, colour: Callable[[float], Colour]) -> "Picture":
    """A table as coloured squares without numbers. (rows, columns) -> picture."""
    from PIL import Image

    pixels = np.array([[colour(float(v)) for v in row] for row in values], np.uint8)
    picture = Image.fromarray(pixels)
    size = (picture.width * cell, picture.height * cell)
    return picture.resize(size, Image.Resampling.NEAREST)


class Curve(NamedTuple):
    """Points joined by a line, with a name."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def curves(
    lines: Sequence[Curve],
    *,
    title: str,
    x_label: str,
    y_label: str,
    logarithmic: bool = False,
    width: int = 820,
    height: int = 480,
) -> "Picture":
    """Curves over common axes, each with its name on the right. What is not finite is left out."""
    label_width = max(text_width(line.name, 14) for line in lines) + 40
    canvas = Canvas(width + label_width, height)
    left, top, right, bottom = 78, 62, width - 20, height - 56
    kept = [_finite(line, logarithmic) for line in lines]
    xs = [x for line in kept for x in line.x]
    ys = [y for line in kept for y in line.y]
    x_low, x_high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    y_low, y_high = _range(ys, logarithmic)
    canvas.text(left - 58, 14, title, size=18)
    canvas.text(left - 58, 40, y_label, colour=QUIET, size=14)
    canvas.text((left + right) / 2, height - 20, x_label, colour=QUIET, size=14, anchor="mm")

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / ((x_high - x_low) or 1)
        up = (y - y_low) / ((y_high - y_low) or 1)
        return left + across * (right - left), bottom - up * (bottom - top)

    for tick in _ticks(y_low, y_high, whole=logarithmic):
        y = place(x_low, tick)[1]
        canvas.line([(left, y), (right, y)], colour=LINE, width=1)
        words = f"1e{tick:.0f}" if logarithmic else number(tick)
        canvas.text(left - 8, y, words, colour=QUIET, size=13, anchor="rm")
    for tick in _ticks(x_low, x_high, whole=False):
        x = place(tick, y_low)[0]
        canvas.line([(x, bottom), (x, bottom + 5)], colour=QUIET, width=1)
        canvas.text(x, bottom + 16, number(tick), colour=QUIET, size=13, anchor="mm")
    for order, line in enumerate(kept):
        colour = SERIES[order % len(SERIES)]
        points = [place(x, y) for x, y in zip(line.x, line.y, strict=True)]
        if len(points) > 1:
            canvas.line(points, colour=colour, width=3)
        for x, y in points if len(points) <= 40 else []:
            canvas.dot(x, y, 3, fill=colour, outline=colour)
        row = top + order * 24
        canvas.line([(right + 24, row + 9), (right + 46, row + 9)], colour=colour, width=4)
        canvas.text(right + 54, row, line.name, size=14)
    return canvas.image


def _finite(line: Curve, logarithmic: bool) -> Curve:
    pairs = [
        (float(x), float(np.log10(y)) if logarithmic else float(y))
        for x, y in zip(line.x, line.y, strict=True)
        if np.isfinite(y) and (y > 0 or not logarithmic)
    ]
    return Curve(line.name, [x for x, _ in pairs], [y for _, y in pairs])


def _range(ys: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    if not ys:
        return 0.0, 1.0
    low, high = min(ys), max(ys)
    if logarithmic:
        return float(np.floor(low)), float(max(np.ceil(high), np.floor(low) + 1))
    return min(0.0, low), high if high > min(0.0, low) else low + 1


def _ticks(low: float, high: float, *, whole: bool) -> list[float]:
    """Round numbers between two ends, at most eight."""
    if high <= low:
        return [low]
    raw = (high - low) / 6
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(m * power for m in (1, 2, 5, 10) if m * power >= raw))
    if whole:
        step = max(1.0, float(np.ceil(step)))
    first = np.ceil(low / step) * step
    return [float(t) for t in np.arange(first, high + step / 1e6, step)]


def stack(pictures: Sequence["Picture"], *, gap: int = 24, across: bool = False) -> "Picture":
    """Pictures below one another, or side by side."""
    from PIL import Image

    if across:
        size = (sum(p.width for p in pictures), max(p.height for p in pictures))
        size = (size[0] + gap * (len(pictures) + 1), size[1] + 2 * gap)
    else:
        size = (max(p.width for p in pictures), sum(p.height for p in pictures))
        size = (size[0] + 2 * gap, size[1] + gap * (len(pictures) + 1))
    paper = Image.new("RGB", size, PAPER)
    x = y = gap
    for picture in pictures:
        paper.paste(picture, (x, y))
        x, y = (x + picture.width + gap, y) if across else (x, y + picture.height + gap)
    return paper
