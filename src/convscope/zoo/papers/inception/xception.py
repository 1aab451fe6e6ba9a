"""Xception: Inception modules taken to the extreme, of depthwise separable convolutions."""

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.publication import Printed, Publication, imagenet

PAPER = Paper(
    title="Xception: deep learning with depthwise separable convolutions",
    authors="Chollet",
    year=2017,
    url="https://arxiv.org/abs/1610.02357",
)
INPUT = CHW(3, 299, 299)


def _separable(before: int, after: int) -> Chain:
    """A depthwise 3x3 and a pointwise 1x1, without an activation between them."""
    return Chain(
        depthwise=Conv2d(before, 3, padding=1, groups=before, bias=False),
        pointwise=Conv2d(after, 1, bias=False),
    )


def _convolutions(before: int, widths: tuple[int, ...], first_relu: bool) -> dict[str, AnyBlock]:
    parts: dict[str, AnyBlock] = {}
    for number, after in enumerate(widths, start=1):
        if first_relu or number > 1:
            parts[f"relu{number}"] = ReLU()
        parts[f"sep{number}"] = _separable(before, after)
        parts[f"norm{number}"] = BatchNorm2d()
        before = after
    return parts


def _down(before: int, widths: tuple[int, ...], *, first_relu: bool = True) -> Residual:
    """Separable convolutions and a pool, beside a 1x1 with a stride of 2."""
    body = Chain(
        **_convolutions(before, widths, first_relu), pool=MaxPool2d(3, stride=2, padding=1)
    )
    conv = Conv2d(widths[-1], 1, stride=2, bias=False)
    return Residual(body, Chain(conv=conv, norm=BatchNorm2d()))


def _middle() -> Residual:
    return Residual(Chain(**_convolutions(728, (728, 728, 728), True)))


def xception(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Xception: 34 depthwise separable convolutions with shortcuts."""
    middle: dict[str, AnyBlock] = {f"block{number}": _middle() for number in range(4, 12)}
    return Architecture(
        name="xception",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(32, 3, stride=2, bias=False),
            norm1=BatchNorm2d(),
            relu1=ReLU(),
            conv2=Conv2d(64, 3, bias=False),
            norm2=BatchNorm2d(),
            relu2=ReLU(),
            block1=_down(64, (128, 128), first_relu=False),
            block2=_down(128, (256, 256)),
            block3=_down(256, (728, 728)),
            **middle,
            block12=_down(728, (728, 1024)),
            sep3=_separable(1024, 1536),
            norm3=BatchNorm2d(),
            relu3=ReLU(),
            sep4=_separable(1536, 2048),
            norm4=BatchNorm2d(),
            relu4=ReLU(),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=(Fact(quantity="parameters", value=22_855_952, source="timm, legacy_xception"),),
        differs_from_paper=(
            "the pools are padded by 1 on every side, as timm; the author's pad as TensorFlow does",
        ),
    )


PUBLICATION = Publication(
    networks=(xception,),
    printed={
        "xception": (Printed("Table 3", "all", "parameters", "22,855,952", 22_855_952),),
    },
    results={
        "xception": (imagenet(21.0, 5.5, "1 crop", "Keras, 79.0 / 94.5"),),
    },
)
