"""Convolutions against loops in float64 over the formulas of the docstrings."""

import itertools

import numpy as np
import pytest
import torch

from convscope.layers import Conv2d, LocallyConnected2d, PartialConv2d
from convscope.shapes import CHW, pair


def _loops(x, weight_at, bias_at, layer, outputs, dilation=(1, 1)):
    """y[k, i, j] = bias + sum over c, u, v of weight * x, positions outside count as 0.

    `weight_at(k, c, i, j)` is a kernel or None where the map is not connected.
    """
    (kh, kw), (sh, sw), (ph, pw) = pair(layer.kernel_size), pair(layer.stride), pair(layer.padding)
    y = np.zeros(outputs)
    for k, i, j in itertools.product(*map(range, outputs)):
        total = bias_at(k, i, j)
        for c in range(x.shape[0]):
            kernel = weight_at(k, c, i, j)
            if kernel is None:
                continue
            for u, v in itertools.product(range(kh), range(kw)):
                row, col = i * sh - ph + u * dilation[0], j * sw - pw + v * dilation[1]
                if 0 <= row < x.shape[1] and 0 <= col < x.shape[2]:
                    total += kernel[u, v] * x[c, row, col]
        y[k, i, j] = total
    return y


def _run(layer, shape):
    """(module, input, output) in float64, as NumPy where they are numbers."""
    torch.manual_seed(3)
    module = layer.build(shape).double()
    x = torch.randn(1, *shape, dtype=torch.float64)
    with torch.no_grad():
        return module, x[0].numpy(), module(x)[0].numpy()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv2d(3, 2), CHW(2, 4, 5)),
        (Conv2d(2, (1, 3), padding=(0, 1), bias=False), CHW(3, 3, 4)),
        (Conv2d(4, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), CHW(4, 6, 5)),
        (Conv2d(6, 3, padding=1, groups=3), CHW(3, 4, 4)),
        (Conv2d(1, 1, stride=3, padding=1), CHW(1, 5, 4)),
    ],
)
def test_conv2d(layer, shape):
    module, x, y = _run(layer, shape)
    weight = module.weight.detach().numpy()
    bias = np.zeros(layer.out_channels) if module.bias is None else module.bias.detach().numpy()
    per_group = shape.channels // layer.groups

    def weight_at(k, c, i, j):
        group = k // (layer.out_channels // layer.groups)
        inside = c - group * per_group
        return weight[k, inside] if 0 <= inside < per_group else None

    expected = _loops(x, weight_at, lambda k, i, j: bias[k], layer, y.shape, pair(layer.dilation))
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert tuple(layer.output_shape(shape)) == y.shape


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (PartialConv2d(((0, 2), (1,), (0, 1, 2)), 3), CHW(3, 5, 4)),
        (PartialConv2d(((1,), (0,)), (2, 3), stride=2, padding=1, bias=False), CHW(2, 5, 6)),
    ],
)
def test_partial_conv2d(layer, shape):
    module, x, y = _run(layer, shape)
    links = [(k, c) for k, row in enumerate(layer.table) for c in row]
    kernels = dict(zip(links, module.weight.detach().numpy(), strict=True))
    bias = np.zeros(len(layer.table)) if module.bias is None else module.bias.detach().numpy()
    expected = _loops(
        x, lambda k, c, i, j: kernels.get((k, c)), lambda k, i, j: bias[k], layer, y.shape
    )
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_partial_conv2d_gradients_reach_the_named_links_only():
    table = ((0, 2), (1,))
    module = PartialConv2d(table, 3).build(CHW(3, 5, 5))
    x = torch.randn(2, 3, 5, 5, requires_grad=True)
    for k, row in enumerate(table):
        x.grad = module.weight.grad = None
        module(x)[:, k].square().sum().backward()
        assert [c for c in range(3) if x.grad[:, c].any()] == list(row)
        links = [(k2, c) for k2, r in enumerate(table) for c in r]
        assert [link for link, g in zip(links, module.weight.grad, strict=True) if g.any()] == [
            (k, c) for c in row
        ]
    dense = module.dense_weight()
    assert dense.count_nonzero() == 3 * 9  # a step changes no zero: there is no number to change
    assert list(module.state_dict()) == ["weight", "bias"]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (LocallyConnected2d(2, 3), CHW(2, 5, 4)),
        (LocallyConnected2d(3, (2, 3), stride=(1, 2), padding=(1, 0), bias=False), CHW(2, 3, 7)),
    ],
)
def test_locally_connected2d(layer, shape):
    module, x, y = _run(layer, shape)
    kernel = pair(layer.kernel_size)
    weight = module.weight.detach().numpy()  # (places, K, C * kh * kw)
    weight = weight.reshape(y.shape[1], y.shape[2], y.shape[0], shape.channels, *kernel)
    bias = np.zeros(y.shape) if module.bias is None else module.bias.detach().numpy()
    expected = _loops(
        x, lambda k, c, i, j: weight[i, j, k, c], lambda k, i, j: bias[k, i, j], layer, y.shape
    )
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert layer.parameters(shape) == weight.size + (bias.size if layer.bias else 0)


def test_initial_values_are_within_one_over_root_fan_in():
    torch.manual_seed(0)
    table = (tuple(range(4)), *(((0,),) * 3))
    partial = PartialConv2d(table, 5).build(CHW(4, 9, 9))
    full, single = partial.weight[:4].abs().max(), partial.weight[4:].abs().max()
    assert 0.9 / 10 < full <= 1 / 10  # fan_in 4 * 25
    assert 0.9 / 5 < single <= 1 / 5
    local = LocallyConnected2d(8, 3).build(CHW(4, 9, 9))
    assert 0.99 / 6 < local.weight.abs().max() <= 1 / 6
