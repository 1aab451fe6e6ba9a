"""The products of a convolution as one list: input position, kernel position, output position.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's, G groups.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.shapes import CHW, Window


class Terms(NamedTuple):
    """One entry per product: flat positions in the input (-1: padding), output and kernel."""

    input: NDArray[np.int64]
    output: NDArray[np.int64]
    weight: NDArray[np.int64]
    row: NDArray[np.int64]  # of the input; outside it for padding
    column: NDArray[np.int64]


class Geometry(NamedTuple):
    """Input and output shape, the windows along both axes, and the groups."""

    input: CHW
    output: CHW
    rows: Window
    columns: Window
    groups: int

    def terms(self) -> Terms:
        """Return all products, in the order of the output: channel, row, column."""
        per_group = self.input.channels // self.groups
        shape = (*self.output, per_group, self.rows.kernel, self.columns.kernel)
        k, i, j, c, u, v = (axis.ravel() for axis in np.indices(shape))
        row = i * self.rows.stride - self.rows.padding + u * self.rows.dilation
        column = j * self.columns.stride - self.columns.padding + v * self.columns.dilation
        inside = (row >= 0) & (row < self.input.height)
        inside &= (column >= 0) & (column < self.input.width)
        channel = k // (self.output.channels // self.groups) * per_group + c
        flat = (channel * self.input.height + row) * self.input.width + column
        output = (k * self.output.height + i) * self.output.width + j
        weight = ((k * per_group + c) * self.rows.kernel + u) * self.columns.kernel + v
        return Terms(np.where(inside, flat, -1), output, weight, row, column)
