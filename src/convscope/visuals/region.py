"""Region of an image that a preprocessing passes to the network, at the image's own resolution.

Axes: H height, W width, 3 red, green, blue.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.arch import Chain
from convscope.arch.fold import layers
from convscope.shapes import CHW, Pair, Spans, Window


class Region(NamedTuple):
    """A rectangle of the image; it reaches beyond the edges where the image was padded."""

    top: float
    left: float
    height: float
    width: float


class _Side(NamedTuple):
    """One side after some layers: its length; position u is position scale * u + offset before."""

    length: int
    scale: float
    offset: float


class Step(NamedTuple):
    """A preprocessing layer that resizes, crops or pads: sizes before and after it."""

    resizes: bool
    before: Pair
    after: Pair
    offsets: Pair
    """First row and column of the input that a crop keeps; negative where it pads."""


def steps(preprocessing: Chain, input: CHW) -> Iterator[Step]:
    """The layers of a preprocessing that resize, crop or pad, in order."""
    for _, layer in layers(preprocessing):
        output = layer.output_shape(input)
        assert isinstance(output, CHW)
        reach = layer.reach(input)
        before, after = (input.height, input.width), (output.height, output.width)
        match reach:
            case Spans():
                yield Step(True, before, after, (0, 0))
            case (Window(kernel=1) as rows, Window(kernel=1) as columns):
                yield Step(False, before, after, (-rows.padding, -columns.padding))
        input = output


def region(preprocessing: Chain, input: CHW) -> Region:
    """The region of an image of that shape that the network receives."""
    sides = [_Side(input.height, 1.0, 0.0), _Side(input.width, 1.0, 0.0)]
    for step in steps(preprocessing, input):
        for axis, side in enumerate(sides):
            after = step.after[axis]
            if step.resizes:
                sides[axis] = _Side(after, side.scale * side.length / after, side.offset)
            else:
                offset = side.offset + side.scale * step.offsets[axis]
                sides[axis] = _Side(after, side.scale, offset)
    rows, columns = sides
    return Region(
        rows.offset, columns.offset, rows.scale * rows.length, columns.scale * columns.length
    )


def crop(pixels_HW3: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """The region of an image, rounded to whole pixels; black beyond the edges."""
    rows = _interval(region.top, region.height)
    return padded_crop(pixels_HW3, rows, _interval(region.left, region.width), fill=0)


def padded_crop(image_HWC: NDArray[Any], rows: Pair, columns: Pair, *, fill: int) -> NDArray[Any]:
    """The rows and columns from first to last + 1, with `fill` beyond the edges."""
    height, width, channels = image_HWC.shape
    shape = (rows[1] - rows[0], columns[1] - columns[0], channels)
    cropped = np.full(shape, fill, image_HWC.dtype)
    top, left = max(0, rows[0]), max(0, columns[0])
    bottom, right = max(0, min(rows[1], height)), max(0, min(columns[1], width))
    part = image_HWC[top:bottom, left:right]
    y, x = top - rows[0], left - columns[0]
    cropped[y : y + part.shape[0], x : x + part.shape[1]] = part
    return cropped


def _interval(begin: float, length: float) -> Pair:
    start = round(begin)
    return start, max(start + 1, round(begin + length))
