"""Convolution, one window at a time: every product, every sum, both gradients, and the matrix.

A convolution is a list of products: which number of the input meets which number of the kernel,
and in which output they are added up. From that one list follow the output, the gradient with
respect to the input, the gradient with respect to the kernel, the transposed convolution and
the matrix; only what is summed over differs.

    python -m convscope.labs.convolution --input 5x5x3 --kernel 3 --stride 2 --padding 1

Legend: C input channels, K output channels, H height, W width, h, w the kernel's, G groups.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ArchitectureError, InputError
from convscope.labs.sizes import SizeFormula, size_formula, transposed_formula
from convscope.labs.terms import Geometry, Terms
from convscope.shapes import CHW, Pair, windows

Array = NDArray[np.float64]
Index = tuple[int, ...]

MAX_PRODUCTS = 2_000_000
"""The largest convolution that is taken apart."""

Target = Literal["output", "input_gradient", "kernel_gradient"]


class Product(NamedTuple):
    """Two numbers that meet, with their places."""

    left_at: Index
    left: float
    right_at: Index
    right: float
    padding: bool = False  # the place lies outside the input, and the number there is 0

    @property
    def value(self) -> float:
        return self.left * self.right


class Sum(NamedTuple):
    """One number of a result: products and a bias, added up."""

    at: Index
    products: tuple[Product, ...]
    bias: float = 0.0

    @property
    def value(self) -> float:
        return sum(product.value for product in self.products) + self.bias

    def to_dict(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "products": [
                {**product._asdict(), "value": product.value} for product in self.products
            ],
            "bias": self.bias,
            "value": self.value,
        }


@final
@dataclass(frozen=True)
class Convolution:
    """One image, one kernel, and everything that happens between them.

    y[k, i, j] = b[k] + sum over c, u, v of w[k, c, u, v] * x[c, i*s - p + u*d, j*s - p + v*d]

    A cross-correlation, as everywhere in deep learning; `transposed` is its transpose, which
    sends each number of x to the places that it would have come from.

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
        _check(self)

    @property
    def input_shape(self) -> CHW:
        return CHW(*self.x.shape)

    @cached_property
    def sizes(self) -> tuple[SizeFormula, SizeFormula]:
        """The formula of the height and of the width."""
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
        """The windows; of a transposed convolution, those of the convolution it transposes."""
        kernel = (self.w.shape[2], self.w.shape[3])
        rows, columns = windows(kernel, self.stride, self.padding, self.dilation)
        ends = (self.input_shape, self.output_shape)
        source, target = reversed(ends) if self.transposed else ends
        return Geometry(source, target, rows, columns, self.groups)

    @cached_property
    def terms(self) -> Terms:
        return self.geometry.terms()

    @property
    def output(self) -> Array:
        """(K, H', W'), by adding up the products."""
        x, w = self.x.ravel(), self.w.ravel()
        terms = self.terms
        inside = terms.input >= 0
        y = np.zeros(self.output_shape.numel)
        into, of = (terms.input, terms.output) if self.transposed else (terms.output, terms.input)
        np.add.at(y, into[inside], x[of[inside]] * w[terms.weight[inside]])
        shaped = y.reshape(self.output_shape)
        return shaped if self.b is None else shaped + self.b[:, None, None]

    def input_gradient(self, upstream: Array | None = None) -> Array:
        """dL/dx[c, r, s] = sum over all windows that see it of g[k, i, j] * w. -> (C, H, W).

        Args:
            upstream: g = dL/dy, (K, H', W'); ones where it is not given.
        """
        terms, g = self.terms, self._upstream(upstream).ravel()
        inside = terms.input >= 0
        into, of = (terms.output, terms.input) if self.transposed else (terms.input, terms.output)
        gradient = np.zeros(self.x.size)
        np.add.at(gradient, into[inside], g[of[inside]] * self.w.ravel()[terms.weight[inside]])
        return gradient.reshape(self.x.shape)

    def kernel_gradient(self, upstream: Array | None = None) -> Array:
        """dL/dw[k, c, u, v] = sum over all places of the window of g[k, i, j] * x. -> as w."""
        terms, g = self.terms, self._upstream(upstream).ravel()
        inside = terms.input >= 0
        x_at, g_at = (terms.output, terms.input) if self.transposed else (terms.input, terms.output)
        gradient = np.zeros(self.w.size)
        products = g[g_at[inside]] * self.x.ravel()[x_at[inside]]
        np.add.at(gradient, terms.weight[inside], products)
        return gradient.reshape(self.w.shape)

    def bias_gradient(self, upstream: Array | None = None) -> Array:
        """dL/db[k] = sum over the map of g[k, i, j]. -> (K,)."""
        gradient: Array = self._upstream(upstream).sum(axis=(1, 2))
        return gradient

    def _upstream(self, upstream: Array | None) -> Array:
        if upstream is None:
            return np.ones(self.output_shape)
        if upstream.shape != tuple(self.output_shape):
            raise InputError(
                f"the gradient from above has shape {upstream.shape}",
                expected=f"the output's, {tuple(self.output_shape)}",
            )
        return upstream

    def steps(self) -> Iterator[Sum]:
        """Every number of the output with its products, in reading order.

        `left` is the input's, `right` the kernel's. A convolution lists padding too; a transposed
        one has none to list.
        """
        return self._sums("output", self._upstream(None))

    def gradient_steps(
        self, target: Literal["input_gradient", "kernel_gradient"], upstream: Array | None = None
    ) -> Iterator[Sum]:
        """Every number of a gradient with its products.

        `left` is the gradient from above; `right` the kernel's, or the input's.
        """
        return self._sums(target, self._upstream(upstream))

    def _sums(self, target: Target, g: Array) -> Iterator[Sum]:
        """Group the list of products by where they are added up."""
        terms = self.terms
        x_at, y_at = (terms.output, terms.input) if self.transposed else (terms.input, terms.output)
        places = {"output": y_at, "input_gradient": x_at, "kernel_gradient": terms.weight}
        shapes = {
            "output": tuple(self.output_shape),
            "input_gradient": self.x.shape,
            "kernel_gradient": self.w.shape,
        }
        into, shape = places[target], shapes[target]
        order = np.argsort(into, kind="stable")
        bounds = np.searchsorted(into[order], np.arange(int(np.prod(shape)) + 1))
        for number in range(len(bounds) - 1):
            at = _place(number, shape)
            here = order[bounds[number] : bounds[number + 1]]
            found = (self._product(target, int(n), g) for n in here)
            bias = float(self.b[at[0]]) if target == "output" and self.b is not None else 0.0
            yield Sum(at, tuple(product for product in found if product), bias)

    def _product(self, target: Target, number: int, g: Array) -> Product | None:
        """One product as `target` sees it, or None where only padding is met."""
        terms = self.terms
        outside = bool(terms.input[number] < 0)
        if outside and (target != "output" or self.transposed):
            return None
        source, goal = int(terms.input[number]), int(terms.output[number])
        x_at, y_at = (goal, source) if self.transposed else (source, goal)
        w_at = _place(int(terms.weight[number]), self.w.shape)
        weight = float(self.w[w_at])
        if outside:
            per_group = self.geometry.input.channels // self.groups
            group = w_at[0] // (self.geometry.output.channels // self.groups)
            channel = group * per_group + w_at[1]
            at = (channel, int(terms.row[number]), int(terms.column[number]))
            return Product(at, 0.0, w_at, weight, padding=True)
        x_place, y_place = _place(x_at, self.x.shape), _place(y_at, tuple(self.output_shape))
        if target == "output":
            return Product(x_place, float(self.x[x_place]), w_at, weight)
        if target == "input_gradient":
            return Product(y_place, float(g[y_place]), w_at, weight)
        return Product(y_place, float(g[y_place]), x_place, float(self.x[x_place]))

    def matrix(self) -> Array:
        """M with y = M x + b. -> (numbers of y, numbers of x).

        Nearly all zeros, and the same few weights in every row: sparse and shared.
        """
        matrix = np.zeros((self.output_shape.numel, self.x.size))
        np.add.at(matrix, self._cells(), self.w.ravel()[self.terms.weight[self.terms.input >= 0]])
        return matrix

    def shared(self) -> NDArray[np.int64]:
        """Which weight stands where in the matrix: its flat place in w, or -1."""
        cells = np.full((self.output_shape.numel, self.x.size), -1)
        cells[self._cells()] = self.terms.weight[self.terms.input >= 0]
        return cells

    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self.output_shape.numel * self.x.size > 4 * MAX_PRODUCTS:
            raise InputError(
                f"a matrix of {self.output_shape.numel:,} x {self.x.size:,} is too large to show",
                fix="a smaller input",
            )
        inside = self.terms.input >= 0
        y_at, x_at = self.terms.output[inside], self.terms.input[inside]
        return (x_at, y_at) if self.transposed else (y_at, x_at)

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "lab": "convolution",
            "input": self.x.tolist(),
            "kernel": self.w.tolist(),
            "bias": None if self.b is None else self.b.tolist(),
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
            "transposed": self.transposed,
            "output_padding": self.output_padding,
            "sizes": [size.to_dict() for size in self.sizes],
            "output": self.output.tolist(),
            "input_gradient": self.input_gradient().tolist(),
            "kernel_gradient": self.kernel_gradient().tolist(),
            "steps": [step.to_dict() for step in self.steps()],
        }


def _place(number: int, shape: Sequence[int]) -> Index:
    return tuple(int(axis) for axis in np.unravel_index(number, tuple(shape)))


def _check(lab: Convolution) -> None:
    """Say what does not fit before anything is computed.

    Raises:
        InputError: shapes, groups or numbers that do not fit, or too many products.
        ArchitectureError: a window larger than the padded input.
    """
    if lab.x.ndim != 3 or lab.w.ndim != 4 or not lab.x.size or not lab.w.size:
        raise InputError(
            f"input of shape {lab.x.shape} and kernel of shape {lab.w.shape}",
            expected="input (C, H, W) and kernel (K, C/groups, h, w), none of them 0",
        )
    channels, first = lab.x.shape[0], lab.w.shape[0]
    if lab.groups < 1 or channels % lab.groups or first % lab.groups:
        raise InputError(
            f"{channels} and {first} channels cannot be cut into {lab.groups} groups",
            expected="a number that divides both",
        )
    takes = first if lab.transposed else lab.w.shape[1] * lab.groups
    if takes != channels:
        raise InputError(
            f"the kernel is made for {takes} channels, and the input has {channels}",
            expected="as many channels in the kernel as in the input",
        )
    if lab.output_padding and not lab.transposed:
        raise InputError("output_padding belongs to a transposed convolution")
    wanted = lab.w.shape[1] * lab.groups if lab.transposed else first
    if lab.b is not None and lab.b.shape != (wanted,):
        raise InputError(f"bias of shape {lab.b.shape}", expected=f"({wanted},)")
    for array in (lab.x, lab.w):
        if not np.isfinite(array).all():
            raise InputError("NaN or infinity among the numbers", expected="finite numbers")
    products = lab.geometry.output.numel * lab.w[0].size
    if products > MAX_PRODUCTS:
        raise InputError(
            f"{products:,} products are too many to look at",
            expected=f"at most {MAX_PRODUCTS:,}",
            fix="a smaller input, or fewer channels",
        )
    if min(lab.output_shape) < 1:
        raise ArchitectureError(f"the output would be {lab.output_shape}", fix="less padding")


if __name__ == "__main__":
    from convscope.labs.convolution_play import main
    from convscope.labs.terminal import run

    run(main)
