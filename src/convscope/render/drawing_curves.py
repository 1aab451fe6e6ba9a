"""Curves as pictures, with Pillow: drawn three times too large and made smaller."""

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from convscope.render.axes import Axis, written
from convscope.render.drawing_page import (
    FAINT,
    LINE,
    LINES,
    MARGIN,
    PAPER,
    RULE,
    cut,
    width_of,
    wrapped,
    write,
)

if TYPE_CHECKING:
    from convscope.payload import Curves

WIDTH, HEIGHT, TIMES = 720, 420, 3
Place = Callable[[tuple[float, float]], tuple[float, float]]
LEFT, RIGHT, TOP, BOTTOM = 64, 130, 56, 52
MOST_RIGHT = 260


def curves_picture(curves: "Curves") -> Image.Image:
    """Axes with round numbers, a line for each series, its name at its end."""
    points = [p for series in curves.series for p in series.points()]
    x = Axis.around([p[0] for p in points], log=curves.x_scale == "log")
    y = Axis.around([p[1] for p in points], log=curves.y_scale == "log")
    longest = max(width_of(series.name, size=12) for series in curves.series)
    right = min(max(longest + 24, RIGHT), MOST_RIGHT)
    width = WIDTH - RIGHT + right
    caption = wrapped(curves.caption, width - 2 * MARGIN)
    below = LINE * len(caption) + (10 if caption else 0)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = LEFT + x.share(point[0]) * (width - LEFT - right)
        up = HEIGHT - BOTTOM - y.share(point[1]) * (HEIGHT - TOP - BOTTOM)
        return across * TIMES, up * TIMES

    large = Image.new("RGB", (width * TIMES, (HEIGHT + below) * TIMES), PAPER)
    pen = ImageDraw.Draw(large)
    percent = curves.y_format == "percent"
    for tick in y.ticks:
        start, end = place((x.low, tick)), place((x.high, tick))
        pen.line([*start, *end], fill=RULE, width=TIMES)
        where = (start[0] - 8 * TIMES, start[1])
        text = written(tick, percent=percent)
        write(pen, where, text, size=12 * TIMES, fill=FAINT, anchor="rm")
    whole = all(point[0] == int(point[0]) for point in points)
    for tick in x.ticks:
        if whole and tick != int(tick):
            continue  # there is no layer, step or epoch 2.5
        where = (place((tick, y.low))[0], (HEIGHT - BOTTOM + 8) * TIMES)
        write(pen, where, written(tick), size=12 * TIMES, fill=FAINT, anchor="ma")
    _draw_lines(pen, curves, place, room=right - 12)
    _draw_words(pen, curves, across=width - right)
    for i, line in enumerate(caption):
        at = (MARGIN * TIMES, (HEIGHT + i * LINE) * TIMES)
        write(pen, at, line, size=13 * TIMES, fill=FAINT)
    return large.resize((width, HEIGHT + below), Image.Resampling.LANCZOS)


def _draw_lines(pen: ImageDraw.ImageDraw, curves: "Curves", place: Place, *, room: int) -> None:
    """The lines, each with its name at its end."""
    drawn = [(n, series) for n, series in enumerate(curves.series) if series.points()]
    heights = _apart([place(series.points()[-1])[1] for _, series in drawn])
    for (number, series), height in zip(drawn, heights, strict=True):
        line = series.points()
        colour = LINES[number % len(LINES)]
        for a, b in itertools.pairwise(line):
            pen.line([*place(a), *place(b)], fill=colour, width=2 * TIMES)
        across, up = place(line[-1])
        if len(line) == 1:
            dot = 3 * TIMES
            pen.ellipse([across - dot, up - dot, across + dot, up + dot], fill=colour)
        text = cut(series.name, room * TIMES, size=12 * TIMES)
        at = (across + 8 * TIMES, height)
        write(pen, at, text, size=12 * TIMES, fill=colour, anchor="lm")


def _apart(wanted: list[float]) -> list[float]:
    """Heights for names near those wanted: none on another, none below the axis."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    step, lowest = 15.0 * TIMES, float(HEIGHT - BOTTOM) * TIMES
    given = [0.0] * len(wanted)
    taken = -math.inf
    for i in order:
        taken = given[i] = max(wanted[i], taken + step)
    below = lowest
    for i in reversed(order):
        given[i] = min(given[i], below)
        below = given[i] - step
    return given


def _draw_words(pen: ImageDraw.ImageDraw, curves: "Curves", *, across: int) -> None:
    write(pen, (MARGIN * TIMES, 12 * TIMES), curves.title, size=16 * TIMES)
    write(pen, (MARGIN * TIMES, 35 * TIMES), curves.y_label, size=12 * TIMES, fill=FAINT)
    below = (across * TIMES, (HEIGHT - 8) * TIMES)
    write(pen, below, curves.x_label, size=12 * TIMES, fill=FAINT, anchor="rs")
