"""Integrated gradients: attributions add up to the score's rise."""

import pytest
import torch
from torch import nn

from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.prediction import integrated_gradients
from convscope.visuals.methods.prediction.integrated_gradients import integrate
from convscope.zoo import load
from convscope.zoo.papers.classic.lenet import lenet5


def lively_resnet():
    network = build(load("resnet20"), seed=0)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)
    return network


@pytest.mark.parametrize("make", [lambda: build(lenet5(), seed=0), lively_resnet])
def test_attributions_add_up(make):
    network = make().eval()
    image = torch.randn(1, *network.architecture.input, generator=torch.Generator().manual_seed(0))
    result = integrate(network, image, target=2, steps=None, baseline=0.5)
    with torch.no_grad():
        rise = float(network(image)[0, 2] - network(torch.full_like(image, 0.5))[0, 2])
    assert abs(float(result.attributions_NCHW.sum()) - rise - result.gap) < 1e-5 * max(1, abs(rise))
    allowed = 0.05 * max(abs(result.value), abs(result.baseline_value))
    assert abs(result.gap) <= allowed + 1e-6
    assert abs(result.value - result.baseline_value - rise) < 1e-5 * max(1, abs(rise))


def test_exact_for_a_quadratic_function():
    class Square(nn.Module):
        def forward(self, x):
            return (x**2).flatten(1).sum(1, keepdim=True)

    image = torch.tensor([[[[1.0, -2.0], [3.0, 0.0]]]])
    result = integrate(Square(), image, target=1, steps=2, baseline=0.0)
    assert torch.allclose(result.attributions_NCHW, image**2)  # x^2 = x * integral of 2 a x
    assert abs(result.gap) < 1e-5


def test_bisection_refines_where_the_score_is_curved():
    """A steep rise near the baseline, which evenly spaced steps miss."""

    class Steep(nn.Module):
        def forward(self, x):
            return torch.tanh(x.flatten(1).sum(1, keepdim=True) * 400)

    image = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    even = integrate(Steep(), image, target=0, steps=64, baseline=0.0)
    bisected = integrate(Steep(), image, target=0, steps=None, baseline=0.0)
    assert abs(even.gap) > 0.05
    assert abs(bisected.gap) < 0.05
    assert bisected.steps <= 512


def test_the_caption_states_the_sum():
    network = build(lenet5(), seed=0)
    payload = integrated_gradients.compute(network, torch.randn(1, 1, 32, 32), steps=8)
    assert "Sum of contributions:" in payload.caption
    assert "(8 steps)" in payload.caption
    assert payload.scale.low == -payload.scale.high


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "at least 1"),
        ({"steps": 1.5}, "at least 1"),
        ({"steps": 10**6}, "at most 2000"),
        ({"baseline": float("nan")}, "a finite number"),
    ],
)
def test_invalid_settings_are_rejected(options, message):
    with pytest.raises(InputError, match=message):
        integrated_gradients.compute(build(lenet5(), seed=0), torch.zeros(1, 1, 32, 32), **options)
