"""Hooks: outputs and gradients by path; all hooks are removed."""

import pytest
import torch
from torch import nn

from convscope.errors import InputError
from convscope.network import build
from convscope.network.hooks import (
    Run,
    activations,
    frozen,
    module_outputs,
    output_gradients,
    run_outputs,
)
from convscope.zoo import load


def _hooks(network):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in network.modules())


@pytest.fixture
def network():
    return build(load("lenet5")).eval()


def test_activations_by_path_and_unchanged_output(network):
    x = torch.randn(2, 1, 32, 32)
    alone = network(x)
    with activations(network, ["conv1", "tanh1", "fc2"]) as seen:
        output = network(x)
    assert torch.equal(output, alone)
    assert torch.equal(seen["fc2"], output)
    assert torch.equal(torch.tanh(seen["conv1"]), seen["tanh1"])
    assert seen["conv1"].requires_grad
    assert list(seen) == ["conv1", "tanh1", "fc2"]
    assert _hooks(network) == 0


def test_hooks_are_removed_after_an_error(network):
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


def test_nested_hooks(network):
    with activations(network, ["conv1"]) as outer:
        with activations(network, ["conv1", "conv1"]) as inner:
            network(torch.zeros(1, 1, 32, 32))
        assert torch.equal(outer["conv1"], inner["conv1"])
        assert _hooks(network) == 1
    assert _hooks(network) == 0


class Foreign(nn.Module):
    """A residual block with one reused ReLU in place, as in torchvision."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.relu, self.fc = nn.ReLU(inplace=True), nn.Linear(3 * 36, 4)

    def forward(self, x):
        y = self.relu(self.conv1(x))
        y = self.relu(self.conv2(y) + y)
        return self.fc(y.flatten(1))


def test_activations_are_not_overwritten_in_place():
    network, x = Foreign(), torch.randn(1, 2, 6, 6)
    with activations(network, ["conv1", "relu"]) as seen:
        network(x)
    assert torch.equal(seen["conv1"], network.conv1(x))
    assert (seen["conv1"] < 0).any()


def test_each_run_of_a_reused_layer_is_collected():
    network, x = Foreign(), torch.randn(1, 2, 6, 6)
    with run_outputs(network, ["relu", "conv2"]) as seen:
        network(x)
    first = network.conv1(x).relu()
    assert list(seen) == [Run("relu", 1), Run("conv2", 1), Run("relu", 2)]
    assert torch.equal(seen[Run("relu", 1)], first)
    assert torch.equal(seen[Run("relu", 2)], (network.conv2(first) + first).relu())
    assert _hooks(network) == 0


def test_a_tensor_that_was_changed_in_place_is_another_output():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Dropout(0.5)).eval()
    with module_outputs(network) as outputs:
        network(torch.randn(1, 1, 5, 5))
    assert [[run.path for run in output.runs] for output in outputs] == [["0"], ["1", "2"]]


def test_outputs_that_are_not_tensors_are_rejected():
    network = nn.Sequential(nn.LSTM(4, 3))
    with pytest.raises(InputError, match="the output of 0 is a tuple"), activations(network, ["0"]):
        network(torch.randn(2, 1, 4))


def test_output_gradients_by_path(network):
    x = torch.randn(2, 1, 32, 32)
    with output_gradients(network, ["tanh1", "conv2"]) as passed:
        torch.autograd.grad(network(x).sum(), list(network.parameters()))
    with activations(network, ["tanh1", "conv2"]) as seen:
        output = network(x).sum()
    expected = torch.autograd.grad(output, [seen["tanh1"], seen["conv2"]])
    assert torch.equal(passed[Run("tanh1", 1)], expected[0])
    assert torch.equal(passed[Run("conv2", 1)], expected[1])
    assert _hooks(network) == 0
    assert all(parameter.grad is None for parameter in network.parameters())


def test_output_gradients_of_a_reused_layer_are_those_of_each_run():
    network = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    twice = nn.Sequential(network, network)
    x = torch.randn(1, 3)
    with output_gradients(twice, ["0.0"]) as passed:
        torch.autograd.grad(twice(x).sum(), list(twice.parameters()))
    bias = torch.autograd.grad(twice(x).sum(), network[0].bias)[0]
    assert torch.allclose(passed[Run("0.0", 1)][0] + passed[Run("0.0", 2)][0], bias)


def test_frozen_restores_modes_and_requires_grad(network):
    network.train()
    network.pool1.eval()
    network.conv1.weight.requires_grad_(False)
    with torch.inference_mode(), frozen(network):
        assert not any(part.training for part in network.modules())
        assert not any(parameter.requires_grad for parameter in network.parameters())
        assert torch.is_grad_enabled()
    with pytest.raises(KeyboardInterrupt), frozen(network):
        raise KeyboardInterrupt
    assert network.training
    assert not network.pool1.training
    requires_grad = {name: p.requires_grad for name, p in network.named_parameters()}
    assert not requires_grad.pop("conv1.weight")
    assert all(requires_grad.values())


def test_frozen_rejects_parameters_of_inference_mode():
    with torch.inference_mode():
        network = nn.Linear(2, 2)
    with pytest.raises(InputError, match="inference_mode"), frozen(network):
        pass


def test_module_outputs_name_the_computing_module_first(network):
    nested = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), nn.Flatten())
    with module_outputs(nested) as runs:
        nested(torch.randn(1, 1, 5, 5))
    names = [tuple(run.path for run in output.runs) for output in runs]
    assert names == [("0.0",), ("0.1", "0"), ("1",)]
    assert [output.shape for output in runs] == [(1, 2, 3, 3), (1, 2, 3, 3), (1, 18)]
    assert [output.source for output in runs] == [None, Run("0.0", 1), Run("0.1", 1)]
    assert _hooks(nested) == 0
