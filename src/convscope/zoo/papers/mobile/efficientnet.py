"""EfficientNet: depth, width and input size scaled together from one searched network."""

import math
from dataclasses import replace

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper
from convscope.layers import BatchNorm2d, Dropout, Flatten, GlobalAvgPool2d, Linear, SiLU
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import (
    Bottleneck,
    Squeeze,
    Style,
    rounded,
    stage,
    unit,
)
from convscope.zoo.publication import (
    GIGA,
    Erratum,
    Printed,
    Publication,
    by_torchvision,
    family,
    imagenet,
    millions,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="EfficientNet: rethinking model scaling for convolutional neural networks",
    authors="Tan, Le",
    year=2019,
    url="https://arxiv.org/abs/1905.11946",
)
INPUT = CHW(3, 224, 224)
STYLE = Style(BatchNorm2d(), SiLU(), "swish")
LARGEST_DROP = 0.2  # of stochastic depth: 0 at the first block, which grows towards the last

# Table 1: blocks, kernel, stride of the first block, expansion, output channels
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def _scaled(wider: float, deeper: float) -> list[list[Bottleneck]]:
    """Return the blocks of each stage, scaled."""
    total = sum(math.ceil(blocks * deeper) for blocks, *_ in STAGES)
    stages: list[list[Bottleneck]] = []
    before, place = rounded(32 * wider), 0
    for blocks, kernel, first, expansion, width in STAGES:
        after, rows = rounded(width * wider), []
        for number in range(math.ceil(blocks * deeper)):
            squeeze = Squeeze(max(1, before // 4), SiLU())
            drop = LARGEST_DROP * place / total
            wide, stride = rounded(before * expansion), 1 if number else first
            rows.append(Bottleneck(kernel, wide, after, stride, squeeze, drop))
            before, place = after, place + 1
        stages.append(rows)
    return stages


def _efficientnet(
    name: str, num_classes: int, input: CHW, wider: float, deeper: float, drop: float
) -> Architecture:
    """Return a network with `wider` times the channels and `deeper` times the blocks."""
    stages: dict[str, AnyBlock] = {}
    before = rounded(32 * wider)
    for number, rows in enumerate(_scaled(wider, deeper), start=1):
        stages[f"stage{number}"] = stage(before, rows, STYLE)
        before = rows[-1].after
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=unit(rounded(32 * wider), STYLE, 3, stride=2),
            **stages,
            head=unit(4 * before, STYLE),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(drop),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=(
            "padding and epsilon as torchvision; the authors' code pads as TensorFlow does, and "
            "its epsilon is 0.001",
        ),
    )


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name])
    # torchvision counts B2's operations at 288 x 288
    return (Fact(quantity="parameters", value=9_109_994, source="torchvision's num_params"),)


TORCHVISION = {  # num_params, and _ops in G with 3 decimals
    "efficientnet_b0": (5_288_548, 385_814_752, "0.386"),
    "efficientnet_b1": (7_794_184, 686_802_832, "0.687"),
}
NETWORKS = {  # width, depth, dropout
    "efficientnet_b0": (1.0, 1.0, 0.2),
    "efficientnet_b1": (1.0, 1.1, 0.2),
    "efficientnet_b2": (1.1, 1.2, 0.3),
}
SIZES = {"efficientnet_b1": CHW(3, 240, 240), "efficientnet_b2": CHW(3, 260, 260)}


def _summary(wider: float, deeper: float, _drop: float) -> str:
    if wider == deeper == 1:
        return "EfficientNet-B0: 16 gated inverted residual blocks with swish."
    return f"EfficientNet with {wider} times the channels and {deeper} times the blocks."


AS_LIBRARIES = "as torchvision and timm count"


def _table(parameters: str, flops: str, half: float) -> tuple[Printed, ...]:
    """A row of Table 2; `half` a unit of the last digit of the billions."""
    cost = Printed("Table 2", "all", "MACs", f"{flops}B", float(flops), GIGA, half)
    why = f"called FLOPs in the paper; {AS_LIBRARIES}"
    return (
        *millions("Table 2", f"{parameters}M", float(parameters), tolerance=0.05, why=AS_LIBRARIES),
        replace(cost, why=why, suffix="B", digits=3),
    )


PUBLICATION = Publication(
    networks=family(_efficientnet, NETWORKS, _summary, num_classes=1000, input=INPUT, sizes=SIZES),
    printed={
        "efficientnet_b0": _table("5.3", "0.39", 0.005),
        "efficientnet_b1": _table("7.8", "0.70", 0.005),
        "efficientnet_b2": _table("9.2", "1.0", 0.05),
    },
    results={
        "efficientnet_b0": (
            imagenet(22.9, None, "crops not stated", "EfficientNet paper, Table 2"),
            by_torchvision(77.692, 93.532),
        ),
        "efficientnet_b1": (
            imagenet(20.9, None, "crops not stated", "EfficientNet paper, Table 2"),
            by_torchvision(78.642, 94.186),
        ),
        "efficientnet_b2": (
            imagenet(19.9, None, "crops not stated", "EfficientNet paper, Table 2"),
            retrained(19.392, 4.690, "torchvision at 288 x 288, 80.608 / 95.310"),
        ),
    },
    errata=(
        Erratum(
            "EfficientNet-B1 and B2, size and cost",
            "B1: 0.70 billion; B2: 9.2 million parameters",
            "0.687 billion; 9,109,994",
            "torchvision and timm agree with each other",
            "EfficientNet paper, Table 2; torchvision, timm",
        ),
        Erratum(
            "EfficientNet-B2, input size",
            "260 x 260 (paper), 288 x 288 (torchvision)",
            "both are in use",
            "0.994 and 1.088 billion multiply-adds; torchvision's accuracy is that at 288",
            "EfficientNet's and torchvision's code",
        ),
    ),
)
