"""SmoothGrad: mean gradient of seeded noisy copies."""

import pytest
import torch

from convscope.errors import InputError
from convscope.network import build
from convscope.visuals.methods.prediction import saliency, smooth_grad
from convscope.zoo.papers.classic.lenet import lenet5


@pytest.fixture(scope="module")
def network():
    return build(lenet5(), seed=0).eval()


IMAGE = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))


def test_mean_gradient_equals_a_loop(network):
    result = smooth_grad.attribute(network, IMAGE, target=4, samples=19, noise=0.2, seed=7)
    generator = torch.Generator().manual_seed(7)
    spread = 0.2 * (IMAGE.max() - IMAGE.min())
    total = torch.zeros_like(IMAGE)
    for _ in range(19):
        noisy = (IMAGE + spread * torch.randn(1, 32, 32, generator=generator)).requires_grad_()
        total += torch.autograd.grad(network(noisy)[0, 4], noisy)[0]
    assert torch.allclose(result, total / 19, atol=1e-7)


def test_without_noise_it_equals_the_gradient(network):
    result = smooth_grad.attribute(network, IMAGE, target=4, samples=2, noise=0.0)
    assert torch.allclose(result, saliency.attribute(network, IMAGE, target=4), atol=1e-7)


def test_seeds(network):
    state = torch.random.get_rng_state()
    first, same, other = (
        smooth_grad.attribute(network, IMAGE, samples=4, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    "options", [{"samples": 0}, {"noise": -0.1}, {"noise": float("nan")}, {"samples": True}]
)
def test_invalid_settings_are_rejected(network, options):
    with pytest.raises(InputError):
        smooth_grad.compute(network, IMAGE, **options)
