"""Each layer as the call that makes its torch module: callee and arguments, as data."""

from dataclasses import dataclass
from typing import NamedTuple

from convscope.layers import (
    AdaptiveAvgPool2d,
    AnyLayer,
    AvgPool2d,
    BatchNorm2d,
    CenterCrop,
    Conv2d,
    Dropout,
    EuclideanRBF,
    GlobalAvgPool2d,
    GlobalContrastNorm,
    Linear,
    LocallyConnected2d,
    LocalResponseNorm,
    MaxPool2d,
    Normalize,
    PartialConv2d,
    Resize,
    ScaledTanh,
    Softmax,
    TrainableSubsample2d,
    ZcaWhiten,
    ZeroPad2d,
    ZeroPadShortcut,
)
from convscope.shapes import CHW, Pair, Shape, pair


class Required(NamedTuple):
    """The default of an argument that has none."""


REQUIRED = Required()


class Constant(str):
    """The name of a constant of the module, to be written without quotes."""


@dataclass(frozen=True)
class Argument:
    """A value with its name and default; `positional` ones are written without the name."""

    name: str
    value: object
    default: object = REQUIRED
    positional: bool = False


@dataclass(frozen=True)
class LayerCall:
    """`callee(arguments)`."""

    callee: str
    arguments: tuple[Argument, ...] = ()


class Constants:
    """Long literals that stand at the top of the file, by name; equal ones once."""

    def __init__(self) -> None:
        self.names: dict[object, str] = {}

    def name(self, stem: str, value: object) -> Constant:
        """The name of a value, new or known."""
        if value not in self.names:
            number = sum(name.startswith(stem) for name in self.names.values()) + 1
            self.names[value] = stem if number == 1 else f"{stem}_{number}"
        return Constant(self.names[value])


def layer_call(layer: AnyLayer, input: Shape, constants: Constants) -> LayerCall:
    """How to make the module of a layer for that input.

    Layers that no function below names take no arguments and stand in torch under their name.
    """
    channels = input.channels if isinstance(input, CHW) else input.features
    found = (
        _weighted(layer, channels, input, constants)
        or _pooling(layer, channels)
        or _normalisation(layer, channels)
        or _pixels(layer, input)
        or _other(layer, channels)
    )
    return found or LayerCall(f"nn.{layer.type}")


def _short(size: int | Pair | None) -> int | Pair | None:
    """(3, 3) -> 3."""
    if isinstance(size, tuple) and size[0] == size[1]:
        return size[0]
    return size


def _plain(name: str, value: object) -> Argument:
    return Argument(name, value, positional=True)


def _weighted(
    layer: AnyLayer, channels: int, input: Shape, constants: Constants
) -> LayerCall | None:
    match layer:
        case Conv2d():
            return LayerCall(
                "nn.Conv2d",
                (
                    _plain("in_channels", channels),
                    _plain("out_channels", layer.out_channels),
                    Argument("kernel_size", _short(layer.kernel_size)),
                    Argument("stride", _short(layer.stride), 1),
                    Argument("padding", _short(layer.padding), 0),
                    Argument("dilation", _short(layer.dilation), 1),
                    Argument("groups", layer.groups, 1),
                    Argument("bias", layer.bias, True),
                ),
            )
        case PartialConv2d():
            table = constants.name("TABLE", layer.table)
            known = (_plain("in_channels", channels), _plain("table", table))
            return LayerCall("PartialConv2d", known + _window(layer))
        case LocallyConnected2d():
            output = layer.output_shape(input)
            placed = (
                _plain("in_channels", channels),
                _plain("out_channels", layer.out_channels),
                Argument("output_size", tuple(output[1:])),
            )
            return LayerCall("LocallyConnected2d", placed + _window(layer))
        case Linear():
            return LayerCall(
                "nn.Linear",
                (
                    _plain("in_features", channels),
                    _plain("out_features", layer.out_features),
                    Argument("bias", layer.bias, True),
                ),
            )
        case EuclideanRBF():
            centres = constants.name("CENTRES", layer.centres)
            return LayerCall("EuclideanRBF", (_plain("centres", centres),))
    return None


def _window(layer: PartialConv2d | LocallyConnected2d) -> tuple[Argument, ...]:
    return (
        Argument("kernel_size", pair(layer.kernel_size)),
        Argument("stride", pair(layer.stride), (1, 1)),
        Argument("padding", pair(layer.padding), (0, 0)),
        Argument("bias", layer.bias, True),
    )


def _pooling(layer: AnyLayer, channels: int) -> LayerCall | None:
    match layer:
        case MaxPool2d() | AvgPool2d():
            arguments = (
                _plain("kernel_size", _short(layer.kernel_size)),
                Argument("stride", _short(layer.stride), None),
                Argument("padding", _short(layer.padding), 0),
                Argument("ceil_mode", layer.ceil_mode, False),
            )
            if isinstance(layer, MaxPool2d):
                last = Argument("dilation", _short(layer.dilation), 1)
            else:
                last = Argument("count_include_pad", layer.count_include_pad, True)
            return LayerCall(f"nn.{layer.type}", (*arguments, last))
        case AdaptiveAvgPool2d():
            size = _plain("output_size", _short(layer.output_size))
            return LayerCall("nn.AdaptiveAvgPool2d", (size,))
        case GlobalAvgPool2d():
            return LayerCall("GlobalAvgPool2d")
        case TrainableSubsample2d():
            size = Argument("kernel_size", pair(layer.kernel_size))
            return LayerCall("TrainableSubsample2d", (_plain("channels", channels), size))
    return None


def _normalisation(layer: AnyLayer, channels: int) -> LayerCall | None:
    match layer:
        case BatchNorm2d():
            return LayerCall(
                "nn.BatchNorm2d",
                (
                    _plain("num_features", channels),
                    Argument("eps", layer.eps, 1e-5),
                    Argument("momentum", layer.momentum, 0.1),
                    Argument("affine", layer.affine, True),
                ),
            )
        case LocalResponseNorm():
            # torch divides alpha by the size; the paper does not
            alpha = layer.alpha * layer.size if layer.alpha_per == "sum" else layer.alpha
            return LayerCall(
                "nn.LocalResponseNorm",
                (
                    _plain("size", layer.size),
                    Argument("alpha", alpha, 1e-4),
                    Argument("beta", layer.beta, 0.75),
                    Argument("k", layer.k, 1.0),
                ),
            )
    return None


def _pixels(layer: AnyLayer, input: Shape) -> LayerCall | None:
    match layer:
        case Normalize():
            return LayerCall(
                "Normalize", (Argument("mean", layer.mean), Argument("std", layer.std))
            )
        case Resize():
            mode = _plain("interpolation", layer.interpolation)
            return LayerCall("Resize", (_plain("size", layer.size), mode))
        case CenterCrop():
            return LayerCall("CenterCrop", (_plain("size", pair(layer.size)),))
        case GlobalContrastNorm():
            contrast = Argument("scale", layer.scale), Argument("epsilon", layer.epsilon)
            return LayerCall("GlobalContrastNorm", contrast)
        case ZcaWhiten():
            return LayerCall("ZcaWhiten", (_plain("size", input.numel),))
    return None


def _other(layer: AnyLayer, channels: int) -> LayerCall | None:
    match layer:
        case ScaledTanh():
            curve = Argument("amplitude", layer.amplitude), Argument("slope", layer.slope)
            return LayerCall("ScaledTanh", curve)
        case Softmax():
            return LayerCall("nn.Softmax", (Argument("dim", 1),))
        case Dropout():
            return LayerCall("nn.Dropout", (_plain("p", layer.p),))
        case ZeroPad2d():  # torch has the sides of the width first
            sides = (layer.left, layer.right, layer.top, layer.bottom)
            return LayerCall("nn.ZeroPad2d", (_plain("padding", sides),))
        case ZeroPadShortcut():
            missing = Argument("missing", layer.out_channels - channels)
            return LayerCall("ZeroPadShortcut", (missing, Argument("stride", layer.stride)))
    return None
