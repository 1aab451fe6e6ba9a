"""ResNeXt: bottlenecks whose 3x3 is a grouped convolution of many parallel paths."""

from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Gate, Paper, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
)
from convscope.shapes import CHW
from convscope.zoo.papers.residual.resnet import DEPTHS, conv
from convscope.zoo.publication import (
    Publication,
    family,
    imagenet,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Aggregated residual transformations for deep neural networks",
    authors="Xie, Girshick, Dollár, Tu, He",
    year=2017,
    url="https://arxiv.org/abs/1611.05431",
)
INPUT = CHW(3, 224, 224)
# torchvision's num_params, MACs, and its _ops in G
TORCHVISION = {
    "resnext50_32x4d": (25_028_904, 4_230_479_872, "4.230"),
    "resnext101_32x8d": (88_791_336, 16_414_015_488, "16.414"),
    "resnext101_64x4d": (83_455_272, 15_460_270_080, "15.460"),
}


class Bottleneck(NamedTuple):
    """Kind of a residual block of 1x1, 3x3 and 1x1.

    Attributes:
        width: channels of the 3x3 in the first stage; each further stage has twice as many.
        groups: groups of the 3x3, the paper's cardinality.
        reduction: of squeeze-and-excitation after the last 1x1; 0 for none.
        stride_in_first: stride in the first 1x1 in place of the 3x3.
    """

    width: int
    groups: int = 1
    reduction: int = 0
    stride_in_first: bool = False


def squeeze_excitation(width: int, squeezed: int) -> Gate:
    """Return a gate that scales each channel by a number from 0 to 1, computed from all means."""
    return Gate(
        body=Identity(),
        gate=Chain(
            pool=GlobalAvgPool2d(),
            reduce=Conv2d(squeezed, 1),
            relu=ReLU(),
            expand=Conv2d(width, 1),
            sigmoid=Sigmoid(),
        ),
    )


def _body(kind: Bottleneck, inner: int, after: int, stride: int) -> Chain:
    first, second = (stride, 1) if kind.stride_in_first else (1, stride)
    parts: dict[str, AnyBlock] = {
        "conv1": conv(inner, 1, first),
        "norm1": BatchNorm2d(),
        "relu1": ReLU(),
        "conv2": Conv2d(inner, 3, stride=second, padding=1, groups=kind.groups, bias=False),
        "norm2": BatchNorm2d(),
        "relu2": ReLU(),
        "conv3": conv(after, 1),
        "norm3": BatchNorm2d(),
    }
    if kind.reduction:
        parts["se"] = squeeze_excitation(after, after // kind.reduction)
    return Chain(**parts)


def bottleneck_stages(kind: Bottleneck, depths: tuple[int, ...]) -> dict[str, AnyBlock]:
    """Return four stages of 256 to 2048 channels; shortcuts are 1x1 where sizes differ."""
    stages: dict[str, AnyBlock] = {}
    before = 64
    for place, blocks in enumerate(depths):
        after, parts = 256 * 2**place, dict[str, AnyBlock]()
        for number in range(1, blocks + 1):
            stride = 2 if place and number == 1 else 1
            project = Chain(conv=conv(after, 1, stride), norm=BatchNorm2d())
            shortcut = Identity() if before == after else project
            body = _body(kind, kind.width * 2**place, after, stride)
            parts[f"block{number}"] = Residual(body, shortcut)
            parts[f"relu{number}"] = ReLU()
            before = after
        stages[f"stage{place + 2}"] = Chain(**parts)
    return stages


def bottleneck_blocks(
    kind: Bottleneck, depth: int, num_classes: int, pool: MaxPool2d | None = None
) -> Chain:
    """Return ResNet's stem, four stages of bottlenecks, and the classifier."""
    return Chain(
        conv1=conv(64, 7, 2),
        norm1=BatchNorm2d(),
        relu1=ReLU(),
        pool1=pool or MaxPool2d(3, stride=2, padding=1),
        **bottleneck_stages(kind, DEPTHS[depth]),
        average=GlobalAvgPool2d(),
        flatten=Flatten(),
        fc=Linear(num_classes),
    )


# layers, groups, width of a group in the first stage
NETWORKS = {
    "resnext50_32x4d": (50, 32, 4),
    "resnext101_32x4d": (101, 32, 4),
    "resnext101_64x4d": (101, 64, 4),
    "resnext101_32x8d": (101, 32, 8),
}


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name])
    source = f"timm, parameters of {name}"
    return (Fact(quantity="parameters", value=44_177_704, source=source),)


def _resnext(
    name: str, num_classes: int, input: CHW, depth: int, groups: int, group_width: int
) -> Architecture:
    """Table 1, right."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=bottleneck_blocks(Bottleneck(groups * group_width, groups), depth, num_classes),
        paper=PAPER,
        facts=_facts(name),
    )


def _summary(depth: int, groups: int, width: int) -> str:
    return f"ResNeXt of {depth} layers: {groups} groups of {width} channels in the first stage."


PUBLICATION = Publication(
    networks=family(_resnext, NETWORKS, _summary, num_classes=1000, input=INPUT),
    results={
        "resnext50_32x4d": (
            imagenet(22.2, None, "1 crop", "the authors' repository"),
            retrained(22.382, 6.302, "torchvision V1, 77.618 / 93.698"),
        ),
        "resnext101_32x4d": (imagenet(21.2, None, "1 crop", "the authors' repository"),),
        "resnext101_64x4d": (
            imagenet(20.4, None, "1 crop", "the authors' repository"),
            retrained(16.754, 3.546, "torchvision, 83.246 / 96.454"),
        ),
        "resnext101_32x8d": (retrained(20.688, 5.474, "torchvision V1, 79.312 / 94.526"),),
    },
)
