"""Initial values: their spread by scheme, their numbers by seed, and what is left alone."""

import math

import pytest
import torch

from convscope.arch import Architecture, Chain
from convscope.errors import InputError
from convscope.layers import BatchNorm2d, Conv2d, Flatten, Linear, LocallyConnected2d, PartialConv2d
from convscope.network import build, initialise
from convscope.shapes import CHW
from convscope.zoo import load

TABLE = tuple((k % 16, 16 + k % 16, 32 + k % 16) for k in range(48))
BLOCK = Chain(
    conv=Conv2d(64, 5, padding=2, groups=2),
    norm=BatchNorm2d(),
    partial=PartialConv2d(TABLE, 5, padding=2),
    local=LocallyConnected2d(20, 3),
    flatten=Flatten(),
    fc=Linear(200),
)
NETWORK = Architecture(name="drawn", input=CHW(16, 6, 6), num_classes=200, block=BLOCK)
# (numbers a unit sees, units a number reaches)
FANS = {
    "conv": (8 * 25, 32 * 25),
    "partial": (3 * 25, 48 * 3 * 25 / 64),
    "local": (48 * 9, 20 * 9),
    "fc": (20 * 16, 200),
}


@pytest.fixture
def module():
    return build(NETWORK)


@pytest.mark.parametrize("scheme", ["he", "xavier", "lecun"])
def test_spread(module, scheme):
    left = {n: p.clone() for n, p in module.named_parameters() if n.endswith("bias") or "norm" in n}
    initialise(module, scheme, seed=1)
    for name, (fan_in, fan_out) in FANS.items():
        weight = module.get_parameter(f"{name}.weight").detach()
        assert abs(float(weight.mean())) < 4 * float(weight.std()) / math.sqrt(weight.numel())
        if scheme == "he":
            assert float(weight.std()) == pytest.approx(math.sqrt(2 / fan_in), rel=0.03)
            continue
        bound = math.sqrt(6 / (fan_in + fan_out)) if scheme == "xavier" else 2.4 / fan_in
        assert float(weight.abs().max()) == pytest.approx(bound, rel=0.01)
        assert float(weight.abs().max()) <= bound * 1.00001
        assert float(weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.03)
    assert all(torch.equal(module.get_parameter(n), p) for n, p in left.items())


def test_the_seed_decides_and_the_global_generator_is_left_alone(module):
    torch.manual_seed(9)
    before = torch.get_rng_state()
    found = []
    for seed in (1, 1, 2):
        initialise(module, "he", seed=seed)
        found.append(module.get_parameter("fc.weight").clone())
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert torch.equal(torch.get_rng_state(), before)


def test_torch_scheme_keeps_the_built_values(module):
    before = module.get_parameter("fc.weight").clone()
    initialise(module, "torch", seed=1)
    assert torch.equal(module.get_parameter("fc.weight"), before)


def test_an_unknown_scheme_suggests_the_nearest(module):
    with pytest.raises(InputError, match="did you mean he"):
        initialise(module, "He", seed=0)


# means of all drawn weights, by the commit before weights were drawn by path
BEFORE = {
    ("lenet5_1998", "he"): 3939.1150058513153,
    ("lenet5_1998", "xavier"): 1992.0334711265145,
    ("lenet5_1998", "lecun"): 272.1546466451134,
    ("resnet20", "he"): 14829.083697718379,
    ("resnet20", "xavier"): 11169.041932577773,
    ("resnet20", "lecun"): 837.5515045860915,
    ("nin", "he"): 34536.18572758499,
    ("nin", "xavier"): 24071.283115139013,
    ("nin", "lecun"): 1702.066190432768,
}


@pytest.mark.parametrize(("name", "scheme"), BEFORE)
def test_the_numbers_of_a_seed_are_those_of_the_commit_before(name, scheme):
    network = build(load(name))
    initialise(network, scheme, seed=3)
    sums = [
        float(p.detach().double().abs().sum()) for n, p in network.named_parameters() if p.dim() > 1
    ]
    assert sum(sums) == pytest.approx(BEFORE[name, scheme], rel=1e-12)
