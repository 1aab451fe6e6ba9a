"""Units of saturating activations are compared before the activation."""

import pytest
import torch
from torch import nn

import convscope
from convscope.layers import LAYERS
from convscope.network import build
from convscope.network.layer_info import layer_info
from convscope.visuals.attribution.saturation import before_saturation
from convscope.visuals.methods.units import deconvnet, maximise

IMAGE = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU6, nn.Sigmoid, nn.Hardtanh])
def test_the_strongest_of_saturated_units_is_the_one_with_the_largest_input(activation):
    """Channels 0 to 3 are all saturated; in float32 the activation cannot tell them apart."""
    network = nn.Sequential(nn.Conv2d(1, 4, 1, bias=True), activation(), nn.Conv2d(4, 2, 1))
    network.append(nn.Flatten())
    network.append(nn.LazyLinear(3))
    network[0].weight.data.zero_()
    network[0].bias.data = torch.tensor([100.0, 300.0, 200.0, 50.0])
    network[0].weight.data[:, 0] = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(4, 1, 1)
    image = torch.rand(1, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    network(image)
    assert before_saturation(network, image, "1") == "0"
    assert before_saturation(network, image, "0") == "0"
    payload = deconvnet.compute(network, image, layer="1")
    assert payload.caption.startswith("Unit 1 at row")
    assert "Activations are those of 0, the input of 1" in payload.caption
    assert float(abs(payload.tiles).max()) > 1  # the gradient of the saturated activation is 0


def test_a_relu_keeps_its_own_activations():
    network = build(convscope.load("resnet20"), seed=0)
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert before_saturation(network, image, "stage1.block1.body.relu1") == (
        "stage1.block1.body.relu1"
    )


def test_networks_of_ours_have_the_layer_before_tanh():
    network = build(convscope.load("lenet5"), seed=0)
    assert before_saturation(network, IMAGE, "tanh2") == "conv2"
    assert before_saturation(network, IMAGE, "pool1") == "pool1"
    sheet = maximise.compute(network, IMAGE, layer="tanh2", unit=3, steps=2)
    assert "Activations are those of conv2" in sheet.items[0].caption


def test_a_layer_saturates_as_its_module_does():
    """The trait of every activation against its module, at two large inputs."""
    for kind in LAYERS:
        if kind.role != "activation" or kind.gives_probabilities:
            continue
        layer, shape = kind.examples[0]
        large = layer.module(shape).evaluate()(torch.tensor([[1e4, 1e5]]))
        assert bool(large[0, 0] == large[0, 1]) == kind.saturates, kind.__name__


def test_foreign_modules_say_whether_they_saturate():
    network = nn.Sequential(nn.Tanh(), nn.ReLU(), nn.ReLU6(), nn.SiLU())
    assert [x.saturates for x in layer_info(network).values()] == [True, False, True, False]
