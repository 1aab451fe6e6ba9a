"""Grids of tiles, each with its label under it.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

import math

from convscope.payload import ImageGrid
from convscope.render.frame import LINE, SMALL, framed, shortened
from convscope.render.heatmap import SMOOTH_FROM, zoom_for
from convscope.render.marks import Box, Drawing, Group, Image, Mark, Text
from convscope.render.text import ASCENT, wrapped

GAP = 4.0
SIDE = 640  # about the longer side of a grid
LABELLED = 84  # least width of a tile that has a label
LINES = 2  # of a label


def drawing(grid: ImageGrid) -> Drawing:
    """Return the picture of a grid."""
    num, height, width = grid.tiles.shape[:3]
    columns = grid.num_columns
    rows = -(-num // columns)
    zoom = zoom_for(max(width * columns, height * rows), target=SIDE)
    if grid.labels:
        zoom = max(zoom, min(24, -(-LABELLED // width)))
    w, h = float(width * zoom), float(height * zoom)
    labels = [wrapped(label, w, SMALL) for label in grid.labels]
    lines = min(LINES, max((len(label) for label in labels), default=0))
    across, down = w + GAP, h + GAP + math.ceil(lines * LINE * SMALL)
    smooth = grid.scale.colours == "rgb" and min(height, width) >= SMOOTH_FROM
    marks: list[Mark] = []
    for number, tile_HW3 in enumerate(grid.pixels()):
        x, y = number % columns * across, number // columns * down
        marks.append(Image(x, y, w, h, tile_HW3, smooth))
        if grid.labels:
            marks += _label(labels[number], grid.labels[number], (x, y + h), w)
    if num <= 1024:  # a hairline, so that white tiles have an edge on white paper
        for number in range(num):
            x, y = number % columns * across, number // columns * down
            marks.append(Box(x, y, w, h, stroke="grid", thick=0.5))
    size = columns * across - GAP, rows * down - (0 if lines else GAP)
    scale = grid.scale if grid.scale.measures else None
    return framed(marks, size, title=grid.title, caption=grid.caption, scale=scale)


def _label(lines: list[str], text: str, at: tuple[float, float], width: float) -> list[Mark]:
    """Return a label under its tile: two lines, the second cut where there are more."""
    shown = lines if len(lines) <= LINES else [lines[0], text[len(lines[0]) :].strip()]
    x, y = at
    marks = tuple(
        shortened(Text(x, y + (ASCENT + LINE * row) * SMALL, line, SMALL), width)
        for row, line in enumerate(shown)
    )
    return [Group(marks, tooltip=text)] if len(lines) > LINES else list(marks)
