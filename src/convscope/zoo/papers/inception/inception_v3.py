"""Inception v3, as released: factorised kernels, 7x7 as 1x7 and 7x1, label smoothing."""

from convscope.arch import AnyBlock, Architecture, AuxiliaryHead, Chain, Concat, Fact, Paper
from convscope.layers import AvgPool2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from convscope.shapes import CHW
from convscope.zoo.papers.inception.googlenet import norm_conv as conv
from convscope.zoo.publication import (
    GIGA,
    TEST,
    Erratum,
    Printed,
    Publication,
    by_keras,
    imagenet,
    keras_facts,
    millions,
    retrained,
)

PAPER = Paper(
    title="Rethinking the Inception architecture for computer vision",
    authors="Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
    year=2016,
    url="https://arxiv.org/abs/1512.00567",
)
INPUT = CHW(3, 299, 299)


def _row(width: int, length: int = 7) -> Chain:
    return conv(width, (1, length), padding=(0, length // 2))


def _column(width: int, length: int = 7) -> Chain:
    return conv(width, (length, 1), padding=(length // 2, 0))


def _average() -> AvgPool2d:
    return AvgPool2d(3, stride=1, padding=1)


def _module_a(pooled: int) -> Concat:
    """Figure 5: one branch with a 5x5, one with two 3x3."""
    return Concat(
        b1=conv(64, 1),
        b5=Chain(reduce=conv(48, 1), conv=conv(64, 5, padding=2)),
        b3=Chain(reduce=conv(64, 1), conv1=conv(96, 3, padding=1), conv2=conv(96, 3, padding=1)),
        pool=Chain(pool=_average(), project=conv(pooled, 1)),
    )


def _reduction_b() -> Concat:
    """Figure 10: 35 to 17."""
    return Concat(
        b3=conv(384, 3, stride=2),
        b33=Chain(reduce=conv(64, 1), conv1=conv(96, 3, padding=1), conv2=conv(96, 3, stride=2)),
        pool=MaxPool2d(3, stride=2),
    )


def _module_c(width: int) -> Concat:
    """Figure 6, n = 7."""
    return Concat(
        b1=conv(192, 1),
        b7=Chain(reduce=conv(width, 1), row=_row(width), column=_column(192)),
        b77=Chain(
            reduce=conv(width, 1),
            column1=_column(width),
            row1=_row(width),
            column2=_column(width),
            row2=_row(192),
        ),
        pool=Chain(pool=_average(), project=conv(192, 1)),
    )


def _reduction_d() -> Concat:
    """17 to 8."""
    return Concat(
        b3=Chain(reduce=conv(192, 1), conv=conv(320, 3, stride=2)),
        b7=Chain(
            reduce=conv(192, 1), row=_row(192), column=_column(192), conv=conv(192, 3, stride=2)
        ),
        pool=MaxPool2d(3, stride=2),
    )


def _fan() -> Concat:
    """Figure 7: 1x3 and 3x1 in parallel."""
    return Concat(row=_row(384, 3), column=_column(384, 3))


def _module_e() -> Concat:
    """Figure 7."""
    return Concat(
        b1=conv(320, 1),
        b3=Chain(reduce=conv(384, 1), fan=_fan()),
        b33=Chain(reduce=conv(448, 1), conv=conv(384, 3, padding=1), fan=_fan()),
        pool=Chain(pool=_average(), project=conv(192, 1)),
    )


def _head(num_classes: int) -> AuxiliaryHead:
    return AuxiliaryHead(
        head=Chain(
            average=AvgPool2d(5, stride=3),
            conv1=conv(128, 1),
            conv2=conv(768, 5),
            pool=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        weight=0.4,
    )


def inception_v3(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Inception v3 as released by TensorFlow and torchvision."""
    modules: dict[str, AnyBlock] = {
        "mixed5b": _module_a(32),
        "mixed5c": _module_a(64),
        "mixed5d": _module_a(64),
        "mixed6a": _reduction_b(),
        "mixed6b": _module_c(128),
        "mixed6c": _module_c(160),
        "mixed6d": _module_c(160),
        "mixed6e": _module_c(192),
        "aux": _head(num_classes),
        "mixed7a": _reduction_d(),
        "mixed7b": _module_e(),
        "mixed7c": _module_e(),
    }
    return Architecture(
        name="inception_v3",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1a=conv(32, 3, stride=2),
            conv2a=conv(32, 3),
            conv2b=conv(64, 3, padding=1),
            pool2=MaxPool2d(3, stride=2),
            conv3b=conv(80, 1),
            conv4a=conv(192, 3),
            pool4=MaxPool2d(3, stride=2),
            **modules,
            average=GlobalAvgPool2d(),
            drop=Dropout(0.5),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=(
            Fact(quantity="parameters", value=23_834_568, source="timm, 23.83 M without the head"),
            Fact(
                quantity="auxiliary_parameters",
                value=3_326_696,
                source="torchvision's num_params 27,161,264 less the main network",
            ),
            Fact(quantity="macs", value=5_713_216_096, source="torchvision's _ops, 5.713 G"),
            *keras_facts(23_851_784, 23_817_352, why="normalisations have no scale"),
        ),
        differs_from_paper=(
            "the released network: Table 1 of the paper has another stem and 288 channels before "
            "its first module",
            "94 convolutions; the paper calls it 42 layers deep",
        ),
    )


COST = Printed(
    "abstract",
    "all",
    "MACs",
    "5 billion",
    5,
    GIGA,
    0.5,
    why="counted over the released network, whose stem is not that of the paper's Table 1",
    suffix="G",
    digits=3,
)


PUBLICATION = Publication(
    networks=(inception_v3,),
    printed={
        # "less than 25 million": anything from 0 agrees
        "inception_v3": (COST, *millions("abstract", "< 25 million", 12.5, tolerance=12.5)),
    },
    results={
        "inception_v3": (
            imagenet(21.2, 5.6, "1 crop, 48,238 images", "Inception v3 paper, abstract"),
            imagenet(19.47, 4.48, "12 crops", "Inception v3 paper, Table 4"),
            imagenet(18.77, 4.2, "144 crops", "Inception v3 paper, Table 4"),
            imagenet(None, 3.46, "144 crops", "Inception v3 paper, Table 5", ensemble=4),
            imagenet(17.3, 3.5, "144 crops", "Inception v3 paper, abstract", ensemble=4),
            imagenet(
                None, 3.58, "144 crops", "Inception v3 paper, Table 5", split=TEST, ensemble=4
            ),
            by_keras(77.898, 93.720),
            retrained(22.566, 6.526, "torchvision's weights measured by timm, 77.434 / 93.474"),
            retrained(22.138, 6.356, "TensorFlow's weights measured by timm, 77.862 / 93.644"),
            retrained(22.706, 6.550, "torchvision, 77.294 / 93.450"),
        ),
    },
    errata=(
        Erratum(
            "Inception v3, stem",
            "3x3 with 80, 3x3/2 with 192, 3x3 with 288 (Table 1)",
            "1x1 with 80, 3x3 with 192, a pool",
            "the released network; here inception_v3",
            "Inception v3 paper, Table 1; torchvision",
        ),
        Erratum(
            "Inception v3, cost",
            "5 billion, 42 layers",
            "5.713 billion, 94 convolutions",
            "counted from the layers",
            "Inception v3 paper, abstract and section 6",
        ),
        Erratum(
            "Inception v3, parameters",
            "23.83, 23.85 and 27.16 million",
            "all of them",
            "without the head; Keras, with moving statistics; with the head",
            "timm, Keras, torchvision",
        ),
        Erratum(
            "Inception v3, four networks",
            "3.5 % top-5, and 3.58 %",
            "3.58 % on the test set, 3.46 % in validation",
            "3.46 rounds to the abstract's 3.5, which does not name its set",
            "Inception v3 paper, abstract and Table 5",
        ),
    ),
)
