"""BN-Inception: GoogLeNet with batch normalisation, and two 3x3 in place of each 5x5."""

from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, Chain, Concat, Fact, Paper
from convscope.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.publication import TEST, Erratum, Publication, imagenet

PAPER = Paper(
    title="Batch normalization: accelerating deep network training by reducing internal "
    "covariate shift",
    authors="Ioffe, Szegedy",
    year=2015,
    url="https://arxiv.org/abs/1502.03167",
)
INPUT = CHW(3, 224, 224)


class Widths(NamedTuple):
    """Row of Figure 5. No 1x1 (0) marks a module of stride 2, whose pool is not projected."""

    ones: int
    reduce: int
    threes: int
    double_reduce: int
    doubles: int
    pooled: int = 0


MODULES = {
    "inception3a": Widths(64, 64, 64, 64, 96, 32),
    "inception3b": Widths(64, 64, 96, 64, 96, 64),
    "inception3c": Widths(0, 128, 160, 64, 96),
    "inception4a": Widths(224, 64, 96, 96, 128, 128),
    "inception4b": Widths(192, 96, 128, 96, 128, 128),
    "inception4c": Widths(160, 128, 160, 128, 160, 96),
    "inception4d": Widths(96, 128, 192, 160, 192, 96),
    "inception4e": Widths(0, 128, 192, 192, 256),
    "inception5a": Widths(352, 192, 320, 160, 224, 128),
    "inception5b": Widths(352, 192, 320, 192, 224, 128),
}
MAX_POOLED = ("inception5b",)
"""Modules of stride 1 whose pool takes the maximum; the others average."""


def _conv(width: int, kernel: int, stride: int = 1) -> Chain:
    """A convolution, batch normalisation, ReLU."""
    return Chain(
        conv=Conv2d(width, kernel, stride=stride, padding=kernel // 2, bias=False),
        norm=BatchNorm2d(),
        relu=ReLU(),
    )


def _module(widths: Widths, max_pooled: bool) -> Concat:
    """Figure 2(b) of GoogLeNet with a chain of two 3x3 in place of the 5x5."""
    stride = 1 if widths.ones else 2
    b3 = Chain(reduce=_conv(widths.reduce, 1), conv=_conv(widths.threes, 3, stride))
    double = Chain(
        reduce=_conv(widths.double_reduce, 1),
        conv1=_conv(widths.doubles, 3),
        conv2=_conv(widths.doubles, 3, stride),
    )
    if stride == 2:
        return Concat(b3=b3, double=double, pool=MaxPool2d(3, stride=2, ceil_mode=True))
    kind = MaxPool2d if max_pooled else AvgPool2d
    pool = Chain(pool=kind(3, stride=1, padding=1), project=_conv(widths.pooled, 1))
    return Concat(b1=_conv(widths.ones, 1), b3=b3, double=double, pool=pool)


def bn_inception(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """BN-Inception as its Caffe files have it: 69 convolutions, each with normalisation."""
    modules: dict[str, AnyBlock] = {
        name: _module(widths, name in MAX_POOLED) for name, widths in MODULES.items()
    }
    return Architecture(
        name="bn_inception",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=_conv(64, 7, 2),
            pool1=MaxPool2d(3, stride=2, ceil_mode=True),
            conv2_reduce=_conv(64, 1),
            conv2=_conv(192, 3),
            pool2=MaxPool2d(3, stride=2, ceil_mode=True),
            **modules,
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=(
            Fact(
                quantity="parameters",
                value=11_194_984,
                source="the graph light_inception_v2 of the package onnx",
            ),
        ),
        differs_from_paper=(
            "the first 7x7 is an ordinary convolution; the paper's is separable",
            "no auxiliary head",
        ),
    )


SEVERAL = "several scales, two networks or more"

PUBLICATION = Publication(
    networks=(bn_inception,),
    results={
        "bn_inception": (
            imagenet(21.99, 5.81, "several scales", "ResNet paper, Table 4"),
            # the abstract says "an ensemble" and no number of networks: 2 is the least
            imagenet(None, 4.9, SEVERAL, "BN-Inception paper, abstract", ensemble=2),
            imagenet(None, 4.82, SEVERAL, "ResNet paper, Table 5", split=TEST, ensemble=2),
        ),
    },
    errata=(
        Erratum(
            "BN-Inception, modules 4c and 4d",
            "the pool is projected to 128 channels, 576 channels in all (Figure 5)",
            "96 channels, 576 in all",
            "160 + 160 + 160 + 128 is 608; with 96 the sum is the printed 576, and the published "
            "graph has 96",
            "BN-Inception paper, Figure 5; light_inception_v2 of the package onnx",
        ),
    ),
)
