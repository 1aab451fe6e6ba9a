"""The engines of the candidates, built in the process that measures one of them.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from convscope.bench.candidates import Candidate
from convscope.engine.base import Engine
from convscope.engine.folded import PyTorch, folded
from convscope.engine.graph import Graph, graph_of
from convscope.engine.openvino import Precision
from convscope.engine.profile import onnx_runtime, openvino, pytorch
from convscope.engine.profile.attribution import Pass
from convscope.errors import InputError
from convscope.network import Network

CALIBRATION_BATCH = 16
Profiler = Callable[[Graph, Tensor, int, Mapping[str, str]], list[Pass]]


class Measured(Protocol):
    """An engine with its profile."""

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        """Return the logits, (N, K)."""

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        """Return profiled passes."""


class Sources(NamedTuple):
    """The network, and prepared images to calibrate int8 with, (N, C, H, W)."""

    network: Network
    calibration: Tensor | None


class Eager:
    """PyTorch as it comes: the network itself, contiguous memory, float32."""

    def __init__(self, sources: Sources) -> None:
        self._network = sources.network

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        with torch.inference_mode():
            logits_NK: Tensor = self._network(inputs_NCHW)
        return logits_NK

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        network = self._network
        return [
            pytorch.profiled(self.run, network, network.architecture, inputs_NCHW)
            for _ in range(repeats)
        ]


class Folded:
    """PyTorch with normalisation folded, channels last; at level fast in bfloat16."""

    def __init__(self, sources: Sources, *, dtype: torch.dtype | None) -> None:
        self._network = sources.network
        self._twin = folded(sources.network, dtype=dtype)
        self._engine = PyTorch(self._twin, channels_last=True)

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        return self._engine(inputs_NCHW)[0].float()

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        architecture = self._network.architecture
        passes = [
            pytorch.profiled(self.run, self._twin, architecture, inputs_NCHW)
            for _ in range(repeats)
        ]
        return [pytorch.without_folded(each, self._network, self._twin) for each in passes]


class Onnx:
    """An engine on an ONNX model; the profile runs a graph with the same operations."""

    def __init__(self, network: Network, graph: Graph, engine: Engine, profile: Profiler) -> None:
        self._engine, self._graph, self._profile = engine, graph, profile
        steps = network.architecture.trace.steps
        last = next(step.path for step in reversed(steps) if not step.auxiliary)
        self._aliases = {graph.outputs[0]: last}  # engines name the last layer as the output

    def run(self, inputs_NCHW: Tensor) -> Tensor:
        return self._engine(inputs_NCHW)[0]

    def profile(self, inputs_NCHW: Tensor, repeats: int) -> list[Pass]:
        return self._profile(self._graph, inputs_NCHW, repeats, self._aliases)


class BySize:
    """OpenVINO compiled for the size of batch that runs, as predictions do it."""

    name = "OpenVINO"

    def __init__(self, graph: Graph, precision: Precision) -> None:
        self._graph, self._precision = graph, precision
        self._engine: Engine | None = None
        self._images = 0

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        from convscope.engine.openvino import MOST_STATIC_BYTES, OpenVino

        images = len(inputs_NCHW)
        is_any = len(self._graph.data) > MOST_STATIC_BYTES
        if self._engine is None or not (is_any or images == self._images):
            self._engine = None  # before the next one takes memory
            self._engine = OpenVino(self._graph, precision=self._precision, images=images)
            self._images = images
        return self._engine(inputs_NCHW)


def _onnx_runtime(sources: Sources, graph: Graph) -> Measured:
    from convscope.engine.onnx_runtime import OnnxRuntime

    return Onnx(sources.network, graph, OnnxRuntime(graph), onnx_runtime.profiled)


def _openvino(sources: Sources, precision: Precision = "f32") -> Measured:
    engine = BySize(graph_of(sources.network), precision)
    profile = partial(openvino.profiled, precision=precision)
    return Onnx(sources.network, _folded_graph(sources.network), engine, profile)


def _openvino_int8(sources: Sources) -> Measured:
    graph = _quantised(sources)
    profile = partial(openvino.profiled, precision="f32")
    return Onnx(sources.network, graph, BySize(graph, "f32"), profile)


def _folded_graph(network: Network) -> Graph:
    """Return the graph with normalisation folded, in which convolutions keep their names.

    OpenVINO folds it too, but gives some of the convolutions names of its own.
    """
    from convscope.export.onnx.graph import network_graph

    weights = {key: tensor.cpu().numpy() for key, tensor in network.state_dict().items()}
    model = network_graph(network.architecture, weights).to_model()
    logits = model.graph.output[0].name
    return Graph(model.SerializeToString(), model.graph.input[0].name, (logits,))


def _openvino_fast(sources: Sources) -> Measured:
    from convscope.engine.openvino import half_precision, needed

    needed()
    precision = half_precision()
    if precision is None:
        raise InputError("this processor multiplies no 16-bit floating numbers")
    return _openvino(sources, precision)


def _quantised(sources: Sources) -> Graph:
    from convscope.engine.int8 import quantised

    assert sources.calibration is not None
    return quantised(sources.network, torch.split(sources.calibration, CALIBRATION_BATCH))


BUILDERS: dict[tuple[str, str], Callable[[Sources], Measured]] = {
    ("pytorch", "exact"): Eager,
    ("pytorch-folded", "exact"): lambda sources: Folded(sources, dtype=None),
    ("pytorch-folded", "fast"): lambda sources: Folded(sources, dtype=torch.bfloat16),
    ("onnxruntime", "exact"): lambda sources: _onnx_runtime(sources, graph_of(sources.network)),
    ("onnxruntime", "int8"): lambda sources: _onnx_runtime(sources, _quantised(sources)),
    ("openvino", "exact"): _openvino,
    ("openvino", "fast"): _openvino_fast,
    ("openvino", "int8"): _openvino_int8,
}
"""How each candidate is built."""


def build(candidate: Candidate, sources: Sources) -> Measured:
    """Return the engine of a candidate."""
    return BUILDERS[candidate.key, candidate.level](sources)
