"""EfficientNetV2: fused expansions in the first stages, for faster training."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper
from convscope.layers import BatchNorm2d, Dropout, Flatten, GlobalAvgPool2d, Linear, SiLU
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import (
    Bottleneck,
    Squeeze,
    Style,
    inverted_residual,
    linear_unit,
    unit,
    with_shortcut,
)
from convscope.zoo.publication import (
    Erratum,
    Publication,
    by_torchvision,
    imagenet,
    millions,
    torchvision_facts,
)

PAPER = Paper(
    title="EfficientNetV2: smaller models and faster training",
    authors="Tan, Le",
    year=2021,
    url="https://arxiv.org/abs/2104.00298",
)
INPUT = CHW(3, 384, 384)
STYLE = Style(BatchNorm2d(eps=1e-3), SiLU(), "swish")
LARGEST_DROP = 0.2  # of stochastic depth: 0 at the first block, which grows towards the last

# Table 4: fused, blocks, stride of the first block, expansion, output channels
SMALL = (
    (True, 2, 1, 1, 24),
    (True, 4, 2, 4, 48),
    (True, 4, 2, 4, 64),
    (False, 6, 2, 4, 128),
    (False, 9, 1, 6, 160),
    (False, 15, 2, 6, 256),
)


def _fused(before: int, row: Bottleneck) -> AnyBlock:
    """Figure 2, right: one 3x3 in place of the expansion and the depthwise convolution."""
    parts: dict[str, AnyBlock] = {"fused": unit(row.wide, STYLE, row.kernel, stride=row.stride)}
    if row.wide != before:
        parts["project"] = linear_unit(row.after, STYLE)
    return with_shortcut(parts, before, row)


def _stages() -> dict[str, AnyBlock]:
    stages: dict[str, AnyBlock] = {}
    total = sum(row[1] for row in SMALL)
    before, place = 24, 0
    for number, (fused, blocks, first, expansion, after) in enumerate(SMALL, start=1):
        parts: dict[str, AnyBlock] = {}
        for block in range(1, blocks + 1):
            squeeze = None if fused else Squeeze(before // 4, SiLU())
            stride, drop = first if block == 1 else 1, LARGEST_DROP * place / total
            row = Bottleneck(3, before * expansion, after, stride, squeeze, drop)
            parts[f"block{block}"] = (
                _fused(before, row) if fused else inverted_residual(before, row, STYLE)
            )
            before, place = after, place + 1
        stages[f"stage{number}"] = Chain(**parts)
    return stages


def efficientnet_v2_s(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """EfficientNetV2-S: 10 fused and 30 gated inverted residual blocks."""
    return Architecture(
        name="efficientnet_v2_s",
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=unit(24, STYLE, 3, stride=2),
            **_stages(),
            head=unit(1280, STYLE),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(21_458_488, 8_365_617_152, "8.366"),
        differs_from_paper=("padding as torchvision; the authors' code pads as TensorFlow does",),
    )


PUBLICATION = Publication(
    networks=(efficientnet_v2_s,),
    printed={
        "efficientnet_v2_s": millions(
            "Figure 1", "24M", 24, tolerance=0.5, why="as torchvision and timm count"
        ),
    },
    results={
        "efficientnet_v2_s": (
            imagenet(16.1, None, "crops not stated", "EfficientNetV2 paper, Figure 1"),
            by_torchvision(84.228, 96.878),
        ),
    },
    errata=(
        Erratum(
            "EfficientNetV2-S, parameters",
            "24 million",
            "21,458,488",
            "torchvision and timm agree with each other",
            "EfficientNetV2 paper, Figure 1; torchvision, timm",
        ),
    ),
)
