"""Normalisation of each image against NumPy in float64."""

import numpy as np
import pytest
import torch

from convscope.layers import GlobalResponseNorm, GroupNorm, InstanceNorm2d, LayerNorm2d
from convscope.shapes import CHW

SHAPE = CHW(6, 4, 3)


def run(layer):
    """Input, output and the scale and shift of each channel, all drawn at random."""
    torch.manual_seed(2)
    module = layer.build(SHAPE).double().train()
    for parameter in module.parameters():
        parameter.data.uniform_(-1, 1)
    x = 3 + torch.randn(2, *SHAPE, dtype=torch.float64)
    weight, bias = np.ones((6, 1, 1)), np.zeros((6, 1, 1))
    if layer.affine:
        weight, bias = (p.detach().numpy()[:, None, None] for p in module.parameters())
    return x.numpy(), module(x).detach().numpy(), weight, bias


def standardised(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@pytest.mark.parametrize("affine", [True, False])
def test_layer_norm(affine):
    x, y, weight, bias = run(LayerNorm2d(eps=0.01, affine=affine))
    np.testing.assert_allclose(y, standardised(x, 1, 0.01) * weight + bias, atol=1e-12)


@pytest.mark.parametrize("affine", [True, False])
def test_instance_norm(affine):
    x, y, weight, bias = run(InstanceNorm2d(eps=0.01, affine=affine))
    np.testing.assert_allclose(y, standardised(x, (2, 3), 0.01) * weight + bias, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_group_norm(groups):
    x, y, weight, bias = run(GroupNorm(groups, eps=0.01))
    by_group = standardised(x.reshape(2, groups, -1), 2, 0.01).reshape(x.shape)
    np.testing.assert_allclose(y, by_group * weight + bias, atol=1e-12)


def test_global_response_norm():
    x, y, weight, bias = run(GlobalResponseNorm(eps=0.01))
    norm = np.sqrt((x**2).sum((2, 3), keepdims=True))
    share = norm / (norm.mean(1, keepdims=True) + 0.01)
    np.testing.assert_allclose(y, x + weight * x * share + bias, atol=1e-12)


def test_global_response_norm_begins_as_the_identity_and_maps_of_zeros_have_a_gradient():
    module = GlobalResponseNorm().build(SHAPE)
    x = torch.randn(2, *SHAPE)
    assert torch.equal(module(x), x)
    zeros = torch.zeros(1, *SHAPE, requires_grad=True)
    module(zeros).sum().backward()
    assert zeros.grad.isfinite().all()
