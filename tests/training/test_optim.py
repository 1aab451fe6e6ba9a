import numpy as np
import pytest
import torch

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    LocallyConnected2d,
    TrainableSubsample2d,
)
from convscope.network import build
from convscope.network.build import build_empty
from convscope.shapes import CHW
from convscope.training.ema import Average, Ema
from convscope.training.recipe.loss import CrossEntropy, RbfMap
from convscope.training.recipe.optim import (
    SGD,
    Adam,
    AdamW,
    RMSprop,
    groups,
    load_state,
    set_lr,
    state_tensors,
    undecayed,
)
from tests.zoo.sample import rows

SMALL = Architecture(
    name="small",
    input=CHW(2, 4, 4),
    num_classes=4,
    block=Chain(conv=Conv2d(3, 3, bias=False), norm=BatchNorm2d(), flatten=Flatten(), fc=Linear(4)),
)


def small():
    return build(SMALL, seed=0)


def steps(network, optimiser, count, *, first=0):
    for i in range(first, first + count):
        x = torch.randn(5, 2, 4, 4, generator=torch.Generator().manual_seed(i))
        loss = network(x).square().sum()
        optimiser.zero_grad()
        loss.backward()
        set_lr(optimiser, 0.01 / (i + 1))
        optimiser.step()


KINDS = [
    (SGD(weight_decay=0.1), lambda g: torch.optim.SGD(g, 0.0, momentum=0.9, nesterov=True)),
    (SGD(momentum=0.0, nesterov=False), lambda g: torch.optim.SGD(g, 0.0)),
    (Adam(weight_decay=0.1), lambda g: torch.optim.Adam(g, 0.0)),
    (AdamW(weight_decay=0.1), lambda g: torch.optim.AdamW(g, 0.0)),
    (RMSprop(weight_decay=0.1), lambda g: torch.optim.RMSprop(g, 0.0)),
]


@pytest.mark.parametrize(("kind", "plain"), KINDS, ids=lambda k: getattr(k, "type", ""))
def test_equals_the_plain_form_of_torch(kind, plain):
    ours, theirs = small(), small()
    steps(ours, kind.build(ours), 5)
    weights = [theirs.conv.weight, theirs.fc.weight]
    others = [theirs.norm.weight, theirs.norm.bias, theirs.fc.bias]
    decay = kind.weight_decay
    steps(
        theirs,
        plain(
            [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
        ),
        5,
    )
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_biases_and_normalisations_do_not_decay():
    network = small()
    decayed, plain = groups(network, 0.5)
    assert {id(p) for p in decayed["params"]} == {id(network.conv.weight), id(network.fc.weight)}
    assert decayed["weight_decay"] == 0.5
    assert plain["weight_decay"] == 0.0
    assert len(plain["params"]) == 3


def test_parameters_without_decay_are_named_by_their_layer():
    """A bias of three axes is a bias; the trainable scale of a pooling layer has one axis."""
    block = Chain(
        local=LocallyConnected2d(4, 3),
        sub=TrainableSubsample2d(2),
        norm=BatchNorm2d(),
        flatten=Flatten(),
        fc=Linear(3),
    )
    architecture = Architecture(name="a", input=CHW(1, 8, 8), num_classes=3, block=block)
    network = build(architecture, seed=0)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert network.local.bias.ndim == 3
    decayed, plain = groups(network, 0.5)
    assert [names[id(p)] for p in decayed["params"]] == ["local.weight", "fc.weight"]
    assert [names[id(p)] for p in plain["params"]] == [
        "local.bias",
        "sub.weight",
        "sub.bias",
        "norm.weight",
        "norm.bias",
        "fc.bias",
    ]


@pytest.mark.parametrize("name", rows(zoo.list_architectures()))
def test_networks_of_the_zoo_decay_as_before(name):
    """Weights of two and more axes, as before the layers named them: old optimisers load."""
    architecture = zoo.load(name)
    named = {
        parameter: value.ndim for parameter, value in build_empty(architecture).named_parameters()
    }
    expected = {parameter for parameter, ndim in named.items() if ndim <= 1}
    assert undecayed(architecture) & named.keys() == expected


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS], ids=lambda k: k.type)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_state_goes_out_and_in_without_a_trace(kind, layout):
    whole = small().to(memory_format=layout)
    optimiser = kind.build(whole)
    steps(whole, optimiser, 6)
    half = small().to(memory_format=layout)
    first = kind.build(half)
    steps(half, first, 3)
    named = dict(half.named_parameters())
    kept = {
        k: v.clone(memory_format=torch.contiguous_format)
        for k, v in state_tensors(first, named).items()
    }
    second = kind.build(half)
    load_state(second, named, kept)
    steps(half, second, 3, first=3)
    for a, b in zip(whole.parameters(), half.parameters(), strict=True):
        assert torch.equal(a, b)
        assert a.stride() == b.stride()
    for key, value in state_tensors(second, named).items():
        path = key.rpartition(":")[0]
        if value.ndim:
            assert value.stride() == named[path].stride()


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="nesterov=false"):
        SGD(momentum=0.0)


def test_rbf_map_is_equation_9():
    rng = np.random.default_rng(0)
    distances = rng.uniform(0, 40, (7, 10))
    labels = rng.integers(0, 10, 7)
    for j in (0.1, 1.0, 10.0):
        expected = 0.0
        for y, label in zip(distances, labels, strict=True):
            total = np.exp(-j)
            for distance in y:
                total += np.exp(-distance)
            expected += (y[label] + np.log(total)) / 7
        logits = torch.from_numpy(-distances).float()
        found = RbfMap(j=j)(logits, torch.from_numpy(labels)).item()
        assert found == pytest.approx(expected, rel=1e-5)


def test_rbf_map_survives_huge_distances():
    logits = torch.full((2, 10), -1e6, requires_grad=True)
    loss = RbfMap(j=1.0)(logits, torch.tensor([0, 3]))
    loss.backward()
    assert loss.item() == pytest.approx(1e6, rel=1e-5)
    assert torch.isfinite(logits.grad).all()


def test_label_smoothing():
    logits, labels = (
        torch.randn(6, 4, generator=torch.Generator().manual_seed(1)),
        torch.arange(6) % 4,
    )
    log_p = logits.double().log_softmax(1).numpy()
    q = np.full((6, 4), 0.1 / 4)
    q[np.arange(6), labels.numpy()] += 0.9
    expected = -(q * log_p).sum(1).mean()
    assert CrossEntropy(label_smoothing=0.1)(logits, labels).item() == pytest.approx(expected)


def test_ema_against_a_loop():
    network = small()
    average = Average(Ema(decay=0.8), network)
    means = [p.detach().double().numpy().copy() for p in network.parameters()]
    for t in range(1, 60):
        with torch.no_grad():
            for p in network.parameters():
                p.add_(torch.randn(p.shape, generator=torch.Generator().manual_seed(t)))
        network.norm.running_mean.fill_(float(t))
        average.update(t)
        d = min(0.8, t / (t + 9))
        for mean, p in zip(means, network.parameters(), strict=True):
            mean[:] = d * mean + (1 - d) * p.detach().double().numpy()
    found = average.settled()
    for mean, p in zip(means, found.parameters(), strict=True):
        np.testing.assert_allclose(p.numpy(), mean, rtol=1e-4, atol=1e-4)
    assert found.norm.running_mean.tolist() == [59.0] * 3
    assert not any(p.requires_grad for p in found.parameters())
