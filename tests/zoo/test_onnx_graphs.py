"""Networks against the graphs that ONNX ships for its own tests: same numbers in, same logits.

The graphs are the Caffe model zoo's, without weights: constants stand in their place. Both
sides get the same random numbers, in the order of their layers, so that branches, joins and
the places of pools are compared, not only counts.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from convscope.network import build
from convscope.zoo import load

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

GRAPHS = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
OF_THE_PAPER = {"bias": 2.0, "alpha": 5e-4}  # k and alpha of the response normalisation
WITH_BORDER = {"count_include_pad": 1}  # as Caffe averages
ROUNDED_UP = {"pads": [0, 0, 1, 1]}  # as Caffe does; some of the graphs have lost it


class Row(NamedTuple):
    """A network, its graph, and attributes that the graph has otherwise, by output of a node."""

    name: str
    graph: str
    changed: dict[str, dict[str, object]] = {}


ROWS = (
    Row("alexnet", "bvlc_alexnet", dict.fromkeys(("r2", "r6"), OF_THE_PAPER)),
    Row("vgg19", "vgg19"),
    Row(
        "googlenet",
        "inception_v1",
        {
            **dict.fromkeys(("r2", "r9", "r38", "r109"), ROUNDED_UP),
            "r138": {"pads": [0, 0, 0, 0]},  # of 7 x 7 maps, since the pools round up
        },
    ),
    Row(
        "bn_inception",
        "inception_v2",
        {f"r{number}": WITH_BORDER for number in (65, 116, 204, 255, 306, 357, 445)},
    ),
    Row("densenet121", "densenet121"),
    Row("squeezenet1_1", "squeezenet"),
    Row("resnet50", "resnet50"),  # not resnet50_v1: its stride of 2 is in the 3 x 3 convolution
)  # zfnet512 is another network than zfnet_b: 512 channels in conv4, normalised before the pools


class Slots(NamedTuple):
    """Names of the tensors of one layer in a graph, by the names of torch's."""

    operation: str
    names: dict[str, str]


def _slots(graph) -> list[Slots]:
    """Return the layers with weights in the order of the graph."""
    makers = {output: node for node in graph.node for output in node.output}
    readers = {name: node for node in graph.node for name in node.input}

    def stored(name: str) -> str:
        node = makers.get(name)
        passes = node is not None and node.op_type in ("Unsqueeze", "Reshape")
        return stored(node.input[0]) if passes else name

    slots = []
    for node in graph.node:
        names = list(node.input[1:])
        if node.op_type in ("Conv", "Gemm"):
            keys = ("weight", "bias")[: len(names)]
        elif node.op_type == "BatchNormalization":
            keys = ("weight", "bias", "running_mean", "running_var")
            scale = readers[node.output[0]]
            if scale.op_type == "Mul":  # Caffe's normalisation has its scale in another layer
                keys = ("one", "zero", "running_mean", "running_var", "weight", "bias")
                names += scale.input[1], readers[scale.output[0]].input[1]
        else:
            continue
        slots.append(
            Slots(node.op_type, dict(zip(keys, (stored(name) for name in names), strict=True)))
        )
    return slots


def _shapes(model) -> dict[str, tuple[int, ...]]:
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    values = [*inferred.value_info, *inferred.input, *inferred.output]
    shapes = {
        value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in values
    }
    return shapes | {value.name: tuple(value.dims) for value in model.graph.initializer}


def _filled(graph_name: str, network: nn.Module, changed, image: torch.Tensor) -> bytes:
    """Return the graph with the weights of a network, and logits as its output."""
    model = onnx.load(GRAPHS / f"light_{graph_name}.onnx")
    graph = model.graph
    layers = [
        layer
        for path, layer in network.named_modules()
        if isinstance(layer, WITH_WEIGHTS) and ".head." not in path
    ]
    slots, shapes = _slots(graph), _shapes(model)
    assert len(slots) == len(layers)
    values = {}
    for slot, layer in zip(slots, layers, strict=True):
        state = layer.state_dict()
        state |= {"one": torch.ones(1), "zero": torch.zeros(1)}
        assert state.keys() - {"num_batches_tracked", "one", "zero"} <= slot.names.keys()
        for key, name in slot.names.items():
            array, shape = state[key].numpy(), shapes[name]
            whole = np.resize(array, shape) if array.size == 1 else array.reshape(shape)
            values[name] = whole
    nodes = [n for n in graph.node if n.op_type != "Softmax" and n.output[0] not in values]
    read = {name for node in nodes for name in node.input} - values.keys()
    kept = [value for value in graph.initializer if value.name in read]
    kept += [onnx.numpy_helper.from_array(array, name) for name, array in values.items()]
    for node in nodes:
        for key, value in changed.get(node.output[0], {}).items():
            rest = [type(a).FromString(a.SerializeToString()) for a in node.attribute]
            rest = [a for a in rest if a.name != key]
            del node.attribute[:]
            node.attribute.extend([*rest, onnx.helper.make_attribute(key, value)])
    model.ir_version = 8  # initializers need not be inputs
    data = [value for value in graph.input if value.name.endswith("data_0")]
    for dim, size in zip(data[0].type.tensor_type.shape.dim[2:], image.shape[2:], strict=True):
        dim.dim_value = size
    last = graph.output[0]
    last.name = next((n.input[0] for n in graph.node if n.op_type == "Softmax"), last.name)
    for field, content in (("node", nodes), ("initializer", kept), ("input", data)):
        copies = [type(item).FromString(item.SerializeToString()) for item in content]
        del getattr(graph, field)[:]
        getattr(graph, field).extend(copies)
    return model.SerializeToString()


WITH_WEIGHTS = (nn.Conv2d, nn.Linear, nn.BatchNorm2d)


def _network(name: str) -> nn.Module:
    """Return a network in which every tensor is random, without auxiliary heads."""
    torch.manual_seed(5)
    network = build(load(name)).eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.weight.data, layer.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (layer.bias.data, layer.running_mean):
                tensor.normal_(0, 0.3)
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight)
            if layer.bias is not None:
                layer.bias.data.normal_(0, 0.1)
    return network


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_logits_are_the_graphs(row):
    network = _network(row.name)
    images = torch.randn(1, *load(row.name).input)
    with torch.inference_mode():
        ours = network(images).numpy().ravel()
    session = onnxruntime.InferenceSession(
        _filled(row.graph, network, row.changed, images), providers=["CPUExecutionProvider"]
    )
    (theirs,) = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    assert np.abs(ours).max() > 1e-3
    np.testing.assert_allclose(theirs.ravel(), ours, rtol=1e-3, atol=1e-3 * np.abs(ours).max())
