"""Relevance propagation compared with Captum, with dense matrices in NumPy, and conservation."""

import copy
from functools import cache

import captum.attr
import numpy as np
import pytest
import torch
from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule
from torch import nn
from torch.nn import functional as F

from convscope.arch import Architecture, Chain, Gate
from convscope.errors import InputError
from convscope.layers import Conv2d, Flatten, Linear, ReLU, Sigmoid
from convscope.network import build
from convscope.network.relevance import Rules
from convscope.shapes import CHW
from convscope.visuals.methods.prediction import lrp
from convscope.visuals.methods.prediction.lrp import propagated
from convscope.zoo import load

from .foreign import BasicBlock, Vit

pytestmark = pytest.mark.filterwarnings("ignore:Setting:UserWarning")
NETWORKS = {
    "googlenet_bn": (CHW(3, 47, 47), 10),
    "resnet20": (CHW(3, 32, 32), 10),
    "lenet5": (CHW(1, 32, 32), 10),
    "efficientnet_lite0": (CHW(3, 32, 32), 10),
}
TARGET = 3


def lively(module, *, bias):
    """Weights as after training; with no bias, also none in the normalisations."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.running_var, 0.5, 2)
        nn.init.normal_(module.weight)
        nn.init.normal_(module.running_mean, std=float(bias))
    if getattr(module, "bias", None) is not None:
        nn.init.normal_(module.bias, std=0.2 * bias)


@cache
def built(name):
    shape, classes = NETWORKS[name]
    return build(load(name, input=shape, num_classes=classes), seed=1).eval().double()


def network_of(name, *, bias):
    network = copy.deepcopy(built(name))
    shape, _ = NETWORKS[name]
    with torch.random.fork_rng():
        torch.manual_seed(2)
        for module in network.modules():
            lively(module, bias=bias)
        image = torch.rand(1, *shape, dtype=torch.float64)
    return network, image


class Logits(nn.Module):
    """A network with one output and one argument, as Captum requires."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)


def sequential(*, bias):
    """Convolutions, groups, both poolings and linear layers."""
    torch.manual_seed(3)
    network = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(8, 8, 3, groups=2), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(8 * 36, 20), nn.ReLU(), nn.Linear(20, 10)),
    )
    for module in network.modules():
        lively(module, bias=bias)
    return network.double().eval(), torch.rand(1, 3, 32, 32, dtype=torch.float64)


@pytest.mark.filterwarnings("ignore:Input Tensor:UserWarning", "ignore:Converting:UserWarning")
@pytest.mark.parametrize(
    ("name", "gamma"), [("sequential", 0.0), ("sequential", 0.25), ("googlenet_bn", 0.0)]
)
def test_equals_captum(name, gamma):
    # Captum's gamma leaves biases as they are; the paper counts them as a weight
    bias = gamma == 0
    network, image = sequential(bias=bias) if name == "sequential" else network_of(name, bias=bias)
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and gamma:
            module.rule = GammaRule(gamma=gamma)
        elif not list(module.children()):
            module.rule = EpsilonRule(epsilon=1e-9)
    theirs = captum.attr.LRP(Logits(network)).attribute(image, target=TARGET)
    ours = propagated(
        network, image, target=TARGET, rules=Rules(gamma, 1e-9), pixels="layer"
    ).relevance_NCHW
    assert float((ours - theirs).abs().max()) < 1e-6 * float(theirs.abs().max())


# the rule of the pixels and that of the layers do not depend on each other
@pytest.mark.parametrize(("gamma", "pixels"), [(0.0, "layer"), (0.25, "box")])
@pytest.mark.parametrize("name", list(NETWORKS))
def test_relevance_is_conserved_without_biases(name, gamma, pixels):
    network, image = network_of(name, bias=False)
    result = propagated(network, image, target=TARGET, rules=Rules(gamma, 0.0), pixels=pixels)
    with torch.no_grad():
        score = float(network(image)[0, TARGET])
    assert score != 0
    assert result.value == pytest.approx(score)
    assert float(result.relevance_NCHW.sum()) == pytest.approx(score, rel=1e-8)
    assert result.is_boxed == (pixels == "box")


class Small(nn.Module):
    """Convolution, normalisation, ReLU6, a gate, a shortcut, mean pooling, a linear layer."""

    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3)
        self.relu = nn.ReLU6(inplace=True)
        self.conv2, self.norm2 = nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)
        self.squeeze, self.fc = nn.Conv2d(3, 3, 1), nn.Linear(3, 4)

    def forward(self, x):
        x = self.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(x))
        y = y * torch.sigmoid(self.squeeze(y.mean((2, 3), keepdim=True)))
        return self.fc(F.relu(x + y).mean((2, 3)))


def matrix(function, shape):
    """The dense matrix of a linear function: outputs x inputs."""
    basis = torch.eye(int(np.prod(shape)), dtype=torch.float64).view(-1, *shape)
    with torch.no_grad():
        return function(basis).flatten(1).numpy().T


def shares(inputs, weights, bias, outputs, relevance, gamma):
    """The gamma rule with a loop over outputs; gamma = 0 is the epsilon rule with e = 0."""
    passed = np.zeros_like(inputs)
    for j, output in enumerate(outputs):
        parts = inputs * weights[j]
        same = (parts > 0) if output >= 0 else (parts < 0)
        parts = parts * np.where(same, 1 + gamma, 1)
        rest = bias[j] * (1 + gamma if (bias[j] >= 0) == (output >= 0) else 1)
        passed += parts / (parts.sum() + rest) * relevance[j]
    return passed


def box_shares(inputs, weights, low, high, relevance):
    passed = np.zeros_like(inputs)
    for j, row in enumerate(weights):
        parts = inputs * row - low * np.maximum(row, 0) - high * np.minimum(row, 0)
        passed += parts / parts.sum() * relevance[j]
    return passed


def test_equals_a_loop_over_dense_matrices():
    """Every rule that Captum lacks: folding, the box, both signs, a gate, a shortcut."""
    gamma, shape = 0.5, (3, 4, 4)
    torch.manual_seed(0)
    network = Small().double().eval()
    for module in network.modules():
        lively(module, bias=True)
    image = torch.rand(1, 2, 4, 4, dtype=torch.float64) * 4 - 2
    ours = propagated(network, image, target=1, rules=Rules(gamma, 0.0), pixels="box")

    def folded(conv, norm, size):
        function = lambda x: norm(conv(x))  # noqa: E731
        with torch.no_grad():
            bias = function(torch.zeros(1, *size, dtype=torch.float64)).flatten().numpy()
        return matrix(function, size) - bias[:, None], bias

    first, first_bias = folded(network.conv1, network.norm1, (2, 4, 4))
    second, second_bias = folded(network.conv2, network.norm2, shape)
    x = image.flatten().numpy()
    a = np.clip(first @ x + first_bias, 0, 6)
    y = second @ a + second_bias
    with torch.no_grad():
        mean = torch.from_numpy(y.reshape(1, *shape)).mean((2, 3), keepdim=True)
        gate = torch.sigmoid(network.squeeze(mean)).expand(1, *shape).flatten().numpy()
    z = a + y * gate
    head = network.fc.weight.detach().numpy()[1].repeat(16) / 16
    # the score is shared by the linear layer, the shortcut gets its part of the sum
    at_z = np.maximum(z, 0) * head
    with np.errstate(divide="ignore", invalid="ignore"):
        at_a = np.where(z > 0, a / z * at_z, 0)
        at_y = np.where(z > 0, y * gate / z * at_z, 0)
    at_a = at_a + shares(a, second, second_bias, y, at_y, gamma)
    low = image.amin((2, 3)).numpy().repeat(16)
    high = image.amax((2, 3)).numpy().repeat(16)
    expected = box_shares(x, first, low, high, at_a)
    assert np.abs(ours.relevance_NCHW.flatten().numpy() - expected).max() < 1e-9


def test_a_gate_of_the_size_of_the_maps_gets_no_relevance():
    """On maps of 1 x 1 the shapes do not show which factor is the gate: the architecture does."""
    squeeze = Chain(conv=Conv2d(4, 1, bias=False), relu=ReLU(), out=Conv2d(4, 1), end=Sigmoid())
    block = Chain(
        conv=Conv2d(4, 3, bias=False),
        gated=Gate(body=Conv2d(4, 1, bias=False), gate=squeeze),
        flatten=Flatten(),
        fc=Linear(5, bias=False),
    )
    network = build(Architecture(name="gated", input=CHW(1, 3, 3), num_classes=5, block=block))
    image = torch.rand(1, 1, 3, 3)
    result = propagated(network, image, target=2, rules=Rules(0.25, 0.0), pixels="layer")
    assert result.value != 0
    assert float(result.relevance_NCHW.sum()) == pytest.approx(result.value, rel=1e-4)


def test_white_and_black_bound_the_pixels():
    """With the model's normalisation the box reaches from black to white."""
    from convscope.layers.torch.preprocess import Normalize

    scaling = Normalize((0.5,), (0.25,)).double()
    assert lrp.normalisation(scaling) is not None
    low, high = lrp._bounds(torch.zeros(1, 1, 2, 2, dtype=torch.float64), scaling)
    assert low.unique().tolist() == pytest.approx([-2.0], rel=1e-6)
    assert high.unique().tolist() == pytest.approx([2.0], rel=1e-6)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.LPPool2d(2, 2), nn.Flatten(1)), "Pow"),
        (Vit(), "product of two signals|no rule"),
    ],
)
def test_operations_without_a_rule_are_named(module, name):
    with pytest.raises(InputError, match=name):
        lrp.compute(module.eval(), torch.rand(1, 3, 8, 8))


def test_the_shortcut_of_others_and_relu_in_place():
    """`out += x` and one ReLU for both, as torchvision writes them."""
    torch.manual_seed(0)
    blocks = [BasicBlock(6, inplace=True), BasicBlock(6, inplace=False)]
    blocks[1].load_state_dict(blocks[0].state_dict())
    maps = []
    for block in blocks:
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))
        nn.init.constant_(head[2].weight, 0.5)
        network = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), block, head).eval()
        with torch.no_grad():
            network[0].weight.copy_(torch.linspace(-1, 1, 162).view(6, 3, 3, 3))
        maps.append(lrp.attribute(network, torch.linspace(-1, 1, 192).view(1, 3, 8, 8)))
    assert torch.allclose(maps[0], maps[1], atol=1e-6)
    assert bool(maps[0].any())


@pytest.mark.parametrize("name", ["gamma", "epsilon"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_settings_that_do_not_fit(name, value):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 5))
    with pytest.raises(InputError, match=name):
        lrp.compute(network, torch.rand(1, 3, 8, 8), **{name: value})
