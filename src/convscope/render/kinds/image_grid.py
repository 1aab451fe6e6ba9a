"""Grids of tiles, each with its label under it; the picture that they belong to at their left.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

import math

from convscope.payload import ImageGrid
from convscope.render.frame import LINE, SMALL, framed, shortened
from convscope.render.kinds.heatmap import GAP as PAIR_GAP
from convscope.render.kinds.heatmap import PAIR_SIDE, SMOOTH_FROM, reduced, shown_size, zoom_for
from convscope.render.marks import Box, Drawing, Group, Image, Mark, Text
from convscope.render.text import ASCENT, text_width, wrapped

GAP = 4.0
SIDE = 640  # about the longer side of a grid of many tiles
TILE = 150  # about the longer side of a tile of a grid of few
PICTURE = 160  # longer side of the picture beside several tiles
ROUNDING = 0.04  # of the proportions, which are those of whole pixels
STRIP = 40.0  # height of a vector
LABELLED = 84  # width of a tile that is enough for any label
LINES = 2  # of a label
SWATCH = 12.0  # side of a colour of the legend


def drawing(grid: ImageGrid) -> Drawing:
    """Return the picture of a grid."""
    num, columns = len(grid.tiles), grid.num_columns
    w, h, smooth = _tile_size(grid)
    labels = [wrapped(label, w, SMALL) for label in grid.labels]
    lines = min(LINES, max((len(label) for label in labels), default=0))
    across, down = w + GAP, h + GAP + math.ceil(lines * LINE * SMALL)
    marks, left = _picture(grid, (w, h))
    for number, tile_HW3 in enumerate(grid.pixels()):
        x, y = left + number % columns * across, number // columns * down
        marks.append(Image(x, y, w, h, tile_HW3, smooth))
        if grid.labels:
            marks += _label(labels[number], grid.labels[number], (x, y + h), w)
    if num <= 1024:  # a hairline, so that white tiles have an edge on white paper
        for number in range(num):
            x, y = left + number % columns * across, number // columns * down
            marks.append(Box(x, y, w, h, stroke="grid", thick=0.5))
    rows = -(-num // columns)
    size = left + columns * across - GAP, rows * down - (0 if lines else GAP)
    if grid.picture is not None:
        size = size[0], max(size[1], 0 if is_pair(grid) else PICTURE)
    legend, bottom = _legend(grid, max(size[0], PAIR_SIDE), size[1])
    scale = grid.scale if grid.scale.measures else None
    return framed(
        [*marks, *legend], (size[0], bottom), title=grid.title, caption=grid.caption, scale=scale
    )


def _tile_size(grid: ImageGrid) -> tuple[float, float, bool]:
    """Return the width and height of a tile, and whether it is drawn smoothly."""
    num, height, width = grid.tiles.shape[:3]
    columns = grid.num_columns
    rows = -(-num // columns)
    smooth = grid.scale.colours == "rgb" and not grid.legend and min(height, width) >= SMOOTH_FROM
    if num == 1:  # classes at the resolution of a photo are as large as the photo beside them
        exact = smooth or bool(grid.legend and min(height, width) >= SMOOTH_FROM)
        size = shown_size(height, width, target=PAIR_SIDE, smooth=exact)
        if height == 1:  # a vector
            return float(PAIR_SIDE), STRIP, False
        return *_in_proportion(grid, size), smooth
    target = min(SIDE, TILE * max(columns, rows))
    zoom = zoom_for(max(width * columns, height * rows), target=target)
    if grid.labels:
        least = min(LABELLED, math.ceil(max(text_width(text, SMALL) for text in grid.labels)) + 1)
        zoom = max(zoom, min(24, -(-least // width)))
    return float(width * zoom), float(height * zoom), smooth


def _in_proportion(grid: ImageGrid, size: tuple[float, float]) -> tuple[float, float]:
    """Return the size of a tile in the proportions of its picture, which the network may distort.

    Proportions that differ by rounding only are those of the tile, whose pixels stay squares.
    """
    if grid.picture is None or not is_distorted(grid):
        return size
    height, width = grid.picture.shape[:2]
    zoom = max(size) / max(height, width)
    return max(1.0, round(width * zoom)), max(1.0, round(height * zoom))


def is_distorted(grid: ImageGrid) -> bool:
    """Return whether tiles have other proportions than the picture, by more than rounding."""
    assert grid.picture is not None
    (height, width), (rows, columns) = grid.picture.shape[:2], grid.tiles.shape[1:3]
    return bool(abs(width * rows / (height * columns) - 1) > ROUNDING)


def is_pair(grid: ImageGrid) -> bool:
    """Return whether the picture is as large as the tile: one with the same two axes."""
    return len(grid.tiles) == 1 and grid.tiles.shape[1] > 1


def _picture(grid: ImageGrid, tile: tuple[float, float]) -> tuple[list[Mark], float]:
    """Return the picture at the left of the tiles, and where these begin."""
    if grid.picture is None:
        return [], 0.0
    pixels_HW3 = reduced(grid.picture, side=PAIR_SIDE)
    height, width = pixels_HW3.shape[:2]
    smooth = min(height, width) >= SMOOTH_FROM
    w, h = tile
    if not is_pair(grid):
        w, h = shown_size(height, width, target=PICTURE, smooth=smooth)
    return [Image(0, 0, w, h, pixels_HW3, smooth)], w + PAIR_GAP


def _legend(grid: ImageGrid, width: float, top: float) -> tuple[list[Mark], float]:
    """Return the colours with their meanings, in lines of a width, and where they end."""
    marks: list[Mark] = []
    x, y = 0.0, top + PAIR_GAP
    for entry in grid.legend:
        room = width - SWATCH - 6
        name = Text(0, 0, entry.name, SMALL)
        across = SWATCH + 6 + min(name.width, room)
        if x and x + across > width:
            x, y = 0.0, y + LINE * SMALL + 4
        marks.append(Box(x, y + 2, SWATCH, SWATCH, fill=entry.colour, stroke="frame", thick=0.5))
        at = x + SWATCH + 6, y + ASCENT * SMALL
        marks.append(shortened(Text(*at, entry.name, SMALL), room))
        x += across + 18
    return marks, (y + LINE * SMALL + 4 if marks else top)


def _label(lines: list[str], text: str, at: tuple[float, float], width: float) -> list[Mark]:
    """Return a label under its tile: two lines, the second cut where there are more."""
    shown = lines if len(lines) <= LINES else [lines[0], text[len(lines[0]) :].strip()]
    x, y = at
    marks = tuple(
        shortened(Text(x, y + (ASCENT + LINE * row) * SMALL, line, SMALL), width)
        for row, line in enumerate(shown)
    )
    return [Group(marks, tooltip=text)] if len(lines) > LINES else list(marks)
