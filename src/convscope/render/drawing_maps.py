"""Heatmaps and grids of tiles, with Pillow.

Numbers are drawn as squares. Only where a map lies over a picture is it made smooth: there it
says where to look, and its squares would hide what is to be looked at.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from convscope.render.drawing_page import LINE, RULE, check_size, cut, page, write

if TYPE_CHECKING:
    from convscope.payload import Heatmap, ImageGrid

GAP = 4
SIDE = 400  # small pictures under a map are enlarged to about this
OPACITY = 0.62
GREY = np.array([0.299, 0.587, 0.114], np.float32)


def enlarged(pixels_HW3: NDArray[np.uint8], *, zoom: int) -> NDArray[np.uint8]:
    """Each pixel as a square of `zoom` x `zoom`."""
    return pixels_HW3.repeat(zoom, axis=0).repeat(zoom, axis=1)


def zoom_for(pixels: int, *, target: int) -> int:
    return max(1, min(24, target // pixels))


def bare_sheet(grid: "ImageGrid", *, zoom: int, gap: int = GAP) -> Image.Image:
    """The tiles of a grid side by side, without words, on a transparent ground."""
    n, height, width = grid.tiles.shape[:3]
    columns = grid.num_columns
    rows = -(-n // columns)
    across, down = width * zoom + gap, height * zoom + gap
    size = (columns * across - gap, rows * down - gap)
    check_size(*size, what=f"{n} tiles of {width} x {height}")
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for i, tile_HW3 in enumerate(grid.pixels()):
        x, y = i % columns * across, i // columns * down
        image.paste(Image.fromarray(enlarged(tile_HW3, zoom=zoom)), (x, y))
        if gap > 1:  # a hairline, so that white squares have an edge on white paper
            edge = (x - 1, y - 1, x + width * zoom, y + height * zoom)
            pen.rectangle(edge, outline=RULE)
    return image


def overlaid(heatmap: "Heatmap") -> NDArray[np.uint8]:
    """The map over its picture, at the picture's resolution; the map alone where there is none.

    The picture loses its colours, so that every colour that is left belongs to the scale.
    """
    if heatmap.underlay is None:
        return heatmap.pixels()
    height, width = heatmap.underlay.shape[:2]
    values = Image.fromarray(np.asarray(heatmap.values, np.float32))
    smooth = np.asarray(values.resize((width, height), Image.Resampling.BILINEAR))
    over = heatmap.scale.paint(smooth).astype(np.float32)
    under = (heatmap.underlay.astype(np.float32) @ GREY)[..., None]
    return np.round(under * (1 - OPACITY) + over * OPACITY).astype(np.uint8)


def heatmap_picture(heatmap: "Heatmap") -> Image.Image:
    """The picture, then the map over it; or the map alone."""
    pixels_HW3 = overlaid(heatmap)
    height, width = pixels_HW3.shape[:2]
    zoom = zoom_for(max(height, width), target=480 if heatmap.underlay is None else SIDE)
    gap = GAP * max(2, round(width / 200))
    both = heatmap.underlay is not None
    check_size(width * zoom * 2 + gap, height * zoom, what="the map")
    marked = _boxed(heatmap, Image.fromarray(enlarged(pixels_HW3, zoom=zoom)))
    if not both:
        return _page_of(heatmap, marked)
    assert heatmap.underlay is not None
    pair = Image.new("RGBA", (marked.width * 2 + gap, marked.height), (0, 0, 0, 0))
    pair.paste(Image.fromarray(enlarged(heatmap.underlay, zoom=zoom)), (0, 0))
    pair.paste(marked, (marked.width + gap, 0))
    return _page_of(heatmap, pair)


def _boxed(heatmap: "Heatmap", image: Image.Image) -> Image.Image:
    """Boxes as white lines between black ones, to be seen on any colour."""
    pen = ImageDraw.Draw(image)
    rows, columns = heatmap.values.shape
    down, across = image.height / rows, image.width / columns
    for box in heatmap.boxes:
        left, top = round(box.left * across), round(box.top * down)
        right = round((box.left + box.width) * across) - 1
        bottom = round((box.top + box.height) * down) - 1
        for inset, colour in ((0, "#000000"), (1, "#ffffff"), (2, "#000000")):
            if right - left > 2 * inset and bottom - top > 2 * inset:
                edge = (left + inset, top + inset, right - inset, bottom - inset)
                pen.rectangle(edge, outline=colour)
    return image


def _page_of(payload: "Heatmap | ImageGrid", picture: Image.Image) -> Image.Image:
    scale = payload.scale if payload.scale.measures else None
    return page(picture.convert("RGBA"), title=payload.title, caption=payload.caption, scale=scale)


def grid_picture(grid: "ImageGrid") -> Image.Image:
    height, width = grid.tiles.shape[1:3]
    rows = -(-len(grid.tiles) // grid.num_columns)
    zoom = zoom_for(max(width * grid.num_columns, height * rows), target=640)
    if grid.labels:  # tiles wide enough for a word
        zoom = max(zoom, min(24, -(-72 // width)))
    picture = bare_sheet(grid, zoom=zoom)
    if grid.labels:
        picture = _labelled(grid, picture, across=width * zoom + GAP, down=height * zoom + GAP)
    return _page_of(grid, picture)


def _labelled(grid: "ImageGrid", bare: Image.Image, *, across: int, down: int) -> Image.Image:
    """Room under each tile for its label, cut to the tile's width."""
    columns = grid.num_columns
    rows = -(-len(grid.labels) // columns)
    image = Image.new("RGBA", (bare.width, rows * (down + LINE)), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for row in range(rows):
        strip = bare.crop((0, row * down, bare.width, min((row + 1) * down, bare.height)))
        image.paste(strip, (0, row * (down + LINE)))
    for i, label in enumerate(grid.labels):
        x, y = i % columns * across, i // columns * (down + LINE) + down
        write(pen, (x, y), cut(label, across - GAP, size=11), size=11)
    return image
