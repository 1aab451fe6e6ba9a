"""MobileNet: depthwise separable convolutions, at several widths."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper
from convscope.layers import Dropout, Flatten, GlobalAvgPool2d, Linear
from convscope.shapes import CHW
from convscope.zoo.papers.mobile.inverted_residual import Style, rounded, unit
from convscope.zoo.publication import (
    Erratum,
    Publication,
    family,
    imagenet,
    millions,
    multiply_adds,
)

PAPER = Paper(
    title="MobileNets: efficient convolutional neural networks for mobile vision applications",
    authors="Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam",
    year=2017,
    url="https://arxiv.org/abs/1704.04861",
)
INPUT = CHW(3, 224, 224)
STYLE = Style()

# Table 1: stride and output channels of the separable convolutions, by size of the map
STAGES = (
    ((1, 64),),
    ((2, 128), (1, 128)),
    ((2, 256), (1, 256)),
    ((2, 512), *((1, 512),) * 5),
    ((2, 1024), (1, 1024)),
)


def _separable(before: int, after: int, stride: int) -> Chain:
    """Figure 3, right: a depthwise 3x3 and a pointwise 1x1, each normalised and rectified."""
    return Chain(
        depthwise=unit(before, STYLE, 3, stride=stride, groups=before),
        pointwise=unit(after, STYLE),
    )


def _mobilenet(name: str, num_classes: int, input: CHW, alpha: float) -> Architecture:
    """Return the network with `alpha` times the channels everywhere."""
    stages: dict[str, AnyBlock] = {}
    before = rounded(32 * alpha)
    for number, rows in enumerate(STAGES, start=1):
        blocks: dict[str, AnyBlock] = {}
        for place, (stride, width) in enumerate(rows, start=1):
            after = rounded(width * alpha)
            blocks[f"block{place}"] = _separable(before, after, stride)
            before = after
        stages[f"stage{number}"] = Chain(**blocks)
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=unit(rounded(32 * alpha), STYLE, 3, stride=2),
            **stages,
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.001),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=(
            "ReLU6, as the authors' code; the paper draws ReLU",
            "padding of 1 on every side, as timm; the authors' code pads as TensorFlow does",
        ),
    )


NETWORKS = {  # width multiplier
    "mobilenet_v1": (1.0,),
    "mobilenet_v1_075": (0.75,),
    "mobilenet_v1_050": (0.5,),
    "mobilenet_v1_025": (0.25,),
}


def _summary(alpha: float) -> str:
    if alpha == 1:
        return "MobileNet: 13 depthwise separable convolutions."
    return f"MobileNet with {alpha} times the channels."


TABLE = {  # Table 6: parameters and multiply-adds in millions, top-1 accuracy
    "mobilenet_v1": ("4.2", "569", 70.6),
    "mobilenet_v1_075": ("2.6", "325", 68.4),
    "mobilenet_v1_050": ("1.3", "149", 63.7),
    "mobilenet_v1_025": ("0.5", "41", 50.6),
}

PUBLICATION = Publication(
    networks=family(_mobilenet, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        name: (
            *millions("Table 6", parameters, float(parameters), tolerance=0.05),
            *multiply_adds("Table 6", macs, float(macs)),
        )
        for name, (parameters, macs, _) in TABLE.items()
    },
    results={
        name: (
            imagenet(
                round(100 - top1, 1), None, "crops not stated", source="MobileNets paper, Table 6"
            ),
        )
        for name, (_, _, top1) in TABLE.items()
    },
    errata=(
        Erratum(
            "MobileNet, last depthwise convolution",
            "stride 2",
            "stride 1",
            "the row reads and gives maps of 7 x 7, and its cost is that of stride 1",
            "MobileNets paper, Table 1",
        ),
        Erratum(
            "SqueezeNet's cost in the MobileNets paper",
            "1,700 million multiply-adds",
            "819 million at 224 x 224",
            "twice as many: additions and multiplications seem to be counted apart",
            "MobileNets paper, Table 9; torchvision",
        ),
    ),
)
