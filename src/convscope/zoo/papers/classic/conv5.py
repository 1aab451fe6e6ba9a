"""A network of convscope for small images: five convolutions with batch normalisation."""

from convscope.arch import Architecture, Chain, Residual
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.publication import Publication

GREY = CHW(1, 28, 28)


def _conv(width: int) -> Conv2d:
    return Conv2d(width, 3, padding=1, bias=False)


def _halving(width: int) -> Chain:
    """A 3x3 convolution, a pooling that halves the size, normalisation, ReLU.

    The pooling comes first, so that the normalisation reads a quarter of the activations.
    """
    return Chain(conv=_conv(width), pool=MaxPool2d(2), bn=BatchNorm2d(), relu=ReLU())


def conv5_bn(*, num_classes: int = 10, input: CHW = GREY) -> Architecture:
    """Five convolutions of 32 to 128 channels with batch normalisation, for small images.

    Not from a paper; the recipes `fashion_mnist` and `fashion_mnist_quick` train it.
    """
    body = Chain(
        conv1=_conv(128),
        bn1=BatchNorm2d(),
        relu1=ReLU(),
        conv2=_conv(128),
        bn2=BatchNorm2d(),
        relu2=ReLU(),
    )
    return Architecture(
        name="conv5_bn",
        input=input,
        num_classes=num_classes,
        block=Chain(
            block1=_halving(32),
            block2=_halving(64),
            block3=_halving(128),
            block4=Residual(body=body, shortcut=Identity()),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
    )


PUBLICATION = Publication(networks=(conv5_bn,))
