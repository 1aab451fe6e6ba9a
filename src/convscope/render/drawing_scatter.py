"""Points in the plane as a picture, with Pillow.

Axes: N points, M pictured ones, H height, W width, 3 red, green, blue.
"""

import colorsys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from convscope.render.axes import Axis, written
from convscope.render.drawing_page import FAINT, LINES, RULE, cut, page, write

if TYPE_CHECKING:
    from convscope.payload import Scatter

SIDE, LEFT, TOP, BOTTOM, LEGEND, TIMES = 640, 52, 12, 44, 150, 2
MOST_NAMES = 24
THUMBNAIL = 30
# Tol 2021, "muted" and "bright": apart for colour-blind eyes, as far as more than seven can be
MORE_COLOURS = ("#882255", "#44aa99", "#332288", "#ddcc77", "#117733", "#88ccee", "#aa4499")


def colour_of(group: int) -> str:
    """The colour of a group; beyond fourteen, hues a golden angle apart."""
    known = LINES + MORE_COLOURS
    if group < len(known):
        return known[group]
    red, green, blue = colorsys.hls_to_rgb(group * 0.618034 % 1.0, 0.4, 0.7)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def scatter_picture(scatter: "Scatter") -> Image.Image:
    """Points coloured by group, thumbnails where they stand, the groups' names beside."""
    points_N2 = np.asarray(scatter.points, np.float64)
    x, y = (Axis.around(points_N2[:, axis].tolist()) for axis in (0, 1))
    size = (LEFT + SIDE + LEGEND, TOP + SIDE + BOTTOM)
    large = Image.new("RGBA", (size[0] * TIMES, size[1] * TIMES), (0, 0, 0, 0))
    pen = ImageDraw.Draw(large)
    frame = (LEFT, TOP, LEFT + SIDE, TOP + SIDE)
    pen.rectangle([side * TIMES for side in frame], fill="#ffffff", outline=RULE, width=TIMES)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (
            (LEFT + x.share(point[0]) * SIDE) * TIMES,
            (TOP + SIDE - y.share(point[1]) * SIDE) * TIMES,
        )

    for tick in x.ticks:
        at = (place((tick, y.low))[0], (TOP + SIDE + 5) * TIMES)
        write(pen, at, written(tick), size=11 * TIMES, fill=FAINT, anchor="ma")
    for tick in y.ticks:
        beside = ((LEFT - 5) * TIMES, place((x.low, tick))[1])
        write(pen, beside, written(tick), size=11 * TIMES, fill=FAINT, anchor="rm")
    dot = (3 if len(points_N2) <= 2000 else 2) * TIMES
    for point, group in zip(points_N2.tolist(), scatter.groups, strict=True):
        across, down = place((point[0], point[1]))
        pen.ellipse([across - dot, down - dot, across + dot, down + dot], fill=colour_of(group))
    _thumbnails(large, pen, scatter, [place((a, b)) for a, b in points_N2.tolist()])
    _legend(pen, scatter)
    small = large.resize(size, Image.Resampling.LANCZOS)
    return page(small, title=scatter.title, caption=scatter.caption, scale=None)


def _thumbnails(
    large: Image.Image,
    pen: ImageDraw.ImageDraw,
    scatter: "Scatter",
    places: list[tuple[float, float]],
) -> None:
    if scatter.thumbnails is None:
        return
    side = THUMBNAIL * TIMES
    for pixels_HW3, index in zip(scatter.thumbnails, scatter.pictured, strict=True):
        across, down = places[index]
        corner = round(across - side / 2), round(down - side / 2)
        small = Image.fromarray(pixels_HW3).resize((side, side), Image.Resampling.BICUBIC)
        large.paste(small, corner)
        edge = (corner[0] - 2, corner[1] - 2, corner[0] + side + 1, corner[1] + side + 1)
        pen.rectangle(edge, outline=colour_of(scatter.groups[index]), width=2 * TIMES)


def _legend(pen: ImageDraw.ImageDraw, scatter: "Scatter") -> None:
    used = sorted(set(scatter.groups))
    x = (LEFT + SIDE + 16) * TIMES
    for row, group in enumerate(used[:MOST_NAMES]):
        y = (TOP + 8 + row * 20) * TIMES
        dot = 5 * TIMES
        pen.ellipse([x - dot, y - dot, x + dot, y + dot], fill=colour_of(group))
        text = cut(scatter.names[group], (LEGEND - 30) * TIMES, size=12 * TIMES)
        write(pen, (x + 10 * TIMES, y), text, size=12 * TIMES, anchor="lm")
    if len(used) > MOST_NAMES:
        y = (TOP + 8 + MOST_NAMES * 20) * TIMES
        rest = f"and {len(used) - MOST_NAMES} more"
        write(pen, (x, y), rest, size=12 * TIMES, fill=FAINT, anchor="lm")
    right, bottom = (LEFT + SIDE) * TIMES, (TOP + SIDE + 22) * TIMES
    across = f"across: {scatter.x_label}, up: {scatter.y_label}"
    write(pen, (right, bottom), across, size=12 * TIMES, fill=FAINT, anchor="ra")
