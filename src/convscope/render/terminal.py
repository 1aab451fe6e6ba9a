"""Payloads in a terminal, with rich. Text is printed as text: no markup is read in it.

Axes: N points, H height, W width, 3 red, green, blue.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from convscope.payload import (
    Curves,
    Heatmap,
    ImageGrid,
    Scale,
    Scatter,
    Sheet,
    Table,
    cell_text,
)
from convscope.render.drawing import bare_sheet, overlaid, scale_strip
from convscope.render.drawing_scatter import colour_of

if TYPE_CHECKING:
    from convscope.payload import Payload

WIDTH = 78
BARS = "▁▂▃▄▅▆▇█"
NUM_BARS = 48
SHADES = " ░▒▓█"
PLOT = (24, 64)  # rows and columns of letters


def rendered(payload: "Payload") -> RenderableType:
    """What rich prints for a payload."""
    match payload:
        case Heatmap():
            return _framed(payload, _Blocks(_reduced(overlaid(payload))), payload.scale)
        case ImageGrid():
            return _grid(payload)
        case Curves():
            return _curves(payload)
        case Table():
            return _table(payload)
        case Scatter():
            return _scatter(payload)
        case Sheet():
            return _sheet(payload)


def _grid(payload: ImageGrid) -> RenderableType:
    rgba = np.asarray(bare_sheet(payload, zoom=1, gap=1))
    pixels_HW3 = np.where(rgba[..., 3:] > 0, rgba[..., :3], 0).astype(np.uint8)
    framed = _framed(payload, _Blocks(_reduced(pixels_HW3)), payload.scale)
    if not payload.labels:
        return framed
    return Group(framed, Text("; ".join(payload.labels), style="dim"))


def _curves(payload: Curves) -> RenderableType:
    """One line of bars for each series, from its smallest value to its largest."""
    lines: list[RenderableType] = [Text(payload.title, style="bold")] if payload.title else []
    room = max(len(series.name) for series in payload.series)
    for series in payload.series:
        values = [y for _, y in series.points()]
        if not values:
            continue
        low, high = min(values), max(values)
        picked = [values[i * len(values) // NUM_BARS] for i in range(NUM_BARS)]
        picked = values if len(values) <= NUM_BARS else picked
        span = (high - low) or 1.0
        bars = "".join(BARS[min(7, int((v - low) / span * 8))] for v in picked)
        lines.append(Text(f"{series.name:<{room}} {bars} {low:.4g} to {high:.4g}"))
    lines.append(Text(f"{payload.y_label} over {payload.x_label}", style="dim"))
    return Group(*lines, *_caption(payload.caption))


def _table(payload: Table) -> RenderableType:
    made = RichTable(title=Text(payload.title) if payload.title else None, box=None)
    for i, name in enumerate(payload.columns):
        numbers = all(isinstance(row[i], int | float | None) for row in payload.rows)
        made.add_column(Text(name), justify="right" if numbers else "left")
    for row in payload.rows:
        made.add_row(*(Text(cell_text(cell)) for cell in row))
    return Group(made, *_caption(payload.caption))


def _scatter(payload: Scatter) -> RenderableType:
    """A letter a point, coloured by its group; where points meet, the last one is seen."""
    rows, columns = PLOT
    points_N2 = np.asarray(payload.points, np.float64)
    low, high = points_N2.min(axis=0), points_N2.max(axis=0)
    share_N2 = (points_N2 - low) / np.where(high > low, high - low, 1.0)
    field: list[list[int | None]] = [[None] * columns for _ in range(rows)]
    for (across, up), group in zip(share_N2.tolist(), payload.groups, strict=True):
        field[rows - 1 - round(up * (rows - 1))][round(across * (columns - 1))] = group
    marks = {group: _mark(group) for group in sorted(set(payload.groups))}
    lines = [
        Text.assemble(*(" " if g is None else (marks[g], colour_of(g)) for g in row))
        for row in field
    ]
    names = "  ".join(f"{mark} {payload.names[group]}" for group, mark in marks.items())
    title = [Text(payload.title, style="bold")] if payload.title else []
    return Group(*title, *lines, Text(names), *_caption(payload.caption))


def _mark(group: int) -> str:
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[group % len(letters)]


def _sheet(payload: Sheet) -> RenderableType:
    title = [Text(payload.title, style="bold")] if payload.title else []
    items = [rendered(item) for item in payload.items]
    return Group(*title, *items, *_caption(payload.caption))


def _caption(text: str) -> list[RenderableType]:
    return [Text(text, style="dim")] if text else []


def _framed(
    payload: "Heatmap | ImageGrid", picture: RenderableType, scale: Scale
) -> RenderableType:
    parts: list[RenderableType] = [Text(payload.title, style="bold")] if payload.title else []
    if not scale.measures:
        return Group(*parts, picture, *_caption(payload.caption))
    strip = scale_strip(scale, num=32)
    ends = f" {scale.label}" if scale.label else ""
    bar = [Segment(f"{scale.low:.4g} ")]
    bar += [Segment("█", Style(color=_hex(pixel))) for pixel in strip[0]]
    bar += [Segment(f" {scale.high:.4g}{ends}"), Segment.line()]
    parts += [picture, Segments(bar)]
    return Group(*parts, *_caption(payload.caption))


def _reduced(pixels_HW3: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Made smaller by means, so that a line of the terminal holds the width."""
    height, width = pixels_HW3.shape[:2]
    if width <= WIDTH:
        return pixels_HW3
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return np.asarray(Image.fromarray(pixels_HW3).resize(size, Image.Resampling.BOX))


class _Blocks:
    """Two rows of pixels in one row of half blocks; shades where there is no colour."""

    def __init__(self, pixels_HW3: NDArray[np.uint8]) -> None:
        if len(pixels_HW3) % 2:
            pixels_HW3 = np.concatenate([pixels_HW3, np.zeros_like(pixels_HW3[:1])])
        self.pixels_HW3 = pixels_HW3

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = console.color_system is not None and not console.no_color
        for upper, lower in zip(self.pixels_HW3[::2], self.pixels_HW3[1::2], strict=True):
            for above, below in zip(upper, lower, strict=True):
                if coloured:
                    yield Segment("▀", Style(color=_hex(above), bgcolor=_hex(below)))
                else:
                    yield Segment(SHADES[(int(above.sum()) + int(below.sum())) * 5 // 1531])
            yield Segment.line()


def _hex(pixel: NDArray[np.uint8]) -> str:
    return "#" + bytes(pixel.tolist()).hex()
