"""The part of a picture that a network saw, at the picture's own resolution.

Axes: H height, W width, 3 red, green, blue.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.arch import Chain
from convscope.layers import CenterCrop, Resize
from convscope.shapes import Pair, crop_offset, pair, resized


class Region(NamedTuple):
    """A rectangle of the picture; it reaches beyond the edges where black was added."""

    top: float
    left: float
    height: float
    width: float


class _Side(NamedTuple):
    """One side on its way: its length now; place u of it is place a * u + b of the picture."""

    length: int
    a: float
    b: float

    def resized(self, length: int) -> "_Side":
        return _Side(length, self.a * self.length / length, self.b)

    def cropped(self, length: int) -> "_Side":
        begins = crop_offset(self.length, length)
        return _Side(length, self.a, self.b + self.a * begins)


def region(preprocessing: Chain, *, height: int, width: int) -> Region:
    """What a preprocessing shows the network of a picture of that size."""
    rows, cols = _Side(height, 1.0, 0.0), _Side(width, 1.0, 0.0)
    for layer in layers_of(preprocessing):
        if isinstance(layer, Resize):
            size = resized(rows.length, cols.length, layer.size)
            rows, cols = rows.resized(size[0]), cols.resized(size[1])
        if isinstance(layer, CenterCrop):
            rows, cols = (
                side.cropped(length)
                for side, length in zip((rows, cols), pair(layer.size), strict=True)
            )
    return Region(rows.b, cols.b, rows.a * rows.length, cols.a * cols.length)


def layers_of(chain: Chain) -> list[object]:
    """The layers of a chain, and of the chains in it, in order."""
    found: list[object] = []
    for part in chain.blocks.values():
        found += layers_of(part) if isinstance(part, Chain) else [part]
    return found


def cut_out(pixels_HW3: NDArray[np.uint8], where: Region) -> NDArray[np.uint8]:
    """That rectangle of a picture, rounded to whole pixels; black beyond its edges."""
    rows = _whole(where.top, where.height)
    cols = _whole(where.left, where.width)
    made = np.zeros((rows[1] - rows[0], cols[1] - cols[0], 3), np.uint8)
    inside = [
        slice(max(0, begin), min(end, length))
        for (begin, end), length in zip((rows, cols), pixels_HW3.shape[:2], strict=True)
    ]
    target = tuple(
        slice(part.start - begin, part.stop - begin)
        for part, (begin, _) in zip(inside, (rows, cols), strict=True)
    )
    made[target] = pixels_HW3[inside[0], inside[1]]
    return made


def _whole(begin: float, length: float) -> Pair:
    start = round(begin)
    return start, max(start + 1, round(begin + length))
