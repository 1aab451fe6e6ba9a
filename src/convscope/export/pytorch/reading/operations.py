"""Functions and methods of tensors that stand for layers, as in `F.max_pool2d(x, 2)`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from convscope.export.pytorch.reading.modules import REQUIRED


class Operation(NamedTuple):
    """A function of a tensor, as a class of torch.nn.

    Attributes:
        module: the class.
        parameters: those of the function behind the tensor, with defaults.
        name: the stem of the layer's name.
    """

    module: str
    parameters: Mapping[str, Any]
    name: str


def _parameters(text: str, **defaults: Any) -> dict[str, Any]:
    return {**dict.fromkeys(text.split(), REQUIRED), **defaults}


_PLAIN = _parameters("", inplace=False)
_DROP = _parameters("", p=0.5, training=True, inplace=False)

FUNCTIONS: Mapping[str, Operation] = {
    **{
        name: Operation(module, _PLAIN, stem)
        for name, module, stem in (
            ("relu", "ReLU", "relu"),
            ("relu_", "ReLU", "relu"),
            ("relu6", "ReLU6", "relu"),
            ("silu", "SiLU", "silu"),
            ("hardswish", "Hardswish", "hardswish"),
            ("hardsigmoid", "Hardsigmoid", "hardsigmoid"),
            ("sigmoid", "Sigmoid", "sigmoid"),
            ("sigmoid_", "Sigmoid", "sigmoid"),
            ("tanh", "Tanh", "tanh"),
            ("tanh_", "Tanh", "tanh"),
        )
    },
    "gelu": Operation("GELU", _parameters("", approximate="none"), "gelu"),
    "elu": Operation("ELU", _parameters("", alpha=1.0, inplace=False), "elu"),
    "leaky_relu": Operation(
        "LeakyReLU", _parameters("", negative_slope=0.01, inplace=False), "relu"
    ),
    "softmax": Operation("Softmax", _parameters("", dim=None, dtype=None), "softmax"),
    "dropout": Operation("Dropout", _DROP, "drop"),
    "max_pool2d": Operation(
        "MaxPool2d",
        _parameters(
            "kernel_size", stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
        ),
        "pool",
    ),
    "avg_pool2d": Operation(
        "AvgPool2d",
        _parameters(
            "kernel_size",
            stride=None,
            padding=0,
            ceil_mode=False,
            count_include_pad=True,
            divisor_override=None,
        ),
        "pool",
    ),
    "adaptive_avg_pool2d": Operation("AdaptiveAvgPool2d", _parameters("output_size"), "pool"),
    "adaptive_max_pool2d": Operation("AdaptiveMaxPool2d", _parameters("output_size"), "pool"),
    "local_response_norm": Operation(
        "LocalResponseNorm", _parameters("size", alpha=1e-4, beta=0.75, k=1.0), "norm"
    ),
    "interpolate": Operation(
        "Upsample",
        _parameters(
            "",
            size=None,
            scale_factor=None,
            mode="nearest",
            align_corners=None,
            recompute_scale_factor=None,
        ),
        "upsample",
    ),
    "pixel_shuffle": Operation("PixelShuffle", _parameters("upscale_factor"), "shuffle"),
    "pixel_unshuffle": Operation("PixelUnshuffle", _parameters("downscale_factor"), "unshuffle"),
    "channel_shuffle": Operation("ChannelShuffle", _parameters("groups"), "shuffle"),
}
"""Functions of torch and torch.nn.functional; many are methods of tensors too."""

PASSING = frozenset(
    ("contiguous", "clone", "float", "to", "cpu", "cuda", "type", "detach", "requires_grad_")
)
"""Methods that change no number of a tensor in float32."""

IGNORED_CALLS = (
    "torch.nn.init.",
    "torch.manual_seed",
    "torch.set_",
    "torch.backends.",
)
"""Functions whose calls change no architecture."""
