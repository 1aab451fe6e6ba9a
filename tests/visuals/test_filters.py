"""Filters equal the weights; towers are shown separately."""

import numpy as np
import pytest
import torch

import convscope
from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.units import filters
from convscope.zoo.papers.classic.lenet import lenet5, lenet5_1998


def test_filters_are_the_weights():
    network = build(lenet5(), seed=0)
    first = filters.compute(network)
    assert "Default layer: conv1" in first.caption
    assert torch.equal(torch.tensor(first.tiles), network.get_parameter("conv1.weight")[:, 0])
    second = filters.compute(network, layer="conv2")
    assert second.num_columns == 6
    weight = network.get_parameter("conv2.weight")
    assert torch.equal(torch.tensor(second.tiles), weight.reshape(96, 5, 5))
    few = filters.compute(network, layer="conv2", max_kernels=13)
    assert len(few.tiles) == 12
    assert "The first 2 kernels are shown" in few.caption


def test_filters_of_partial_connections_have_empty_tiles():
    tiles = filters.compute(build(lenet5_1998(), seed=0), layer="c3").tiles
    assert (tiles.reshape(96, -1) == 0).all(axis=1).sum() == 96 - 60  # Table I names 60 links


def test_filters_of_three_channels_are_in_colour():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    payload = filters.compute(network)
    assert payload.tiles.shape == (4, 3, 3, 3)
    assert payload.scale.colours == "rgb"
    assert torch.equal(torch.tensor(payload.tiles).permute(0, 3, 1, 2), network[0].weight)


def test_layers_without_kernels_are_rejected():
    network = build(lenet5(), seed=0)
    with pytest.raises(InputError, match="no shared kernels"):
        filters.compute(network, layer="fc1")
    with pytest.raises(InputError, match="no convolution"):
        filters.compute(torch.nn.Sequential(torch.nn.Linear(2, 2)))


def test_towers_are_shown_separately():
    network = build(convscope.load("alexnet", num_classes=2), seed=0)
    first = filters.compute(network)
    assert [len(item.tiles) for item in first.items] == [48, 48]
    assert "48 + 48 kernels: conv2 reads them in 2 groups" in first.caption
    weight = network.get_parameter("conv1.weight").permute(0, 2, 3, 1)
    both = np.concatenate([item.tiles for item in first.items])
    assert torch.equal(torch.tensor(both), weight)
    assert first.items[0].scale == first.items[1].scale
    own = filters.compute(network, layer="conv2")
    assert "conv2 has 2 groups" in own.caption
    one = filters.compute(network, layer="conv3")  # conv4 has groups of its own
    assert [item.title for item in one.items] == ["conv3, part 1 of 2", "conv3, part 2 of 2"]
    assert filters.grid(network).tiles.shape == (96, 11, 11, 3)


def test_depthwise_kernels_are_one_grid():
    network = build(convscope.load("efficientnet_lite0", num_classes=2), seed=0)
    depthwise = filters.compute(network, layer="stage1.block1.depthwise.conv")
    assert depthwise.tiles.shape == (32, 3, 3)
    assert filters.compute(network).tiles.shape == (32, 3, 3, 3)


def test_non_finite_kernels_are_rejected():
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1))
    with torch.no_grad():
        module[0].weight.fill_(torch.nan)
    with pytest.raises(InputError, match="not finite"):
        filters.compute(module)
