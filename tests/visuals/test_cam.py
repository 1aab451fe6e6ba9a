"""Class activation maps, compared with their formulas written as loops."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.network import build
from convscope.shapes import CHW
from convscope.visuals.methods.prediction import (
    eigen_cam,
    grad_cam,
    grad_cam_pp,
    guided_grad_cam,
    layer_cam,
    score_cam,
)
from convscope.zoo import load
from convscope.zoo.papers.classic.lenet import lenet5
from convscope.zoo.papers.inception.googlenet import googlenet

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
    """A and g of the last ReLU, by splitting the network there."""
    maps = network[:4](image).detach().requires_grad_()
    network[4:](maps)[0, target].backward()
    return maps[0].detach(), maps.grad[0]


def test_grad_cam(small):
    network, image = small
    maps, g = maps_and_gradient(network, image, 2)
    expected = torch.zeros(3, 4)
    for k in range(5):
        expected += g[k].sum() / 12 * maps[k]
    result = grad_cam.compute(network, image, target=2)
    assert torch.allclose(torch.tensor(result.values), expected.clamp(min=0), atol=1e-6)
    assert "Default layer: 3," in result.caption


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
    result = grad_cam_pp.compute(network, image, target=1)
    assert torch.allclose(torch.tensor(result.values), expected.clamp(min=0), atol=1e-6)


def test_grad_cam_pp_of_small_gradients_does_not_underflow(small):
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
    result = layer_cam.compute(network, image, target=0)
    assert torch.allclose(torch.tensor(result.values), expected, atol=1e-6)


@pytest.mark.parametrize("method", CAMS)
def test_attribute_is_the_upsampled_map(method, small):
    network, image = small
    result = method.attribute(network, image, target=2, layer="1")
    whole = torch.tensor(method.compute(network, image, target=2, layer="1").values)
    assert result.shape == (1, 1, 11, 13)
    assert torch.isclose(result.max(), whole.max(), rtol=0.3)
    assert result.min() >= 0


def test_the_caption_reports_an_empty_map():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    nn.init.constant_(network[3].weight, -1)
    result = grad_cam.compute(network, torch.rand(1, 1, 5, 5), target=0)
    assert "the map is 0 everywhere" in result.caption
    assert not result.values.any()


def test_underlay_is_kept_at_its_own_resolution(small):
    network, image = small
    under = torch.randint(0, 255, (220, 260, 3), dtype=torch.uint8).numpy()
    result = grad_cam.compute(network, image, underlay=under)
    assert result.values.shape == (3, 4)
    assert result.underlay.shape == (220, 260, 3)


@pytest.mark.parametrize("method", [*CAMS, guided_grad_cam])
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("stage3.relu", "did you mean stage3.relu"),
        ("average", "no height and width"),
        ("fc", "10 units"),
    ],
)
def test_unsuitable_layers_are_rejected(method, layer, message):
    network = build(load("resnet20"), seed=0)
    with pytest.raises(InputError, match=message):
        method.compute(network, torch.randn(1, 3, 32, 32), layer=layer)


def test_layers_of_auxiliary_heads_did_not_run():
    network = build(googlenet(num_classes=3, input=CHW(3, 64, 64)), seed=0)
    layer = next(name for name, _ in network.named_modules() if name.startswith("aux1.head."))
    with pytest.raises(InputError, match="did not run"):
        grad_cam.compute(network, torch.randn(1, 3, 64, 64), layer=layer)


def test_maps_of_tanh_layers():
    network = build(lenet5(), seed=0)
    result = grad_cam.compute(network, torch.randn(1, 1, 32, 32))
    assert result.values.shape == (10, 10)
    assert "Default layer: tanh2" in result.caption


class TestWithoutGradients:
    """Score-CAM and Eigen-CAM, compared with the papers' equations in NumPy."""

    network = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 6, 3), nn.ReLU()
    )
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))

    def case(self):
        generator = torch.Generator().manual_seed(0)
        whole = nn.Sequential(*self.network, *self.head).eval()
        for parameter in whole.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator) / 3
        image = torch.rand(1, 3, 12, 10, generator=generator)
        with torch.no_grad():
            return whole, image, whole[:5](image)[0]

    def test_score_cam_is_algorithm_1(self):
        whole, image, maps_Khw = self.case()
        gains = []
        for map_hw in maps_Khw:
            large = F.interpolate(map_hw[None, None], (12, 10), mode="bilinear").double().numpy()
            span = large.max() - large.min()
            mask = (large - large.min()) / span if span > 0 else large * 0
            with torch.no_grad():
                masked = whole(image * torch.from_numpy(mask).float())[0, 2]
                gains.append(float(masked - whole(torch.zeros_like(image))[0, 2]))
        weights = np.exp(gains) / np.exp(gains).sum()
        expected = np.maximum(np.einsum("k,khw->hw", weights, maps_Khw.numpy()), 0)
        payload = score_cam.compute(whole, image, layer="4", target=2)
        assert np.abs(payload.values - expected).max() < 1e-5 * expected.max()
        assert "All channels are used." in payload.caption

    def test_score_cam_keeps_the_maps_that_vary_most(self):
        whole, image, maps_Khw = self.case()
        kept = np.sort(np.argsort(-maps_Khw.flatten(1).numpy().var(1))[:2])
        payload = score_cam.compute(whole, image, layer="4", target=2, max_channels=2)
        weights = np.linalg.lstsq(
            maps_Khw[kept].flatten(1).numpy().T, payload.values.ravel(), rcond=None
        )[0]
        assert weights.sum() == pytest.approx(1, abs=1e-4)
        assert (
            np.abs(weights @ maps_Khw[kept].flatten(1).numpy() - payload.values.ravel()).max()
            < 1e-5
        )
        assert "The 2 of 6 channels that vary most are used." in payload.caption

    def test_eigen_cam_is_the_leading_eigenvector(self):
        whole, image, maps_Khw = self.case()
        features_PK = maps_Khw.flatten(1).double().numpy().T
        values, vectors = np.linalg.eigh(features_PK.T @ features_PK)
        expected_P = features_PK @ vectors[:, -1]
        expected_P = np.maximum(expected_P * np.sign(expected_P.sum()), 0)
        payload = eigen_cam.compute(whole, image, layer="4")
        assert np.abs(payload.values.ravel() - expected_P).max() < 1e-5 * expected_P.max()
        assert f"{values[-1] / values.sum():.0%} of their sum of squares" in payload.caption
