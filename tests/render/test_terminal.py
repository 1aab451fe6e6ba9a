"""Payloads in a terminal, with and without colour."""

import io
import re

import numpy as np
from rich.console import Console

from convscope.payload import Heatmap, ImageGrid, Scale
from convscope.payload.image_grid import LegendEntry
from convscope.render.terminal import rendered


def test_classes_are_letters_in_a_terminal_without_colour():
    pixels = np.zeros((1, 8, 6, 3), np.uint8)
    pixels[0, :, 3:] = (255, 128, 0)
    grid = ImageGrid(
        tiles=pixels,
        scale=Scale(colours="rgb", low=0, high=255),
        legend=(
            LegendEntry(colour="#000000", name="class 3: 24"),
            LegendEntry(colour="#ff8000", name="class 8: 24"),
        ),
    )
    for no_color, first in ((True, "AAABBB"), (False, "▀▀▀▀▀▀")):
        file = io.StringIO()
        console = Console(
            file=file, force_terminal=True, no_color=no_color, width=80, color_system="truecolor"
        )
        console.print(rendered(grid))
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in file.getvalue().splitlines()]
        assert lines[:4] == [first] * 4
        assert lines[4:] == [
            f"{mark} class {n}: 24"
            for mark, n in zip("AB" if no_color else "██", (3, 8), strict=True)
        ]


def test_the_bar_of_a_map_is_shaded_as_the_map_is_without_colour():
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(2, 32)
    heatmap = Heatmap(values=values, scale=Scale(colours="viridis", low=0, high=1, label="share"))
    file = io.StringIO()
    Console(file=file, no_color=True, width=80).print(rendered(heatmap))
    low, *_, bar = file.getvalue().splitlines()
    assert bar.startswith("0 ")
    assert bar.endswith(" 1 share")
    assert len(set(bar[2:34])) > 2
    assert set(bar[2:34]) >= set(low)
