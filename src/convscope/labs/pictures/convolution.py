"""Drawings of the convolution lab: one window with its products, and the matrix form.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's.
"""

import colorsys
from collections.abc import Mapping

import numpy as np

from convscope.errors import InputError
from convscope.labs.convolution import Array, Convolution
from convscope.labs.numbers import number
from convscope.labs.pictures.marks import CELL, Position, number_grid, stacked
from convscope.labs.sums.products import Sum, equation
from convscope.render.frame import shortened
from convscope.render.marks import Box, Drawing, Image, Mark, Text, bounds
from convscope.render.text import text_width, wrapped

GAP = 30.0
NAMED = 130.0  # least width of a column of grids: that of a name
BELOW = 34.0  # from one grid to the next below it
OUTPUT_COLUMNS = 3  # at most, so that the picture stays narrow
MOST_OUTPUTS = 12  # channels of the output in one picture
WIDEST_EQUATION = 760.0
LARGEST_MATRIX = 1_000_000  # entries


def frame(lab: Convolution, step: Sum) -> tuple[list[Array], list[set[Position]], Position]:
    """Return the padded input by channel, the cells that a step reads, and the margins."""
    margin = (0, 0)
    if not lab.transposed:
        rows, columns = lab.geometry.rows, lab.geometry.columns
        margin = (rows.padding, columns.padding)
    padded = np.pad(lab.x, ((0, 0), (margin[0],) * 2, (margin[1],) * 2))
    read: list[set[Position]] = [set() for _ in padded]
    for product in step.products:
        channel, row, column = product.left_at
        read[channel].add((row + margin[0], column + margin[1]))
    return list(padded), read, margin


def step_drawing(lab: Convolution, step: Sum, count: int) -> Drawing:
    """Draw one window: input times kernel, summed, is one number of the output.

    `count`: the number of the step, from 1.
    """
    grids, read, margin = frame(lab, step)
    k, i, j = step.at
    kernels = {p.left_at[0]: p.right_at[:2] for p in step.products}
    height, width = grids[0].shape
    kernel_height, kernel_width = lab.w.shape[2:]
    block = max(height, kernel_height) * CELL + BELOW
    times = 2 * GAP + max(width * CELL, NAMED)
    equals = times + GAP + max(kernel_width * CELL, NAMED)
    value, total = number(step.value), lab.output_shape.numel
    title = f"Step {count} of {total}: output[{k}, {i}, {j}] = {value}"
    marks: list[Mark] = [
        Text(GAP, 34, title, size=19, bold=True),
        *(
            Text(GAP, 60 + 20 * row, line, size=15, colour="muted")
            for row, line in enumerate(wrapped(equation(step), WIDEST_EQUATION, 15))
        ),
    ]
    top = bounds(marks).bottom + 34
    outside = {
        (r, c): "shade"
        for r, c in np.ndindex(height, width)
        if not (margin[0] <= r < height - margin[0] and margin[1] <= c < width - margin[1])
    }
    used = {p.right_at[2:]: "norm" for p in step.products}
    for order, (channel, at) in enumerate(sorted(kernels.items())):
        y = top + order * block
        fills = outside | dict.fromkeys(read[channel], "conv")
        name = f"input, channel {channel}"
        if outside and not order:
            name = f"input, channel {channel} (grey: padding)"
        marks += _named(GAP, y, name, grids[channel], fills)
        kernel = lab.w[at[0], at[1]]
        marks.append(_sign(times - GAP / 2, y + height * CELL / 2, "×"))
        name = f"kernel {k}, channel {channel}"
        marks += _named(times, y, name, kernel, used)  # type: ignore[arg-type]
    marks.append(_sign(equals + GAP / 2, top + height * CELL / 2, "="))
    marks += _outputs(lab, step, (equals + 2 * GAP, top), block * max(1, len(kernels)))
    area = bounds(marks)
    return Drawing(area.right + GAP, area.bottom + 16, tuple(marks))


def _named(
    x: float, y: float, name: str, values: Array, fills: Mapping[Position, str]
) -> list[Mark]:
    """Return a grid of numbers with its name above, cut to the room that it has."""
    words = Text(x, y - 8, name, size=13, colour="muted")
    room = max(values.shape[1] * CELL, NAMED) + GAP - 10
    return [shortened(words, room), *number_grid(x, y, values, fills)]


def _sign(x: float, y: float, sign: str) -> Text:
    return Text(x, y + 8, sign, size=22, anchor="middle", colour="muted")


def _outputs(lab: Convolution, step: Sum, at: tuple[float, float], room: float) -> list[Mark]:
    """Return all channels of the output in columns as high as `room`; at most 12 of them."""
    k, i, j = step.at
    channels, height, width = lab.output_shape
    first = max(0, min(k - MOST_OUTPUTS // 2, channels - MOST_OUTPUTS))
    shown = range(first, min(channels, first + MOST_OUTPUTS))
    down, across = height * CELL + BELOW, max(width * CELL, 70.0) + GAP
    rows = max(1, int(room // down), -(-len(shown) // OUTPUT_COLUMNS))
    marks: list[Mark] = []
    for order, channel in enumerate(shown):
        column, row = divmod(order, rows)
        x, y = at[0] + column * across, at[1] + row * down
        fills = {(i, j): "join"} if channel == k else {}
        marks += [Text(x, y - 8, f"output {channel}", size=13, colour="muted")]
        marks += number_grid(x, y, lab.output[channel], fills)
    if left_out := channels - len(shown):
        y = bounds(marks).bottom + 20
        words = f"{left_out:,} more channels are not shown"
        marks.append(Text(at[0], y, words, size=13, colour="muted"))
    return marks


def matrix_drawing(lab: Convolution) -> Drawing:
    """Draw the convolution as a matrix: one colour per weight, none for zeros."""
    shared = lab.shared()
    cell = max(1, min(14, 900 // max(shared.shape)))
    opaque = [(*colour, 255) for colour in _distinct_colours(lab.w.size)]
    colours = np.array([*opaque, (0, 0, 0, 0)], np.uint8)  # zeros have the colour of the paper
    rows, columns = shared.shape
    width, height = float(columns * cell), float(rows * cell)
    filled = int((shared >= 0).sum())
    title = f"The same convolution as a matrix: {rows:,} x {columns:,}"
    words = (
        f"{filled:,} of {rows * columns:,} entries hold one of {lab.w.size} distinct weights, "
        "one colour each"
    )
    marks = (
        Text(GAP, 34, title, size=18, bold=True),
        Text(GAP, 60, words, size=15, colour="muted"),
        Image(GAP, 84, width, height, colours[shared]),
        Box(GAP, 84, width, height, stroke="grid"),
    )
    return Drawing(max(width, text_width(words, 15)) + 2 * GAP, height + 110, marks)


def _distinct_colours(count: int) -> list[tuple[int, int, int]]:
    """Return colours a golden angle of hue apart, so that neighbours differ."""
    colours = []
    for place in range(count):
        hue = place * 0.61803398875 % 1.0
        red, green, blue = colorsys.hsv_to_rgb(hue, 0.85 - place % 3 * 0.2, 0.9 - place % 2 * 0.25)
        colours.append((round(255 * red), round(255 * green), round(255 * blue)))
    return colours


def drawing(lab: Convolution, step: int = 1) -> Drawing:
    """Draw one step, and below it the matrix where it is small enough.

    Raises:
        InputError: a step that does not exist.
    """
    steps = dict(enumerate(lab.steps(), start=1))
    if step not in steps:
        raise InputError(f"step {step}", expected=f"1 to {lab.output_shape.numel}")
    parts = [step_drawing(lab, steps[step], step)]
    if lab.output_shape.numel * lab.x.size <= LARGEST_MATRIX:
        parts.append(matrix_drawing(lab))
    return stacked(parts)
