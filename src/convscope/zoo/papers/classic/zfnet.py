"""ZFNet: AlexNet improved by visualising its features."""

from convscope.arch import Architecture, Chain, Paper
from convscope.layers import Conv2d, LocalResponseNorm, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo.papers.classic.alexnet import fully_connected
from convscope.zoo.publication import TEST, Erratum, Publication, imagenet

PAPER = Paper(
    title="Visualizing and understanding convolutional networks",
    authors="Zeiler, Fergus",
    year=2014,
    url="https://arxiv.org/abs/1311.2901",
)
INPUT = CHW(3, 224, 224)


def _zfnet(name: str, num_classes: int, input: CHW, widths: tuple[int, int, int]) -> Architecture:
    """Figure 3, with the channels of the last three convolutions."""
    third, fourth, fifth = widths
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(96, 7, stride=2, padding=1),
            relu1=ReLU(),
            pool1=MaxPool2d(3, stride=2, ceil_mode=True),
            norm1=LocalResponseNorm(),
            conv2=Conv2d(256, 5, stride=2),
            relu2=ReLU(),
            pool2=MaxPool2d(3, stride=2, ceil_mode=True),
            norm2=LocalResponseNorm(),
            conv3=Conv2d(third, 3, padding=1),
            relu3=ReLU(),
            conv4=Conv2d(fourth, 3, padding=1),
            relu4=ReLU(),
            conv5=Conv2d(fifth, 3, padding=1),
            relu5=ReLU(),
            pool5=MaxPool2d(3, stride=2),
            **fully_connected(6, num_classes),
        ),
        paper=PAPER,
        differs_from_paper=(
            "padding 1 in conv1 and pools that keep a last partial window: without them the "
            "figure's 110, 55, 26 and 13 do not come out",
            "the contrast normalisation across channels is AlexNet's: the paper gives no constants",
        ),
    )


def zfnet(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """ZFNet (Figure 3): 7x7 of stride 2 in place of AlexNet's 11x11 of stride 4."""
    return _zfnet("zfnet", num_classes, input, (384, 384, 256))


def zfnet_b(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """ZFNet (b): 512, 1024 and 512 channels in the last three convolutions."""
    return _zfnet("zfnet_b", num_classes, input, (512, 1024, 512))


_BOTH = ("10 crops, zfnet and zfnet_b averaged", "ZFNet paper, Table 2")
WITH_B = (
    imagenet(36.0, 14.7, *_BOTH, ensemble=6),
    imagenet(None, 14.8, *_BOTH, split=TEST, ensemble=6),
)

PUBLICATION = Publication(
    networks=(zfnet, zfnet_b),
    results={
        "zfnet": (
            imagenet(38.4, 16.5, "10 crops", "ZFNet paper, Table 2"),
            imagenet(36.7, 15.3, "10 crops", "ZFNet paper, Table 2", ensemble=5),
            imagenet(None, 15.3, "10 crops", "ZFNet paper, Table 2", split=TEST, ensemble=5),
            *WITH_B,
        ),
        "zfnet_b": (
            imagenet(37.5, 16.0, "10 crops", "ZFNet paper, Table 2"),
            imagenet(None, 16.1, "10 crops", "ZFNet paper, Table 2", split=TEST),
            *WITH_B,
        ),
    },
    errata=(
        Erratum(
            "ZFNet in VGG's Table 7",
            "37.5 / 16.0 / 16.1 for one network",
            "38.4 / 16.5 for the network of Figure 3",
            "the reprinted row is the variant with 512, 1024 and 512 channels",
            "VGG paper, Table 7; ZFNet paper, Table 2",
        ),
    ),
)
