"""Feature maps equal the activations."""

import pytest
import torch

from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods import feature_maps
from convscope.zoo.papers.lenet import lenet5


def test_feature_maps_are_the_activations():
    network = build(lenet5(), seed=0).eval()
    image = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = torch.tanh(network.get_submodule("conv1")(image))[0]
    seen = feature_maps.compute(network, image, layer="tanh1")
    assert torch.equal(torch.tensor(seen.tiles), expected)
    assert seen.scale.low == -seen.scale.high
    vector = feature_maps.compute(network, image, layer="conv3")
    assert vector.tiles.shape == (1, 1, 120)
    assert len(feature_maps.compute(network, image, layer="conv2", max_maps=3).tiles) == 3


def test_feature_maps_without_negative_values_start_at_zero():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())
    seen = feature_maps.compute(network, torch.rand(1, 1, 5, 5), layer="1")
    assert (seen.scale.colours, seen.scale.low) == ("viridis", 0)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (1, 32, 32)])
def test_feature_maps_reject_several_images(shape):
    with pytest.raises(InputError, match="one image"):
        feature_maps.compute(build(lenet5(), seed=0), torch.zeros(shape), layer="conv1")


def test_feature_maps_reject_nan():
    network, image = build(lenet5(), seed=0), torch.full((1, 1, 32, 32), torch.nan)
    with pytest.raises(InputError, match="not finite"):
        feature_maps.compute(network, image, layer="conv1")
