"""MobileNetV2: inverted residuals with linear bottlenecks."""

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper
from convscope.layers import Dropout, Flatten, GlobalAvgPool2d, Linear
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import Bottleneck, Style, rounded, stage, unit
from convscope.zoo.publication import (
    Erratum,
    Publication,
    by_torchvision,
    family,
    imagenet,
    millions,
    multiply_adds,
    torchvision_facts,
)

PAPER = Paper(
    title="MobileNetV2: inverted residuals and linear bottlenecks",
    authors="Sandler, Howard, Zhu, Zhmoginov, Chen",
    year=2018,
    url="https://arxiv.org/abs/1801.04381",
)
INPUT = CHW(3, 224, 224)
STYLE = Style()

# Table 2: expansion, output channels, blocks, stride of the first block
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _rows(before: int, row: tuple[int, int, int, int], alpha: float) -> list[Bottleneck]:
    expansion, width, blocks, first = row
    after = rounded(width * alpha)
    widths = [before] + [after] * (blocks - 1)
    return [
        Bottleneck(3, wide * expansion, after, stride=first if number == 0 else 1)
        for number, wide in enumerate(widths)
    ]


def _mobilenet(name: str, num_classes: int, input: CHW, alpha: float) -> Architecture:
    """Return the network with `alpha` times the channels; the head only grows."""
    stages: dict[str, AnyBlock] = {}
    before = rounded(32 * alpha)
    for number, row in enumerate(STAGES, start=1):
        rows = _rows(before, row, alpha)
        stages[f"stage{number}"] = stage(before, rows, STYLE)
        before = rows[-1].after
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=unit(rounded(32 * alpha), STYLE, 3, stride=2),
            **stages,
            head=unit(rounded(1280 * max(1.0, alpha)), STYLE),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=("padding as torchvision; the authors' code pads as TensorFlow does",),
    )


PARAMETERS = {  # of timm's networks
    "mobilenet_v2_035": 1_677_128,
    "mobilenet_v2_050": 1_968_680,
    "mobilenet_v2_075": 2_636_424,
    "mobilenet_v2_140": 6_108_776,
}


def _facts(name: str) -> tuple[Fact, ...]:
    if name == "mobilenet_v2":
        return torchvision_facts(3_504_872, 300_774_272, "0.301")
    theirs = name.replace("mobilenet_v2", "mobilenetv2")
    return (Fact(quantity="parameters", value=PARAMETERS[name], source=f"timm, {theirs}"),)


NETWORKS = {  # width multiplier
    "mobilenet_v2": (1.0,),
    "mobilenet_v2_035": (0.35,),
    "mobilenet_v2_050": (0.5,),
    "mobilenet_v2_075": (0.75,),
    "mobilenet_v2_140": (1.4,),
}


def _summary(alpha: float) -> str:
    if alpha == 1:
        return "MobileNetV2: 17 inverted residual blocks."
    return f"MobileNetV2 with {alpha} times the channels."


AS_LIBRARIES = "convolutions and the linear layer, as torchvision and timm count"
PUBLICATION = Publication(
    networks=family(_mobilenet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        "mobilenet_v2": (
            *millions("Table 4", "3.4M", 3.4, tolerance=0.05, why="as torchvision and timm count"),
            *multiply_adds("Table 4", "300M", 300, why=AS_LIBRARIES),
        ),
        "mobilenet_v2_140": (
            *millions("Table 4", "6.9M", 6.9, tolerance=0.05, why="as timm and Keras count"),
            *multiply_adds("Table 4", "585M", 585, why=AS_LIBRARIES),
        ),
    },
    results={
        "mobilenet_v2": (
            imagenet(28.0, None, "crops not stated", "MobileNetV2 paper, Table 4"),
            by_torchvision(71.878, 90.286),
        ),
        "mobilenet_v2_140": (
            imagenet(25.3, None, "crops not stated", "MobileNetV2 paper, Table 4"),
        ),
    },
    errata=(
        Erratum(
            "MobileNetV2, parameters",
            "3.4 million; 6.9 million at 1.4 times the width",
            "3,504,872; 6,108,776",
            "timm and Keras agree on the smaller number at 1.4 times the width",
            "MobileNetV2 paper, Table 4; torchvision, timm, Keras",
        ),
    ),
)
