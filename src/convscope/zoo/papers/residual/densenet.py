"""DenseNet: every layer of a block reads the feature maps of all layers before it."""

from convscope.arch import AnyBlock, Architecture, Chain, Concat, Paper
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.papers.residual.resnet import conv
from convscope.zoo.publication import (
    Publication,
    family,
    imagenet,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Densely connected convolutional networks",
    authors="Huang, Liu, van der Maaten, Weinberger",
    year=2017,
    url="https://arxiv.org/abs/1608.06993",
)
INPUT = CHW(3, 224, 224)
BOTTLENECK = 4  # channels of the 1x1 for each channel of the 3x3

# Table 1: growth rate, dense layers of each block, channels of the stem
NETWORKS = {
    "densenet121": (32, (6, 12, 24, 16), 64),
    "densenet169": (32, (6, 12, 32, 32), 64),
    "densenet201": (32, (6, 12, 48, 32), 64),
    "densenet161": (48, (6, 12, 36, 24), 96),
}
# torchvision's num_params, MACs, and its _ops in G
TORCHVISION = {
    "densenet121": (7_978_856, 2_834_161_664, "2.834"),
    "densenet169": (14_149_480, 3_359_843_328, "3.360"),
    "densenet201": (20_013_928, 4_291_365_888, "4.291"),
    "densenet161": (28_681_000, 7_727_907_072, "7.728"),
}


def _dense_layer(growth: int) -> Concat:
    """Equation 2: the input, and beside it `growth` new channels computed from it."""
    return Concat(
        kept=Identity(),
        new=Chain(
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            conv1=conv(BOTTLENECK * growth, 1),
            norm2=BatchNorm2d(),
            relu2=ReLU(),
            conv2=conv(growth, 3),
        ),
    )


def _transition(width: int) -> Chain:
    """Half the channels, half the size."""
    return Chain(norm=BatchNorm2d(), relu=ReLU(), conv=conv(width, 1), pool=AvgPool2d(2))


def _dense_blocks(growth: int, depths: tuple[int, ...], width: int) -> dict[str, AnyBlock]:
    """Return dense blocks and the transitions between them."""
    blocks: dict[str, AnyBlock] = {}
    for number, depth in enumerate(depths, start=1):
        layers = {f"layer{place}": _dense_layer(growth) for place in range(1, depth + 1)}
        blocks[f"block{number}"] = Chain(**layers)
        width += growth * depth
        if number < len(depths):
            width //= 2
            blocks[f"transition{number}"] = _transition(width)
    return blocks


def _densenet(
    name: str,
    num_classes: int,
    input: CHW,
    growth: int,
    depths: tuple[int, ...],
    stem: int,
) -> Architecture:
    """Table 1: a stem, four dense blocks, three transitions."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(stem, 7, 2),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            pool1=MaxPool2d(3, stride=2, padding=1),
            **_dense_blocks(growth, depths, stem),
            norm5=BatchNorm2d(),
            relu5=ReLU(),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(*TORCHVISION[name]),
    )


def _summary(growth: int, depths: tuple[int, ...], _stem: int) -> str:
    layers = 2 * sum(depths) + 5
    return f"DenseNet of {layers} layers for ImageNet: {growth} new channels from each dense layer."


PUBLICATION = Publication(
    networks=family(_densenet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    results={
        "densenet121": (
            imagenet(25.0, None, "1 crop", "the authors' repository"),
            retrained(25.566, 8.028, "torchvision, 74.434 / 91.972"),
        ),
        "densenet169": (
            imagenet(23.6, None, "1 crop", "the authors' repository"),
            retrained(24.400, 7.194, "torchvision, 75.600 / 92.806"),
        ),
        "densenet201": (
            imagenet(22.5, None, "1 crop", "the authors' repository"),
            retrained(23.104, 6.630, "torchvision, 76.896 / 93.370"),
        ),
        "densenet161": (
            imagenet(22.2, None, "1 crop", "the authors' repository"),
            retrained(22.862, 6.440, "torchvision, 77.138 / 93.560"),
        ),
    },
)
