"""MnasNet: a network searched for accuracy and for its latency on a phone."""

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper
from convscope.layers import BatchNorm2d, Dropout, Flatten, GlobalAvgPool2d, Linear, ReLU
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
    title="MnasNet: platform-aware neural architecture search for mobile",
    authors="Tan, Chen, Pang, Vasudevan, Sandler, Howard, Le",
    year=2019,
    url="https://arxiv.org/abs/1807.11626",
)
INPUT = CHW(3, 224, 224)
STYLE = Style(BatchNorm2d(momentum=3e-4), ReLU())

# blocks, kernel, stride of the first block, expansion, output channels, gates
A1 = (
    (1, 3, 1, 1, 16, False),
    (2, 3, 2, 6, 24, False),
    (3, 5, 2, 3, 40, True),
    (4, 3, 2, 6, 80, False),
    (2, 3, 1, 6, 112, True),
    (3, 5, 2, 6, 160, True),
    (1, 3, 1, 6, 320, False),
)
B1 = (
    (1, 3, 1, 1, 16, False),
    (3, 3, 2, 3, 24, False),
    (3, 5, 2, 3, 40, False),
    (3, 5, 2, 6, 80, False),
    (2, 3, 1, 6, 96, False),
    (4, 5, 2, 6, 192, False),
    (1, 3, 1, 6, 320, False),
)
Row = tuple[int, int, int, int, int, bool]


def _rows(before: int, row: Row, alpha: float) -> list[Bottleneck]:
    blocks, kernel, first, expansion, width, gated = row
    after = rounded(width * alpha)
    rows = []
    for number in range(blocks):
        wide = before * expansion
        squeeze = Squeeze(max(1, before // 4)) if gated else None
        rows.append(Bottleneck(kernel, wide, after, 1 if number else first, squeeze))
        before = after
    return rows


def _mnasnet(
    name: str, num_classes: int, input: CHW, table: tuple[Row, ...], alpha: float
) -> Architecture:
    """Return a searched network with `alpha` times the channels, but for the head."""
    stages: dict[str, AnyBlock] = {}
    before = rounded(32 * alpha)
    for number, row in enumerate(table, start=1):
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
            head=unit(1280, STYLE),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=("padding as torchvision; the authors' code pads as TensorFlow does",),
    )


TORCHVISION = {  # num_params, and _ops in G with 3 decimals
    "mnasnet0_5": (2_218_512, 104_455_968, "0.104"),
    "mnasnet0_75": (3_170_208, 215_493_104, "0.215"),
    "mnasnet1_0": (4_383_312, 314_415_872, "0.314"),
    "mnasnet1_3": (6_282_256, 526_362_432, "0.526"),
}


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name])
    return (Fact(quantity="parameters", value=3_887_038, source="timm, semnasnet_100"),)


NETWORKS = {
    "mnasnet_a1": (A1, 1.0),
    "mnasnet0_5": (B1, 0.5),
    "mnasnet0_75": (B1, 0.75),
    "mnasnet1_0": (B1, 1.0),
    "mnasnet1_3": (B1, 1.3),
}


def _summary(table: tuple[Row, ...], alpha: float) -> str:
    if table == A1:
        return "MnasNet-A1: the searched network of the paper, with squeeze-and-excitation."
    if alpha == 1:
        return "MnasNet-B1: searched without squeeze-and-excitation, as libraries have it."
    return f"MnasNet-B1 with {alpha} times the channels."


PUBLICATION = Publication(
    networks=family(_mnasnet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        "mnasnet_a1": (
            *millions("Table 1", "3.9M", 3.9, tolerance=0.05),
            *multiply_adds("Table 1", "312M", 312),
        ),
    },
    results={
        "mnasnet_a1": (imagenet(24.8, 7.5, "crops not stated", "MnasNet paper, Table 1"),),
        "mnasnet0_5": (by_torchvision(67.734, 87.49),),
        "mnasnet0_75": (by_torchvision(71.18, 90.496),),
        "mnasnet1_0": (by_torchvision(73.456, 91.51),),
        "mnasnet1_3": (by_torchvision(76.506, 93.522),),
    },
    errata=(
        Erratum(
            "MnasNet in libraries",
            "MnasNet",
            "mnasnet_a1 is the network of the paper, mnasnet1_0 its variant B1",
            "torchvision has B1 only, which was searched without squeeze-and-excitation",
            "torchvision, timm",
        ),
    ),
)
