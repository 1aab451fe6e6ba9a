"""Feature maps equal the activations."""

import pytest
import torch

from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.units import feature_maps
from convscope.zoo.papers.classic.lenet import lenet5


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
    best = int(vector.tiles[0, 0].argmax())
    assert f"The strongest ones (activation): {best} ({vector.tiles[0, 0, best]:.3g})" in (
        vector.caption
    )
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


def test_channels_that_one_scale_leaves_blank_have_their_own():
    """Three channels a thousand times apart, and one that is 0."""
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 1, bias=False))
    factors = torch.tensor([1.0, 0.001, -0.5, 0.0])
    network[0].weight.data = factors.view(4, 1, 1, 1)
    image = torch.rand(1, 1, 5, 5, generator=torch.Generator().manual_seed(0))
    grid = feature_maps.compute(network, image, layer="0")
    largest = float(image.max())
    assert grid.units == pytest.approx([largest, 0.001 * largest, 0.5 * largest, largest])
    assert torch.equal(torch.tensor(grid.tiles[:, 0, 0]), factors * image[0, 0, 0, 0])  # unscaled
    assert grid.labels == ("0", "1", "2", "3")
    assert "Each channel has its own scale" in grid.caption
    assert "Without values: channels 3." in grid.caption
    network[0].weight.data = torch.tensor([1.0, 0.2, -0.5, 0.3]).view(4, 1, 1, 1)
    alike = feature_maps.compute(network, image, layer="0")
    assert alike.units == ()
    assert "own scale" not in alike.caption
