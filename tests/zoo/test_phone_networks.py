"""Networks for phones against their papers' rules, written out again here with torch alone."""

import pytest
import torch
from torch.nn import functional as F

from convscope.network import build
from convscope.shapes import CHW
from convscope.zoo import load

UNITS = {2: 4, 3: 8, 4: 4}  # ShuffleNet V2, Table 5: the first of each stage halves the size
SMALL = (  # MobileNetV3, Table 2: kernel, channels inside, gate, activation, stride, by stage
    ((3, 16, True, F.relu, 2),),
    ((3, 72, False, F.relu, 2), (3, 88, False, F.relu, 1)),
    (
        (5, 96, True, F.hardswish, 2),
        (5, 240, True, F.hardswish, 1),
        (5, 240, True, F.hardswish, 1),
        (5, 120, True, F.hardswish, 1),
        (5, 144, True, F.hardswish, 1),
    ),
    (
        (5, 288, True, F.hardswish, 2),
        (5, 576, True, F.hardswish, 1),
        (5, 576, True, F.hardswish, 1),
    ),
)


class Weights:
    """The state dict of a network, with statistics that matter, and layers by path."""

    def __init__(self, name, eps):
        network = build(load(name, input=CHW(3, 70, 64), num_classes=7), seed=3).eval()
        generator = torch.Generator().manual_seed(5)
        self.state, self.network, self.eps = network.state_dict(), network, eps
        for key, tensor in self.state.items():
            if key.endswith(("running_mean", "norm.bias")):
                tensor.normal_(0, 0.3, generator=generator)
            if key.endswith("running_var"):
                tensor.uniform_(0.5, 1.5, generator=generator)

    def unit(self, x, path, activation=None, stride=1):
        """A convolution, depthwise where its kernel has one input, a norm and an activation."""
        kernel = self.state[f"{path}.conv.weight"]
        groups = x.shape[1] if kernel.shape[1] == 1 else 1
        x = F.conv2d(x, kernel, None, stride, kernel.shape[2] // 2, 1, groups)
        names = ("running_mean", "running_var", "weight", "bias")
        norm = (self.state[f"{path}.norm.{name}"] for name in names)
        x = F.batch_norm(x, *norm, eps=self.eps)
        return activation(x) if activation else x

    def dense(self, x, path):
        """A linear layer."""
        return F.linear(x, self.state[f"{path}.weight"], self.state[f"{path}.bias"])

    def gate(self, x, path):
        """Squeeze-and-excitation with a hard sigmoid."""
        pooled = x.mean((2, 3))
        for name, activation in (("reduce", F.relu), ("expand", F.hardsigmoid)):
            weight = self.state[f"{path}.gate.{name}.weight"].flatten(1)
            pooled = activation(F.linear(pooled, weight, self.state[f"{path}.gate.{name}.bias"]))
        return x * pooled[:, :, None, None]


def _shufflenet(weights, x):
    def right(x, path, stride):
        x = weights.unit(x, f"{path}.reduce", F.relu)
        x = weights.unit(x, f"{path}.depthwise", None, stride)
        return weights.unit(x, f"{path}.project", F.relu)

    x = F.max_pool2d(weights.unit(x, "conv1", F.relu, 2), 3, 2, 1)
    for stage, units in UNITS.items():
        for number in range(1, units + 1):
            path = f"stage{stage}.unit{number}"
            if number == 1:
                left = weights.unit(x, f"{path}.left.depthwise", None, 2)
                left = weights.unit(left, f"{path}.left.project", F.relu)
                x = torch.cat([left, right(x, f"{path}.right", 2)], 1)
            else:
                left, other = x.chunk(2, 1)
                x = torch.cat([left, right(other, f"{path}.right", 1)], 1)
            x = x.unflatten(1, (2, -1)).transpose(1, 2).flatten(1, 2)  # channel shuffle
    return weights.dense(weights.unit(x, "conv5", F.relu).mean((2, 3)), "fc")


def _mobilenet_v3(weights, x):
    x = weights.unit(x, "stem", F.hardswish, 2)
    for stage, rows in enumerate(SMALL, start=1):
        for number, (_, wide, is_gated, activation, stride) in enumerate(rows, start=1):
            path, y = f"stage{stage}.block{number}", x
            kept = f"{path}.body.project.conv.weight" in weights.state
            path += ".body" * kept
            if wide != x.shape[1]:
                y = weights.unit(y, f"{path}.expand", activation)
            y = weights.unit(y, f"{path}.depthwise", activation, stride)
            y = weights.gate(y, f"{path}.squeeze") if is_gated else y
            y = weights.unit(y, f"{path}.project")
            assert kept == (stride == 1 and x.shape == y.shape)
            x = x + y if kept else y
    x = weights.unit(x, "head", F.hardswish).mean((2, 3))
    return weights.dense(F.hardswish(weights.dense(x, "fc1")), "fc2")


@pytest.mark.parametrize(
    ("name", "reference", "eps"),
    [
        ("shufflenet_v2_x0_5", _shufflenet, 1e-5),
        ("mobilenet_v3_small", _mobilenet_v3, 1e-3),
    ],
)
def test_outputs_are_those_of_the_rules(name, reference, eps):
    weights = Weights(name, eps)
    x = torch.randn(2, 3, 70, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = reference(weights, x)
        assert expected.std() > 1e-3
        torch.testing.assert_close(weights.network(x), expected, rtol=1e-4, atol=1e-5)
