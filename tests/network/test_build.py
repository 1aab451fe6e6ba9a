"""Networks: seeds, keys, heads; and that building touches nothing else."""

import importlib
import random

import numpy as np
import pytest
import torch

from convscope.arch import Architecture, AuxiliaryHead, Chain, Concat, Residual
from convscope.errors import ArchitectureError, InputError
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    EuclideanRBF,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    PartialConv2d,
    ReLU,
)
from convscope.network import build, build_block, build_empty, module_at
from convscope.network.build import put_weights
from convscope.shapes import CHW, Features
from convscope.zoo import load

HEAD = Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(3))
BRANCHED = Architecture(
    name="branched",
    input=CHW(2, 9, 9),
    num_classes=3,
    block=Chain(
        stem=PartialConv2d(((0,), (0, 1)), 3),
        both=Concat(
            a=Conv2d(2, 1),
            b=Chain(x=Conv2d(3, 3, padding=1), aux=AuxiliaryHead(HEAD, weight=0.25)),
        ),
        res=Residual(Chain(c=Conv2d(5, 3, padding=1), n=BatchNorm2d(), r=ReLU())),
        aux2=AuxiliaryHead(HEAD, weight=0.5),
        **HEAD.blocks,
    ),
)


def _weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_the_seed_decides_the_weights():
    one, again, other = (_weights(build(BRANCHED, seed=seed)) for seed in (3, 3, 4))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["res.body.c.weight"], other["res.body.c.weight"])
    assert not torch.equal(one["stem.weight"], other["stem.weight"])


def test_global_generators_keep_their_states():
    torch.manual_seed(1)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    build(BRANCHED, seed=5)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.random.get_state()[1].tolist() == before[2]


def test_other_devices_are_not_reseeded(monkeypatch):
    monkeypatch.setattr(torch, "manual_seed", None)  # it would seed every GPU
    build(BRANCHED)


def test_keys_are_paths():
    keys = set(build(BRANCHED).state_dict())
    assert {
        "stem.weight",
        "both.b.x.bias",
        "res.body.n.running_mean",
        "aux2.head.fc.weight",
        "both.b.aux.head.fc.bias",
    } <= keys
    for step in BRANCHED.trace.steps:
        own = {key for key in keys if key.rpartition(".")[0] == step.path}
        assert bool(own) == bool(step.parameters)
        module_at(build(BRANCHED), step.path)
    assert set(build(load("lenet5")).state_dict()) == {
        f"{layer}.{kind}"
        for layer in ("conv1", "conv2", "conv3", "fc1", "fc2")
        for kind in ("weight", "bias")
    }


@pytest.mark.parametrize("training", [True, False])
def test_the_output_is_always_one_tensor_and_heads_come_in_order(training):
    network = build(BRANCHED).train(training)
    x = torch.randn(4, 2, 9, 9)
    assert network(x).shape == (4, 3)
    heads = []
    assert network(x, heads).shape == (4, 3)
    assert [head.shape for head in heads] == [(4, 3), (4, 3)]
    assert network.head_weights == (0.25, 0.5)
    fc = network.both._modules["b"]._modules["aux"].head._modules["fc"]
    fc.weight.data.zero_()
    fc.bias.data.copy_(torch.tensor([1.0, 2.0, 3.0]))
    heads = []
    network(x, heads)
    assert torch.equal(heads[0], torch.tensor([[1.0, 2.0, 3.0]]).expand(4, 3))


def test_heads_run_only_with_a_list():
    network = build(BRANCHED).eval()
    calls = []
    module_at(network, "aux2.head").register_forward_hook(lambda *_: calls.append(1))
    network(torch.randn(1, 2, 9, 9))
    assert calls == []
    network(torch.randn(1, 2, 9, 9), [])
    assert calls == [1]


def test_empty_networks_hold_only_constants():
    network = build_empty(load("lenet5_1998"))
    assert {p.device.type for p in network.parameters()} == {"meta"}
    assert {b.device.type for b in network.buffers()} == {"cpu"}
    assert list(network.state_dict()) == list(build(load("lenet5_1998")).state_dict())


def test_build_block_of_a_single_layer():
    layer = EuclideanRBF(((1.0, 0.0), (0.0, 1.0)))
    module = build_block(layer, Features(2))
    assert module(torch.tensor([[1.0, 0.0]])).tolist() == [[0.0, -2.0]]


@pytest.mark.parametrize(
    "path", ["", "conv", "res.body.", "res..body", "both.b.x.weight", "forward"]
)
def test_unknown_paths_suggest_the_nearest(path):
    with pytest.raises(InputError, match="no layer named"):
        module_at(build(BRANCHED), path)
    with pytest.raises(InputError, match="did you mean"):
        module_at(build(BRANCHED), "res.body.cc")


def test_names_of_module_attributes_are_only_names():
    """A layer may be called as nn.Module's own methods are."""
    names = ("forward", "weight", "architecture", "eval", "parameters", "modules", "to")
    block = Chain(**{name: Conv2d(1, 1) for name in names}, flatten=Flatten(), fc=Linear(2))
    network = build(Architecture(name="n", input=CHW(1, 2, 2), num_classes=2, block=block)).eval()
    assert network(torch.zeros(1, 1, 2, 2)).shape == (1, 2)
    assert len(list(network.parameters())) == 16
    assert "forward.weight" in network.state_dict()


def test_a_failed_allocation_names_the_size(monkeypatch):
    def fail(*_):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] can't allocate memory: 76800000000")

    module = importlib.import_module("convscope.network.build")
    monkeypatch.setattr(module, "_network", fail)
    with pytest.raises(ArchitectureError, match="not enough memory for the weights: lenet5 has"):
        build(load("lenet5"))


def test_weights_are_put_without_copies_as_load_state_dict_does():
    network, other = build(load("resnet20"), seed=1), build_empty(load("resnet20"))
    state = network.state_dict()
    put_weights(other, state)
    assert other.state_dict().keys() == state.keys()
    assert all(other.state_dict()[name].data_ptr() == state[name].data_ptr() for name in state)
    assert all(p.requires_grad for p in other.parameters())
    x_NCHW = torch.randn(2, 3, 32, 32)
    assert torch.equal(other.eval()(x_NCHW), network.eval()(x_NCHW))
