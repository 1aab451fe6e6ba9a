"""Drawings of the convolution lab: one window with its products, and the matrix form.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's.
"""

import colorsys

import numpy as np

from convscope.errors import InputError
from convscope.labs.convolution import Array, Convolution, Sum, equation
from convscope.labs.numbers import number
from convscope.labs.pictures.marks import CELL, Position, number_grid, stacked
from convscope.render.marks import Box, Drawing, Image, Mark, Text
from convscope.render.text import text_width

GAP = 30.0
HEAD = 104.0  # from the upper edge to the first grid
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


def step_drawing(lab: Convolution, step: Sum) -> Drawing:
    """Draw one window: input, kernel, sum of the products, output."""
    grids, read, margin = frame(lab, step)
    k, i, j = step.at
    kernels = {p.left_at[0]: p.right_at[:2] for p in step.products}
    height, width = grids[0].shape
    kernel_height, kernel_width = lab.w.shape[2:]
    block = max(height, kernel_height) * CELL + 24
    left = [GAP, 2 * GAP + width * CELL, 3 * GAP + (width + kernel_width) * CELL]
    words = equation(step)
    marks: list[Mark] = [
        Text(GAP, 34, f"output[{k}, {i}, {j}] = {number(step.value)}", size=19, bold=True),
        Text(GAP, 60, words, size=15, colour="muted"),
    ]
    used = {p.right_at[2:]: "norm" for p in step.products}
    for order, (channel, at) in enumerate(sorted(kernels.items())):
        top = HEAD + order * block
        fills = {
            (r, c): "shade"
            for r, c in np.ndindex(height, width)
            if not (margin[0] <= r < height - margin[0] and margin[1] <= c < width - margin[1])
        }
        fills |= dict.fromkeys(read[channel], "conv")
        marks.append(Text(left[0], top - 8, f"input {channel}", size=13, colour="muted"))
        marks += number_grid(left[0], top, grids[channel], fills)
        name = f"kernel {at[0]}, {at[1]}"
        marks.append(Text(left[1], top - 8, name, size=13, colour="muted"))
        marks += number_grid(left[1], top, lab.w[at[0], at[1]], used)  # type: ignore[arg-type]
    marks.append(Text(left[2], HEAD - 8, f"output {k}", size=13, colour="muted"))
    marks += number_grid(left[2], HEAD, lab.output[k], {(i, j): "join"})
    out_height, out_width = lab.output_shape[1:]
    return Drawing(
        max(left[2] + out_width * CELL, text_width(words, 15) + GAP) + GAP,
        HEAD + max(len(kernels) * block, out_height * CELL + 24) + 16,
        tuple(marks),
    )


def matrix_drawing(lab: Convolution) -> Drawing:
    """Draw the convolution as a matrix: one colour per weight, white for zeros."""
    shared = lab.shared()
    cell = max(1, min(14, 900 // max(shared.shape)))
    colours = np.array([*_distinct_colours(lab.w.size), (255, 255, 255)], np.uint8)
    rows, columns = shared.shape
    width, height = float(columns * cell), float(rows * cell)
    filled = int((shared >= 0).sum())
    title = f"The same convolution as a matrix: {rows} x {columns}"
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
    parts = [step_drawing(lab, steps[step])]
    if lab.output_shape.numel * lab.x.size <= LARGEST_MATRIX:
        parts.append(matrix_drawing(lab))
    return stacked(parts)
