"""Class activation maps, against their formulas written with loops."""

import math

import pytest
import torch
from torch import nn

from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.visuals.methods import grad_cam, grad_cam_pp, guided_grad_cam, layer_cam
from convscope.zoo.papers.googlenet import googlenet
from convscope.zoo.papers.lenet import lenet5
from convscope.zoo.papers.resnet import resnet20

CAMS = (grad_cam, grad_cam_pp, layer_cam)


@pytest.fixture
def small():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(
            *(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(5 * 3 * 4, 6)),
        )
        return network.eval(), torch.randn(1, 3, 11, 13)


def maps_and_gradient(network, image, target):
    """A and g of the last ReLU, by cutting the network there."""
    maps = network[:4](image).detach().requires_grad_()
    network[4:](maps)[0, target].backward()
    return maps[0].detach(), maps.grad[0]


def test_grad_cam(small):
    network, image = small
    maps, g = maps_and_gradient(network, image, 2)
    expected = torch.zeros(3, 4)
    for k in range(5):
        expected += g[k].sum() / 12 * maps[k]
    found = grad_cam.compute(network, image, target=2)
    assert torch.allclose(torch.tensor(found.values), expected.clamp(min=0), atol=1e-6)
    assert "Default layer: 3," in found.caption


def test_grad_cam_pp(small):
    network, image = small
    maps, g = maps_and_gradient(network, image, 1)
    expected = torch.zeros(3, 4)
    for k in range(5):
        weight = 0.0
        total = float(maps[k].sum())
        for i in range(3):
            for j in range(4):
                slope = float(g[k, i, j])
                below = 2 * slope**2 + total * slope**3
                share = slope**2 / below if below else 0.0
                weight += share * max(0.0, slope)
        expected += weight * maps[k]
    found = grad_cam_pp.compute(network, image, target=1)
    assert torch.allclose(torch.tensor(found.values), expected.clamp(min=0), atol=1e-6)


def test_grad_cam_pp_of_small_gradients_does_not_vanish(small):
    network, image = small
    whole = grad_cam_pp.compute(network, image, target=1)
    with torch.no_grad():
        network[5].weight *= 1e-15
    scaled = grad_cam_pp.compute(network, image, target=1)
    assert scaled.values.max() > 0
    assert math.isclose(scaled.values.max() * 1e15, whole.values.max(), rel_tol=0.5)


def test_layer_cam(small):
    network, image = small
    maps, g = maps_and_gradient(network, image, 0)
    expected = sum(g[k].clamp(min=0) * maps[k] for k in range(5)).clamp(min=0)
    found = layer_cam.compute(network, image, target=0)
    assert torch.allclose(torch.tensor(found.values), expected, atol=1e-6)


@pytest.mark.parametrize("method", CAMS)
def test_attribute_is_the_map_at_the_size_of_the_image(method, small):
    network, image = small
    found = method.attribute(network, image, target=2, layer="1")
    whole = torch.tensor(method.compute(network, image, target=2, layer="1").values)
    assert found.shape == (1, 1, 11, 13)
    assert torch.isclose(found.max(), whole.max(), rtol=0.3)
    assert found.min() >= 0


def test_an_empty_map_is_said_to_be():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    nn.init.constant_(network[3].weight, -1)
    found = grad_cam.compute(network, torch.rand(1, 1, 5, 5), target=0)
    assert "the map is 0 everywhere" in found.caption
    assert not found.values.any()


def test_underlay_is_kept_at_its_own_resolution(small):
    network, image = small
    under = torch.randint(0, 255, (220, 260, 3), dtype=torch.uint8).numpy()
    found = grad_cam.compute(network, image, underlay=under)
    assert found.values.shape == (3, 4)
    assert found.underlay.shape == (220, 260, 3)


@pytest.mark.parametrize("method", [*CAMS, guided_grad_cam])
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("stage3.relu", "did you mean stage3.relu"),
        ("average", "no height and width"),
        ("fc", "10 units"),
    ],
)
def test_layers_that_do_not_fit(method, layer, message):
    network = build(resnet20(), seed=0)
    with pytest.raises(InputError, match=message):
        method.compute(network, torch.randn(1, 3, 32, 32), layer=layer)


def test_layers_of_auxiliary_heads_did_not_run():
    network = build(googlenet(num_classes=3, input=CHW(3, 64, 64)), seed=0)
    layer = next(name for name, _ in network.named_modules() if name.startswith("aux1.head."))
    with pytest.raises(InputError, match="did not run"):
        grad_cam.compute(network, torch.randn(1, 3, 64, 64), layer=layer)


def test_maps_of_tanh_layers_too():
    network = build(lenet5(), seed=0)
    found = grad_cam.compute(network, torch.randn(1, 1, 32, 32))
    assert found.values.shape == (10, 10)
    assert "Default layer: tanh2" in found.caption
