"""Payloads as PNG files, with Pillow: title, pictures, scale, caption.

Numbers are drawn as squares, never blurred. Text in PNG files is set in Pillow's own font,
which has Latin letters; pages and notebooks set text as text.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

import io
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convscope.errors import InputError

if TYPE_CHECKING:
    from convscope.visuals.payload import Heatmap, ImageGrid, Scale, Table

PAPER, INK, FAINT, RULE = "#ffffff", "#1c1f24", "#5f6670", "#c9cdd3"
MARGIN, GAP, LINE = 20, 4, 18
NARROWEST = 420  # so that captions can be read
MOST_PIXELS = 64_000_000
MOST_TABLE_ROWS = 200
OVERLAY = 0.5


def font(size: int = 13) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def encoded(pixels_HW3: NDArray[np.uint8] | Image.Image) -> bytes:
    """A PNG file of bare pixels."""
    image = pixels_HW3 if isinstance(pixels_HW3, Image.Image) else Image.fromarray(pixels_HW3)
    with io.BytesIO() as file:
        image.save(file, "PNG", optimize=True)
        return file.getvalue()


def enlarged(pixels_HW3: NDArray[np.uint8], *, zoom: int) -> NDArray[np.uint8]:
    """Each pixel as a square of `zoom` x `zoom`."""
    return pixels_HW3.repeat(zoom, axis=0).repeat(zoom, axis=1)


def sheet(grid: "ImageGrid", *, zoom: int, gap: int = GAP) -> Image.Image:
    """The tiles of a grid side by side, without words, on a transparent ground."""
    pixels_NHW3 = grid.pixels()
    n, height, width = pixels_NHW3.shape[:3]
    columns = grid.num_columns
    rows = -(-n // columns)
    across, down = width * zoom + gap, height * zoom + gap
    if rows * down * columns * across > MOST_PIXELS:
        raise InputError(
            f"{n} tiles of {width} x {height} are too many for one picture",
            expected=f"at most {MOST_PIXELS:,} pixels in all",
            fix="show fewer tiles",
        )
    image = Image.new("RGBA", (columns * across - gap, rows * down - gap), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for i, tile_HW3 in enumerate(pixels_NHW3):
        x, y = i % columns * across, i // columns * down
        image.paste(Image.fromarray(enlarged(tile_HW3, zoom=zoom)), (x, y))
        if gap > 1:  # a hairline, so that white squares have an edge on white paper
            edge = (x - 1, y - 1, x + width * zoom, y + height * zoom)
            pen.rectangle(edge, outline=RULE)
    return image


def heatmap_pixels(heatmap: "Heatmap") -> NDArray[np.uint8]:
    """The map, laid over its picture where there is one: (H, W, 3)."""
    if heatmap.underlay is None:
        return heatmap.pixels()
    height, width = heatmap.underlay.shape[:2]
    over = Image.fromarray(heatmap.pixels()).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(Image.blend(Image.fromarray(heatmap.underlay), over, OVERLAY))


def heatmap_png(heatmap: "Heatmap") -> bytes:
    pixels_HW3 = heatmap_pixels(heatmap)
    zoom = _zoom(max(pixels_HW3.shape[:2]), target=480)
    picture = Image.fromarray(enlarged(pixels_HW3, zoom=zoom)).convert("RGBA")
    return _page(picture, title=heatmap.title, caption=heatmap.caption, scale=heatmap.scale)


def grid_png(grid: "ImageGrid") -> bytes:
    height, width = grid.tiles.shape[1:3]
    rows = -(-len(grid.tiles) // grid.num_columns)
    zoom = _zoom(max(width * grid.num_columns, height * rows), target=640)
    picture = sheet(grid, zoom=zoom)
    if grid.labels:
        picture = _labelled(grid, picture, across=width * zoom + GAP, down=height * zoom + GAP)
    return _page(picture, title=grid.title, caption=grid.caption, scale=grid.scale)


def _zoom(pixels: int, *, target: int) -> int:
    return max(1, min(24, target // pixels))


def _labelled(grid: "ImageGrid", bare: Image.Image, *, across: int, down: int) -> Image.Image:
    """Room under each tile for its label, cut to the tile's width."""
    columns, small = grid.num_columns, font(11)
    rows = -(-len(grid.labels) // columns)
    image = Image.new("RGBA", (bare.width, rows * (down + LINE)), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for row in range(rows):
        strip = bare.crop((0, row * down, bare.width, min((row + 1) * down, bare.height)))
        image.paste(strip, (0, row * (down + LINE)))
    for i, label in enumerate(grid.labels):
        x, y = i % columns * across, i // columns * (down + LINE) + down
        cut = label
        while cut and pen.textlength(cut, font=small) > across - GAP:
            cut = cut[:-1]
        pen.text((x, y), cut, font=small, fill=INK)
    return image


def _page(picture: Image.Image, *, title: str, caption: str, scale: "Scale") -> bytes:
    """Title above, scale and caption below."""
    width = max(picture.width, NARROWEST)
    lines = textwrap.wrap(caption, width // 7)
    top = MARGIN + (LINE + 10 if title else 0)
    bottom = top + picture.height + 14
    height = bottom + 44 + LINE * len(lines) + MARGIN
    page = Image.new("RGB", (width + 2 * MARGIN, height), PAPER)
    pen = ImageDraw.Draw(page)
    if title:
        pen.text((MARGIN, MARGIN - 2), title, font=font(16), fill=INK)
    page.paste(picture, (MARGIN, top), picture)
    _draw_scale(page, pen, scale, at=(MARGIN, bottom))
    for i, line in enumerate(lines):
        pen.text((MARGIN, bottom + 44 + i * LINE), line, font=font(13), fill=FAINT)
    return encoded(page)


def scale_strip(scale: "Scale", *, num: int = 256) -> NDArray[np.uint8]:
    """The colours of a scale from low to high: (1, num, 3)."""
    ramp = np.linspace(scale.low, scale.high, num, dtype=np.float32)
    if scale.colours == "rgb":
        return scale.paint(np.stack([ramp] * 3, axis=1))[None]
    return scale.paint(ramp)[None]


def _draw_scale(
    page: Image.Image, pen: ImageDraw.ImageDraw, scale: "Scale", *, at: tuple[int, int]
) -> None:
    x, y = at
    strip = Image.fromarray(scale_strip(scale)).resize((256, 12), Image.Resampling.NEAREST)
    page.paste(strip, (x, y))
    pen.rectangle((x, y, x + 255, y + 11), outline=RULE)
    low, high = f"{scale.low:.4g}", f"{scale.high:.4g}"
    pen.text((x, y + 16), low, font=font(12), fill=INK)
    if scale.low < 0 < scale.high:
        zero = x + round(255 * -scale.low / (scale.high - scale.low))
        pen.text((zero, y + 16), "0", font=font(12), fill=INK, anchor="ma")
    pen.text((x + 255, y + 16), high, font=font(12), fill=INK, anchor="ra")
    if scale.label:
        pen.text((x + 268, y - 1), scale.label, font=font(12), fill=FAINT)


def table_png(table: "Table") -> bytes:
    """At most 200 rows; the last line says how many were left out."""
    from convscope.visuals.payload import cell_text

    shown = table.rows[:MOST_TABLE_ROWS]
    cells = [list(table.columns)] + [[cell_text(c)[:60] for c in row] for row in shown]
    probe = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    face = font(13)
    widths = [
        max(int(probe.textlength(r[i], font=face)) for r in cells) for i in range(len(cells[0]))
    ]
    left_out = len(table.rows) - len(shown)
    tail = [f"{left_out:,} more rows"] if left_out else []
    tail += textwrap.wrap(table.caption, max(sum(widths), NARROWEST) // 7)
    top = MARGIN + (LINE + 10 if table.title else 0)
    width = max(sum(widths) + 24 * (len(widths) - 1), NARROWEST) + 2 * MARGIN
    page = Image.new("RGB", (width, top + 24 * len(cells) + LINE * len(tail) + 2 * MARGIN), PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN - 2), table.title, font=font(16), fill=INK)
    numeric = [_is_numeric(table, i) for i in range(len(widths))]
    for number, row in enumerate(cells):
        x, y = MARGIN, top + 24 * number
        for text, room, right in zip(row, widths, numeric, strict=True):
            ink = FAINT if number == 0 else INK
            place = (x + room, y) if right else (x, y)
            pen.text(place, text, font=face, fill=ink, anchor="ra" if right else "la")
            x += room + 24
        if number == 0:
            pen.line((MARGIN, y + 19, width - MARGIN, y + 19), fill=RULE)
    for i, line in enumerate(tail):
        y = top + 24 * len(cells) + 6 + LINE * i
        pen.text((MARGIN, y), line, font=face, fill=FAINT)
    return encoded(page)


def _is_numeric(table: "Table", column: int) -> bool:
    cells = [row[column] for row in table.rows if row[column] is not None]
    return bool(cells) and all(isinstance(c, int | float) for c in cells)
