"""How a layer is written in a drawing: few words, as the papers' figures have them."""

from convscope.layers import Layer
from convscope.layers.activation import ScaledTanh
from convscope.layers.base import Size
from convscope.layers.conv import Conv2d, LocallyConnected2d, PartialConv2d
from convscope.layers.dropout import Dropout
from convscope.layers.linear import EuclideanRBF, Linear
from convscope.layers.merge import ZeroPadShortcut
from convscope.layers.pool import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    MaxPool2d,
    TrainableSubsample2d,
)
from convscope.layers.preprocess import CenterCrop, Resize
from convscope.shapes import CHW, Shape, pair

NAMES = {
    "BatchNorm2d": "BN",
    "LocalResponseNorm": "LRN",
    "ReLU": "ReLU",
    "ReLU6": "ReLU6",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "GlobalAvgPool2d": "global avg pool",
    "Normalize": "normalise",
    "GlobalContrastNorm": "contrast norm",
    "ZcaWhiten": "whitening",
    "ZeroPad2d": "zero pad",
}
KINDS = {
    "Conv2d": "conv",
    "PartialConv2d": "conv",
    "LocallyConnected2d": "conv",
    "MaxPool2d": "pool",
    "AvgPool2d": "pool",
    "GlobalAvgPool2d": "pool",
    "AdaptiveAvgPool2d": "pool",
    "TrainableSubsample2d": "pool",
    "BatchNorm2d": "norm",
    "LocalResponseNorm": "norm",
    "Linear": "linear",
    "EuclideanRBF": "linear",
}
FOLLOWERS = frozenset(
    [
        "BatchNorm2d",
        "LocalResponseNorm",
        "ReLU",
        "ReLU6",
        "Tanh",
        "ScaledTanh",
        "Sigmoid",
        "Softmax",
        "Dropout",
    ]
)
"""Layers that are written behind the one before them."""


def kind(layer: Layer) -> str:
    """The colour group of a layer."""
    return KINDS.get(layer.type, "other")


def by(size: Size) -> str:
    """3 -> `3×3`."""
    height, width = pair(size)
    return f"{height}×{width}"


def _stride(stride: Size) -> str:
    height, width = pair(stride)
    if (height, width) == (1, 1):
        return ""
    return f", /{height}" if height == width else f", /{height}×{width}"


def label(layer: Layer, before: Shape) -> str:
    """A layer in a few words: `3×3 conv, 64, /2`."""
    match layer:
        case Conv2d():
            return f"{by(layer.kernel_size)} conv, {layer.out_channels}" + _conv(layer, before)
        case PartialConv2d():
            what = f"{by(layer.kernel_size)} partial conv, {len(layer.table)}"
            return what + _stride(layer.stride)
        case LocallyConnected2d():
            what = f"{by(layer.kernel_size)} local, {layer.out_channels}"
            return what + _stride(layer.stride)
        case MaxPool2d() | AvgPool2d():
            stride = layer.kernel_size if layer.stride is None else layer.stride
            name = "max" if isinstance(layer, MaxPool2d) else "avg"
            return f"{by(layer.kernel_size)} {name} pool" + _stride(stride)
        case AdaptiveAvgPool2d():
            whole = pair(layer.output_size) == (1, 1)
            return "global avg pool" if whole else f"avg pool to {by(layer.output_size)}"
        case TrainableSubsample2d():
            return f"{by(layer.kernel_size)} subsampling" + _stride(layer.kernel_size)
        case Linear():
            return f"linear, {layer.out_features}"
        case EuclideanRBF():
            return f"RBF, {len(layer.centres)}"
        case ScaledTanh():
            return f"{layer.amplitude:.3g} tanh"
        case Dropout():
            return f"dropout {layer.p:g}"
        case ZeroPadShortcut():
            return f"zero pad, {layer.out_channels}" + _stride(layer.stride)
        case Resize():
            return f"resize {by(layer.size) if isinstance(layer.size, tuple) else layer.size}"
        case CenterCrop():
            return f"crop {by(layer.size)}"
        case _:
            return NAMES.get(layer.type, layer.type)


def _conv(layer: Conv2d, before: Shape) -> str:
    more = _stride(layer.stride)
    if pair(layer.dilation) != (1, 1):
        more += f", dilation {by(layer.dilation)}"
    if layer.groups > 1:
        each = isinstance(before, CHW) and layer.groups == before.channels
        more += ", depthwise" if each else f", {layer.groups} groups"
    return more
