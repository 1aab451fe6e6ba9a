"""Every visual of the list keeps the same promises on networks of the zoo."""

import inspect

import pytest
import torch

from convscope.errors import InputError
from convscope.network import build
from convscope.visuals import VISUALS, Payload, feature_maps, filters, from_json
from convscope.zoo.lenet import lenet5, lenet5_1998

NETWORKS = {"lenet5": lenet5, "lenet5_1998": lenet5_1998}
ROWS = [(visual, network) for visual in VISUALS for network in NETWORKS]
LAYERS = {"lenet5": "conv2", "lenet5_1998": "c3"}


def looked(visual, network, layer):
    compute = VISUALS[visual].compute
    image = {"image_NCHW": torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))}
    wanted = inspect.signature(compute).parameters
    return compute(network, **{k: v for k, v in image.items() if k in wanted}, layer=layer)


@pytest.mark.parametrize(("visual", "name"), ROWS)
def test_gives_a_payload_and_leaves_the_network_alone(visual, name):
    network = build(NETWORKS[name](), seed=0).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    payload = looked(visual, network, LAYERS[name])
    assert isinstance(payload, Payload)
    assert from_json(payload.to_json()) == payload
    assert payload.title
    assert payload.caption
    assert all(part.training for part in network.modules())
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert not any(part._forward_hooks for part in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize(("visual", "name"), ROWS)
def test_unknown_layer_is_answered_with_the_nearest(visual, name):
    layer = LAYERS[name]
    with pytest.raises(InputError, match=layer):
        looked(visual, build(NETWORKS[name](), seed=0), layer + "x")


def test_the_list_is_sorted_and_each_name_is_its_file():
    assert list(VISUALS) == sorted(VISUALS)
    for name, module in VISUALS.items():
        assert module.__name__ == f"convscope.visuals.{name}"
        assert module.__doc__
        assert module.compute.__doc__


def test_filters_are_the_weights():
    network = build(lenet5(), seed=0)
    first = filters.compute(network)
    assert "conv1 was picked" in first.caption
    assert torch.equal(torch.tensor(first.tiles), network.get_parameter("conv1.weight")[:, 0])
    second = filters.compute(network, layer="conv2")
    assert second.num_columns == 6
    weight = network.get_parameter("conv2.weight")
    assert torch.equal(torch.tensor(second.tiles), weight.reshape(96, 5, 5))
    few = filters.compute(network, layer="conv2", max_kernels=13)
    assert len(few.tiles) == 12
    assert "The first 2 kernels are shown" in few.caption


def test_filters_of_partial_connections_have_empty_squares():
    tiles = filters.compute(build(lenet5_1998(), seed=0), layer="c3").tiles
    assert (tiles.reshape(96, -1) == 0).all(axis=1).sum() == 96 - 60  # Table I names 60 links


def test_filters_of_three_channels_are_in_colour():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    payload = filters.compute(network)
    assert payload.tiles.shape == (4, 3, 3, 3)
    assert payload.scale.colours == "rgb"
    assert torch.equal(torch.tensor(payload.tiles).permute(0, 3, 1, 2), network[0].weight)


def test_filters_refuses_what_has_none():
    network = build(lenet5(), seed=0)
    with pytest.raises(InputError, match="no shared kernels"):
        filters.compute(network, layer="fc1")
    with pytest.raises(InputError, match="no convolution"):
        filters.compute(torch.nn.Sequential(torch.nn.Linear(2, 2)))


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


def test_feature_maps_without_negative_numbers_begin_at_zero():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())
    seen = feature_maps.compute(network, torch.rand(1, 1, 5, 5), layer="1")
    assert (seen.scale.colours, seen.scale.low) == ("viridis", 0)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (1, 32, 32)])
def test_feature_maps_refuses_images(shape):
    with pytest.raises(InputError, match="one image"):
        feature_maps.compute(build(lenet5(), seed=0), torch.zeros(shape), layer="conv1")


def test_feature_maps_refuses_nan():
    network, image = build(lenet5(), seed=0), torch.full((1, 1, 32, 32), torch.nan)
    with pytest.raises(InputError, match="not finite"):
        feature_maps.compute(network, image, layer="conv1")
