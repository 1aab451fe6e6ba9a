"""Heatmaps: the map alone, or the picture and beside it the map over the grey picture.

Numbers are drawn as squares. Over a picture the map is smooth: it shows regions there, and its
squares would hide the picture.

Axes: H height, W width, 3 red, green, blue.
"""

import numpy as np
from numpy.typing import NDArray

from convscope.payload import Heatmap
from convscope.render.frame import framed
from convscope.render.marks import Bounds, Box, Drawing, Group, Image, Mark

SIDE, PAIR_SIDE = 480, 400  # about the height of a map alone, and of a picture beside its map
GAP = 12.0
OPACITY = 0.62
GREY = np.array([0.299, 0.587, 0.114], np.float32)
SMOOTH_FROM = 64  # pixels: smaller pictures are enlarged as squares
MOST_TOOLTIPS = 400


def drawing(heatmap: Heatmap) -> Drawing:
    """Return the picture of a heatmap."""
    pixels_HW3 = overlaid(heatmap)
    under_HW3 = heatmap.underlay
    height, width = pixels_HW3.shape[:2]
    zoom = zoom_for(max(height, width), target=SIDE if under_HW3 is None else PAIR_SIDE)
    w, h = float(width * zoom), float(height * zoom)
    left = 0.0 if under_HW3 is None else w + GAP
    marks: list[Mark] = []
    smooth = under_HW3 is not None and min(height, width) >= SMOOTH_FROM
    if under_HW3 is not None:
        marks.append(Image(0, 0, w, h, under_HW3, smooth))
    marks.append(Image(left, 0, w, h, pixels_HW3, smooth))
    marks += _boxes(heatmap, Bounds(left, 0, left + w, h))
    if heatmap.values.size <= MOST_TOOLTIPS:
        marks += _values(heatmap, Bounds(left, 0, left + w, h))
    scale = heatmap.scale if heatmap.scale.measures else None
    return framed(marks, (left + w, h), title=heatmap.title, caption=heatmap.caption, scale=scale)


def zoom_for(pixels: int, *, target: int) -> int:
    """Return by which whole number to enlarge, at most 24."""
    return max(1, min(24, target // pixels))


def overlaid(heatmap: Heatmap) -> NDArray[np.uint8]:
    """Return the map over its picture at the picture's resolution, or the map alone.

    The picture is made grey, so that every colour belongs to the scale.
    """
    if heatmap.underlay is None:
        return heatmap.pixels()
    from PIL import Image as PilImage

    height, width = heatmap.underlay.shape[:2]
    values = PilImage.fromarray(np.asarray(heatmap.values, np.float32))
    smooth = np.asarray(values.resize((width, height), PilImage.Resampling.BILINEAR))
    over = heatmap.scale.paint(smooth).astype(np.float32)
    under = (heatmap.underlay.astype(np.float32) @ GREY)[..., None]
    return np.round(under * (1 - OPACITY) + over * OPACITY).astype(np.uint8)


def _boxes(heatmap: Heatmap, area: Bounds) -> list[Mark]:
    """Return boxes as white lines between black ones, which show on any colour."""
    rows, columns = heatmap.values.shape
    across, down = (area.right - area.left) / columns, (area.bottom - area.top) / rows
    marks: list[Mark] = []
    for box in heatmap.boxes:
        inset = 2.0
        x, y = area.left + box.left * across + inset, area.top + box.top * down + inset
        width, height = box.width * across - 2 * inset, box.height * down - 2 * inset
        if width > 0 and height > 0:
            marks.append(Box(x, y, width, height, stroke="#000000", thick=4))
            marks.append(Box(x, y, width, height, stroke="#ffffff", thick=1.5))
    return [Group(tuple(marks), clip=area)] if marks else []


def _values(heatmap: Heatmap, area: Bounds) -> list[Mark]:
    """Return an invisible box for each value, whose tooltip is the value."""
    rows, columns = heatmap.values.shape
    across, down = (area.right - area.left) / columns, (area.bottom - area.top) / rows
    cells = tuple(
        Box(
            area.left + column * across,
            area.top + row * down,
            across,
            down,
            fill="paper",
            opacity=0,
            tooltip=f"row {row}, column {column}: {value:.4g}",
        )
        for (row, column), value in np.ndenumerate(heatmap.values)
    )
    return [Group(cells, hover=True)]
