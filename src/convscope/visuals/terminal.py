"""Payloads in a terminal, with rich. Text is printed as text: no markup is read in it.

Axes: H height, W width, 3 red, green, blue.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from convscope.visuals.drawing import heatmap_pixels, scale_strip, sheet
from convscope.visuals.payload import cell_text

if TYPE_CHECKING:
    from convscope.visuals.payload import Curves, Heatmap, ImageGrid, Scale, Table

WIDTH = 78
BARS = "▁▂▃▄▅▆▇█"
NUM_BARS = 48
SHADES = " ░▒▓█"


def heatmap(payload: "Heatmap") -> RenderableType:
    return _framed(payload, _Blocks(_reduced(heatmap_pixels(payload))), payload.scale)


def grid(payload: "ImageGrid") -> RenderableType:
    rgba = np.asarray(sheet(payload, zoom=1, gap=1))
    pixels_HW3 = np.where(rgba[..., 3:] > 0, rgba[..., :3], 0).astype(np.uint8)
    return _framed(payload, _Blocks(_reduced(pixels_HW3)), payload.scale)


def curves(payload: "Curves") -> RenderableType:
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
    return Group(*lines)


def table(payload: "Table") -> RenderableType:
    made = RichTable(title=Text(payload.title) if payload.title else None, box=None)
    for i, name in enumerate(payload.columns):
        numbers = all(isinstance(row[i], int | float | None) for row in payload.rows)
        made.add_column(Text(name), justify="right" if numbers else "left")
    for row in payload.rows:
        made.add_row(*(Text(cell_text(cell)) for cell in row))
    return Group(made, Text(payload.caption, style="dim")) if payload.caption else made


def _framed(
    payload: "Heatmap | ImageGrid", picture: RenderableType, scale: "Scale"
) -> RenderableType:
    parts: list[RenderableType] = [Text(payload.title, style="bold")] if payload.title else []
    strip = scale_strip(scale, num=32)
    ends = f" {scale.label}" if scale.label else ""
    bar = [Segment(f"{scale.low:.4g} ")]
    bar += [Segment("█", Style(color=_hex(pixel))) for pixel in strip[0]]
    bar += [Segment(f" {scale.high:.4g}{ends}"), Segment.line()]
    parts += [picture, Segments(bar)]
    if payload.caption:
        parts.append(Text(payload.caption, style="dim"))
    return Group(*parts)


def _reduced(pixels_HW3: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every n-th pixel, so that a line of the terminal holds the width."""
    every = -(-pixels_HW3.shape[1] // WIDTH)
    return pixels_HW3[::every, ::every]


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
