"""Network in Network: a multilayer perceptron (1x1 convolutions) at every position."""

from convscope.arch import Architecture, Chain, Paper
from convscope.layers import AvgPool2d, Conv2d, Dropout, Flatten, GlobalAvgPool2d, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo.publication import Publication

PAPER = Paper(
    title="Network in network",
    authors="Lin, Chen, Yan",
    year=2014,
    url="https://arxiv.org/abs/1312.4400",
)


def _mlpconv(width: int, kernel: int, second: int, third: int) -> Chain:
    """A convolution and two layers of a perceptron at every position."""
    return Chain(
        conv=Conv2d(width, kernel, padding=kernel // 2),
        relu1=ReLU(),
        cccp1=Conv2d(second, 1),
        relu2=ReLU(),
        cccp2=Conv2d(third, 1),
        relu3=ReLU(),
    )


def nin(*, num_classes: int = 10, input: CHW = CHW(3, 32, 32)) -> Architecture:
    """Network in Network for CIFAR-10: three mlpconv layers, ending in a global average."""
    return Architecture(
        name="nin",
        input=input,
        num_classes=num_classes,
        block=Chain(
            mlpconv1=_mlpconv(192, 5, 160, 96),
            pool1=MaxPool2d(3, stride=2, ceil_mode=True),
            drop1=Dropout(0.5),
            mlpconv2=_mlpconv(192, 5, 192, 192),
            pool2=AvgPool2d(3, stride=2, ceil_mode=True),
            drop2=Dropout(0.5),
            mlpconv3=_mlpconv(192, 3, 192, num_classes),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
        ),
        paper=PAPER,
        differs_from_paper=(
            "widths, kernels and the second pool's kind are those of the authors' published "
            "Caffe model: the paper's text does not give them",
        ),
    )


PUBLICATION = Publication(networks=(nin,))
