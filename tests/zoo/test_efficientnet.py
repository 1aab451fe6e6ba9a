"""EfficientNet-Lite0 against TensorFlow's padding and block rules, written out again here."""

import math

import pytest
import torch
from torch.nn import functional as F

from convscope.network import build
from convscope.shapes import CHW
from convscope.zoo import load

# blocks as the authors' own code spells them: repeats, kernel, stride, expansion, in, out
SPELLED = (
    "r1_k3_s11_e1_i32_o16 r2_k3_s22_e6_i16_o24 r2_k5_s22_e6_i24_o40 r3_k3_s22_e6_i40_o80 "
    "r3_k5_s11_e6_i80_o112 r4_k5_s22_e6_i112_o192 r1_k3_s11_e6_i192_o320"
)


def _spelled():
    for stage, text in enumerate(SPELLED.split(), start=1):
        found = {part[0]: int(part[1:]) for part in text.split("_")}
        for block in range(1, found["r"] + 1):
            first = block == 1
            stride = found["s"] // 11 if first else 1
            yield stage, block, found["k"], stride, found["i"] if first else found["o"], found["o"]


def _same(x, weight, stride, groups=1):
    """TensorFlow's SAME: ceil(size / stride) places, the odd zero at the end."""
    kernel, sides = weight.shape[2], []
    for size in (x.shape[3], x.shape[2]):
        needed = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        sides += [needed // 2, needed - needed // 2]
    return F.conv2d(F.pad(x, sides), weight, stride=stride, groups=groups)


def _reference(weights, x):
    def norm(x, path):
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(weights[f"{path}.norm.{name}"] for name in names), eps=1e-3)

    def unit(x, path, stride=1, groups=1):
        return F.relu6(norm(_same(x, weights[f"{path}.conv.weight"], stride, groups), path))

    x = unit(x, "stem", 2)
    for stage, block, _, stride, before, after in _spelled():
        kept = stride == 1 and before == after
        path = f"stage{stage}.block{block}" + (".body" if kept else "")
        y = x if stage == 1 else unit(x, f"{path}.expand")
        y = unit(y, f"{path}.depthwise", stride, groups=y.shape[1])
        y = norm(_same(y, weights[f"{path}.project.conv.weight"], 1), f"{path}.project")
        x = x + y if kept else y
    x = unit(x, "head").mean((2, 3))
    return F.linear(x, weights["fc.weight"], weights["fc.bias"])


@pytest.mark.parametrize("size", [(64, 64), (97, 130), (33, 50), (1, 1)])
def test_outputs_are_those_of_the_rules(size):
    network = build(load("efficientnet_lite0", input=CHW(3, *size), num_classes=11), seed=3)
    generator = torch.Generator().manual_seed(5)
    weights = network.state_dict()
    for key, tensor in weights.items():  # statistics that matter
        if key.endswith(("running_mean", "norm.bias")):
            tensor.normal_(0, 0.3, generator=generator)
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
    x = torch.randn(2, 3, *size, generator=generator)
    with torch.inference_mode():
        torch.testing.assert_close(network.eval()(x), _reference(weights, x))


def test_the_layout_of_the_published_weights():
    """296 tensors with the counters of 49 normalisations, as the package's file has."""
    shapes = {k: tuple(v.shape) for k, v in build(load("efficientnet_lite0")).state_dict().items()}
    assert len(shapes) == 296
    assert sum(key.endswith("num_batches_tracked") for key in shapes) == 49
    assert shapes["stem.conv.weight"] == (32, 3, 3, 3)
    assert shapes["stage1.block1.depthwise.conv.weight"] == (32, 1, 3, 3)
    assert shapes["stage3.block2.body.expand.conv.weight"] == (240, 40, 1, 1)
    assert shapes["stage6.block1.depthwise.conv.weight"] == (672, 1, 5, 5)
    assert shapes["head.conv.weight"] == (1280, 320, 1, 1)
    assert shapes["fc.weight"] == (1000, 1280)
