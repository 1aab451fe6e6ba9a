"""Backward rules of ReLU, compared with their formulas; rejected operations."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.layers import LAYERS
from convscope.network.backward_rules import backward_rule

X = torch.tensor([-2.0, 1.0, -1.0, 3.0, 7.0, 0.5])
R = torch.tensor([1.0, -1.0, -2.0, 2.0, 3.0, 4.0])


def back(function, rule):
    x = X.clone().requires_grad_()
    y = function(x.clone())
    with backward_rule(y, rule) as operations:
        (gradient,) = torch.autograd.grad(y, x, R)
    return gradient, operations


RELUS = {
    "module": nn.ReLU(),
    "function": F.relu,
    "method": lambda x: x.relu(),
    "in place": nn.ReLU(inplace=True),
    "clamp": lambda x: x.clamp(min=0),
    "clamp_min": lambda x: torch.clamp_min(x, 0.0),
    "threshold": lambda x: F.threshold(x, 0.0, 0.0),
}


@pytest.mark.parametrize("name", RELUS)
def test_every_spelling_of_relu(name):
    f, r = X, R
    assert torch.equal(back(RELUS[name], "plain")[0], r * (f > 0))
    assert torch.equal(back(RELUS[name], "deconvnet")[0], r * (r > 0))
    assert torch.equal(back(RELUS[name], "guided")[0], r * (f > 0) * (r > 0))
    assert back(RELUS[name], "guided")[1].relus == 1


@pytest.mark.parametrize("relu6", [nn.ReLU6(), F.relu6, nn.ReLU6(inplace=True)])
def test_relu6_passes_between_its_bounds(relu6):
    f, r = X, R
    assert torch.equal(back(relu6, "guided")[0], r * (f > 0) * (f < 6) * (r > 0))
    assert torch.equal(back(relu6, "deconvnet")[0], r * (r > 0))


def test_the_rules_end_with_the_context():
    x = X.clone().requires_grad_()
    y = F.relu(x)
    with backward_rule(y, "deconvnet"):
        pass
    assert torch.equal(torch.autograd.grad(y, x, R)[0], R * (X > 0))


class Modules(nn.Module):
    """Each ReLU a module of its own."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.relu1, self.relu2, self.fc = nn.ReLU(), nn.ReLU(), nn.Linear(27, 4)

    def forward(self, x):
        y = self.relu1(self.conv1(x))
        y = self.relu2(self.conv2(y) + y)
        return self.fc(F.max_pool2d(y, 2).flatten(1))


class Reused(Modules):
    def __init__(self):
        super().__init__()
        self.relu1 = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu1(self.conv1(x))
        y = self.relu1(self.conv2(y) + y)
        return self.fc(F.max_pool2d(y, 2).flatten(1))


class Functions(Modules):
    def forward(self, x):
        y = F.relu(self.conv1(x))
        z = self.conv2(y)
        z += y
        return self.fc(F.max_pool2d(F.relu_(z), 2).flatten(1))


@pytest.mark.parametrize("rule", ["deconvnet", "guided"])
@pytest.mark.parametrize("kind", [Reused, Functions])
def test_reused_functional_and_in_place_are_exact(kind, rule):
    torch.manual_seed(0)
    right = Modules()
    other = kind()
    other.load_state_dict(right.state_dict())
    x = torch.randn(1, 2, 6, 6, requires_grad=True)
    signals = []
    for network in (right, other):
        y = network(x)
        with backward_rule(y, rule) as operations:
            signals.append(torch.autograd.grad(y[0, 1], x)[0])
        assert operations[:3] == (2, 2, 1)
    assert torch.equal(*signals)
    plain = torch.autograd.grad(right(x)[0, 1], x)[0]
    assert not torch.allclose(plain, signals[0])


class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g * (ctx.saved_tensors[0] > 0)


def half_in_place(x):
    y = x.clone()
    y[:3].relu_()
    return y


HIDDEN = {
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "maximum": lambda x: torch.maximum(x, torch.zeros(())),
    "mask": lambda x: x * (x > 0),
    "mask of numbers": lambda x: (x > 0).float() * x,
    "absolute": lambda x: (x + x.abs()) / 2,
    "own function": Own.apply,
    "part in place": half_in_place,
    "bound beside 0": lambda x: x.clamp(min=1e-6),
}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("rule", ["deconvnet", "guided"])
def test_operations_that_could_hide_a_relu_are_rejected(name, rule):
    with pytest.raises(InputError, match="could hide"):
        back(HIDDEN[name], rule)
    back(HIDDEN[name], "plain")


def test_other_activations_are_named():
    assert back(F.leaky_relu, "guided")[1].other_activations == ("LeakyReLU",)
    assert back(F.hardtanh, "guided")[1] == (0, 0, 0, ("Hardtanh",))
    assert torch.equal(back(torch.tanh, "deconvnet")[0], back(torch.tanh, "plain")[0])
    scaled = back(lambda x: F.relu(x) * torch.tensor([1.0, 2, 3, 4, 5, 6]), "guided")[0]
    assert torch.equal(scaled, R.clamp(min=0) * torch.arange(1.0, 7.0) * (X > 0))


SMOOTH = {
    *("LeakyReLU", "PReLU", "ELU", "GELU", "SiLU", "Hardswish", "Hardsigmoid"),
    *("Tanh", "Sigmoid", "Softmax"),
}
REFUSED = {"PartialConv2d", "GlobalContrastNorm"}  # IndexPut of the weights; clamp of a length


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_is_known_to_the_rules(kind):
    if kind.__name__ in REFUSED:
        return
    layer, shape = kind.examples[0]
    x = torch.randn(1, *shape, requires_grad=True)
    y = layer.build(shape).eval()(x)
    with backward_rule(y, "guided") as operations:
        y.sum().backward()
    assert x.grad.shape == x.shape
    assert bool(operations.other_activations) == (kind.__name__ in {*SMOOTH, "ScaledTanh"})
