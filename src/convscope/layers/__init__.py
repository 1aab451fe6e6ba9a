"""Layers: one operation each, as data. The union below is the registry.

Each family has a file here, and one of the same name in `torch/` for the modules that PyTorch
lacks. Compositions of layers belong in `arch/`.
"""

from typing import TYPE_CHECKING, NoReturn

from convscope.layers.activation import (
    Hardsigmoid,
    ReLU,
    ReLU6,
    ScaledTanh,
    Sigmoid,
    Softmax,
    Tanh,
)
from convscope.layers.adaptive_pool import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
)
from convscope.layers.base import Example, Layer, Saved
from convscope.layers.channels import ChannelShuffle, SelectChannels
from convscope.layers.conv import Conv2d, LocallyConnected2d, PartialConv2d
from convscope.layers.conv_transpose import ConvTranspose2d
from convscope.layers.dropout import Dropout, StochasticDepth
from convscope.layers.image_norm import (
    GlobalResponseNorm,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm2d,
)
from convscope.layers.linear import EuclideanRBF, Flatten, Linear
from convscope.layers.norm import BatchNorm2d, LocalResponseNorm
from convscope.layers.pad import ZeroPad2d
from convscope.layers.pool import AvgPool2d, MaxPool2d, TrainableSubsample2d
from convscope.layers.preprocess import CenterCrop, Normalize, Resize, ReverseChannels
from convscope.layers.rectifier import ELU, GELU, Hardswish, LeakyReLU, PReLU, SiLU
from convscope.layers.resample import PixelShuffle, PixelUnshuffle, Upsample
from convscope.layers.shortcut import Identity, LayerScale, ZeroPadShortcut
from convscope.layers.whiten import GlobalContrastNorm, ZcaWhiten

AnyLayer = (
    Conv2d
    | PartialConv2d
    | LocallyConnected2d
    | ConvTranspose2d
    | MaxPool2d
    | AvgPool2d
    | GlobalAvgPool2d
    | GlobalMaxPool2d
    | AdaptiveAvgPool2d
    | AdaptiveMaxPool2d
    | TrainableSubsample2d
    | BatchNorm2d
    | LocalResponseNorm
    | LayerNorm2d
    | GroupNorm
    | InstanceNorm2d
    | GlobalResponseNorm
    | LayerScale
    | ReLU
    | ReLU6
    | LeakyReLU
    | PReLU
    | ELU
    | GELU
    | SiLU
    | Hardswish
    | Tanh
    | ScaledTanh
    | Sigmoid
    | Hardsigmoid
    | Softmax
    | Linear
    | EuclideanRBF
    | Flatten
    | SelectChannels
    | ChannelShuffle
    | Upsample
    | PixelShuffle
    | PixelUnshuffle
    | Dropout
    | StochasticDepth
    | Normalize
    | Resize
    | ReverseChannels
    | CenterCrop
    | GlobalContrastNorm
    | ZcaWhiten
    | ZeroPad2d
    | ZeroPadShortcut
    | Identity
)
LAYERS: tuple[type[Layer], ...] = AnyLayer.__args__

if not TYPE_CHECKING:

    def __getattr__(name: str) -> NoReturn:
        """Raise AttributeError that names the nearest layers."""
        from convscope.errors import nearest
        from convscope.layers.entries import our_name

        names = [layer.__name__ for layer in LAYERS]
        ours = our_name(name)
        close = [ours] if ours in names else nearest(name, names)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise AttributeError(
            f"there is no layer named {name!r}: {hint}`convscope list layers` lists all",
        )


__all__ = [
    "ELU",
    "GELU",
    "LAYERS",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "AnyLayer",
    "AvgPool2d",
    "BatchNorm2d",
    "CenterCrop",
    "ChannelShuffle",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "EuclideanRBF",
    "Example",
    "Flatten",
    "GlobalAvgPool2d",
    "GlobalContrastNorm",
    "GlobalMaxPool2d",
    "GlobalResponseNorm",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Identity",
    "InstanceNorm2d",
    "Layer",
    "LayerNorm2d",
    "LayerScale",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LocallyConnected2d",
    "MaxPool2d",
    "Normalize",
    "PReLU",
    "PartialConv2d",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReLU",
    "ReLU6",
    "Resize",
    "ReverseChannels",
    "Saved",
    "ScaledTanh",
    "SelectChannels",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "StochasticDepth",
    "Tanh",
    "TrainableSubsample2d",
    "Upsample",
    "ZcaWhiten",
    "ZeroPad2d",
    "ZeroPadShortcut",
]
