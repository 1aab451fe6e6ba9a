"""Small ONNX files for tests of `verify`: one that is right, and changes to it."""

import json

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from convscope.arch import Chain
from convscope.export.onnx import onnx_model
from convscope.export.onnx.metadata import (
    GOLDEN,
    LABELS,
    METADATA,
    WEIGHTS,
    Golden,
    metadata_sha256,
    weights_sha256,
)
from convscope.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU
from convscope.network import build_block
from convscope.shapes import CHW

INPUT = CHW(3, 6, 5)
CLASSES = ("cat", "dog", "猫")
BLOCK = Chain(conv=Conv2d(4, 3), relu=ReLU(), pool=GlobalAvgPool2d(), flat=Flatten(), fc=Linear(3))


def small():
    """A network with random weights, in float32, with its golden pair, digest and labels."""
    torch.manual_seed(4)
    module = build_block(BLOCK, INPUT).eval()
    weights = {key: tensor.numpy() for key, tensor in module.state_dict().items()}
    model = onnx_model(BLOCK, INPUT, weights)
    x_NCHW = torch.randn(1, *INPUT)
    with torch.inference_mode():
        golden = Golden(x_NCHW.numpy(), module(x_NCHW).numpy())
    digest = weights_sha256(tensor.raw_data for tensor in model.graph.initializer)
    with_metadata(model, {GOLDEN: golden.to_json(), WEIGHTS: digest})
    with_metadata(model, {LABELS: json.dumps(CLASSES, ensure_ascii=False)})
    entries = {entry.key: entry.value for entry in model.metadata_props}
    return with_metadata(model, {METADATA: metadata_sha256(entries)})


def with_metadata(model, entries):
    """Add or replace entries of the metadata."""
    kept = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, kept | entries)
    return model


def without_metadata(model, producer="pytorch"):
    """The model as another program would write it."""
    del model.metadata_props[:]
    model.producer_name = producer
    return model


def graph(*nodes, inputs=None, outputs=None, tensors=(), opset=18):
    """A model of some nodes, from one input x to one output y."""
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 6, 5])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    made = helper.make_graph(list(nodes), "g", inputs or [image], outputs or [result], tensors)
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, producer_name="other"
    )


def node(operator, *inputs, output="y", **attributes):
    return helper.make_node(operator, list(inputs) or ["x"], [output], operator, **attributes)


def initializer(model, number=0):
    return model.graph.initializer[number]


def edited(model, number=0, scale=1.5):
    """Multiply a stored tensor."""
    tensor = initializer(model, number)
    values = numpy_helper.to_array(tensor) * np.float32(scale)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return model


def nested(depth):
    """A model with If inside If."""
    inner = helper.make_graph(
        [node("Identity", output="z0")],
        "innermost",
        [],
        [helper.make_tensor_value_info("z0", TensorProto.FLOAT, None)],
    )
    for level in range(1, depth + 1):
        name = f"z{level}"
        branch = helper.make_node("If", ["c"], [name], then_branch=inner, else_branch=inner)
        inner = helper.make_graph(
            [branch], name, [], [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)]
        )
    true = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    return graph(node("If", "c", then_branch=inner, else_branch=inner), tensors=[true])


def endless():
    """A loop without end."""
    condition = helper.make_node("Identity", ["c"], ["d"])
    body = helper.make_graph(
        [condition, helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, None),
        ],
    )
    true = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    loop = helper.make_node("Loop", ["", "true", "x"], ["y"], body=body)
    return graph(loop, tensors=[true])


def enormous():
    """Ten terabytes from 8 bytes."""
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [10**6, 2_500_000])
    fill = node("ConstantOfShape", "shape", output="z")
    mean = helper.make_node("ReduceMax", ["z"], ["m"], keepdims=0)
    return graph(fill, mean, node("Add", "x", "m"), tensors=[shape])


def write(path, model):
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return path


def reread(model):
    return onnx.ModelProto.FromString(model.SerializeToString())
