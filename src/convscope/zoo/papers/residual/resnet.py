"""ResNet: residual networks for ImageNet and CIFAR-10, and their plain counterparts."""

from dataclasses import replace
from typing import Literal

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual, Result
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
from convscope.zoo.publication import (
    GIGA,
    TEST,
    Erratum,
    Printed,
    Publication,
    by_keras,
    cifar10,
    family,
    imagenet,
    keras_facts,
    millions,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Deep residual learning for image recognition",
    authors="He, Zhang, Ren, Sun",
    year=2016,
    url="https://arxiv.org/abs/1512.03385",
)
IMAGENET, CIFAR = CHW(3, 224, 224), CHW(3, 32, 32)
Option = Literal["A", "B", "C", "plain"]
SHORTCUTS: dict[Option, str] = {
    "A": "zero-padded shortcuts without parameters",
    "B": "1x1 shortcuts where sizes differ",
    "C": "1x1 shortcuts everywhere",
}

# Table 1: how many blocks each of the four stages has
DEPTHS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
# torchvision's num_params, and its _ops in G with 3 decimals
TORCHVISION = {
    "resnet18": (11_689_512, 1_814_073_344, "1.814"),
    "resnet34": (21_797_672, 3_663_761_408, "3.664"),
    "resnet50": (25_557_032, 4_089_184_256, "4.089"),
    "resnet101": (44_549_160, 7_801_405_440, "7.801"),
    "resnet152": (60_192_808, 11_513_626_624, "11.514"),
}

# Keras' model.count_params, and those of them that it trains
KERAS = {
    "50": (25_636_712, 25_583_592),
    "101": (44_707_176, 44_601_832),
    "152": (60_419_944, 60_268_520),
}


def conv(width: int, kernel: int, stride: int = 1) -> Conv2d:
    """A convolution that keeps the size, without bias, since a normalisation follows."""
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
    """Figure 5, right: 1x1, 3x3, 1x1, with the stride in the first (paper) or second (v1.5)."""
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
    """Return blocks of one width, the first of which changes the size, and the channels."""
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


def _stages(
    first: int, width: int, depths: tuple[int, ...], option: Option, kind: str
) -> dict[str, AnyBlock]:
    """Return the stages by name; each has twice the channels and half the size of the last.

    Args:
        first: number of the first stage, which keeps the size.
        width: channels of the first stage, and of its input.
        depths: number of blocks of each stage.
    """
    stages: dict[str, AnyBlock] = {}
    channels = width
    for place, blocks in enumerate(depths):
        stages[f"stage{first + place}"], channels = _stage(
            channels, width * 2**place, blocks, 2 if place else 1, option, kind
        )
    return stages


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name]) + _variants(name)
    if (shipped := name.removesuffix("_v1")) in TORCHVISION:
        parameters, *_ = TORCHVISION[shipped]
        source = "torchvision's num_params; the place of the stride changes no count"
        return (Fact(quantity="parameters", value=parameters, source=source), *_variants(shipped))
    return ()


def _variants(name: str) -> tuple[Fact, ...]:
    """Counts of the same network with biases that no normalisation needs."""
    facts: tuple[Fact, ...] = ()
    if counts := KERAS.get(name.removeprefix("resnet")):
        facts = keras_facts(*counts, why="convolutions have biases")
    if name == "resnet50":
        why = "the first convolution has a bias"
        facts += (Fact(quantity="parameters", value=25_557_096, source="Caffe", differs=why),)
    return facts


def _four_stages(
    name: str,
    num_classes: int,
    input: CHW,
    depth: int,
    option: Option,
    kind: str,
    differs: tuple[str, ...] = (),
) -> Architecture:
    """Table 1: a stem and four stages for ImageNet."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(64, 7, 2),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            pool1=MaxPool2d(3, stride=2, padding=1),
            **_stages(2, 64, DEPTHS[depth], option, kind),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=differs,
    )


OPTION_B = ("1x1 shortcuts where sizes differ (option B); Table 2 of the paper is option A",)
CIFAR_B = ("1x1 shortcuts where sizes differ (option B); the paper uses option A for CIFAR-10",)
V15 = ("the stride is in the 3x3 of a block, not in its first 1x1 (v1.5)",)


NETWORKS = {  # layers, shortcuts, block, differences from the paper
    "resnet18": (18, "B", "basic", OPTION_B),
    "resnet34": (34, "B", "basic"),
    "resnet50": (50, "B", "v1.5", V15),
    "resnet101": (101, "B", "v1.5", V15),
    "resnet152": (152, "B", "v1.5", V15),
    "resnet18_a": (18, "A", "basic"),
    "resnet34_a": (34, "A", "basic"),
    "resnet34_c": (34, "C", "basic"),
    "resnet50_v1": (50, "B", "v1"),
    "resnet101_v1": (101, "B", "v1"),
    "resnet152_v1": (152, "B", "v1"),
    "plain18": (18, "plain", "basic"),
    "plain34": (34, "plain", "basic"),  # less accurate than plain18 in the paper
}
CIFAR_NETWORKS = {  # layers, shortcuts
    "resnet20": (20, "A"),
    "resnet32": (32, "A"),
    "resnet44": (44, "A"),
    "resnet56": (56, "A"),
    "resnet110": (110, "A"),
    "resnet1202": (1202, "A"),
    **{f"resnet{depth}_b": (depth, "B") for depth in (20, 32, 44, 56, 110)},
    "plain20": (20, "plain"),
    "plain32": (32, "plain"),
    "plain44": (44, "plain"),
    "plain56": (56, "plain"),
}


def _cifar(name: str, num_classes: int, input: CHW, depth: int, option: Option) -> Architecture:
    """Section 4.2: 6n + 2 layers, 16, 32 and 64 channels, shortcuts of option A."""
    blocks = (depth - 2) // 6
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(16, 3),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            **_stages(1, 16, (blocks,) * 3, option, "basic"),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=CIFAR_B if option == "B" else (),
    )


def _summary(depth: int, option: Option, kind: str, _differs: tuple[str, ...] = ()) -> str:
    if option == "plain":
        return f"Plain network of {depth} layers for ImageNet, without shortcut connections."
    if kind == "v1":
        return f"ResNet of {depth} layers as in the paper: stride in the first 1x1 of a block."
    if kind == "v1.5":
        return f"ResNet of {depth} layers (v1.5, as in libraries): stride in the 3x3 of a block."
    return f"ResNet of {depth} layers for ImageNet: {SHORTCUTS[option]} (option {option})."


def _cifar_summary(depth: int, option: Option) -> str:
    if option == "plain":
        return f"Plain network of {depth} layers for CIFAR-10, without shortcut connections."
    if option == "B":
        return f"ResNet of {depth} layers for CIFAR-10: {SHORTCUTS[option]} (option B)."
    return f"ResNet of {depth} layers for CIFAR-10."


def _flops(depth: int, shipped: str = "", why: str = "") -> tuple[Printed, ...]:
    """Table 1. `shipped`: the network is v1.5, and this one is the paper's."""
    printed = {18: "1.8", 34: "3.6", 50: "3.8", 101: "7.6", 152: "11.3"}[depth]
    why = why or "called FLOPs in the paper, counted as multiply-adds"
    if shipped:
        why = f"v1.5 has the stride in the 3x3 of a block; {shipped} is the paper's network"
    row = Printed("Table 1", "all", "MACs", printed, float(printed), GIGA, 0.05)
    return (replace(row, why=why, suffix="G", digits=3),)


def _parameters(printed: str, tolerance: float = 0.005) -> tuple[Printed, ...]:
    """Table 6."""
    return millions("Table 6", f"{printed}M", float(printed), tolerance=tolerance)


def _ten_crops(top1: float, top5: float) -> Result:
    return imagenet(top1, top5, "10 crops", "ResNet paper, Table 3")


PUBLICATION = Publication(
    networks=(
        *family(_four_stages, NETWORKS, _summary, num_classes=1000, input=IMAGENET),
        *family(_cifar, CIFAR_NETWORKS, _cifar_summary, num_classes=10, input=CIFAR),
    ),
    printed={
        "resnet18": _flops(18),
        "resnet34": _flops(34, why="the paper's shortcuts are those of resnet34_a"),
        "resnet50": _flops(50, "resnet50_v1"),
        "resnet101": _flops(101, "resnet101_v1"),
        "resnet152": _flops(152, "resnet152_v1"),
        "resnet18_a": _flops(18),
        "resnet34_a": _flops(34),
        "resnet50_v1": _flops(50, why="3.858 rounds to 3.9"),
        "resnet101_v1": _flops(101),
        "resnet152_v1": _flops(152),
        "resnet20": _parameters("0.27"),
        "resnet32": _parameters("0.46"),
        "resnet44": _parameters("0.66"),
        "resnet56": _parameters("0.85"),
        "resnet110": _parameters("1.7", 0.05),
        "resnet1202": _parameters("19.4", 0.05),
    },
    results={
        "plain18": (imagenet(27.94, None, "10 crops", "ResNet paper, Table 2"),),
        "resnet18_a": (imagenet(27.88, None, "10 crops", "ResNet paper, Table 2"),),
        "plain34": (_ten_crops(28.54, 10.02),),
        "resnet34_a": (_ten_crops(25.03, 7.76),),
        "resnet34": (
            _ten_crops(24.52, 7.46),
            imagenet(21.84, 5.71, "dense at five scales", "ResNet paper, Table 4"),
            retrained(22.082, 6.234, "timm a1 at 288 x 288, 77.918 / 93.766"),
            retrained(26.686, 8.580, "torchvision, 73.314 / 91.420"),
        ),
        "resnet34_c": (
            _ten_crops(24.19, 7.40),
            imagenet(21.53, 5.60, "dense at five scales", "ResNet paper, Table 4"),
        ),
        "resnet50_v1": (
            imagenet(24.7, 7.8, "1 crop", "the authors' repository"),
            _ten_crops(22.85, 6.71),
            imagenet(20.74, 5.25, "dense at five scales", "ResNet paper, Table 4"),
            by_keras(74.928, 92.060),
        ),
        "resnet101_v1": (
            imagenet(23.6, 7.1, "1 crop", "the authors' repository"),
            _ten_crops(21.75, 6.05),
            imagenet(19.87, 4.60, "dense at five scales", "ResNet paper, Table 4"),
            by_keras(76.420, 92.786),
        ),
        "resnet152_v1": (
            imagenet(23.0, 6.7, "1 crop", "the authors' repository"),
            _ten_crops(21.43, 5.71),
            imagenet(19.38, 4.49, "dense at five scales", "ResNet paper, Table 4"),
            imagenet(
                None,
                3.57,
                "dense at several scales, six networks, two of them with 152 layers",
                "ResNet paper, Table 5",
                split=TEST,
                ensemble=6,
            ),
            by_keras(76.604, 93.118),
        ),
        "resnet18": (
            imagenet(30.242, 10.922, "1 crop", "torchvision, 69.758 / 89.078"),
            retrained(26.842, 8.974, "timm a1 at 288 x 288, 73.158 / 91.026"),
        ),
        "resnet50": (
            imagenet(23.870, 7.138, "1 crop", "torchvision V1, 76.130 / 92.862"),
            retrained(19.142, 4.566, "torchvision V2, 80.858 / 95.434"),
        ),
        "resnet101": (
            imagenet(22.626, 6.454, "1 crop", "torchvision V1, 77.374 / 93.546"),
            retrained(18.114, 4.220, "torchvision V2, 81.886 / 95.780"),
        ),
        "resnet152": (
            imagenet(21.688, 5.954, "1 crop", "torchvision V1, 78.312 / 94.046"),
            retrained(17.716, 3.998, "torchvision V2, 82.284 / 96.002"),
        ),
        "resnet20": (cifar10(8.75, "ResNet paper, Table 6"),),
        "resnet32": (cifar10(7.51, "ResNet paper, Table 6"),),
        "resnet44": (cifar10(7.17, "ResNet paper, Table 6"),),
        "resnet56": (cifar10(6.97, "ResNet paper, Table 6"),),
        "resnet110": (
            cifar10(6.43, "ResNet paper, Table 6", "whole image, best of 5 (6.61 +- 0.16)"),
        ),
        "resnet1202": (cifar10(7.93, "ResNet paper, Table 6"),),
    },
    errata=(
        Erratum(
            "ResNet-50, cost",
            "3.8 billion (paper), 4.1 billion (torchvision)",
            "3.858 and 4.089 billion",
            "the stride is in the first 1x1 (v1), or in the 3x3 (v1.5)",
            "ResNet paper, Table 1; torchvision",
        ),
        Erratum(
            "ResNet-50, parameters",
            "25,557,032; 25,557,096; 25,583,592; 25,636,712",
            "25,557,032",
            "Caffe's conv1 has a bias; Keras has biases everywhere and counts moving statistics",
            "torchvision, Caffe, Keras",
        ),
        Erratum(
            "ResNet-50, top-1 error",
            "22.85, 24.7, 23.87, 25.07",
            "all of them",
            "10 crops (paper), 1 crop (the authors), torchvision's v1.5, Keras",
            "ResNet paper, Table 3; the authors' repository; the libraries",
        ),
        Erratum(
            "ResNet, first pool",
            "Caffe: no padding, rounded up; torchvision: padding 1",
            "padding 1",
            "both give 56 x 56; the windows are shifted by one pixel, which matters to old weights",
            "the authors' Caffe files; torchvision",
        ),
        Erratum(
            "ResNet-18 and 34, shortcuts",
            "option A in Table 2, option B in every library",
            "resnet18 and resnet34 are B, resnet18_a and resnet34_a are A",
            "21.80 against 21.62 million parameters",
            "ResNet paper, Table 2; torchvision, timm",
        ),
        Erratum(
            "PReLU-net in ResNet's Table 3",
            "24.27 in one copy, 24.07 in another",
            "not known which is right",
            "convscope does not use it",
            "copies of the ResNet paper",
        ),
    ),
)
