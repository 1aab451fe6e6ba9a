"""Ranges of activations, from passes of the float32 network over real images.

The first pass takes the smallest and largest value of each tensor, the second one counts values
in bins. The range is the one with the smallest squared error of rounding and clipping.

Axes: N batch, C channels, B bins.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.engine.int8.moments import Moments, is_small
from convscope.engine.int8.simplified import Simplified
from convscope.engine.int8.sites import Sites, is_weighted

Array = NDArray[Any]
BINS = 2048
STEPS = 255
SHRINKS = np.linspace(1.0, 0.3, 71)


class Calibrated(NamedTuple):
    """Statistics of tensors.

    Attributes:
        ranges: the smallest and largest value that can be written, by group of tensors.
        means: the mean of each channel of the inputs of convolutions and products.
        covariances: of the inputs of an output, by the name of the node; of small ones only.
    """

    ranges: dict[str, tuple[float, float]]
    means: dict[str, Array]
    covariances: dict[str, Array]


def calibrated(
    graph: Simplified,
    sites: Sites,
    batches: Sequence[Array],
    *,
    threads: int,
) -> Calibrated:
    """Return the ranges of the tensors that are rounded, and the means of inputs.

    Args:
        batches: preprocessed images, (N, C, H, W) float32.
    """
    names = sorted(sites.groups)
    run = _runner(graph, names, threads)
    moments: dict[str, dict[str, Moments]] = {}
    for node in graph.nodes:
        if is_weighted(graph, node) and node.input[0] in sites:
            of_node = moments.setdefault(node.input[0], {})
            if is_small(graph, node):
                of_node[node.name] = Moments(graph, node)
    limits: dict[str, tuple[float, float]] = {}
    sums: dict[str, Array] = {}
    count = 0
    for batch in batches:
        count += len(batch)
        for name, values in run(batch):
            group = sites.groups[name]
            low, high = limits.get(group, (0.0, 0.0))  # 0 must have an exact value: padding
            limits[group] = min(low, float(values.min())), max(high, float(values.max()))
            for each in moments.get(name, {}).values():
                each.add(values)
            if name in moments:
                rest = tuple(range(2, values.ndim))
                total = values.mean(axis=rest, dtype=np.float64).sum(axis=0)
                sums[name] = sums.get(name, 0) + total
    means = {name: total / count for name, total in sums.items()}
    covariances = {
        node: each.covariance() for of_node in moments.values() for node, each in of_node.items()
    }
    counts = {group: np.zeros(BINS) for group in limits}
    for batch in batches:
        for name, values in run(batch):
            group = sites.groups[name]
            counts[group] += _histogram(values, *limits[group])
    ranges = {group: _least_error(counts[group], *limits[group]) for group in limits}
    return Calibrated(ranges, means, covariances)


def _runner(graph: Simplified, names: list[str], threads: int) -> Any:
    """Return a function from a batch to the values of the tensors, by name."""
    from convscope.machine.runtimes import onnx_runtime

    onnxruntime = onnx_runtime()
    assert onnxruntime is not None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    further = [name for name in names if name not in (graph.input, *graph.outputs)]
    data = graph.with_nodes(graph.nodes, graph.stored, further)
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(batch: Array) -> Iterable[tuple[str, Array]]:
        yield from ((graph.input, batch) for _ in range(graph.input in names))
        yield from zip(further, session.run(further, {graph.input: batch}), strict=True)

    return run


def _histogram(values: Array, low: float, high: float) -> Array:
    """Return how many values lie in each of `BINS` equal bins; zeros are not counted.

    0 is always written exactly, and half of the values after a ReLU are 0.
    """
    if high <= low:
        return np.zeros(BINS)
    flat = values.reshape(-1)
    numbers = ((flat - low) * (BINS / (high - low))).astype(np.int32)
    counts = np.bincount(np.minimum(numbers, BINS - 1), minlength=BINS)
    zero = min(int(-low * BINS / (high - low)), BINS - 1)
    counts[zero] -= int(np.count_nonzero(flat == 0))
    return np.maximum(counts, 0)


def _least_error(counts: Array, low: float, high: float) -> tuple[float, float]:
    """Return the range with the smallest sum of squared errors."""
    if high <= low:
        return low, high
    centres = low + (np.arange(BINS) + 0.5) * (high - low) / BINS

    def error(bottom: float, top: float) -> float:
        step = max(top - bottom, 1e-30) / STEPS
        clipped = np.clip(centres, bottom, top)
        inside = (centres >= bottom) & (centres <= top)
        squares = (centres - clipped) ** 2 + inside * step**2 / 12
        return float((counts * squares).sum())

    best = low, high
    for _ in range(2 if low < 0 else 1):
        if low < 0:
            best = min(((low * s, best[1]) for s in SHRINKS), key=lambda r: error(*r))
        best = min(((best[0], high * s) for s in SHRINKS), key=lambda r: error(*r))
    return best
