"""RepVGG: trained with three branches in each layer, deployed as one chain of 3x3."""

from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU
from convscope.shapes import CHW
from convscope.zoo.publication import (
    Publication,
    family,
)

PAPER = Paper(
    title="RepVGG: making VGG-style ConvNets great again",
    authors="Ding, Zhang, Ma, Han, Ding, Sun",
    year=2021,
    url="https://arxiv.org/abs/2101.03697",
)
INPUT = CHW(3, 224, 224)
A, B = (2, 4, 14, 1), (4, 6, 16, 1)
WIDTHS = (64, 128, 256, 512)  # of the four stages after the first layer, times a or b


class Scale(NamedTuple):
    """Depths of stages 2 to 5, width multipliers a and b, groups of every other layer."""

    depths: tuple[int, ...]
    a: float
    b: float
    groups: int = 1


# Tables 2 and 3
SCALES = {
    "repvgg_a0": Scale(A, 0.75, 2.5),
    "repvgg_a1": Scale(A, 1, 2.5),
    "repvgg_a2": Scale(A, 1.5, 2.75),
    "repvgg_b0": Scale(B, 1, 2.5),
    "repvgg_b1": Scale(B, 2, 4),
    "repvgg_b1g4": Scale(B, 2, 4, 4),
    "repvgg_b2": Scale(B, 2.5, 5),
    "repvgg_b2g4": Scale(B, 2.5, 5, 4),
    "repvgg_b3": Scale(B, 3, 5),
    "repvgg_b3g4": Scale(B, 3, 5, 4),
}
TIMM = {  # parameters with the branches of training
    "repvgg_a0": 9_108_968,
    "repvgg_a1": 14_092_264,
    "repvgg_a2": 28_210_600,
    "repvgg_b0": 15_817_960,
    "repvgg_b1": 57_415_016,
    "repvgg_b1g4": 39_966_056,
    "repvgg_b2": 89_022_376,
    "repvgg_b2g4": 61_758_376,
    "repvgg_b3": 123_085_288,
    "repvgg_b3g4": 83_825_128,
}
DEPLOYED = "_deployed"
NETWORKS = {
    **{name: (scale, False) for name, scale in SCALES.items()},
    **{name + DEPLOYED: (scale, True) for name, scale in SCALES.items()},
}


def _branch(width: int, kernel: int, stride: int, groups: int) -> Chain:
    conv = Conv2d(width, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
    return Chain(conv=conv, norm=BatchNorm2d())


def _sum(before: int, width: int, stride: int, groups: int) -> Residual:
    """Figure 2(b): 3x3, 1x1 and, where the shape stays, the identity; each is normalised."""
    convolutions = Residual(_branch(width, 3, stride, groups), _branch(width, 1, stride, groups))
    if before == width and stride == 1:
        return Residual(convolutions, BatchNorm2d())
    return convolutions


def _layer(before: int, width: int, stride: int, groups: int, deployed: bool) -> Chain:
    if deployed:
        conv = Conv2d(width, 3, stride=stride, padding=1, groups=groups)
        return Chain(sum=conv, relu=ReLU())
    return Chain(sum=_sum(before, width, stride, groups), relu=ReLU())


def _stages(scale: Scale, deployed: bool) -> dict[str, AnyBlock]:
    """Return five stages; the first layer of each halves the size."""
    first = min(WIDTHS[0], int(WIDTHS[0] * scale.a))
    widths = [int(width * scale.a) for width in WIDTHS[:3]] + [int(WIDTHS[3] * scale.b)]
    stages: dict[str, AnyBlock] = {}
    before, number = 3, 0
    for place, (width, depth) in enumerate(
        zip((first, *widths), (1, *scale.depths), strict=True), start=1
    ):
        parts: dict[str, AnyBlock] = {}
        for block in range(1, depth + 1):
            groups = scale.groups if number and number % 2 == 0 else 1
            stride = 2 if block == 1 else 1
            parts[f"block{block}"] = _layer(before, width, stride, groups, deployed)
            before, number = width, number + 1
        stages[f"stage{place}"] = Chain(**parts)
    return stages


def _facts(name: str) -> tuple[Fact, ...]:
    if name not in TIMM:
        return ()
    source = f"timm, parameters of {name}"
    return (Fact(quantity="parameters", value=TIMM[name], source=source),)


def _repvgg(name: str, num_classes: int, input: CHW, scale: Scale, deployed: bool) -> Architecture:
    """Table 2: five stages and the classifier."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            **_stages(scale, deployed),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=_facts(name),
    )


def _summary(scale: Scale, deployed: bool) -> str:
    layers, last = 1 + sum(scale.depths), int(WIDTHS[3] * scale.b)
    first = int(WIDTHS[0] * scale.a)
    if deployed and scale.groups > 1:
        return f"RepVGG deployed: {layers} 3x3, {first} to {last} channels, {scale.groups} groups."
    if deployed:
        return f"RepVGG deployed: a plain chain of {layers} 3x3, {first} to {last} channels."
    if scale.groups > 1:
        return f"RepVGG of {layers} layers, {first} to {last} channels, {scale.groups} groups."
    return f"RepVGG of {layers} layers as it is trained, {first} to {last} channels."


PUBLICATION = Publication(
    networks=family(_repvgg, NETWORKS, _summary, num_classes=1000, input=INPUT),
)
