"""ONNX model of a block or of a whole architecture, for inference.

Every layer writes its own nodes (`Layer.onnx`). The output of a layer, or of joined branches,
is the tensor named by the path, so an engine can return any activation. The batch is free.
Auxiliary heads are left out: they run in training only.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, final

import onnx
from onnx import TensorProto, helper

from convscope.arch import AnyBlock, Composition, trace
from convscope.arch.fold import Place, flow, row
from convscope.arch.trace import Step
from convscope.export.onnx.emitter import Array, LayerEmitter, Parts
from convscope.layers import Layer
from convscope.shapes import CHW, Shape

OPSET = 18
IR_VERSION = 10
BATCH = "N"

ROWS: dict[str, tuple[str, dict[str, int]]] = {
    "Concat": ("Concat", {"axis": 1}),
    "Residual": ("Add", {}),
    "Gate": ("Mul", {}),
}
"""Operator and attributes that join the branches of a composition."""

Pixels = Literal["float32", "uint8"]


def onnx_model(
    block: AnyBlock,
    input: Shape,
    weights: Mapping[str, Array],
    *,
    name: str = "block",
    pixels: Pixels = "float32",
    any_size: bool = False,
) -> onnx.ModelProto:
    """Return the ONNX model of a block; the same bytes for the same arguments.

    Its input and output are named `input` and `output`, followed by _ if a part has that name.

    Args:
        weights: the state dict of the block's module, as arrays.
        pixels: the type of the input.
        any_size: leave height and width of the input free; only for preprocessing layers.

    Raises:
        ArchitectureError: the block does not fit the input.
        Unsupported: a composition without a row in `ROWS`.
    """
    steps = trace(block, input).steps
    paths = {step.path for step in steps}
    source, target = _free("input", paths), _free("output", paths)
    graph = _Graph({step.path: step.input_shapes[0] for step in steps}, weights)
    x = source
    if pixels == "uint8":
        x = graph.parts.add("Cast", [source], f"{source}/Cast", {"to": TensorProto.FLOAT})
    graph.parts.add("Identity", [flow(block, x, graph)], target, {})
    output = steps[-1].output_shape
    if any_size and isinstance(output, CHW):
        ends: list[str | int] = [output.channels, "output_height", "output_width"]
    else:
        ends = list(output)
    size = ["height", "width"] if any_size else input[1:]
    kind = TensorProto.UINT8 if pixels == "uint8" else TensorProto.FLOAT
    model_graph = helper.make_graph(
        graph.parts.nodes,
        name,
        [helper.make_tensor_value_info(source, kind, [BATCH, input[0], *size])],
        [helper.make_tensor_value_info(target, TensorProto.FLOAT, [BATCH, *ends])],
        list(graph.parts.tensors.values()),
        value_info=[] if any_size else _known(steps),
    )
    return helper.make_model(
        model_graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="convscope",
    )


@final
class _Graph:
    """The walk along the data that writes the nodes; tensors are known by name."""

    def __init__(self, inputs: Mapping[str, Shape], weights: Mapping[str, Array]) -> None:
        self.parts = Parts()
        self._inputs, self._weights = inputs, weights

    def enter(self, block: AnyBlock, place: Place) -> None:
        pass

    def layer(self, layer: Layer, place: Place, x: str) -> str:
        if place.auxiliary:
            return x
        emit = LayerEmitter(self.parts, place.path, self._weights)
        return emit.finish(layer.onnx(self._inputs[place.path], emit, x), place.path or "layer")

    def join(self, block: Composition, place: Place, ends: Mapping[str, str]) -> str:
        operator, attributes = row(ROWS, block, backend="ONNX", where=place.path)
        if place.auxiliary:
            return next(iter(ends.values()))
        return self.parts.add(operator, list(ends.values()), place.path or "block", attributes)

    def side(self, block: Composition, place: Place, ends: Mapping[str, str]) -> None:
        pass


def _free(name: str, paths: Collection[str]) -> str:
    """Return the name, followed by _ as long as a path has it."""
    while name in paths:
        name += "_"
    return name


def _known(steps: Sequence[Step]) -> list[onnx.ValueInfoProto]:
    """Return the shapes of the tensors that are named by paths."""
    return [
        helper.make_tensor_value_info(step.path, TensorProto.FLOAT, [BATCH, *step.output_shape])
        for step in steps
        if step.path and not step.auxiliary
    ]
