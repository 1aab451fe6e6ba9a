"""Connected shapes of ink, and which of them form one digit.

Legend: h height, w width of the mask.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

SPECK = 0.02  # of the pixels of the largest shape: dust and grain
DUST = 0.05  # of the longer side of the image
SIMILAR = 0.45  # of the largest digit's height: another digit, not a part of one
NEAR = 0.06  # of the larger height: a gap in one stroke
ABOVE = 0.35  # of the larger height: the bar above a 5


class Shape(NamedTuple):
    """Shapes of ink that belong together: labels, number of pixels and bounding box."""

    labels: tuple[int, ...]
    pixels: int
    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def size(self) -> int:
        return max(self.height, self.width)

    def within(self, other: "Shape") -> bool:
        """Return whether the box lies in that of another shape, up to a tenth of its size."""
        slack = 0.1 * other.size
        return (
            self.top >= other.top - slack
            and self.left >= other.left - slack
            and self.bottom <= other.bottom + slack
            and self.right <= other.right + slack
        )


def connected(mask_hw: Mask) -> tuple[NDArray[np.int32], list[Shape]]:
    """Label the connected regions of a mask, 8 neighbours; label 0 is the background."""
    runs = _runs(mask_hw)
    parents = _joined(runs)
    _, labels = np.unique(parents, return_inverse=True)
    labels_hw = np.zeros(mask_hw.shape, np.int32)
    boxes: dict[int, list[int]] = {}
    for (row, start, stop), number in zip(runs.tolist(), (labels + 1).tolist(), strict=True):
        labels_hw[row, start:stop] = number
        box = boxes.setdefault(number, [0, row, start, row, stop])
        box[0] += stop - start
        box[2], box[3], box[4] = min(box[2], start), row, max(box[4], stop)
    return labels_hw, [
        Shape((number,), pixels, top, left, bottom + 1, right)
        for number, (pixels, top, left, bottom, right) in boxes.items()
    ]


def _runs(mask_hw: Mask) -> NDArray[np.int64]:
    """Return the horizontal runs of a mask, in reading order: row, start, stop."""
    height = mask_hw.shape[0]
    edge = np.zeros((height, 1), np.int8)
    steps = np.diff(np.hstack([edge, mask_hw.astype(np.int8), edge]), axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, stops = np.nonzero(steps == -1)
    return np.stack([rows, starts, stops], axis=1)


def _joined(runs: NDArray[np.int64]) -> list[int]:
    """Return the first run of each run's region: neighbouring rows whose runs touch are joined."""
    parents = list(range(len(runs)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    listed = runs.tolist()
    above = 0
    for number, (row, start, stop) in enumerate(listed):
        while listed[above][0] < row - 1:
            above += 1
        candidate = above
        while listed[candidate][0] < row and listed[candidate][1] <= stop:
            if listed[candidate][0] == row - 1 and listed[candidate][2] >= start:
                first, second = sorted((root(number), root(candidate)))
                parents[second] = first
            candidate += 1
    return [root(run) for run in range(len(runs))]


def inside(shapes: list[Shape], size: tuple[int, ...]) -> list[Shape]:
    """Return the shapes without those that leave the image, such as a table or a page's edge.

    All of them, if only dust is left: then the digit touches the border.
    """
    height, width = size
    dust = DUST * max(size)
    kept = [
        shape
        for shape in shapes
        if shape.top > 0 and shape.left > 0 and shape.bottom < height and shape.right < width
    ]
    return kept if any(shape.size > dust for shape in kept) else shapes


def digits(shapes: list[Shape]) -> list[Shape]:
    """Join the shapes of one digit, and return the digits, the one with the most ink first.

    Two shapes are one digit if the gap is that of a broken stroke, or if the smaller lies just
    above or below the larger, as the bar of a 5. Dust is left out.
    """
    largest = max(shape.pixels for shape in shapes)
    remaining = sorted(
        (shape for shape in shapes if shape.pixels >= SPECK * largest),
        key=lambda shape: -shape.pixels,
    )
    groups: list[Shape] = []
    while remaining:
        group = remaining.pop(0)
        while near := [shape for shape in remaining if _belongs(shape, group)]:
            for shape in near:
                remaining.remove(shape)
                group = _union(group, shape)
        groups.append(group)
    most = max(groups, key=lambda shape: shape.pixels)
    others = [group for group in groups if group is not most and group.size > SIMILAR * most.size]
    return [most, *others]


def _belongs(shape: Shape, group: Shape) -> bool:
    across = max(shape.left, group.left) - min(shape.right, group.right)
    down = max(shape.top, group.top) - min(shape.bottom, group.bottom)
    size = max(group.size, shape.size)
    if max(across, down) <= NEAR * size:
        return True
    is_part = shape.size < 0.7 * group.size and across < -0.3 * shape.width
    return is_part and down <= ABOVE * size


def _union(one: Shape, other: Shape) -> Shape:
    return Shape(
        one.labels + other.labels,
        one.pixels + other.pixels,
        min(one.top, other.top),
        min(one.left, other.left),
        max(one.bottom, other.bottom),
        max(one.right, other.right),
    )
