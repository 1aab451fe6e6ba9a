"""ResNet: what is learned is the difference. Five depths, those of CIFAR, and the plain twins."""

from typing import Literal

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    ZeroPadShortcut,
)
from convscope.shapes import CHW

PAPER = Paper(
    title="Deep residual learning for image recognition",
    authors="He, Zhang, Ren, Sun",
    year=2016,
    url="https://arxiv.org/abs/1512.03385",
)
IMAGENET, CIFAR = CHW(3, 224, 224), CHW(3, 32, 32)
Option = Literal["A", "B", "C", "plain"]

# Table 1: how many blocks each of the four stages has
DEPTHS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
EXACT = {  # parameters and MACs
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet34_a": (21_623_848, 3_644_493_824),
    "resnet34_c": (22_716_840, None),
    "resnet18_a": (11_515_688, 1_794_805_760),
    "plain18": (11_515_688, 1_794_805_760),
    "plain34": (21_623_848, 3_644_493_824),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "resnet50_v1": (25_557_032, 3_857_973_248),
    "resnet101_v1": (44_549_160, 7_570_194_432),
    "resnet152_v1": (60_192_808, 11_282_415_616),
    "resnet20": (269_722, 40_551_040),
    "resnet32": (464_154, 68_862_592),
    "resnet44": (658_586, 97_174_144),
    "resnet56": (853_018, 125_485_696),
    "resnet110": (1_727_962, 252_887_680),
    "plain20": (269_722, 40_551_040),
    "plain32": (464_154, 68_862_592),
    "plain44": (658_586, 97_174_144),
    "plain56": (853_018, 125_485_696),
}
PRINTED_FLOPS = {18: "1.8", 34: "3.6", 50: "3.8", 101: "7.6", 152: "11.3"}


def conv(width: int, kernel: int, stride: int = 1) -> Conv2d:
    """A convolution that keeps the size; its bias is batch normalisation's."""
    return Conv2d(width, kernel, stride=stride, padding=kernel // 2, bias=False)


def _basic(width: int, stride: int) -> Chain:
    """Figure 5, left: two 3x3."""
    return Chain(
        conv1=conv(width, 3, stride),
        norm1=BatchNorm2d(),
        relu1=ReLU(),
        conv2=conv(width, 3),
        norm2=BatchNorm2d(),
    )


def _bottleneck(width: int, stride: int, stride_in_first: bool) -> Chain:
    """Figure 5, right: 1x1, 3x3, 1x1. The paper's stride is in the first, v1.5's in the second."""
    first, second = (stride, 1) if stride_in_first else (1, stride)
    return Chain(
        conv1=conv(width, 1, first),
        norm1=BatchNorm2d(),
        relu1=ReLU(),
        conv2=conv(width, 3, second),
        norm2=BatchNorm2d(),
        relu2=ReLU(),
        conv3=conv(4 * width, 1),
        norm3=BatchNorm2d(),
    )


def _shortcut(before: int, after: int, stride: int, option: Option) -> AnyBlock:
    """A: zeros for missing channels; B: a 1x1 where sizes differ; C: a 1x1 everywhere."""
    differs = before != after or stride != 1
    if option == "C" or (option == "B" and differs):
        return Chain(conv=conv(after, 1, stride), norm=BatchNorm2d())
    return ZeroPadShortcut(after, stride=stride) if differs else Identity()


def _stage(
    before: int, width: int, blocks: int, stride: int, option: Option, kind: str
) -> tuple[Chain, int]:
    """Blocks of one width; the first changes the size. Also the channels that come out."""
    parts: dict[str, AnyBlock] = {}
    after = width if kind == "basic" else 4 * width
    for number in range(1, blocks + 1):
        step = stride if number == 1 else 1
        body = _basic(width, step) if kind == "basic" else _bottleneck(width, step, kind == "v1")
        if option == "plain":
            parts[f"block{number}"] = body
        else:
            parts[f"block{number}"] = Residual(body, _shortcut(before, after, step, option))
        parts[f"relu{number}"] = ReLU()
        before = after
    return Chain(**parts), after


def _facts(name: str, source: str, whole: bool) -> tuple[Fact, ...]:
    if not whole:
        return ()
    parameters, macs = EXACT[name]
    facts = (Fact(quantity="parameters", value=parameters, source="arithmetic over the layers"),)
    return facts + ((Fact(quantity="macs", value=macs, source=source),) if macs else ())


def _imagenet(
    name: str,
    depth: int,
    option: Option,
    kind: str,
    num_classes: int,
    input: CHW,
    differs: tuple[str, ...] = (),
) -> Architecture:
    stages: dict[str, AnyBlock] = {}
    channels = 64
    for number, blocks in enumerate(DEPTHS[depth]):
        stride = 1 if number == 0 else 2
        stages[f"stage{number + 2}"], channels = _stage(
            channels, 64 * 2**number, blocks, stride, option, kind
        )
    whole = (num_classes, input) == (1000, IMAGENET)
    printed = f"arithmetic; Table 1 prints {PRINTED_FLOPS[depth]} billion, counted as MACs"
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(64, 7, 2),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            pool1=MaxPool2d(3, stride=2, padding=1),
            **stages,
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name, printed, whole),
        differs_from_paper=differs,
    )


OPTION_B = ("1x1 shortcuts where sizes differ (option B); Table 2 of the paper is option A",)
V15 = ("the stride is in the 3x3 of a block, not in its first 1x1 (v1.5)",)


def resnet18(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """18 layers, option B, as every library ships it."""
    return _imagenet("resnet18", 18, "B", "basic", num_classes, input, OPTION_B)


def resnet18_a(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """18 layers of Table 2: shortcuts without parameters."""
    return _imagenet("resnet18_a", 18, "A", "basic", num_classes, input)


def resnet34(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """34 layers, option B."""
    return _imagenet("resnet34", 34, "B", "basic", num_classes, input)


def resnet34_a(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """34 layers, option A: zeros for missing channels."""
    return _imagenet("resnet34_a", 34, "A", "basic", num_classes, input)


def resnet34_c(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """34 layers, option C: every shortcut a 1x1."""
    return _imagenet("resnet34_c", 34, "C", "basic", num_classes, input)


def plain18(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """18 layers without shortcuts."""
    return _imagenet("plain18", 18, "plain", "basic", num_classes, input)


def plain34(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """34 layers without shortcuts: worse than plain18, which is the paper's point."""
    return _imagenet("plain34", 34, "plain", "basic", num_classes, input)


def resnet50(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """50 layers, v1.5."""
    return _imagenet("resnet50", 50, "B", "v1.5", num_classes, input, V15)


def resnet101(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """101 layers, v1.5."""
    return _imagenet("resnet101", 101, "B", "v1.5", num_classes, input, V15)


def resnet152(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """152 layers, v1.5."""
    return _imagenet("resnet152", 152, "B", "v1.5", num_classes, input, V15)


def resnet50_v1(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """50 layers as published."""
    return _imagenet("resnet50_v1", 50, "B", "v1", num_classes, input)


def resnet101_v1(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """101 layers as published."""
    return _imagenet("resnet101_v1", 101, "B", "v1", num_classes, input)


def resnet152_v1(*, num_classes: int = 1000, input: CHW = IMAGENET) -> Architecture:
    """152 layers as published."""
    return _imagenet("resnet152_v1", 152, "B", "v1", num_classes, input)


def _cifar(name: str, depth: int, option: Option, num_classes: int, input: CHW) -> Architecture:
    """Section 4.2: 6n + 2 layers, 16, 32 and 64 channels, shortcuts of option A."""
    blocks = (depth - 2) // 6
    stages: dict[str, AnyBlock] = {}
    channels = 16
    for number, width in enumerate((16, 32, 64), start=1):
        stride = 1 if number == 1 else 2
        stages[f"stage{number}"], channels = _stage(
            channels, width, blocks, stride, option, "basic"
        )
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(16, 3),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            **stages,
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name, "arithmetic over the layers", (num_classes, input) == (10, CIFAR)),
    )


def resnet20(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """20 layers for CIFAR-10."""
    return _cifar("resnet20", 20, "A", num_classes, input)


def resnet32(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """32 layers for CIFAR-10."""
    return _cifar("resnet32", 32, "A", num_classes, input)


def resnet44(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """44 layers for CIFAR-10."""
    return _cifar("resnet44", 44, "A", num_classes, input)


def resnet56(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """56 layers for CIFAR-10."""
    return _cifar("resnet56", 56, "A", num_classes, input)


def resnet110(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """110 layers for CIFAR-10."""
    return _cifar("resnet110", 110, "A", num_classes, input)


def plain20(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """20 layers for CIFAR-10, without shortcuts."""
    return _cifar("plain20", 20, "plain", num_classes, input)


def plain32(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """32 layers for CIFAR-10, without shortcuts."""
    return _cifar("plain32", 32, "plain", num_classes, input)


def plain44(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """44 layers for CIFAR-10, without shortcuts."""
    return _cifar("plain44", 44, "plain", num_classes, input)


def plain56(*, num_classes: int = 10, input: CHW = CIFAR) -> Architecture:
    """56 layers for CIFAR-10, without shortcuts."""
    return _cifar("plain56", 56, "plain", num_classes, input)
