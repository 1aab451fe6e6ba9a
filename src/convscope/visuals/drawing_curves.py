"""Curves as a PNG file, with Pillow: drawn three times too large and made smaller."""

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from convscope.visuals.axes import Axis, written
from convscope.visuals.drawing import FAINT, INK, MARGIN, PAPER, RULE, encoded, font

if TYPE_CHECKING:
    from convscope.visuals.payload import Curves, Series

# Okabe and Ito 2008: told apart by every kind of colour vision
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
WIDTH, HEIGHT, TIMES = 720, 420, 3
Place = Callable[[tuple[float, float]], tuple[float, float]]
LEFT, RIGHT, TOP, BOTTOM = 64, 130, 56, 52


def curves_png(curves: "Curves") -> bytes:
    points = [p for series in curves.series for p in series.points()]
    x = Axis.around([p[0] for p in points])
    y = Axis.around([p[1] for p in points], log=curves.y_scale == "log")

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = LEFT + x.share(point[0]) * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - y.share(point[1]) * (HEIGHT - TOP - BOTTOM)
        return across * TIMES, up * TIMES

    page = Image.new("RGB", (WIDTH * TIMES, HEIGHT * TIMES), PAPER)
    pen = ImageDraw.Draw(page)
    for tick in y.ticks:
        ends = (place((x.low, tick)), place((x.high, tick)))
        pen.line([*ends[0], *ends[1]], fill=RULE, width=TIMES)
        where = (ends[0][0] - 8 * TIMES, ends[0][1])
        text = written(tick, percent=curves.y_format == "percent")
        pen.text(where, text, font=font(12 * TIMES), fill=FAINT, anchor="rm")
    for tick in x.ticks:
        across, _ = place((tick, y.low))
        where = (across, (HEIGHT - BOTTOM + 8) * TIMES)
        pen.text(where, written(tick), font=font(12 * TIMES), fill=FAINT, anchor="ma")
    _draw_lines(pen, curves, place)
    _draw_words(pen, curves)
    return encoded(page.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def _draw_lines(pen: ImageDraw.ImageDraw, curves: "Curves", place: Place) -> None:
    """The lines, each with its name at its end; names give way downwards."""
    taken = -math.inf
    ends_first = sorted(enumerate(curves.series), key=lambda s: _end_height(s[1], place))
    for number, series in ends_first:
        line = series.points()
        colour = LINES[number % len(LINES)]
        if not line:
            continue
        for a, b in itertools.pairwise(line):
            pen.line([*place(a), *place(b)], fill=colour, width=2 * TIMES)
        across, up = place(line[-1])
        if len(line) == 1:
            dot = 3 * TIMES
            pen.ellipse([across - dot, up - dot, across + dot, up + dot], fill=colour)
        taken = max(up, taken + 15 * TIMES)
        label = (across + 8 * TIMES, taken)
        pen.text(label, series.name[:18], font=font(12 * TIMES), fill=colour, anchor="lm")


def _draw_words(pen: ImageDraw.ImageDraw, curves: "Curves") -> None:
    pen.text((MARGIN * TIMES, 14 * TIMES), curves.title, font=font(16 * TIMES), fill=INK)
    pen.text((MARGIN * TIMES, 36 * TIMES), curves.y_label, font=font(12 * TIMES), fill=FAINT)
    below = ((WIDTH - RIGHT) * TIMES, (HEIGHT - 8) * TIMES)
    pen.text(below, curves.x_label, font=font(12 * TIMES), fill=FAINT, anchor="rs")


def _end_height(series: "Series", place: Place) -> float:
    line = series.points()
    return place(line[-1])[1] if line else 0.0
