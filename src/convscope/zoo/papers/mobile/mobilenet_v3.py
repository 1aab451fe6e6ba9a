"""MobileNetV3: searched inverted residuals with channel gates and hard swish."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper
from convscope.layers import (
    BatchNorm2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Hardsigmoid,
    Hardswish,
    Linear,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import (
    Bottleneck,
    Squeeze,
    Style,
    inverted_residual,
    rounded,
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
    title="Searching for MobileNetV3",
    authors="Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam",
    year=2019,
    url="https://arxiv.org/abs/1905.02244",
)
INPUT = CHW(3, 224, 224)
NORM = BatchNorm2d(eps=1e-3, momentum=0.01)
RE, HS = Style(NORM, ReLU(), "relu"), Style(NORM, Hardswish(), "hswish")

# Tables 1 and 2: kernel, channels inside, output channels, gate, activation, stride; one stage
# for each size of the map
LARGE = (
    ((3, 16, 16, False, RE, 1),),
    ((3, 64, 24, False, RE, 2), (3, 72, 24, False, RE, 1)),
    ((5, 72, 40, True, RE, 2), (5, 120, 40, True, RE, 1), (5, 120, 40, True, RE, 1)),
    (
        (3, 240, 80, False, HS, 2),
        (3, 200, 80, False, HS, 1),
        (3, 184, 80, False, HS, 1),
        (3, 184, 80, False, HS, 1),
        (3, 480, 112, True, HS, 1),
        (3, 672, 112, True, HS, 1),
    ),
    ((5, 672, 160, True, HS, 2), (5, 960, 160, True, HS, 1), (5, 960, 160, True, HS, 1)),
)
SMALL = (
    ((3, 16, 16, True, RE, 2),),
    ((3, 72, 24, False, RE, 2), (3, 88, 24, False, RE, 1)),
    (
        (5, 96, 40, True, HS, 2),
        (5, 240, 40, True, HS, 1),
        (5, 240, 40, True, HS, 1),
        (5, 120, 48, True, HS, 1),
        (5, 144, 48, True, HS, 1),
    ),
    ((5, 288, 96, True, HS, 2), (5, 576, 96, True, HS, 1), (5, 576, 96, True, HS, 1)),
)
Rows = tuple[tuple[int, int, int, bool, Style, int], ...]


def _stage(before: int, rows: Rows) -> Chain:
    blocks: dict[str, AnyBlock] = {}
    for number, (kernel, wide, after, gated, style, stride) in enumerate(rows, start=1):
        squeeze = Squeeze(rounded(wide // 4), gate=Hardsigmoid()) if gated else None
        row = Bottleneck(kernel, wide, after, stride, squeeze)
        blocks[f"block{number}"] = inverted_residual(before, row, style)
        before = after
    return Chain(**blocks)


def _mobilenet(
    name: str, num_classes: int, input: CHW, table: tuple[Rows, ...], features: int
) -> Architecture:
    """Return the network of a table; `features`: units of the layer before the logits."""
    stages: dict[str, AnyBlock] = {}
    before = 16
    for number, rows in enumerate(table, start=1):
        stages[f"stage{number}"] = _stage(before, rows)
        before = rows[-1][2]
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=unit(16, HS, 3, stride=2),
            **stages,
            head=unit(6 * before, HS),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc1=Linear(features),
            hswish=Hardswish(),
            drop=Dropout(0.2),
            fc2=Linear(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(*TORCHVISION[name]),
        differs_from_paper=(
            "padding as torchvision; the authors' code pads as TensorFlow does",
            "linear layers after the pooling, in place of 1x1 convolutions of one pixel",
        ),
    )


TORCHVISION = {  # num_params, and _ops in G with 3 decimals
    "mobilenet_v3_large": (5_483_032, 216_589_760, "0.217"),
    "mobilenet_v3_small": (2_542_856, 56_510_400, "0.057"),
}
NETWORKS = {
    "mobilenet_v3_large": (LARGE, 1280),
    "mobilenet_v3_small": (SMALL, 1024),
}


def _summary(table: tuple[Rows, ...], _features: int) -> str:
    return f"MobileNetV3: {sum(map(len, table))} inverted residual blocks, some of them gated."


AS_TORCHVISION = "convolutions and linear layers, as torchvision counts"
PUBLICATION = Publication(
    networks=family(_mobilenet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        "mobilenet_v3_large": (
            *millions("Table 3", "5.4M", 5.4, tolerance=0.05, why="as torchvision counts"),
            *multiply_adds("Table 3", "219", 219, why=AS_TORCHVISION),
        ),
        "mobilenet_v3_small": (
            *millions("Table 3", "2.9M", 2.9, tolerance=0.05, why="as torchvision counts"),
            *multiply_adds("Table 3", "66", 66, why=AS_TORCHVISION),
        ),
    },
    results={
        "mobilenet_v3_large": (
            imagenet(24.8, None, "crops not stated", "MobileNetV3 paper, Table 3"),
            by_torchvision(74.042, 91.34),
        ),
        "mobilenet_v3_small": (
            imagenet(32.6, None, "crops not stated", "MobileNetV3 paper, Table 3"),
            by_torchvision(67.668, 87.402),
        ),
    },
    errata=(
        Erratum(
            "MobileNetV3-Small, size and cost",
            "66 million multiply-adds and 2.9 million parameters; 56 and 2.5 million elsewhere",
            "56.5 and 2.54 million",
            "the first pair is not that of the network in Table 2",
            "copies of the MobileNetV3 paper, Table 3; torchvision",
        ),
    ),
)
