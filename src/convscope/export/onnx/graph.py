"""ONNX graph of a block, or of a whole model with its preprocessing, for inference.

Every layer writes its own nodes (`Layer.onnx`). The output of a layer, or of joined branches,
is the tensor named by the path, so an engine can return any activation. The batch is free.
Auxiliary heads are left out: they run in training only.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, final

import numpy as np
import onnx
from onnx import TensorProto, helper

from convscope.arch import AnyBlock, Architecture, Chain, Composition, trace
from convscope.arch.fold import Place, flow, row
from convscope.arch.folding import Fold, folded_weights, folds
from convscope.arch.trace import Trace
from convscope.errors import unknown_name
from convscope.export.onnx.emitter import Array, LayerEmitter, Parts, Stored, Tensors
from convscope.export.onnx.writer import OnnxGraph
from convscope.layers import Layer
from convscope.shapes import CHW, Shape

BATCH = "N"
PREPROCESSING = "preprocessing/"
"""Prefix of the names of the preprocessing, as in a model file."""

ROWS: dict[str, tuple[str, dict[str, int]]] = {
    "Concat": ("Concat", {"axis": 1}),
    "Residual": ("Add", {}),
    "Gate": ("Mul", {}),
}
"""Operator and attributes that join the branches of a composition."""

Pixels = Literal["float32", "uint8"]
Outputs = Mapping[str, str]
"""Names of further outputs, and the path of the layer that computes each."""
NO_OUTPUTS: Outputs = MappingProxyType({})


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
    Nothing is folded: every layer has its tensor.

    Args:
        weights: the state dict of the block's module, as arrays.
        pixels: the type of the input.
        any_size: leave height and width of the input free; only for preprocessing layers.

    Raises:
        ArchitectureError: the block does not fit the input.
        Unsupported: a composition without a row in `ROWS`.
    """
    steps = trace(block, input)
    paths = {step.path for step in steps.steps}
    source, target = _free("input", paths), _free("output", paths)
    parts = Parts()
    walk = _Graph(parts, steps, weights, bytes_in=[source] if pixels == "uint8" else [])
    parts.add("Identity", [walk.floats(flow(block, source, walk), f"{target}/Cast")], target, {})
    output = steps.output_shape
    if any_size and isinstance(output, CHW):
        ends: list[str | int] = [output.channels, "output_height", "output_width"]
    else:
        ends = list(output)
    size = ["height", "width"] if any_size else input[1:]
    kind = TensorProto.UINT8 if pixels == "uint8" else TensorProto.FLOAT
    return OnnxGraph(
        name,
        parts,
        (helper.make_tensor_value_info(source, kind, [BATCH, input[0], *size]),),
        (_value(target, ends),),
        () if any_size else tuple(_known(steps, parts)),
    ).to_model()


def network_graph(
    architecture: Architecture, weights: Tensors, *, outputs: Outputs = NO_OUTPUTS
) -> OnnxGraph:
    """Return the graph of the bare network: prepared images to logits.

    `input`: (N, C, H, W) float32 -> `logits`: (N, K). Batch normalisation is folded into the
    convolutions before it, where no output is needed in between.

    Args:
        outputs: activations as further outputs; see `further_outputs`.
    """
    walk = _network(Parts(), architecture, weights, outputs)
    source, target = (_free(name, walk.paths) for name in ("input", "logits"))
    end = flow(architecture.block, source, walk)
    walk.parts.add("Identity", [end], target, {})
    _name_outputs(walk.parts, outputs)
    return OnnxGraph(
        architecture.name,
        walk.parts,
        (_value(source, architecture.input),),
        (_value(target, [architecture.num_classes]), *_activations(architecture, outputs)),
        tuple(_known(architecture.trace, walk.parts, outputs)),
    )


def model_graph(
    architecture: Architecture,
    preprocessing: Chain,
    weights: Tensors,
    *,
    outputs: Outputs = NO_OUTPUTS,
    prepared: bool = False,
) -> OnnxGraph:
    """Return the graph of a whole model: raw pixels to probabilities.

    `image`: (N, H, W, C) uint8, of any height and width -> `probabilities`: (N, K).

    Args:
        weights: those of the network by path, and of the preprocessing after `preprocessing/`.
        outputs: as in `network_graph`.
        prepared: the output of the preprocessing is the second output.
    """
    walk = _network(Parts(), architecture, weights, outputs)
    parts, channels = walk.parts, architecture.input.channels
    source, target = (_free(name, walk.paths) for name in ("image", "probabilities"))
    pixels = parts.add("Transpose", [source], f"{source}/Transpose", {"perm": [0, 3, 1, 2]})
    # any size would do: the layers of the preprocessing compute theirs in the graph
    steps = trace(preprocessing, CHW(channels, 256, 256))
    before = _Graph(parts, steps, weights, prefix=PREPROCESSING, bytes_in=[pixels])
    ready = before.floats(flow(preprocessing, pixels, before), f"{PREPROCESSING}Cast")
    logits = flow(architecture.block, ready, walk)
    parts.add("Softmax", [logits], target, {"axis": 1})
    _name_outputs(parts, outputs)
    between = _value(ready, architecture.input)
    image: list[str | int] = [BATCH, "height", "width", channels]
    return OnnxGraph(
        architecture.name,
        parts,
        (helper.make_tensor_value_info(source, TensorProto.UINT8, image),),
        (
            _value(target, [architecture.num_classes]),
            *([between] if prepared else []),
            *_activations(architecture, outputs),
        ),
        (*([] if prepared else [between]), *_known(architecture.trace, parts, outputs)),
    )


def _network(
    parts: Parts, architecture: Architecture, weights: Tensors, outputs: Outputs
) -> "_Graph":
    steps = architecture.trace
    return _Graph(parts, steps, weights, pairs=folds(steps, {*outputs.values()}))


def further_outputs(architecture: Architecture, names: Sequence[str]) -> dict[str, str]:
    """Return the outputs of layers by name: of each path, or of all layers for `all`.

    The output of a chain is that of its last layer.

    Raises:
        InputError: no such path in the main network; the nearest ones are named.
    """
    steps = [step for step in architecture.trace.steps if not step.auxiliary]
    last: dict[str, str] = {}
    for step in steps:
        name = step.path
        while name:  # later layers replace earlier ones, so that the last of a chain remains
            last[name] = step.path
            name = name.rpartition(".")[0]
    last |= {step.path: step.path for step in steps}
    if list(names) == ["all"]:
        return {step.path: step.path for step in steps}
    for name in names:
        if name not in last:
            raise unknown_name("layer", name, last, see=f"convscope show {architecture.name}")
    return {name: last[name] for name in names}


def _name_outputs(parts: Parts, outputs: Outputs) -> None:
    """Name the outputs of chains, which have no tensor of their own."""
    for name, path in outputs.items():
        if name != path:
            parts.add("Identity", [path], name, {})


@final
class _Graph:
    """The walk along the data that writes the nodes; tensors are known by name.

    Args:
        prefix: of the names of all tensors.
        bytes_in: tensors that hold uint8.
        pairs: normalisations to fold into convolutions; they share the normalisation's tensor.
    """

    def __init__(
        self,
        parts: Parts,
        steps: Trace,
        weights: Tensors,
        *,
        prefix: str = "",
        bytes_in: Collection[str] = (),
        pairs: Collection[Fold] = (),
    ) -> None:
        self.parts = parts
        self.paths = {step.path for step in steps.steps}
        self._inputs = {step.path: step.input_shapes[0] for step in steps.steps}
        self._prefix, self._bytes = prefix, set(bytes_in)
        self._folds = {pair.conv: pair for pair in pairs}
        self._absorbed = {pair.norm for pair in pairs}
        self._weights: Tensors = {**weights, **_folded(pairs, weights)}

    def enter(self, block: AnyBlock, place: Place) -> None:
        pass

    def layer(self, layer: Layer, place: Place, x: str) -> str:
        if place.auxiliary or place.path in self._absorbed:
            return x
        path = self._prefix + place.path
        name, operation = path or "layer", layer
        if place.path in self._folds:
            name, operation = self._folds[place.path].norm, self._folds[place.path].layer
        is_bytes = x in self._bytes
        if is_bytes and operation.bytes_in_graph is None:
            x = self.floats(x, f"{path}/Cast")
        emit = LayerEmitter(self.parts, path, self._weights)
        output = emit.finish(operation.onnx(self._inputs[place.path], emit, x), name)
        if is_bytes and operation.bytes_in_graph == "kept":
            self._bytes.add(output)
        return output

    def floats(self, x: str, name: str) -> str:
        """Return a tensor as float32, under a name if it has to be cast."""
        is_bytes = x in self._bytes
        return self.parts.add("Cast", [x], name, {"to": TensorProto.FLOAT}) if is_bytes else x

    def join(self, block: Composition, place: Place, ends: Mapping[str, str]) -> str:
        operator, attributes = row(ROWS, block, backend="ONNX", where=place.path)
        if place.auxiliary:
            return next(iter(ends.values()))
        name = self._prefix + place.path or "block"
        return self.parts.add(operator, list(ends.values()), name, attributes)

    def side(self, block: Composition, place: Place, ends: Mapping[str, str]) -> None:
        pass


def _folded(pairs: Collection[Fold], weights: Tensors) -> dict[str, Stored]:
    """Return the weights of folded convolutions, computed in float64 when they are written."""

    def wide(name: str) -> Array | None:
        values = weights.get(name)
        if isinstance(values, Stored):
            values = values.values()
        return None if values is None else values.astype(np.float64)

    def tensor(pair: Fold, number: int) -> Array:
        result: Array = folded_weights(pair, wide)[number].astype(np.float32)
        return result

    def stored(pair: Fold, number: int, shape: tuple[int, ...]) -> Stored:
        return Stored(shape, np.dtype(np.float32), lambda: tensor(pair, number))

    tensors = {}
    for pair in pairs:
        shapes = weights[f"{pair.conv}.weight"].shape, weights[f"{pair.norm}.running_mean"].shape
        for number, name in enumerate(("weight", "bias")):
            tensors[f"{pair.conv}.{name}"] = stored(pair, number, shapes[number])
    return tensors


def _free(name: str, paths: Collection[str]) -> str:
    """Return the name, followed by _ as long as a path has it."""
    while name in paths:
        name += "_"
    return name


def _value(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape])


def _activations(architecture: Architecture, outputs: Outputs) -> tuple[onnx.ValueInfoProto, ...]:
    shapes = {step.path: step.output_shape for step in architecture.trace.steps}
    return tuple(_value(name, shapes[path]) for name, path in outputs.items())


def _known(steps: Trace, parts: Parts, but: Collection[str] = ()) -> list[onnx.ValueInfoProto]:
    """Return the shapes of the tensors that are named by paths and are no outputs."""
    names = {output for node in parts.nodes for output in node.output} - {*but}
    return [
        _value(step.path, step.output_shape)
        for step in steps.steps
        if step.path in names and not step.auxiliary
    ]
