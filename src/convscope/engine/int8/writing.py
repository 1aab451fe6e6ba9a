"""An ONNX model with 8-bit integers: QuantizeLinear and DequantizeLinear around tensors.

Activations are uint8 with a scale and a zero for each tensor, weights int8 with a scale for each
output channel, biases int32. ONNX Runtime and OpenVINO compute such a graph with integers.

Axes: K output channels, C input channels.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from convscope.engine.int8.calibration import Calibrated
from convscope.engine.int8.rounding import rounded
from convscope.engine.int8.simplified import Simplified, attribute
from convscope.engine.int8.sites import Sites, is_weighted

Array = NDArray[Any]
SMALLEST = 1e-12  # of a scale


@final
class Writer:
    """Writer of the nodes.

    Args:
        largest: of the weights: 127, or 63 where products of 8 bits are added in 16 bits.
    """

    def __init__(
        self, graph: Simplified, sites: Sites, known: Calibrated, *, largest: int = 127,
        corrected: bool = True, skipped: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._graph, self._sites, self._known = graph, sites, known
        self._largest, self._corrected, self._skipped = largest, corrected, skipped
        self._nodes: list[Any] = []
        self._stored: dict[str, Array] = dict(graph.stored)

    def model(self) -> bytes:
        """Return the serialised model."""
        if self._graph.input in self._sites:
            self._round(self._graph.input)
        for node in self._graph.nodes:
            self._add(node)
            for name in node.output:
                if name in self._sites:
                    self._round(name)
        return self._graph.with_nodes(self._nodes, self._stored, [])

    def _add(self, node: Any) -> None:
        import onnx

        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        is_integer = is_weighted(self._graph, node) and node.input[0] in self._sites
        if is_integer and node.name not in self._skipped:
            self._weights(copy)
        for place, name in enumerate(node.input):
            if name in self._sites:
                copy.input[place] = f"{name}/rounded"
        self._nodes.append(copy)

    def _round(self, name: str) -> None:
        from onnx import helper

        scale, zero = self.scale(name)
        names = [f"{name}/scale", f"{name}/zero"]
        self._stored[names[0]] = np.array(scale, np.float32)
        self._stored[names[1]] = np.array(zero, np.uint8)
        bits, rounded = f"{name}/uint8", f"{name}/rounded"
        self._nodes += [
            helper.make_node("QuantizeLinear", [name, *names], [bits], bits),
            helper.make_node("DequantizeLinear", [bits, *names], [rounded], rounded),
        ]

    def scale(self, name: str) -> tuple[float, int]:
        """Return the scale and the zero of an activation."""
        low, high = self._known.ranges[self._sites.groups[name]]
        scale = max((high - low) / 255, SMALLEST)
        return scale, int(np.clip(round(-low / scale), 0, 255))

    def _weights(self, node: Any) -> None:
        """Store weights and bias of a convolution or a product as integers."""
        weight = self._graph.stored[node.input[1]]
        if node.op_type == "Gemm" and not attribute(node, "transB", 0):
            weight = np.moveaxis(weight, 1, 0)
        rows_KC = weight.reshape(len(weight), -1).astype(np.float64)
        scales_K = np.maximum(np.abs(rows_KC).max(axis=1) / self._largest, SMALLEST)
        covariance = self._known.covariances.get(node.name)
        if covariance is None:
            whole_KC = np.rint(rows_KC / scales_K[:, None])
        else:
            whole_KC = rounded(rows_KC, covariance, scales_K, self._largest)
        integers = whole_KC.reshape(weight.shape)
        bias_K = np.zeros(len(weight))
        if len(node.input) > 2:
            bias_K = self._graph.stored[node.input[2]].astype(np.float64).reshape(-1)
        if self._corrected:
            bias_K = bias_K - self._shift(node, rows_KC, whole_KC * scales_K[:, None])
        axis = 0
        if node.op_type == "Gemm" and not attribute(node, "transB", 0):
            integers, axis = np.moveaxis(integers, 0, 1), 1
        self._constant(node, 1, integers.astype(np.int8), scales_K, axis)
        scales_K = scales_K * self.scale(node.input[0])[0]
        limit = 2.0**31 - 1
        self._constant(
            node, 2, np.clip(np.rint(bias_K / scales_K), -limit, limit).astype(np.int32),
            scales_K, 0,
        )  # fmt: skip

    def _shift(self, node: Any, rows_KC: Array, rounded_KC: Array) -> Array:
        """Return the mean error of each output channel that rounding the weights causes."""
        means_C = self._known.means[node.input[0]]
        error_KC = rounded_KC - rows_KC
        if node.op_type == "Conv":
            groups = attribute(node, "group", 1)
            window = rows_KC.shape[1] * groups // len(means_C)
            error_KC = error_KC.reshape(len(rows_KC), -1, window).sum(axis=2)
            of_group = means_C.reshape(groups, -1)
            means_KC = np.repeat(of_group, len(rows_KC) // groups, axis=0)
            shift: Array = (error_KC * means_KC).sum(axis=1)
            return shift
        return np.asarray(error_KC @ means_C)

    def _constant(self, node: Any, place: int, values: Array, scales: Array, axis: int) -> None:
        from onnx import helper

        name = f"{node.name}/{('', 'weight', 'bias')[place]}"
        parts = [f"{name}/integers", f"{name}/scales", f"{name}/zeros"]
        self._stored |= dict(
            zip(parts, (values, scales.astype(np.float32), np.zeros(len(scales), values.dtype)),
                strict=True)
        )  # fmt: skip
        self._nodes.append(
            helper.make_node("DequantizeLinear", parts, [f"{name}/float"], name, axis=axis)
        )
        if place < len(node.input):
            node.input[place] = f"{name}/float"
        else:
            node.input.append(f"{name}/float")
