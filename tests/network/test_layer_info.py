"""Roles, labels and kernels by path, for networks from an architecture and for torch modules."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import convscope
from convscope.layers import LAYERS
from convscope.network import build
from convscope.network.layer_info import layer_info


def test_a_network_of_an_architecture():
    network = build(convscope.load("lenet5_1998"), seed=0)
    info = layer_info(network)
    assert list(info) == [path for path, _ in network.named_modules() if path]
    for step in network.architecture.trace.steps:
        if step.layer is not None:
            assert info[step.path].role == step.layer.role
            assert info[step.path].label == step.layer.label(step.input_shapes[0])
    assert info["c1"].in_channels == 1
    assert info["c3"].kernels.shape == (16, 6, 5, 5)  # the missing connections are zeros
    assert (info["c3"].kernels.abs().sum((2, 3)) > 0).sum() == 60
    assert info["output"].kernels is None


def test_compositions_have_no_role():
    info = layer_info(build(convscope.load("resnet20"), seed=0))
    assert info["stage1"].role is None
    assert info["stage1.block1"].role is None
    assert info["stage1.block1.body.conv1"].role == "convolution"


def test_a_torch_module():
    module = nn.Sequential(
        nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Dropout(), nn.Flatten(), nn.Linear(6, 2), nn.Fold(2, 1)),
    )
    info = layer_info(module)
    assert [layer.role for layer in info.values()] == [
        *(None, "convolution", "normalisation", "activation"),
        *("pooling", "dropout", "shape", "linear", None),
    ]
    assert info["0.0"].label == "Conv2d"
    assert (info["0.0"].num_groups, info["0.0"].in_channels) == (2, 4)
    assert info["0.0"].kernels is module[0][0].weight


EXAMPLES = [example for layer in LAYERS for example in layer.examples]


def spread(layer, shape):
    """Assert that one lit input of a transposed convolution writes its kernels to the output."""
    module = layer.build(shape).eval()
    kernels, width = layer.kernels(module), shape.channels // layer.groups
    for channel in range(shape.channels):
        x = torch.zeros(1, *shape)
        x[0, channel, 0, 0] = 1
        expected = torch.zeros(layer.out_channels)
        own = torch.arange(layer.out_channels) // (layer.out_channels // layer.groups)
        group = own == channel // width
        expected[group] = kernels[group, channel % width].sum((1, 2))
        torch.testing.assert_close(module(x).sum((0, 2, 3)), expected)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.layer.type)
def test_kernels_reproduce_the_convolution(example):
    layer = example.layer
    module = layer.build(example.input).eval()
    kernels = layer.kernels(module)
    if kernels is None:
        return
    assert layer.role == "convolution"
    if hasattr(layer, "output_padding"):
        spread(replace(layer, padding=0, output_padding=0, bias=False), example.input)
        return
    if getattr(layer, "padding_mode", "zeros") != "zeros":
        layer = replace(layer, padding=0, padding_mode="zeros")  # its padding: test_padding.py
    x = torch.randn(1, *example.input)
    rows, columns = layer.reach(example.input)
    sides = (columns.padding, columns.end, rows.padding, rows.end)
    y = F.conv2d(
        F.pad(x, sides),
        kernels,
        getattr(module, "bias", None),
        (rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        groups=layer.num_groups(),
    )
    if layer != example.layer:
        plain = layer.build(example.input).eval()
        plain.load_state_dict(module.state_dict())
        module = plain
    torch.testing.assert_close(module(x), y)
