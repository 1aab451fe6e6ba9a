"""Taps: what passes through, by path; and nothing is left behind."""

import pytest
import torch

from convscope.errors import InputError
from convscope.network import activations, build
from convscope.zoo import load


def _hooks(network):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in network.modules())


@pytest.fixture
def network():
    return build(load("lenet5")).eval()


def test_outputs_by_path_and_unchanged_answers(network):
    x = torch.randn(2, 1, 32, 32)
    alone = network(x)
    with activations(network, ["conv1", "tanh1", "fc2"]) as seen:
        answer = network(x)
    assert torch.equal(answer, alone)
    assert torch.equal(seen["fc2"], answer)
    assert torch.equal(torch.tanh(seen["conv1"]), seen["tanh1"])
    assert seen["conv1"].requires_grad
    assert list(seen) == ["conv1", "tanh1", "fc2"]
    assert _hooks(network) == 0


def test_hooks_are_gone_after_an_error(network):
    with pytest.raises(RuntimeError), activations(network, ["conv1"]):
        network(torch.randn(1, 3, 32, 32))
    assert _hooks(network) == 0
    with pytest.raises(KeyboardInterrupt), activations(network, ["conv1"]):
        raise KeyboardInterrupt
    assert _hooks(network) == 0
    with (
        pytest.raises(InputError, match="did you mean conv"),
        activations(network, ["tanh1", "conv"]),
    ):
        pass
    assert _hooks(network) == 0


def test_taps_inside_taps(network):
    with activations(network, ["conv1"]) as outer:
        with activations(network, ["conv1", "conv1"]) as inner:
            network(torch.zeros(1, 1, 32, 32))
        assert torch.equal(outer["conv1"], inner["conv1"])
        assert _hooks(network) == 1
    assert _hooks(network) == 0
