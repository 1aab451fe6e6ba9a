"""Points in the plane: coloured by group, some with a picture, the groups' names beside.

Axes: N points, M points with pictures, H height, W width, 3 red, green, blue.
"""

import numpy as np

from convscope.payload import Scatter
from convscope.render.axes import Axis
from convscope.render.frame import SMALL, framed, shortened
from convscope.render.marks import Box, Circle, Dots, Drawing, Image, Mark, Point, Text, bounds
from convscope.render.palette import group as colour_of
from convscope.render.plot import FOOT, HEAD, Plot, widest

SIDE = 560.0
NAMES = 160.0  # most room for a name
NAME_STEP = 20.0
MOST_NAMES = 26
THUMBNAIL = 30.0


def drawing(scatter: Scatter) -> Drawing:
    """Return the picture of points."""
    points_N2 = np.asarray(scatter.points, np.float64)
    x, y = (Axis.near(points_N2[:, axis].tolist()) for axis in (0, 1))
    left, top = max(widest(y.labels()) + 8, 30), HEAD
    plot = Plot(left, top, left + SIDE, top + SIDE, x, y)
    places = [plot.place(across, up) for across, up in points_N2.tolist()]
    used = sorted(set(scatter.groups))
    legend = _legend(scatter, used, plot.right + 20, plot.top + 8)
    width = bounds([*legend, Text(plot.right, 0, "")]).right
    marks: list[Mark] = [
        *plot.titles(scatter.x_label, scatter.y_label, width=width),
        *plot.axes(),
        Box(plot.left, plot.top, SIDE, SIDE, stroke="grid"),
        *_points(scatter, places, used),
        *_thumbnails(scatter, places),
        *legend,
    ]
    size = width, plot.bottom + FOOT
    return framed(marks, size, title=scatter.title, caption=scatter.caption)


def _points(scatter: Scatter, places: list[Point], used: list[int]) -> list[Mark]:
    by_group: dict[int, list[Point]] = {group: [] for group in used}
    for group, place in zip(scatter.groups, places, strict=True):
        by_group[group].append(place)
    radius = 3.0 if len(places) <= 2000 else 2.0
    return [
        Dots(tuple(members), radius, colour_of(group), tooltip=scatter.names[group])
        for group, members in by_group.items()
    ]


def _thumbnails(scatter: Scatter, places: list[Point]) -> list[Mark]:
    """Return pictures at their points, with borders in the colours of their groups."""
    if scatter.thumbnails is None:
        return []
    marks: list[Mark] = []
    for pixels_HW3, index in zip(scatter.thumbnails, scatter.pictured, strict=True):
        x, y = (side - THUMBNAIL / 2 for side in places[index])
        group = scatter.groups[index]
        smooth = min(pixels_HW3.shape[:2]) > THUMBNAIL
        marks.append(Image(x, y, THUMBNAIL, THUMBNAIL, pixels_HW3, smooth, scatter.names[group]))
        marks.append(Box(x, y, THUMBNAIL, THUMBNAIL, stroke=colour_of(group), thick=2))
    return marks


def _legend(scatter: Scatter, used: list[int], x: float, y: float) -> list[Mark]:
    marks: list[Mark] = []
    for group in used[:MOST_NAMES]:
        marks.append(Circle(x, y, 5, fill=colour_of(group)))
        text = Text(x + 14, y + 0.36 * SMALL, scatter.names[group], SMALL)
        marks.append(shortened(text, NAMES))
        y += NAME_STEP
    if len(used) > MOST_NAMES:
        more = f"and {len(used) - MOST_NAMES} more"
        marks.append(Text(x - 5, y + 0.36 * SMALL, more, SMALL, colour="muted"))
    return marks
