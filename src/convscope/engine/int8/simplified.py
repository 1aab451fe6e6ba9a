"""A float32 ONNX model with batch normalisation folded and without nodes that copy."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
COPIES = ("Identity", "Dropout")


@final
@dataclass
class Simplified:
    """Nodes in their order of computation, and stored tensors by name.

    Attributes:
        model: the model that inputs, outputs and versions are taken from.
        nodes: of type `onnx.NodeProto`.
    """

    model: Any
    nodes: list[Any]
    stored: dict[str, Array]

    @property
    def input(self) -> str:
        name: str = self.model.graph.input[0].name
        return name

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(output.name for output in self.model.graph.output)

    def readers(self) -> dict[str, list[Any]]:
        """Return the nodes that read each tensor."""
        readers: dict[str, list[Any]] = {}
        for node in self.nodes:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        return readers

    def with_nodes(self, nodes: list[Any], stored: dict[str, Array], outputs: list[str]) -> bytes:
        """Return the serialised model with other nodes, stored tensors and further outputs."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        graph = model.graph
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(nodes)
        read = {name for node in nodes for name in node.input}
        for name, values in stored.items():
            if name in read:
                tensor = numpy_helper.from_array(np.asarray(values, order="C"), name)
                graph.initializer.append(tensor)
        for name in outputs:
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        data: bytes = model.SerializeToString()
        return data


def simplified(data: bytes) -> Simplified:
    """Return a serialised model as nodes that an engine computes one by one."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(data)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    graph = Simplified(model, list(model.graph.node), stored)
    _without_copies(graph)
    _fold(graph)
    _fold_pads(graph)
    return graph


def attribute(node: Any, name: str, default: Any) -> Any:
    """Return the value of an attribute of a node."""
    from onnx import helper

    for each in node.attribute:
        if each.name == name:
            return helper.get_attribute_value(each)
    return default


def _without_copies(graph: Simplified) -> None:
    """Remove nodes whose output is their input; the last one of the model stays."""
    source: dict[str, str] = {}
    kept = []
    for node in graph.nodes:
        for place, name in enumerate(node.input):
            node.input[place] = source.get(name, name)
        if node.op_type in COPIES and node.output[0] not in graph.outputs:
            source[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    graph.nodes = kept


def _fold(graph: Simplified) -> None:
    """Put each batch normalisation into the convolution before it, if nothing else reads that."""
    makers = {name: node for node in graph.nodes for name in node.output}
    times = Counter(name for node in graph.nodes for name in node.input)
    kept = []
    for node in graph.nodes:
        conv = makers.get(node.input[0]) if node.op_type == "BatchNormalization" else None
        if conv is None or not _folds(graph, conv, node) or times[node.input[0]] != 1:
            kept.append(node)
            continue
        gamma, beta, mean, variance = (graph.stored[n].astype(np.float64) for n in node.input[1:5])
        scale = gamma / np.sqrt(variance + attribute(node, "epsilon", 1e-5))
        weight = graph.stored[conv.input[1]]
        bias = graph.stored[conv.input[2]] if len(conv.input) > 2 else 0.0
        values = weight.astype(np.float64) * scale.reshape(-1, *[1] * (weight.ndim - 1))
        names = [f"{conv.name}/folded_weight", f"{conv.name}/folded_bias"]
        graph.stored[names[0]] = values.astype(np.float32)
        graph.stored[names[1]] = ((bias - mean) * scale + beta).astype(np.float32)
        conv.input[1:] = names
        conv.output[0] = node.output[0]
        makers[node.output[0]] = conv
    graph.nodes = kept


def _folds(graph: Simplified, conv: Any, norm: Any) -> bool:
    is_conv = conv.op_type == "Conv" and conv.input[1] in graph.stored
    is_stored = all(name in graph.stored for name in (*conv.input[1:], *norm.input[1:]))
    return is_conv and is_stored and conv.output[0] not in graph.outputs


def _fold_pads(graph: Simplified) -> None:
    """Put zeros around an image into the padding of the convolution that alone reads them."""
    readers = graph.readers()
    kept = []
    for node in graph.nodes:
        conv = readers.get(node.output[0], [])
        if not (len(conv) == 1 and conv[0].op_type == "Conv" and _pads_zeros(graph, node)):
            kept.append(node)
            continue
        pads = graph.stored[node.input[1]].astype(int).tolist()
        own = attribute(conv[0], "pads", [0, 0, 0, 0])
        around = [a + b for a, b in zip(own, (*pads[2:4], *pads[6:8]), strict=True)]
        others = [each for each in conv[0].attribute if each.name != "pads"]
        del conv[0].attribute[:]
        conv[0].attribute.extend([*others, _integers("pads", around)])
        conv[0].input[0] = node.input[0]
    graph.nodes = kept


def _pads_zeros(graph: Simplified, node: Any) -> bool:
    """Return whether a node adds zeros at the sides of images."""
    if node.op_type != "Pad" or attribute(node, "mode", b"constant") != b"constant":
        return False
    names = [name for name in node.input[1:] if name]
    if len(names) not in (1, 2) or any(name not in graph.stored for name in names):
        return False
    pads = graph.stored[names[0]].astype(int).tolist()
    is_spatial = len(pads) == 8 and not any(pads[:2]) and not any(pads[4:6]) and min(pads) >= 0
    return is_spatial and not any(np.any(graph.stored[name]) for name in names[1:])


def _integers(name: str, values: list[int]) -> Any:
    from onnx import helper

    return helper.make_attribute(name, values)
