"""Modules of torch.nn, and of the classes that exported files carry, as layers.

A row is the name, the parameters of its `__init__` with their defaults, the parameter that states
the size of the input, and the layer made of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convscope import layers as ours
from convscope.layers import Layer
from convscope.shapes import Shape

REQUIRED = object()
IGNORED = frozenset({"device", "dtype", "inplace"})
"""Parameters that change no network."""

Values = Mapping[str, Any]


class Row(NamedTuple):
    """A class of modules.

    Attributes:
        parameters: names with defaults, in the order of the call.
        layer: the layer of these values; a layer that depends on its input is a function of it.
        states: the parameter with the size of the input.
        fixed: parameters that must have these values.
    """

    parameters: Mapping[str, Any]
    layer: Callable[[Values], Layer | Callable[[Shape], Layer]]
    states: str = ""
    fixed: Mapping[str, Any] = {}


def short(value: Any) -> Any:
    """(3, 3) -> 3; lists become tuples, and whole floats whole numbers where a size is meant."""
    if isinstance(value, list | tuple):
        pair = tuple(value)
        return pair[0] if len(pair) == 2 and pair[0] == pair[1] else pair
    return value


def _size(value: Any) -> Any:
    """Return a size of a resize, where (28, 28) and 28 are two things."""
    return tuple(value) if isinstance(value, list | tuple) else value


def _sizes(values: Values, *names: str) -> dict[str, Any]:
    return {name: short(values[name]) for name in names}


def _conv(values: Values) -> Layer:
    sizes = _sizes(values, "kernel_size", "stride", "padding", "dilation")
    if sizes["padding"] == "valid":
        sizes["padding"] = 0
    others = {name: values[name] for name in ("out_channels", "groups", "bias", "padding_mode")}
    return ours.Conv2d(**sizes, **others)


def _same_conv(values: Values) -> Layer:
    sizes = _sizes(values, "kernel_size", "stride", "dilation")
    others = {name: values[name] for name in ("out_channels", "groups", "bias", "padding_mode")}
    is_torchs = others["padding_mode"] != "zeros" and sizes["stride"] == 1
    padding: Any = "same" if is_torchs else "same_tensorflow"
    return ours.Conv2d(padding=padding, **sizes, **others)


def _transposed(values: Values) -> Layer:
    sizes = _sizes(values, "kernel_size", "stride", "padding", "output_padding", "dilation")
    others = {name: values[name] for name in ("out_channels", "groups", "bias")}
    return ours.ConvTranspose2d(**sizes, **others)


def _pool(kind: Callable[..., Layer], *others: str) -> Callable[[Values], Layer]:
    def build(values: Values) -> Layer:
        sizes = _sizes(values, "kernel_size", "stride", "padding")
        return kind(**sizes, **{name: short(values[name]) for name in others})

    return build


def _same_pool(kind: Callable[..., Layer]) -> Callable[[Values], Layer]:
    def build(values: Values) -> Layer:
        sizes = {name: short(value) for name, value in values.items()}
        sizes["stride"] = None if sizes["stride"] == sizes["kernel_size"] else sizes["stride"]
        return kind(padding="same_tensorflow", **sizes)

    return build


def _adaptive(
    whole: Callable[[], Layer] | None, kind: Callable[..., Layer]
) -> Callable[[Values], Layer]:
    def build(values: Values) -> Layer:
        size = short(values["output_size"])
        return whole() if whole and size == 1 else kind(size)

    return build


def _normalised(values: Values) -> Layer:
    size, alpha = values["size"], float(values["alpha"])
    beta, k = float(values["beta"]), float(values["k"])
    default = ours.LocalResponseNorm().alpha
    if abs(alpha / size - default) < 1e-12:  # torch divides alpha by the size
        return ours.LocalResponseNorm(size, default, beta, k)
    return ours.LocalResponseNorm(size, alpha, beta, k, "mean")


def _zero_pad(values: Values) -> Layer:
    padding = values["padding"]
    sides = (padding,) * 4 if isinstance(padding, int) else tuple(padding)
    left, right, top, bottom = sides
    return ours.ZeroPad2d(top=top, bottom=bottom, left=left, right=right)


def _upsample(values: Values) -> Layer:
    factor = values["scale_factor"]
    pair = factor if isinstance(factor, list | tuple) else (factor, factor)
    return ours.Upsample(short(tuple(int(each) for each in pair)), values["mode"])


def _missing(values: Values) -> Callable[[Shape], Layer]:
    """Return the shortcut that adds channels of zeros: ours states how many there are then."""
    return lambda shape: ours.ZeroPadShortcut(shape[0] + values["missing"], values["stride"])


def _plain(kind: Callable[..., Layer], *names: str) -> Callable[[Values], Layer]:
    return lambda values: kind(**{name: short(values[name]) for name in names})


def _parameters(text: str, **defaults: Any) -> dict[str, Any]:
    return {**dict.fromkeys(text.split(), REQUIRED), **defaults}


CONV = _parameters(
    "in_channels out_channels kernel_size",
    stride=1,
    padding=0,
    dilation=1,
    groups=1,
    bias=True,
    padding_mode="zeros",
)
MAX_POOL = _parameters(
    "kernel_size", stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
)
AVERAGE_POOL = _parameters(
    "kernel_size",
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
)
NORM = _parameters("num_features", eps=1e-5, momentum=0.1, affine=True, track_running_stats=True)

NN: Mapping[str, Row] = {
    "Conv2d": Row(CONV, _conv, "in_channels"),
    "ConvTranspose2d": Row(
        _parameters(
            "in_channels out_channels kernel_size",
            stride=1,
            padding=0,
            output_padding=0,
            groups=1,
            bias=True,
            dilation=1,
            padding_mode="zeros",
        ),
        _transposed,
        "in_channels",
        {"padding_mode": "zeros"},
    ),
    "Linear": Row(
        _parameters("in_features out_features", bias=True),
        _plain(ours.Linear, "out_features", "bias"),
        "in_features",
    ),
    "MaxPool2d": Row(
        MAX_POOL, _pool(ours.MaxPool2d, "dilation", "ceil_mode"), "", {"return_indices": False}
    ),
    "AvgPool2d": Row(
        AVERAGE_POOL,
        _pool(ours.AvgPool2d, "ceil_mode", "count_include_pad"),
        "",
        {"divisor_override": None},
    ),
    "AdaptiveAvgPool2d": Row(_parameters("output_size"), _adaptive(None, ours.AdaptiveAvgPool2d)),
    "AdaptiveMaxPool2d": Row(
        _parameters("output_size", return_indices=False),
        _adaptive(ours.GlobalMaxPool2d, ours.AdaptiveMaxPool2d),
        "",
        {"return_indices": False},
    ),
    "BatchNorm2d": Row(
        NORM,
        _plain(ours.BatchNorm2d, "eps", "momentum", "affine"),
        "num_features",
        {"track_running_stats": True},
    ),
    "InstanceNorm2d": Row(
        _parameters(
            "num_features", eps=1e-5, momentum=0.1, affine=False, track_running_stats=False
        ),
        _plain(ours.InstanceNorm2d, "eps", "affine"),
        "num_features",
        {"track_running_stats": False},
    ),
    "GroupNorm": Row(
        _parameters("num_groups num_channels", eps=1e-5, affine=True),
        lambda v: ours.GroupNorm(v["num_groups"], eps=v["eps"], affine=v["affine"]),
        "num_channels",
    ),
    "LocalResponseNorm": Row(_parameters("size", alpha=1e-4, beta=0.75, k=1.0), _normalised),
    "ReLU": Row(_parameters("", inplace=False), _plain(ours.ReLU)),
    "ReLU6": Row(_parameters("", inplace=False), _plain(ours.ReLU6)),
    "LeakyReLU": Row(
        _parameters("", negative_slope=0.01, inplace=False),
        _plain(ours.LeakyReLU, "negative_slope"),
    ),
    "PReLU": Row(
        _parameters("", num_parameters=1, init=0.25),
        lambda v: ours.PReLU(per_channel=v["num_parameters"] > 1, init=float(v["init"])),
    ),
    "ELU": Row(
        _parameters("", alpha=1.0, inplace=False), lambda v: ours.ELU(alpha=float(v["alpha"]))
    ),
    "GELU": Row(_parameters("", approximate="none"), _plain(ours.GELU, "approximate")),
    "SiLU": Row(_parameters("", inplace=False), _plain(ours.SiLU)),
    "Hardswish": Row(_parameters("", inplace=False), _plain(ours.Hardswish)),
    "Hardsigmoid": Row(_parameters("", inplace=False), _plain(ours.Hardsigmoid)),
    "Tanh": Row(_parameters(""), _plain(ours.Tanh)),
    "Sigmoid": Row(_parameters(""), _plain(ours.Sigmoid)),
    "Softmax": Row(_parameters("", dim=None), _plain(ours.Softmax)),
    "Flatten": Row(
        _parameters("", start_dim=1, end_dim=-1),
        _plain(ours.Flatten),
        "",
        {"start_dim": 1, "end_dim": -1},
    ),
    "Dropout": Row(_parameters("", p=0.5, inplace=False), _plain(ours.Dropout, "p")),
    "Identity": Row(_parameters(""), _plain(ours.Identity)),
    "ZeroPad2d": Row(_parameters("padding"), _zero_pad),
    "ChannelShuffle": Row(_parameters("groups"), _plain(ours.ChannelShuffle, "groups")),
    "PixelShuffle": Row(_parameters("upscale_factor"), _plain(ours.PixelShuffle, "upscale_factor")),
    "PixelUnshuffle": Row(
        _parameters("downscale_factor"), _plain(ours.PixelUnshuffle, "downscale_factor")
    ),
    "Upsample": Row(
        _parameters(
            "",
            size=None,
            scale_factor=None,
            mode="nearest",
            align_corners=None,
            recompute_scale_factor=None,
        ),
        _upsample,
        "",
        {"size": None},
    ),
}
"""Classes of torch.nn."""

CARRIED: Mapping[str, Row] = {
    "SameConv2d": Row(
        _parameters(
            "in_channels out_channels kernel_size",
            stride=1,
            dilation=1,
            groups=1,
            bias=True,
            padding_mode="zeros",
        ),
        _same_conv,
        "in_channels",
    ),
    "PartialConv2d": Row(
        _parameters("in_channels table kernel_size", stride=1, padding=0, bias=True),
        lambda v: ours.PartialConv2d(
            table=v["table"],
            **_sizes(v, "kernel_size", "stride", "padding"),
            bias=v["bias"],
        ),
        "in_channels",
    ),
    "LocallyConnected2d": Row(
        _parameters(
            "in_channels out_channels output_size kernel_size", stride=1, padding=0, bias=True
        ),
        lambda v: ours.LocallyConnected2d(
            v["out_channels"], **_sizes(v, "kernel_size", "stride", "padding"), bias=v["bias"]
        ),
        "in_channels",
    ),
    "SameMaxPool2d": Row(_parameters("kernel_size stride", dilation=1), _same_pool(ours.MaxPool2d)),
    "SameAvgPool2d": Row(_parameters("kernel_size stride"), _same_pool(ours.AvgPool2d)),
    "GlobalAvgPool2d": Row(_parameters(""), _plain(ours.GlobalAvgPool2d)),
    "TrainableSubsample2d": Row(
        _parameters("channels kernel_size"),
        _plain(ours.TrainableSubsample2d, "kernel_size"),
        "channels",
    ),
    "LayerNorm2d": Row(
        _parameters("channels", eps=1e-6, affine=True),
        _plain(ours.LayerNorm2d, "eps", "affine"),
        "channels",
    ),
    "GlobalResponseNorm": Row(
        _parameters("channels", eps=1e-6), _plain(ours.GlobalResponseNorm, "eps"), "channels"
    ),
    "LayerScale": Row(
        _parameters("channels", init=1e-6),
        lambda v: ours.LayerScale(init=float(v["init"])),
        "channels",
    ),
    "ScaledTanh": Row(
        _parameters("amplitude slope"), _plain(ours.ScaledTanh, "amplitude", "slope")
    ),
    "EuclideanRBF": Row(_parameters("centres"), lambda v: ours.EuclideanRBF(centres=v["centres"])),
    "SelectChannels": Row(
        _parameters("start stop"), lambda v: ours.SelectChannels(v["start"], v["stop"])
    ),
    "StochasticDepth": Row(_parameters("p"), _plain(ours.StochasticDepth, "p")),
    "ZeroPadShortcut": Row(_parameters("missing stride"), _missing),
    "Resize": Row(
        _parameters("size interpolation", rounding="none"),
        lambda v: ours.Resize(_size(v["size"]), v["interpolation"], v["rounding"]),
    ),
    "CenterCrop": Row(_parameters("size"), _plain(ours.CenterCrop, "size")),
    "ReverseChannels": Row(_parameters(""), _plain(ours.ReverseChannels)),
    "Normalize": Row(
        _parameters("mean std"), lambda v: ours.Normalize(mean=v["mean"], std=v["std"])
    ),
    "GlobalContrastNorm": Row(
        _parameters("scale epsilon"), _plain(ours.GlobalContrastNorm, "scale", "epsilon")
    ),
}
"""Classes of `layers/torch/`, as exported files carry them."""
