"""Convolution taken apart: each product, each sum, both gradients, and the matrix form.

A convolution is a list of products: an input value times a kernel value, added to an output.
The output, the gradient with respect to the input, the gradient with respect to the kernel, the
transposed convolution and the matrix all follow from that list; only the index that is summed
over differs.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's, G groups.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.labs.sizes import SizeFormula, size_formula, transposed_formula
from convscope.labs.sums.limits import MAX_PRODUCTS, check
from convscope.labs.sums.products import Index, Product, Sum
from convscope.labs.sums.terms import Geometry, Terms
from convscope.shapes import CHW, Pair, windows

Array = NDArray[np.float64]

SETTINGS = ("stride", "padding", "dilation", "groups", "transposed", "output_padding")

Target = Literal["output", "input_gradient", "kernel_gradient"]


@final
@dataclass(frozen=True)
class Convolution:
    """Convolution of one image with one set of kernels.

    y[k, i, j] = b[k] + sum over c, u, v of w[k, c, u, v] * x[c, i*s - p + u*d, j*s - p + v*d]

    A cross-correlation, as everywhere in deep learning. `transposed`: its transpose, which adds
    each x[c], times the kernel, to all outputs of its window.

    Args:
        x: (C, H, W).
        w: (K, C / G, h, w); transposed: (C, K / G, h, w), as PyTorch has it.
        b: (K,), or None for zeros.
    """

    x: Array
    w: Array
    b: Array | None = None
    stride: int | Pair = 1
    padding: int | Pair = 0
    dilation: int | Pair = 1
    groups: int = 1
    transposed: bool = False
    output_padding: int | Pair = 0

    def __post_init__(self) -> None:
        check(self)

    @property
    def input_shape(self) -> CHW:
        return CHW(*self.x.shape)

    @cached_property
    def sizes(self) -> tuple[SizeFormula, SizeFormula]:
        """Size formulas of height and width."""
        kernel = (self.w.shape[2], self.w.shape[3])
        rows, columns = windows(kernel, self.stride, self.padding, self.dilation)
        _, height, width = self.x.shape
        if self.transposed:
            more = self.output_padding
            more_rows, more_columns = more if isinstance(more, tuple) else (more, more)
            return (
                transposed_formula(height, rows, more_rows, "height"),
                transposed_formula(width, columns, more_columns, "width"),
            )
        return size_formula(height, rows, "height"), size_formula(width, columns, "width")

    @cached_property
    def output_shape(self) -> CHW:
        channels = self.w.shape[1] * self.groups if self.transposed else self.w.shape[0]
        height, width = self.sizes
        return CHW(channels, height.output, width.output)

    @cached_property
    def geometry(self) -> Geometry:
        """Windows; a transposed convolution has those of the convolution that it transposes."""
        kernel = (self.w.shape[2], self.w.shape[3])
        rows, columns = windows(kernel, self.stride, self.padding, self.dilation)
        ends = (self.input_shape, self.output_shape)
        source, target = reversed(ends) if self.transposed else ends
        return Geometry(source, target, rows, columns, self.groups)

    @cached_property
    def terms(self) -> Terms:
        return self.geometry.terms()

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Flat positions in x, y and w of every product that is not with padding."""
        inside = self.terms.input >= 0
        ends = (self.terms.input[inside], self.terms.output[inside])
        x_at, y_at = reversed(ends) if self.transposed else ends
        return x_at, y_at, self.terms.weight[inside]

    @property
    def output(self) -> Array:
        """Sums of the products, (K, H', W')."""
        x_at, y_at, w_at = self._places
        y = np.zeros(self.output_shape.numel)
        np.add.at(y, y_at, self.x.ravel()[x_at] * self.w.ravel()[w_at])
        shaped = y.reshape(self.output_shape)
        return shaped if self.b is None else shaped + self.b[:, None, None]

    def input_gradient(self, upstream: Array | None = None) -> Array:
        """Return dL/dx[c, r, s], (C, H, W): the sum of g[k, i, j] * w over all windows on it.

        Args:
            upstream: g = dL/dy, (K, H', W'); ones by default.
        """
        x_at, y_at, w_at = self._places
        gradient = np.zeros(self.x.size)
        np.add.at(gradient, x_at, self._upstream(upstream).ravel()[y_at] * self.w.ravel()[w_at])
        return gradient.reshape(self.x.shape)

    def kernel_gradient(self, upstream: Array | None = None) -> Array:
        """Return dL/dw[k, c, u, v]: the sum of g[k, i, j] * x over all window positions. As w."""
        x_at, y_at, w_at = self._places
        gradient = np.zeros(self.w.size)
        np.add.at(gradient, w_at, self._upstream(upstream).ravel()[y_at] * self.x.ravel()[x_at])
        return gradient.reshape(self.w.shape)

    def bias_gradient(self, upstream: Array | None = None) -> Array:
        """Return dL/db[k]: the sum of g[k, i, j] over the map. (K,)"""
        gradient: Array = self._upstream(upstream).sum(axis=(1, 2))
        return gradient

    def _upstream(self, upstream: Array | None) -> Array:
        if upstream is None:
            return np.ones(self.output_shape)
        if upstream.shape != tuple(self.output_shape):
            raise InputError(
                f"an upstream gradient of shape {upstream.shape}",
                expected=f"the shape of the output, {tuple(self.output_shape)}",
            )
        return upstream

    def steps(self) -> Iterator[Sum]:
        """Yield every output value with its products, in reading order.

        `left` belongs to the input, `right` to the kernel. Padding is listed too, except for a
        transposed convolution.
        """
        return self._sums("output", self._upstream(None))

    def gradient_steps(
        self, target: Literal["input_gradient", "kernel_gradient"], upstream: Array | None = None
    ) -> Iterator[Sum]:
        """Yield every value of a gradient with its products.

        `left` belongs to the upstream gradient, `right` to the kernel or the input.
        """
        return self._sums(target, self._upstream(upstream))

    def _sums(self, target: Target, g: Array) -> Iterator[Sum]:
        """Yield the products grouped by the value that they are added to."""
        terms = self.terms
        x_at, y_at = (terms.output, terms.input) if self.transposed else (terms.input, terms.output)
        targets = {"output": y_at, "input_gradient": x_at, "kernel_gradient": terms.weight}
        shapes = {
            "output": tuple(self.output_shape),
            "input_gradient": self.x.shape,
            "kernel_gradient": self.w.shape,
        }
        into, shape = targets[target], shapes[target]
        order = np.argsort(into, kind="stable")
        bounds = np.searchsorted(into[order], np.arange(int(np.prod(shape)) + 1))
        for index in range(len(bounds) - 1):
            at = _position(index, shape)
            here = order[bounds[index] : bounds[index + 1]]
            products = (self._product(target, int(n), g) for n in here)
            bias = float(self.b[at[0]]) if target == "output" and self.b is not None else 0.0
            yield Sum(at, tuple(product for product in products if product), bias)

    def _product(self, target: Target, index: int, g: Array) -> Product | None:
        """Return one product as part of `target`; None for padding that does not count."""
        terms = self.terms
        outside = bool(terms.input[index] < 0)
        if outside and (target != "output" or self.transposed):
            return None
        source, goal = int(terms.input[index]), int(terms.output[index])
        x_at, y_at = (goal, source) if self.transposed else (source, goal)
        w_at = _position(int(terms.weight[index]), self.w.shape)
        weight = float(self.w[w_at])
        if outside:
            per_group = self.geometry.input.channels // self.groups
            group = w_at[0] // (self.geometry.output.channels // self.groups)
            channel = group * per_group + w_at[1]
            at = (channel, int(terms.row[index]), int(terms.column[index]))
            return Product(at, 0.0, w_at, weight, padding=True)
        x_position, y_position = _position(x_at, self.x.shape), _position(y_at, self.output_shape)
        if target == "output":
            return Product(x_position, float(self.x[x_position]), w_at, weight)
        if target == "input_gradient":
            return Product(y_position, float(g[y_position]), w_at, weight)
        return Product(y_position, float(g[y_position]), x_position, float(self.x[x_position]))

    def matrix(self) -> Array:
        """Return M with y = M x + b: (values of y, values of x).

        Sparse, with the same few weights in every row: weights are shared.
        """
        self._check_matrix()
        x_at, y_at, w_at = self._places
        matrix = np.zeros((self.output_shape.numel, self.x.size))
        np.add.at(matrix, (y_at, x_at), self.w.ravel()[w_at])
        return matrix

    def shared(self) -> NDArray[np.int64]:
        """Return the flat index in w of each matrix entry; -1 for a zero."""
        self._check_matrix()
        x_at, y_at, w_at = self._places
        cells = np.full((self.output_shape.numel, self.x.size), -1)
        cells[y_at, x_at] = w_at
        return cells

    def _check_matrix(self) -> None:
        if self.output_shape.numel * self.x.size > 4 * MAX_PRODUCTS:
            raise InputError(
                f"a matrix of {self.output_shape.numel:,} x {self.x.size:,}",
                expected=f"at most {4 * MAX_PRODUCTS:,} entries",
                fix="use a smaller input",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "convolution",
            "input": self.x.tolist(),
            "kernel": self.w.tolist(),
            "bias": None if self.b is None else self.b.tolist(),
            **{name: getattr(self, name) for name in SETTINGS},
            "sizes": [size.to_dict() for size in self.sizes],
            "output": self.output.tolist(),
            "input_gradient": self.input_gradient().tolist(),
            "kernel_gradient": self.kernel_gradient().tolist(),
            "steps": [step.to_dict() for step in self.steps()],
        }


def _position(index: int, shape: Sequence[int]) -> Index:
    return tuple(int(axis) for axis in np.unravel_index(index, tuple(shape)))
