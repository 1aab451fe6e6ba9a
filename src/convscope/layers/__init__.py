"""Layers: one operation each, as data. The union below is the registry.

Each family has a file here, and one of the same name in `torch/` for the modules that PyTorch
lacks. Compositions of layers belong in `arch/`.
"""

from convscope.layers.activation import ReLU, ReLU6, ScaledTanh, Sigmoid, Softmax, Tanh
from convscope.layers.base import Example, Layer, Saved
from convscope.layers.conv import Conv2d, LocallyConnected2d, PartialConv2d
from convscope.layers.dropout import Dropout
from convscope.layers.linear import EuclideanRBF, Flatten, Linear
from convscope.layers.norm import BatchNorm2d, LocalResponseNorm
from convscope.layers.pad import ZeroPad2d
from convscope.layers.pool import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    GlobalAvgPool2d,
    MaxPool2d,
    TrainableSubsample2d,
)
from convscope.layers.preprocess import CenterCrop, Normalize, Resize
from convscope.layers.shortcut import Identity, ZeroPadShortcut
from convscope.layers.whiten import GlobalContrastNorm, ZcaWhiten

AnyLayer = (
    Conv2d
    | PartialConv2d
    | LocallyConnected2d
    | MaxPool2d
    | AvgPool2d
    | GlobalAvgPool2d
    | AdaptiveAvgPool2d
    | TrainableSubsample2d
    | BatchNorm2d
    | LocalResponseNorm
    | ReLU
    | ReLU6
    | Tanh
    | ScaledTanh
    | Sigmoid
    | Softmax
    | Linear
    | EuclideanRBF
    | Flatten
    | Dropout
    | Normalize
    | Resize
    | CenterCrop
    | GlobalContrastNorm
    | ZcaWhiten
    | ZeroPad2d
    | ZeroPadShortcut
    | Identity
)
LAYERS: tuple[type[Layer], ...] = AnyLayer.__args__

__all__ = [
    "LAYERS",
    "AdaptiveAvgPool2d",
    "AnyLayer",
    "AvgPool2d",
    "BatchNorm2d",
    "CenterCrop",
    "Conv2d",
    "Dropout",
    "EuclideanRBF",
    "Example",
    "Flatten",
    "GlobalAvgPool2d",
    "GlobalContrastNorm",
    "Identity",
    "Layer",
    "Linear",
    "LocalResponseNorm",
    "LocallyConnected2d",
    "MaxPool2d",
    "Normalize",
    "PartialConv2d",
    "ReLU",
    "ReLU6",
    "Resize",
    "Saved",
    "ScaledTanh",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "TrainableSubsample2d",
    "ZcaWhiten",
    "ZeroPad2d",
    "ZeroPadShortcut",
]
