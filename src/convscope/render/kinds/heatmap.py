"""Heatmaps: the map alone, or the picture and beside it the map over the grey picture.

Numbers are drawn as squares. Over a picture the map is smooth: it shows regions there, and its
squares would hide the picture. The colour bar of a map over a picture has a second axis, the grey
level beneath: light above, dark below. Every colour of the map is on its bar.

Axes: H height, W width, 3 red, green, blue.
"""

import numpy as np
from numpy.typing import NDArray

from convscope.payload import Heatmap
from convscope.render.frame import framed, scale_strip
from convscope.render.marks import Bounds, Box, Drawing, Group, Image, Mark

SIDE, PAIR_SIDE = 480, 400  # about the height of a map alone, and of a picture beside its map
GAP = 12.0
OPACITY = 0.66
DARKEST = 0.45  # of white: black of the picture beneath the map, so that colours stay light
GREY = np.array([0.299, 0.587, 0.114], np.float32)
STRIP_LEVELS = 16  # grey levels of the picture on the bar
SMOOTH_FROM = 64  # pixels: smaller pictures are enlarged as squares
SHARP = 1.5  # pixels of a picture per unit of the drawing; more would only make files larger
MOST_TOOLTIPS = 400


def drawing(heatmap: Heatmap) -> Drawing:
    """Return the picture of a heatmap."""
    under_HW3 = heatmap.underlay
    if under_HW3 is not None:
        under_HW3 = reduced(under_HW3, side=PAIR_SIDE)
        heatmap = heatmap.model_copy(update={"underlay": under_HW3})
    pixels_HW3 = overlaid(heatmap)
    height, width = pixels_HW3.shape[:2]
    smooth = under_HW3 is not None and min(height, width) >= SMOOTH_FROM
    target = SIDE if under_HW3 is None else PAIR_SIDE
    w, h = shown_size(height, width, target=target, smooth=smooth)
    marks: list[Mark] = []
    left = 0.0
    if under_HW3 is not None and heatmap.beside:
        marks.append(Image(0, 0, w, h, under_HW3, smooth))
        left = w + GAP
    marks.append(Image(left, 0, w, h, pixels_HW3, smooth))
    marks += _boxes(heatmap, Bounds(left, 0, left + w, h))
    if heatmap.values.size <= MOST_TOOLTIPS:
        marks += _values(heatmap, Bounds(left, 0, left + w, h))
    scale = heatmap.scale if heatmap.scale.measures else None
    return framed(
        marks,
        (left + w, h),
        title=heatmap.title,
        caption=heatmap.caption,
        scale=scale,
        strip=None if scale is None else bar_strip(heatmap),
    )


def shown_size(height: int, width: int, *, target: int, smooth: bool) -> tuple[float, float]:
    """Return the width and height at which pixels are drawn.

    Smooth pictures have `target` as their longer side; others are enlarged by a whole number.
    """
    zoom = zoom_for(max(height, width), target=target)
    if smooth:
        return max(1.0, round(width * target / max(height, width))), max(
            1.0, round(height * target / max(height, width))
        )
    return float(width * zoom), float(height * zoom)


def reduced(pixels_HW3: NDArray[np.uint8], *, side: int) -> NDArray[np.uint8]:
    """Return a picture with no more pixels than its drawing of that side can show."""
    from PIL import Image as PilImage

    longest, most = max(pixels_HW3.shape[:2]), int(SHARP * side)
    if longest <= most:
        return pixels_HW3
    height, width = (max(1, round(length * most / longest)) for length in pixels_HW3.shape[:2])
    picture = PilImage.fromarray(np.ascontiguousarray(pixels_HW3))
    return np.asarray(picture.resize((width, height), PilImage.Resampling.BOX))


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
    grey: NDArray[np.float32] = heatmap.underlay.astype(np.float32) @ GREY / np.float32(255)
    return _blended(heatmap.scale.paint(smooth), grey)


def _blended(colours: NDArray[np.uint8], grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return colours over grey levels from 0 to 1, which are lightened: black becomes grey."""
    under = 255 * (DARKEST + (1 - DARKEST) * grey)[..., None]
    return np.round(under * (1 - OPACITY) + colours.astype(np.float32) * OPACITY).astype(np.uint8)


def bar_strip(heatmap: Heatmap) -> NDArray[np.uint8]:
    """Return the colours of the map's bar: (1, num, 3), or (levels, num, 3) over a picture."""
    strip = scale_strip(heatmap.scale)
    if heatmap.underlay is None:
        return strip
    grey = np.linspace(1, 0, STRIP_LEVELS, dtype=np.float32)[:, None]
    return _blended(np.repeat(strip, STRIP_LEVELS, axis=0), np.repeat(grey, strip.shape[1], axis=1))


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
