"""Ready blocks of the palette: compositions that papers made known, with sizes to start from."""

from typing import NamedTuple

from convscope.arch.block import AnyBlock, Chain, Concat, Gate, Residual
from convscope.layers import (
    GELU,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    LayerNorm2d,
    LayerScale,
    Linear,
    MaxPool2d,
    ReLU,
    ReLU6,
    Sigmoid,
)


class Ready(NamedTuple):
    """A ready block: its id, the name that it gets, and the block. Its text is in the page."""

    id: str
    name: str
    block: AnyBlock


def conv_norm_relu(channels: int, kernel: int = 3, *, stride: int = 1, groups: int = 1) -> Chain:
    """Convolution, batch normalisation, ReLU: Ioffe and Szegedy 2015."""
    return Chain(
        conv=Conv2d(
            channels, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False
        ),
        norm=BatchNorm2d(),
        relu=ReLU(),
    )


def _conv_norm(channels: int, kernel: int = 3, *, stride: int = 1, groups: int = 1) -> Chain:
    return Chain(
        conv=Conv2d(
            channels, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False
        ),
        norm=BatchNorm2d(),
    )


def _residual(channels: int) -> Chain:
    body = Chain(conv1=conv_norm_relu(channels), conv2=_conv_norm(channels))
    return Chain(add=Residual(body), relu=ReLU())


def _projected(channels: int) -> Chain:
    body = Chain(conv1=conv_norm_relu(channels, stride=2), conv2=_conv_norm(channels))
    return Chain(add=Residual(body, _conv_norm(channels, 1, stride=2)), relu=ReLU())


def _bottleneck(channels: int) -> Chain:
    body = Chain(
        reduce=conv_norm_relu(channels // 4, 1),
        conv=conv_norm_relu(channels // 4),
        expand=_conv_norm(channels, 1),
    )
    return Chain(add=Residual(body), relu=ReLU())


def _inception() -> Concat:
    return Concat(
        b1=Chain(conv=Conv2d(16, 1), relu=ReLU()),
        b3=Chain(reduce=Conv2d(16, 1), relu1=ReLU(), conv=Conv2d(32, 3, padding=1), relu2=ReLU()),
        b5=Chain(reduce=Conv2d(8, 1), relu1=ReLU(), conv=Conv2d(16, 5, padding=2), relu2=ReLU()),
        pool=Chain(pool=MaxPool2d(3, stride=1, padding=1), project=Conv2d(16, 1), relu=ReLU()),
    )


def _squeeze_excitation(channels: int) -> Gate:
    return Gate(
        body=Identity(),
        gate=Chain(
            squeeze=GlobalAvgPool2d(),
            reduce=Conv2d(max(1, channels // 16), 1),
            relu=ReLU(),
            expand=Conv2d(channels, 1),
            sigmoid=Sigmoid(),
        ),
    )


def _inverted(channels: int, *, expansion: int = 6) -> Residual:
    wide = channels * expansion
    return Residual(
        Chain(
            expand=Chain(conv=Conv2d(wide, 1, bias=False), norm=BatchNorm2d(), relu=ReLU6()),
            depthwise=Chain(
                conv=Conv2d(wide, 3, padding=1, groups=wide, bias=False),
                norm=BatchNorm2d(),
                relu=ReLU6(),
            ),
            project=_conv_norm(channels, 1),
        )
    )


def _separable(channels: int, inputs: int) -> Chain:
    return Chain(
        depthwise=conv_norm_relu(inputs, groups=inputs),
        pointwise=conv_norm_relu(channels, 1),
    )


def _dense(growth: int) -> Concat:
    return Concat(
        input=Identity(),
        new=Chain(norm=BatchNorm2d(), relu=ReLU(), conv=Conv2d(growth, 3, padding=1, bias=False)),
    )


def _convnext(channels: int) -> Residual:
    return Residual(
        Chain(
            depthwise=Conv2d(channels, 7, padding=3, groups=channels),
            norm=LayerNorm2d(),
            expand=Conv2d(4 * channels, 1),
            gelu=GELU(),
            project=Conv2d(channels, 1),
            scale=LayerScale(),
        )
    )


READY: tuple[Ready, ...] = (
    Ready("conv_relu", "conv", Chain(conv=Conv2d(32, 3, padding=1), relu=ReLU())),
    Ready("conv_norm_relu", "conv", conv_norm_relu(32)),
    Ready("residual", "block", _residual(32)),
    Ready("projected", "block", _projected(64)),
    Ready("bottleneck", "block", _bottleneck(32)),
    Ready("inception", "inception", _inception()),
    Ready("squeeze_excitation", "se", _squeeze_excitation(32)),
    Ready("inverted", "block", _inverted(32)),
    Ready("separable", "separable", _separable(64, 32)),
    Ready("dense", "dense", _dense(16)),
    Ready("convnext", "block", _convnext(32)),
    Ready(
        "pooled_head",
        "head",
        Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(10)),
    ),
    Ready(
        "hidden_head",
        "head",
        Chain(flatten=Flatten(), fc1=Linear(128), relu=ReLU(), drop=Dropout(0.5), fc2=Linear(10)),
    ),
)
"""The whole palette of ready blocks, in its order."""
