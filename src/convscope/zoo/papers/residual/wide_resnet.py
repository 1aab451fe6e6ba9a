"""Wide ResNet: residual networks of more channels and fewer layers."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper, Residual
from convscope.layers import BatchNorm2d, Dropout, Flatten, GlobalAvgPool2d, Linear, ReLU
from convscope.shapes import CHW
from convscope.zoo.papers.residual.resnet import conv
from convscope.zoo.papers.residual.resnext import Bottleneck, bottleneck_blocks
from convscope.zoo.publication import (
    Publication,
    cifar10,
    family,
    imagenet,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Wide residual networks",
    authors="Zagoruyko, Komodakis",
    year=2016,
    url="https://arxiv.org/abs/1605.07146",
)
IMAGENET, CIFAR = CHW(3, 224, 224), CHW(3, 32, 32)
# torchvision's num_params, MACs, and its _ops in G
TORCHVISION = {
    "wide_resnet50_2": (68_883_240, 11_398_021_120, "11.398"),
    "wide_resnet101_2": (126_886_696, 22_753_050_624, "22.753"),
}
NETWORKS = {"wide_resnet50_2": (50, 2), "wide_resnet101_2": (101, 2)}  # layers, widening
CIFAR_NETWORKS = {  # layers, widening, dropout inside the blocks
    "wrn40_1": (40, 1),
    "wrn40_2": (40, 2),
    "wrn40_4": (40, 4),
    "wrn16_8": (16, 8),
    "wrn28_10": (28, 10),
    "wrn28_10_dropout": (28, 10, 0.3),
}


def _bottlenecks(
    name: str, num_classes: int, input: CHW, depth: int, widening: int
) -> Architecture:
    """Section 3.4: ResNet with `widening` times the channels in the 3x3 of its bottlenecks."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=bottleneck_blocks(Bottleneck(64 * widening), depth, num_classes),
        paper=PAPER,
        facts=torchvision_facts(*TORCHVISION[name]),
        differs_from_paper=("the stride is in the 3x3 of a block, as in torchvision",),
    )


def _block(before: int, width: int, stride: int, drop: float) -> AnyBlock:
    """Figure 1(c, d): normalisation and ReLU come before each 3x3.

    Where the number of channels changes, the shortcut is a 1x1 that reads the normalised input.
    """
    entry: dict[str, AnyBlock] = {"norm1": BatchNorm2d(), "relu1": ReLU()}
    body: dict[str, AnyBlock] = {
        "conv1": conv(width, 3, stride),
        "norm2": BatchNorm2d(),
        "relu2": ReLU(),
        **({"drop": Dropout(drop)} if drop else {}),
        "conv2": conv(width, 3),
    }
    if before == width and stride == 1:
        return Residual(Chain(**entry, **body))
    return Chain(**entry, sum=Residual(Chain(**body), conv(width, 1, stride)))


def _cifar(
    name: str, num_classes: int, input: CHW, depth: int, widening: int, drop: float = 0.0
) -> Architecture:
    """Table 1: 6n + 4 layers, 16 k, 32 k and 64 k channels."""
    stages: dict[str, AnyBlock] = {}
    before = 16
    for place in range(3):
        width, blocks = 16 * widening * 2**place, dict[str, AnyBlock]()
        for number in range(1, (depth - 4) // 6 + 1):
            stride = 2 if place and number == 1 else 1
            blocks[f"block{number}"] = _block(before, width, stride, drop)
            before = width
        stages[f"stage{place + 2}"] = Chain(**blocks)
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(16, 3),
            **stages,
            norm=BatchNorm2d(),
            relu=ReLU(),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
    )


def _summary(depth: int, widening: int) -> str:
    return f"ResNet of {depth} layers with {widening} times the channels in its 3x3."


def _cifar_summary(depth: int, widening: int, drop: float = 0.0) -> str:
    if drop:
        return f"Wide ResNet of {depth} layers, {widening} times as wide, dropout {drop}; CIFAR-10."
    return f"Wide ResNet of {depth} layers, {widening} times as wide, for CIFAR-10."


PUBLICATION = Publication(
    networks=(
        *family(_bottlenecks, NETWORKS, _summary, num_classes=1000, input=IMAGENET),
        *family(_cifar, CIFAR_NETWORKS, _cifar_summary, num_classes=10, input=CIFAR),
    ),
    results={
        "wide_resnet50_2": (
            imagenet(21.9, 5.79, "1 crop", "the authors' repository"),
            retrained(21.532, 5.914, "torchvision V1, 78.468 / 94.086"),
        ),
        "wide_resnet101_2": (retrained(21.152, 5.716, "torchvision V1, 78.848 / 94.284"),),
        "wrn28_10": (cifar10(4.00, "the authors' repository", "whole image, median of 5"),),
        "wrn28_10_dropout": (cifar10(3.89, "the authors' repository", "whole image, median of 5"),),
    },
)
