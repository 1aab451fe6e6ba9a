"""Covariances of the inputs of convolutions and products, over real images.

Axes: N batch, C channels, H height, W width, G groups, D inputs of an output, P positions.
"""

from typing import Any, final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convscope.engine.int8.simplified import Simplified, attribute

Array = NDArray[Any]
LARGEST = 1200  # inputs of an output; errors of more average out, and their covariance is dear
POSITIONS = 96  # of each image


def is_small(graph: Simplified, node: Any) -> bool:
    """Return whether covariances of a convolution or a product are computed."""
    return num_inputs(graph, node) <= LARGEST


def num_inputs(graph: Simplified, node: Any) -> int:
    """Return how many inputs an output has."""
    shape = graph.stored[node.input[1]].shape
    if node.op_type == "Gemm" and not attribute(node, "transB", 0):
        return int(shape[0])
    return int(np.prod(shape[1:]))


@final
class Moments:
    """Sum of products of the inputs of one node, from windows at random positions.

    Inputs are taken from the mean of the first batch: where they vary little around a large mean,
    the difference of two large sums would have more error than value.
    """

    def __init__(self, graph: Simplified, node: Any) -> None:
        weight = graph.stored[node.input[1]]
        self._is_conv = node.op_type == "Conv"
        self._groups = attribute(node, "group", 1) if self._is_conv else 1
        self.size = num_inputs(graph, node)
        self._window = weight.shape[2:]
        self._strides = attribute(node, "strides", [1] * len(self._window))
        self._dilations = attribute(node, "dilations", [1] * len(self._window))
        self._pads = attribute(node, "pads", [0] * (2 * len(self._window)))
        self._random = np.random.default_rng(0)
        self._products = np.zeros((self._groups, self.size, self.size))
        self._sums = np.zeros((self._groups, self.size))
        self._centre: Array | None = None
        self._count = 0

    def add(self, inputs_NCHW: Array) -> None:
        """Add the inputs of a batch."""
        x_GPD = self._windows(inputs_NCHW) if self._is_conv else inputs_NCHW[None]
        if self._centre is None:
            self._centre = x_GPD.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
        x_GPD = (x_GPD - self._centre).astype(np.float64 if self.size < 64 else np.float32)
        self._products += np.swapaxes(x_GPD, 1, 2) @ x_GPD
        self._sums += x_GPD.sum(axis=1)
        self._count += x_GPD.shape[1]

    def covariance(self) -> Array:
        """Return the covariances, (G, D, D)."""
        means_GD = self._sums / self._count
        outer: Array = means_GD[:, :, None] * means_GD[:, None]
        covariance: Array = self._products / self._count - outer
        return covariance

    def _windows(self, x_NCHW: Array) -> Array:
        top, left, bottom, right = self._pads
        padded = np.pad(x_NCHW, ((0, 0), (0, 0), (top, bottom), (left, right)))
        spans = [1 + d * (k - 1) for d, k in zip(self._dilations, self._window, strict=True)]
        views = sliding_window_view(padded, spans, axis=(2, 3))
        down, right = self._strides
        views = views[:, :, ::down, ::right, :: self._dilations[0], :: self._dilations[1]]
        height, width = views.shape[2:4]
        count = min(POSITIONS, height * width)
        places = self._random.choice(height * width, count, replace=False)
        picked = views[:, :, places // width, places % width]  # N, C, P, kernel
        num = len(picked)
        picked = picked.reshape(num, self._groups, -1, count, *self._window)
        picked = picked.transpose(1, 0, 3, 2, 4, 5)  # G, N, P, C of the group, window
        return picked.reshape(self._groups, num * count, self.size)
