"""Build a network; a mistake is reported with its layer and a fix, before anything is allocated."""

from convscope import Architecture
from convscope.arch import Chain, Residual
from convscope.errors import ArchitectureError
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU
from convscope.shapes import CHW


def body(channels: int) -> Chain:
    """Return two convolutions of 3 x 3 with batch normalisation."""
    return Chain(
        conv1=Conv2d(channels, 3, padding=1),
        norm1=BatchNorm2d(),
        relu1=ReLU(),
        conv2=Conv2d(channels, 3, padding=1),
        norm2=BatchNorm2d(),
    )


def network(inner: int) -> Architecture:
    """Return a small residual network; `inner` channels in the body."""
    return Architecture(
        name="small_resnet",
        input=CHW(1, 28, 28),
        num_classes=10,
        block=Chain(
            stem=Conv2d(16, 3, padding=1),
            block1=Residual(body(inner)),
            relu=ReLU(),
            pool=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(10),
        ),
    )


print(network(16).table())
try:
    network(32)
except ArchitectureError as error:
    print(f"\nWith 32 channels in the body:\n{error}")
