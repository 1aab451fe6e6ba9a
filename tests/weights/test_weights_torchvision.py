"""Weights in torchvision's layout, against networks written here as torchvision has them."""

import pytest
import torch
from torch import nn

from convscope.network import build
from convscope.shapes import CHW
from convscope.weights.layout import convert, source_tensors, to_torchvision
from convscope.weights.load import load_weights
from convscope.zoo import load


class AlexNet(nn.Module):
    """One weird trick: 16 tensors in two Sequentials."""

    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(256 * 36, 4096), nn.ReLU(),
            nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


VGG = {
    11: "64 M 128 M 256 256 M 512 512 M 512 512 M",
    13: "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    16: "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    19: "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}


class Vgg(nn.Module):
    """Blocks of 3x3 in one Sequential; the map before the classifier is 7x7."""

    def __init__(self, depth, norm, classes):
        super().__init__()
        layers, before = [], 3
        for word in VGG[depth].split():
            if word == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(before, int(word), 3, padding=1))
            layers += [nn.BatchNorm2d(int(word))] if norm else []
            layers.append(nn.ReLU())
            before = int(word)
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class Block(nn.Module):
    """Basic, or a bottleneck with its stride in the 3x3."""

    def __init__(self, before, width, stride, expansion):
        super().__init__()
        after = width * expansion
        kernels = (3, 3) if expansion == 1 else (1, 3, 1)
        widths = (before, width, after) if expansion == 1 else (before, width, width, after)
        strides = (stride, 1) if expansion == 1 else (1, stride, 1)
        self.count = len(kernels)
        for i, (kernel, step) in enumerate(zip(kernels, strides, strict=True), start=1):
            conv = nn.Conv2d(widths[i - 1], widths[i], kernel, step, kernel // 2, bias=False)
            setattr(self, f"conv{i}", conv)
            setattr(self, f"bn{i}", nn.BatchNorm2d(widths[i]))
        self.downsample = None
        if stride != 1 or before != after:
            conv = nn.Conv2d(before, after, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(after))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = y.relu() if i < self.count else y
        return (y + (self.downsample(x) if self.downsample else x)).relu()


class ResNet(nn.Module):
    """Four stages of blocks."""

    def __init__(self, blocks, expansion, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        before = 64
        for i, count in enumerate(blocks):
            width, stage = 64 * 2**i, []
            for j in range(count):
                stage.append(Block(before, width, 2 if i and not j else 1, expansion))
                before = width * expansion
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        for i in range(1, 5):
            x = getattr(self, f"layer{i}")(x)
        return self.fc(x.mean((2, 3)))


DEPTHS = {
    18: ((2, 2, 2, 2), 1), 34: ((3, 4, 6, 3), 1), 50: ((3, 4, 6, 3), 4),
    101: ((3, 4, 23, 3), 4), 152: ((3, 8, 36, 3), 4),
}  # fmt: skip
NETWORKS = {
    "alexnet_owt": (lambda: AlexNet(1000), 16),
    **{
        f"vgg{d}{'_bn' if n else ''}": (lambda d=d, n=n: Vgg(d, n, 1000), keys[n])
        for d, keys in ((11, (22, 62)), (13, (26, 76)), (16, (32, 97)), (19, (38, 118)))
        for n in (0, 1)
    },
    **{
        f"resnet{d}": (lambda d=d: ResNet(*DEPTHS[d], 1000), keys)
        for d, keys in ((18, 122), (34, 218), (50, 320), (101, 626), (152, 932))
    },
}


@torch.no_grad()
def randomise(network):
    """Weights of every kind away from their start values, at a scale that keeps numbers sane."""
    draw = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.normal_(0, 0.1, generator=draw)
        elif name.endswith("running_var") or ("bn" in name and name.endswith("weight")):
            tensor.uniform_(0.5, 1.5, generator=draw)
        elif tensor.dim() > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=draw)
        elif tensor.is_floating_point():
            tensor.normal_(0, 0.1, generator=draw)
    return network.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_keys_counts_and_shapes_are_torchvisions(name):
    make, count = NETWORKS[name]
    with torch.device("meta"):
        state = make().state_dict()
    ours = source_tensors(load(name), "torchvision")
    assert len(ours) == len(state) == count
    assert {key: slot.shape for key, slot in ours.items()} == {
        key: tuple(tensor.shape) for key, tensor in state.items()
    }


def agree(theirs, name, *, num_classes, input=None):
    """Carry the weights over, and compare the outputs."""
    architecture = load(name, num_classes=num_classes, input=input)
    fitted = convert(architecture, theirs.state_dict(), layout="torchvision")
    network = build(architecture)
    network.load_state_dict(fitted.weights)
    size = architecture.input
    images_NCHW = torch.randn(2, 3, size.height, size.width)
    with torch.inference_mode():
        expected, found = theirs(images_NCHW), network.eval()(images_NCHW)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    state = to_torchvision(network)
    assert all(torch.equal(state[key], tensor) for key, tensor in theirs.state_dict().items())


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_resnet_outputs(name):
    blocks = DEPTHS[int(name.removeprefix("resnet"))]
    agree(randomise(ResNet(*blocks, 7)), name, num_classes=7, input=CHW(3, 96, 64))


def test_alexnet_outputs():
    agree(randomise(AlexNet(7)), "alexnet_owt", num_classes=7)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg16", "vgg16_bn"])
def test_vgg_outputs(name):
    agree(randomise(Vgg(16, name.endswith("bn"), 1000)), name, num_classes=1000)


def test_a_file_of_a_wrapped_network(tmp_path):
    """torch.compile around DistributedDataParallel, inside a checkpoint, without counters."""
    state = randomise(ResNet(*DEPTHS[18], 3)).state_dict()
    bare = {k: v.half() for k, v in state.items() if not k.endswith("num_batches_tracked")}
    wrapped = {f"_orig_mod.module.{key}": tensor for key, tensor in bare.items()}
    torch.save({"model": wrapped, "epoch": 7}, tmp_path / "w.pth")
    found = load_weights(load("resnet18", num_classes=3), tmp_path / "w.pth")
    assert found.layout == "torchvision"
    assert found.notes == (
        "the weights are under the key 'model' of the file",
        "the prefix '_orig_mod.module.' was removed from 102 names",
    )
    network = found.network()
    assert not network.training
    assert torch.equal(network.state_dict()["stage2.block1.body.conv1.weight"],
                       state["layer1.0.conv1.weight"].half().float())  # fmt: skip
    assert network.state_dict()["norm1.num_batches_tracked"] == 0
