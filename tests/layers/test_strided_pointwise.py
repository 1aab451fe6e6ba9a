"""Strided 1 x 1 convolutions of few channels, which PyTorch's own kernel computes wrongly."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from convscope.layers.torch.strided_pointwise import channels_last

# a crash would take the tests along
TRAIN = """
import torch
from torch import nn
from convscope.layers.torch.strided_pointwise import channels_last
torch.manual_seed(0)
network = channels_last(nn.Sequential(nn.Conv2d(3, 48, 1, stride=2), nn.ReLU()))
for size in (8, 16):
    for _ in range(4):
        x_NCHW = torch.rand(size, 3, 112, 112).contiguous(memory_format=torch.channels_last)
        network(x_NCHW).square().mean().backward()
print("trained")
"""


def test_its_backward_pass_does_not_crash():
    done = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "trained\n"), done.stderr


@pytest.mark.parametrize(("stride", "channels"), [(2, 3), (3, 1), (1, 3), (2, 16)])
def test_outputs_and_gradients_are_those_of_float64(stride, channels):
    torch.manual_seed(0)
    convolution = nn.Conv2d(channels, 5, 1, stride=stride)
    x_NCHW = torch.rand(2, channels, 12, 12)
    exact = nn.Conv2d(channels, 5, 1, stride=stride).double()
    exact.load_state_dict(convolution.state_dict())
    exact(x_NCHW.double()).square().sum().backward()
    inputs = x_NCHW.contiguous(memory_format=torch.channels_last)
    channels_last(convolution)(inputs).square().sum().backward()
    for ours, theirs in zip(convolution.parameters(), exact.parameters(), strict=True):
        assert torch.allclose(ours.grad.double(), theirs.grad, rtol=1e-5, atol=1e-5)


def test_other_convolutions_stay_channels_last():
    network = channels_last(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 1)))
    assert not any(module._forward_pre_hooks for module in network)
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
