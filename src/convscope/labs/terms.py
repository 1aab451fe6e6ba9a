"""Which number of the input meets which number of the kernel, and where they are added up.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's, G groups.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.shapes import CHW, Window


class Terms(NamedTuple):
    """The list of products: flat places in the input (-1: padding), the output, the kernel."""

    input: NDArray[np.int64]
    output: NDArray[np.int64]
    weight: NDArray[np.int64]
    row: NDArray[np.int64]  # in the input; outside of it in the padding
    column: NDArray[np.int64]


class Geometry(NamedTuple):
    """From which input a window comes to which output."""

    input: CHW
    output: CHW
    rows: Window
    columns: Window
    groups: int

    def terms(self) -> Terms:
        """All products, ordered as the output is: by channel, row, column."""
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
