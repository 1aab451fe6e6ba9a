"""GoogLeNet and Inception v3 in torchvision's layout, against networks written here."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convscope.network import build
from convscope.weights.layout import convert, source_tensors, to_torchvision
from convscope.zoo import load


class Conv(nn.Module):
    """torchvision's BasicConv2d."""

    def __init__(self, before, after, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(after, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class GoogLeNetModule(nn.Module):
    def __init__(self, before, one, r3, three, r5, five, pooled):
        super().__init__()
        self.branch1 = Conv(before, one, 1)
        self.branch2 = nn.Sequential(Conv(before, r3, 1), Conv(r3, three, 3, padding=1))
        self.branch3 = nn.Sequential(Conv(before, r5, 1), Conv(r5, five, 3, padding=1))
        pool = nn.MaxPool2d(3, 1, 1, ceil_mode=True)
        self.branch4 = nn.Sequential(pool, Conv(before, pooled, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNetHead(nn.Module):
    def __init__(self, before, classes):
        super().__init__()
        self.conv = Conv(before, 128, 1)
        self.fc1, self.fc2 = nn.Linear(2048, 1024), nn.Linear(1024, classes)

    def forward(self, x):
        x = self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


MODULES = {
    "3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64), "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64), "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128), "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}  # fmt: skip


class GoogLeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = Conv(3, 64, 7, 2, 3)
        self.conv2, self.conv3 = Conv(64, 64, 1), Conv(64, 192, 3, padding=1)
        for name, widths in MODULES.items():
            setattr(self, f"inception{name}", GoogLeNetModule(*widths))
        self.aux1, self.aux2 = GoogLeNetHead(512, classes), GoogLeNetHead(528, classes)
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        def modules(x, names):
            for name in names.split():
                x = getattr(self, f"inception{name}")(x)
            return x

        x = F.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
        x = F.max_pool2d(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
        x = F.max_pool2d(modules(x, "3a 3b"), 3, 2, ceil_mode=True)
        x = modules(x, "4a")
        heads = [self.aux1(x)]
        x = modules(x, "4b 4c 4d")
        heads.append(self.aux2(x))
        x = F.max_pool2d(modules(x, "4e"), 2, 2, ceil_mode=True)
        return self.fc(modules(x, "5a 5b").mean((2, 3))), heads


class Branches(nn.Module):
    """Convolutions by torchvision's names; a subclass says how they are joined."""

    def __init__(self, **convs):
        super().__init__()
        for name, conv in convs.items():
            setattr(self, name, Conv(*conv))

    def run(self, x, *names):
        for name in names:
            x = getattr(self, name)(x)
        return x

    def pooled(self, x):
        return self.branch_pool(F.avg_pool2d(x, 3, 1, 1))


class A(Branches):
    def __init__(self, before, pooled):
        super().__init__(
            branch1x1=(before, 64, 1),
            branch5x5_1=(before, 48, 1), branch5x5_2=(48, 64, 5, 1, 2),
            branch3x3dbl_1=(before, 64, 1), branch3x3dbl_2=(64, 96, 3, 1, 1),
            branch3x3dbl_3=(96, 96, 3, 1, 1), branch_pool=(before, pooled, 1),
        )  # fmt: skip

    def forward(self, x):
        five = self.run(x, "branch5x5_1", "branch5x5_2")
        three = self.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3")
        return torch.cat([self.branch1x1(x), five, three, self.pooled(x)], 1)


class B(Branches):
    def __init__(self, before):
        super().__init__(
            branch3x3=(before, 384, 3, 2), branch3x3dbl_1=(before, 64, 1),
            branch3x3dbl_2=(64, 96, 3, 1, 1), branch3x3dbl_3=(96, 96, 3, 2),
        )  # fmt: skip

    def forward(self, x):
        double = self.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3")
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


ROW, COLUMN = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))


class C(Branches):
    def __init__(self, before, c7):
        super().__init__(
            branch1x1=(before, 192, 1),
            branch7x7_1=(before, c7, 1), branch7x7_2=(c7, c7, *ROW),
            branch7x7_3=(c7, 192, *COLUMN),
            branch7x7dbl_1=(before, c7, 1), branch7x7dbl_2=(c7, c7, *COLUMN),
            branch7x7dbl_3=(c7, c7, *ROW), branch7x7dbl_4=(c7, c7, *COLUMN),
            branch7x7dbl_5=(c7, 192, *ROW), branch_pool=(before, 192, 1),
        )  # fmt: skip

    def forward(self, x):
        seven = self.run(x, *(f"branch7x7_{i}" for i in range(1, 4)))
        double = self.run(x, *(f"branch7x7dbl_{i}" for i in range(1, 6)))
        return torch.cat([self.branch1x1(x), seven, double, self.pooled(x)], 1)


class D(Branches):
    def __init__(self, before):
        super().__init__(
            branch3x3_1=(before, 192, 1), branch3x3_2=(192, 320, 3, 2),
            branch7x7x3_1=(before, 192, 1), branch7x7x3_2=(192, 192, *ROW),
            branch7x7x3_3=(192, 192, *COLUMN), branch7x7x3_4=(192, 192, 3, 2),
        )  # fmt: skip

    def forward(self, x):
        three = self.run(x, "branch3x3_1", "branch3x3_2")
        seven = self.run(x, *(f"branch7x7x3_{i}" for i in range(1, 5)))
        return torch.cat([three, seven, F.max_pool2d(x, 3, 2)], 1)


class E(Branches):
    def __init__(self, before):
        row, column = ((1, 3), 1, (0, 1)), ((3, 1), 1, (1, 0))
        super().__init__(
            branch1x1=(before, 320, 1), branch3x3_1=(before, 384, 1),
            branch3x3_2a=(384, 384, *row), branch3x3_2b=(384, 384, *column),
            branch3x3dbl_1=(before, 448, 1), branch3x3dbl_2=(448, 384, 3, 1, 1),
            branch3x3dbl_3a=(384, 384, *row), branch3x3dbl_3b=(384, 384, *column),
            branch_pool=(before, 192, 1),
        )  # fmt: skip

    def forward(self, x):
        three = self.branch3x3_1(x)
        double = self.run(x, "branch3x3dbl_1", "branch3x3dbl_2")
        parts = [self.branch1x1(x), self.branch3x3_2a(three), self.branch3x3_2b(three)]
        parts += [self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double), self.pooled(x)]
        return torch.cat(parts, 1)


class InceptionHead(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv0, self.conv1 = Conv(768, 128, 1), Conv(128, 768, 5)
        self.fc = nn.Linear(768, classes)

    def forward(self, x):
        return self.fc(self.conv1(self.conv0(F.avg_pool2d(x, 5, 3))).mean((2, 3)))


class InceptionV3(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = A(192, 32), A(256, 64), A(288, 64)
        self.Mixed_6a = B(288)
        for letter, width in zip("bcde", (128, 160, 160, 192), strict=True):
            setattr(self, f"Mixed_6{letter}", C(768, width))
        self.AuxLogits = InceptionHead(classes)
        self.Mixed_7a, self.Mixed_7b, self.Mixed_7c = D(768), E(1280), E(2048)
        self.fc = nn.Linear(2048, classes)

    def forward(self, x):
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e"):
            x = getattr(self, f"Mixed_{name}")(x)
        heads = [self.AuxLogits(x)]
        for name in ("7a", "7b", "7c"):
            x = getattr(self, f"Mixed_{name}")(x)
        return self.fc(x.mean((2, 3))), heads


@torch.no_grad()
def randomise(network):
    draw = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            tensor.normal_(0, 0.1, generator=draw)
        elif name.endswith(("running_var", "bn.weight")):
            tensor.uniform_(0.5, 1.5, generator=draw)
        elif tensor.dim() > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=draw)
        elif tensor.is_floating_point():
            tensor.normal_(0, 0.1, generator=draw)
    return network.eval()


NETWORKS = {"googlenet_bn": (GoogLeNet, 364, 344), "inception_v3": (InceptionV3, 580, 566)}


@pytest.mark.parametrize("name", NETWORKS)
def test_keys_and_shapes(name):
    kind, count, without_heads = NETWORKS[name]
    with torch.device("meta"):
        state = kind(1000).state_dict()
    ours = source_tensors(load(name), "torchvision")
    assert {key: slot.shape for key, slot in ours.items()} == {
        key: tuple(tensor.shape) for key, tensor in state.items()
    }
    assert len(ours) == count
    assert sum(not key.lower().startswith("aux") for key in ours) == without_heads


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_of_network_and_heads(name):
    theirs, architecture = randomise(NETWORKS[name][0](7)), load(name, num_classes=7)
    network = build(architecture)
    network.load_state_dict(convert(architecture, theirs.state_dict()).weights)
    images_NCHW = torch.randn(1, 3, architecture.input.height, architecture.input.width)
    heads = []
    with torch.inference_mode():
        expected, their_heads = theirs(images_NCHW)
        found = network.eval()(images_NCHW, heads)
    assert len(heads) == len(their_heads)
    for mine, other in zip((found, *heads), (expected, *their_heads), strict=True):
        assert other.abs().max() > 0.01
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-5)
    state = to_torchvision(network)
    assert all(torch.equal(state[key], tensor) for key, tensor in theirs.state_dict().items())


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_without_heads_initialises_them(name):
    with torch.device("meta"):
        state = NETWORKS[name][0](7).state_dict()
    main = {k: torch.zeros(v.shape) for k, v in state.items() if not k.lower().startswith("aux")}
    fitted = convert(load(name, num_classes=7), main)
    assert fitted.notes == ("the file has no auxiliary heads; theirs are newly initialised",)
    assert all(not tensor.is_meta for tensor in fitted.weights.values())
    heads = [key for key in fitted.weights if ".head." in key and key.endswith("conv.weight")]
    assert heads
    assert all(fitted.weights[key].std() > 0 for key in heads)
