"""PyTorch source is read as text: what the exporter writes, and what people write."""

import textwrap

import pytest
import torch

from convscope import zoo
from convscope.arch import Architecture, Chain
from convscope.errors import ArchitectureError, FormatError
from convscope.export.pytorch.reading import read_source
from convscope.export.pytorch.source import pytorch_source
from convscope.layers import LAYERS, Flatten, Linear
from convscope.network import build
from convscope.shapes import CHW

FAMILIES = (
    *("lenet5", "alexnet", "zfnet", "nin", "vgg11", "googlenet", "bn_inception", "inception_v3"),
    *("xception", "resnet18", "resnet50", "resnet20", "all_cnn_c", "conv5_bn", "densenet121"),
    *("se_resnet50", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "squeezenet1_0"),
    *("efficientnet_b0", "efficientnet_lite0", "convnext_tiny", "repvgg_a0", "regnet_y_400mf"),
)
NOT_READ = ("ZcaWhiten",)  # its call states no epsilon: it is fitted, and stands in preprocessing


@pytest.mark.parametrize("name", [n for n in FAMILIES if n in zoo.list_architectures()])
def test_what_the_exporter_writes_comes_back(name):
    """Of the zoo; the test below, which is slow, takes all of it."""
    architecture = zoo.load(name)
    result = read_source(pytorch_source(architecture))
    assert result.architecture.fingerprint == architecture.fingerprint
    assert result.architecture.name == architecture.name
    assert result.notes == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.list_architectures())
def test_every_network_of_the_zoo_comes_back(name):
    architecture = zoo.load(name)
    read = read_source(pytorch_source(architecture)).architecture
    assert read.fingerprint == architecture.fingerprint


def examples():
    for layer in LAYERS:
        for number, example in enumerate(layer.examples):
            yield pytest.param(example, id=f"{layer.__name__}-{number}")


@pytest.mark.parametrize("example", list(examples()))
def test_every_layer_comes_back(example):
    """The layer that is read has the same module: some layers have two forms of one module."""
    layer, shape = example
    if layer.type in NOT_READ:
        pytest.skip("not read")
    if not isinstance(shape, CHW):
        shape, first = CHW(shape.features, 1, 1), {"flatten": Flatten()}
    else:
        first = {}
    if layer.gives_probabilities:
        pytest.skip("no network may end in it")
    output = layer.output_shape(example.input)
    last = {} if len(output) == 1 else {"end": Flatten()}
    block = Chain(**first, layer=layer, **last, fc=Linear(3))
    architecture = Architecture(name="one", input=shape, num_classes=3, block=block)
    read = read_source(pytorch_source(architecture)).architecture
    one, two = (a.block.parts["layer"].module(example.input) for a in (architecture, read))
    assert str(one.evaluate()) == str(two.evaluate())
    assert read.trace.output_shape == architecture.trace.output_shape


HEAD = """
import torch
import torch.nn as nn
import torch.nn.functional as F
"""

MNIST = """
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output


def main():
    model = Net().to(device)
"""

LENET = """
class LeNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(16 * 5 * 5, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
            nn.Linear(84, num_classes),
        )

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        return self.classifier(x)
"""

RESNET = """
class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, 1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=10):
        super().__init__()
        self.in_planes = 64
        self.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = self._make_layer(block, 64, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(block, 128, num_blocks[1], stride=2)
        self.linear = nn.Linear(128 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer1(out)
        out = self.layer2(out)
        out = F.avg_pool2d(out, out.size()[3])
        out = out.view(out.size(0), -1)
        return self.linear(out)


def ResNet10():
    return ResNet(BasicBlock, [2, 2])


net = ResNet10()
""".replace("F.avg_pool2d(out, out.size()[3])", "F.adaptive_avg_pool2d(out, 1)")

BRANCHES = """
class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 8, 1)
        self.three = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, padding=1))
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(19, 19, 1), nn.Sigmoid()
        )
        self.fc = nn.Linear(19, 5)

    def forward(self, x):
        x = torch.cat([self.one(x), self.three(x), x], dim=1)
        x = x * self.gate(x)
        return self.fc(x.mean([2, 3]))
"""


def read(source, **options):
    return read_source(HEAD + source, **options)


@pytest.mark.parametrize(
    ("source", "size"),
    [(MNIST, (1, 28, 28)), (LENET, (1, 28, 28)), (RESNET, (3, 28, 28)), (BRANCHES, (3, 28, 28))],
    ids=["mnist", "lenet", "resnet", "branches"],
)
def test_what_people_write_computes_the_same(source, size):
    """The oracle runs the source: this test trusts it, since it is ours."""
    result = read(source)
    names = {}
    exec(HEAD + source, names)
    torch.manual_seed(0)
    theirs = names.get("net") or names[[n for n in names if n in CLASSES][-1]]()
    ours = build(result.architecture)
    assert result.architecture.input == CHW(*size)
    tensors = list(theirs.state_dict().values())
    state = ours.state_dict()
    assert [t.shape for t in tensors] == [t.shape for t in state.values()]
    ours.load_state_dict(dict(zip(state, tensors, strict=True)))
    x = torch.randn(2, *size)
    expected = theirs.eval()(x)
    if "log_softmax" in source:
        torch.testing.assert_close(ours.eval()(x).log_softmax(1), expected)
        assert "log_softmax" in result.notes[0]
    else:
        torch.testing.assert_close(ours.eval()(x), expected)


CLASSES = ("Net", "LeNet", "ResNet", "Branches")


def test_names_are_those_of_the_source():
    architecture = read(RESNET).architecture
    assert list(architecture.block.parts)[:3] == ["conv1", "bn1", "relu"]
    block = architecture.block.parts["layer2"].parts["basic_block1"]
    assert list(block.parts) == ["add", "relu"]
    assert list(block.parts["add"].body.parts) == ["conv1", "bn1", "relu", "conv2", "bn2"]
    assert list(block.parts["add"].shortcut.parts) == ["conv1", "norm1"]
    assert architecture.name == "res_net"


def test_a_sequential_is_a_network():
    source = "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"
    assert read(source).architecture.num_classes == 10
    with pytest.raises(ArchitectureError, match="in_features=784"):
        read(source, input=CHW(3, 32, 32))


def test_classes_and_channels_that_have_no_default():
    source = """
    class Net(nn.Module):
        def __init__(self, in_channels, num_classes):
            super().__init__()
            self.conv = nn.Conv2d(in_channels, 8, 3)
            self.fc = nn.Linear(8, num_classes)

        def forward(self, x):
            return self.fc(F.adaptive_avg_pool2d(self.conv(x), 1).flatten(1))
    """
    result = read(textwrap.dedent(source), input=CHW(1, 40, 40), num_classes=7)
    assert (result.architecture.input, result.architecture.num_classes) == (CHW(1, 40, 40), 7)


def module(init, forward):
    body = textwrap.indent("\n".join(init), " " * 8)
    run = textwrap.indent("\n".join(forward), " " * 8)
    return (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"{body}\n    def forward(self, x):\n{run}\n"
    )


CONV = "self.conv = nn.Conv2d(3, 3, 3, padding=1)"
TANGLED = (
    "a = self.conv(x)",
    "b = F.relu(a)",
    "c = torch.tanh(b)",
    "return torch.cat([a + c, b], 1)",
)
REFUSED = [
    ((CONV,), ("return self.conv(self.conv(x))",), "used twice", 10),
    ((CONV,), ("return self.other(x)",), "self.other is not set", 10),
    (("self.lstm = nn.LSTM(3, 4)",), ("return self.lstm(x)",), "not one of convscope's layers", 8),
    ((CONV,), ("return torch.fft(self.conv(x))",), "'fft'", 10),
    ((CONV,), ("return x[0]",), "part of a tensor", 10),
    ((CONV,), ("return self.conv(x) + 1",), "operation on a tensor", 10),
    ((CONV,), ("return self.conv(x) - x",), "operation on a tensor", 10),
    ((CONV,), ("if x.sum() > 0:", "    x = -x", "return x"), "not", 10),
    ((CONV,), ("return torch.cat([x, x], 2)",), "dim 2", 10),
    ((CONV,), ("while True:", "    x = F.relu(x)", "return x"), "too many steps", 1),
    (("self.n = 9 ** 9 ** 9",), ("return x",), "power", 8),
    (("self.n = [0] * 10 ** 9",), ("return x",), "not read", 8),
    (("self.n = 'x' * 10 ** 9",), ("return x",), "not read", 8),
    (("self.n = [i for i in range(10 ** 9)]",), ("return x",), "too long", 8),
    (("open('/etc/passwd')",), ("return x",), "'open' is not known", 8),
    (("__import__('os').system('true')",), ("return x",), "'__import__' is not known", 8),
    (("self.c = ().__class__.__bases__",), ("return x",), "", 8),
    (("raise ValueError('no')",), ("return x",), "raises an error", 8),
    (("self.conv = nn.Conv2d(3, 8)",), ("return x",), "needs a value for kernel_size", 8),
    (("self.conv = nn.Conv2d(3, 8, 3, colour=1)",), ("return x",), "no parameter 'colour'", 8),
    (("self.conv = nn.Conv2d(3, -8, 3)",), ("return x",), "-8", 8),
    ((CONV,), TANGLED, "different places", 11),
]


@pytest.mark.parametrize(("init", "forward", "words", "line"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_read_is_refused_with_its_line(init, forward, words, line):
    with pytest.raises((FormatError, ArchitectureError)) as caught:
        read(module(init, forward))
    assert words in caught.value.given
    assert f"line {line}" in caught.value.where


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        "this is no Python",
        "def f(:",
        "\0",
        "(" * 300,
        "x = " + "-" * 5000 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "a." + "b." * 5000 + "c",
        "class A(A): pass",
        "class A(nn.Module):\n  def forward(self, x):\n    return self.forward(x)",
        "x" * (2 << 20),
        "f = lambda: f()\nmodel = f()",
    ],
)
def test_hostile_text_gets_a_sentence(text):
    with pytest.raises((FormatError, ArchitectureError)) as caught:
        read_source(HEAD + text)
    assert caught.value.given


def test_a_class_with_the_name_of_ours_is_read_as_it_is():
    """A carried class is known by its text, not by its name."""
    source = """
class GlobalAvgPool2d(nn.Module):
    def forward(self, x):
        return F.relu(x)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = GlobalAvgPool2d()
        self.fc = nn.Linear(3 * 28 * 28, 10)
    def forward(self, x):
        return self.fc(torch.flatten(self.pool(x), 1))
"""
    architecture = read(source, input=CHW(3, 28, 28)).architecture
    assert architecture.trace.steps[0].operation.type == "ReLU"


def test_nothing_is_executed(tmp_path):
    file = tmp_path / "touched"
    source = (
        f"import pathlib\npathlib.Path({str(file)!r}).touch()\nopen({str(file)!r}, 'w')\n{LENET}"
    )
    assert read(source).architecture.num_classes == 10
    assert not file.exists()


def test_reading_imports_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; from convscope.export.pytorch.reading import read_source;"
        f"read_source({HEAD + LENET!r}); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
