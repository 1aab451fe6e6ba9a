"""Payloads in a terminal, with rich. Text is printed as text: no markup is read in it.

Axes: N points or tiles, H height, W width, 3 red, green, blue.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from rich.console import (
    Console,
    ConsoleOptions,
    Group,
    JustifyMethod,
    RenderableType,
    RenderResult,
)
from rich.segment import Segment
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from convscope.lang import label as label_of
from convscope.lang import translate
from convscope.payload import (
    Box,
    Curves,
    Heatmap,
    ImageGrid,
    Payload,
    Scale,
    Scatter,
    Sheet,
    Table,
    cell_text,
)
from convscope.render.frame import scale_strip
from convscope.render.kinds.heatmap import bar_strip, overlaid
from convscope.render.palette import group, literal
from convscope.text import printable

WIDTH = 78
BARS = "▁▂▃▄▅▆▇█"
NUM_BARS = 48
MOST_COLUMNS = 12  # of a matrix that is printed as numbers
SHADES = " ░▒▓█"
PLOT = (24, 64)  # rows and columns of letters
CLASSES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def rendered(payload: Payload) -> RenderableType:
    """Return what rich prints for a payload."""
    match payload:
        case Heatmap() if 0 < len(payload.columns) <= MOST_COLUMNS:
            return _titled(payload, [_matrix(payload)])
        case Heatmap():
            return _titled(payload, _heatmap(payload))
        case ImageGrid() if payload.legend:
            return _titled(payload, [_Classes(payload), *_labels(payload)])
        case ImageGrid():
            parts = [*_picture(_tiled(payload)), *_bar(payload.scale), *_labels(payload)]
            return _titled(payload, parts)
        case Curves():
            return _titled(payload, _curves(payload))
        case Table():
            return _titled(payload, [_table(payload)])
        case Scatter():
            return _titled(payload, _scatter(payload))
        case Sheet():
            return _titled(payload, [rendered(item) for item in payload.items])


def _titled(payload: Payload, parts: Iterable[RenderableType]) -> RenderableType:
    title = [_text(payload.title, style="bold")] if payload.title else []
    caption = [_text(payload.caption, style="dim")] if payload.caption else []
    return Group(*title, *parts, *caption)


def _text(text: str, style: str = "") -> Text:
    """Return text that is printed as it is: labels and file names come from others."""
    return Text(printable(translate(text)), style=style)


def _heatmap(payload: Heatmap) -> list[RenderableType]:
    """Return the map with its boxes; over a picture with the bar of the map over grey levels."""
    if payload.underlay is not None:
        payload = payload.model_copy(update={"underlay": _reduced(payload.underlay)})
    pixels_HW3 = _reduced(overlaid(payload)).copy()
    rows, columns = (p / v for p, v in zip(pixels_HW3.shape, payload.values.shape, strict=False))
    for box in payload.boxes:
        _frame(pixels_HW3, box, rows, columns)
    return [*_picture(pixels_HW3), *_bar(payload.scale, bar_strip(payload))]


def _frame(pixels_HW3: NDArray[np.uint8], box: Box, rows: float, columns: float) -> None:
    """Paint the sides of a box in white; those beyond the edges are left out."""
    height, width = pixels_HW3.shape[:2]
    top, left = round(box.top * rows), round(box.left * columns)
    bottom = round((box.top + box.height) * rows) - 1
    right = round((box.left + box.width) * columns) - 1
    across = slice(max(0, left), max(0, right + 1))
    down = slice(max(0, top), max(0, bottom + 1))
    for row in (top, bottom):
        if 0 <= row < height:
            pixels_HW3[row, across] = 255
    for column in (left, right):
        if 0 <= column < width:
            pixels_HW3[down, column] = 255


def _picture(pixels_HW3: NDArray[np.uint8]) -> list[RenderableType]:
    return [_Blocks(_reduced(pixels_HW3))]


def _bar(scale: Scale, strip: NDArray[np.uint8] | None = None) -> list[RenderableType]:
    """Return the scale's colours between its ends; over a picture, over light and dark grey."""
    if not scale.measures:
        return []
    label = f" {label_of(scale.label)}" if scale.label else ""
    strip = scale_strip(scale) if strip is None else strip
    ends = f"{scale.low:.4g} ", f" {scale.high:.4g}{printable(label)}"
    return [_Blocks(strip[[0, -1], ::8], ends)]


def _tiled(grid: ImageGrid) -> NDArray[np.uint8]:
    """Return the tiles in one picture, a black pixel between them."""
    num, height, width = grid.tiles.shape[:3]
    columns = grid.num_columns
    rows = -(-num // columns)
    sheet_HW3 = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, 3), np.uint8)
    for number, tile_HW3 in enumerate(grid.pixels()):
        y, x = number // columns * (height + 1), number % columns * (width + 1)
        sheet_HW3[y : y + height, x : x + width] = tile_HW3
    return sheet_HW3


def _labels(grid: ImageGrid) -> list[RenderableType]:
    return [_text("; ".join(grid.labels), style="dim")] if grid.labels else []


def _curves(payload: Curves) -> list[RenderableType]:
    """Return one line of bars for each series; all lines have the same scale, as in a picture."""
    lines: list[RenderableType] = []
    room = max(len(series.name) for series in payload.series)
    scaled = math.log10 if payload.y_scale == "log" else float
    every = [scaled(y) for series in payload.series for _, y in series.points()]
    bottom = min(every, default=0.0)
    span = (max(every, default=0.0) / 2 - bottom / 2) or 1.0
    for series in payload.series:
        values = [y for _, y in series.points()]
        if not values:
            continue
        shown = values
        if len(values) > NUM_BARS:
            shown = [values[i * len(values) // NUM_BARS] for i in range(NUM_BARS)]
        bars = "".join(BARS[min(7, int((scaled(v) / 2 - bottom / 2) / span * 8))] for v in shown)
        low, high = min(values), max(values)
        lines.append(_text(f"{label_of(series.name):<{room}} {bars} {low:.4g} to {high:.4g}"))
    return [
        *lines,
        _text(f"{label_of(payload.y_label)} over {label_of(payload.x_label)}", style="dim"),
    ]


def _matrix(payload: Heatmap) -> RenderableType:
    """Return the numbers of a matrix; columns are numbered, as the rows are."""
    numbers = payload.values if payload.numbers is None else payload.numbers
    table = RichTable(box=None, header_style="dim")
    across = f"  {payload.x_label} →" if payload.x_label else ""
    table.add_column(_text(f"{payload.y_label} ↓{across}"), overflow="fold")
    table.add_column("")
    for number, name in enumerate(payload.columns, start=1):
        is_class = payload.columns == payload.rows  # of a confusion matrix: the rows name them
        table.add_column(str(number) if is_class else _text(name), justify="right")
    for number, (name, row) in enumerate(zip(payload.rows, numbers.tolist(), strict=True)):
        cells = (Text(f"{value:,.4g}" if value else "·") for value in row)
        table.add_row(_text(name), Text(str(number + 1), style="dim"), *cells)
    return table


def _table(payload: Table) -> RenderableType:
    table = RichTable(box=None)
    for i, name in enumerate(payload.columns):
        justify: JustifyMethod = "right" if payload.is_numeric(i) else "left"
        table.add_column(_text(label_of(name)), justify=justify, overflow="fold")
    for row in payload.rows:
        table.add_row(*(_text(cell_text(cell)) for cell in row))
    return table


def _scatter(payload: Scatter) -> list[RenderableType]:
    """Return a letter a point, coloured by its group; later points cover earlier ones."""
    rows, columns = PLOT
    points_N2 = np.asarray(payload.points, np.float64)
    low, high = points_N2.min(axis=0), points_N2.max(axis=0)
    share_N2 = (points_N2 - low) / np.where(high > low, high - low, 1.0)
    field: list[list[int | None]] = [[None] * columns for _ in range(rows)]
    for (across, up), number in zip(share_N2.tolist(), payload.groups, strict=True):
        field[rows - 1 - round(up * (rows - 1))][round(across * (columns - 1))] = number
    marks = {number: LETTERS[number % len(LETTERS)] for number in sorted(set(payload.groups))}
    lines = [
        Text.assemble(*(" " if n is None else (marks[n], literal(group(n))) for n in row))
        for row in field
    ]
    names = "  ".join(f"{mark} {payload.names[number]}" for number, mark in marks.items())
    return [*lines, _text(names)]


def _reduced(pixels_HW3: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels reduced by means to the width of the terminal."""
    from PIL import Image

    height, width = pixels_HW3.shape[:2]
    if width <= WIDTH:
        return pixels_HW3
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return np.asarray(Image.fromarray(pixels_HW3).resize(size, Image.Resampling.BOX))


class _Blocks:
    """Two rows of pixels in one row of half blocks; shades on a terminal without colour.

    `ends`: text before and after each row.
    """

    def __init__(self, pixels_HW3: NDArray[np.uint8], ends: tuple[str, str] = ("", "")) -> None:
        self.ends = ends
        if len(pixels_HW3) % 2:
            pixels_HW3 = np.concatenate([pixels_HW3, np.zeros_like(pixels_HW3[:1])])
        self.pixels_HW3 = pixels_HW3

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = console.color_system is not None and not console.no_color
        for upper, lower in zip(self.pixels_HW3[::2], self.pixels_HW3[1::2], strict=True):
            yield Segment(self.ends[0])
            for above, below in zip(upper, lower, strict=True):
                if coloured:
                    yield Segment("▀", Style(color=_hex(above), bgcolor=_hex(below)))
                else:
                    yield Segment(SHADES[(int(above.sum()) + int(below.sum())) * 5 // 1531])
            yield Segment(self.ends[1])
            yield Segment.line()


class _Classes:
    """Tiles whose colours have meanings; letters in their place on a terminal without colour."""

    def __init__(self, grid: ImageGrid) -> None:
        self.grid = grid

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = console.color_system is not None and not console.no_color
        pixels_HW3 = _tiled(self.grid)
        colours = [entry.colour for entry in self.grid.legend]
        letters = {c: CLASSES[i % len(CLASSES)] for i, c in enumerate(colours)}
        if coloured:
            yield _Blocks(_reduced(pixels_HW3))
        else:  # every pixel of a row of characters, two rows of pixels high, has one class
            stride = max(1, -(-pixels_HW3.shape[1] // WIDTH))
            for row in pixels_HW3[:: 2 * stride, ::stride]:
                yield Segment("".join(letters.get(_hex(pixel), " ") for pixel in row))
                yield Segment.line()
        for entry in self.grid.legend:
            mark = "█" if coloured else letters[entry.colour]
            yield Text.assemble((f"{mark} ", entry.colour), printable(translate(entry.name)))


def _hex(pixel: NDArray[np.uint8]) -> str:
    return "#" + bytes(pixel.tolist()).hex()
