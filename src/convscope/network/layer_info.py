"""Role, label and kernels of the layers of any module, by path.

A network built by convscope takes them from its architecture. Any other torch module has none, so
this is the one file that asks for torch classes.
"""

from typing import NamedTuple

from torch import Tensor, nn

from convscope.layers import Layer
from convscope.layers.base import Role
from convscope.network.build import Network
from convscope.shapes import CHW, Shape

TORCH_ROLES: tuple[tuple[tuple[type[nn.Module], ...], Role], ...] = (
    ((nn.Conv2d,), "convolution"),
    ((nn.Linear,), "linear"),
    (
        (
            nn.ReLU,
            nn.ReLU6,
            nn.LeakyReLU,
            nn.PReLU,
            nn.ELU,
            nn.GELU,
            nn.SiLU,
            nn.Hardswish,
            nn.Tanh,
            nn.Sigmoid,
            nn.Softmax,
        ),
        "activation",
    ),
    (
        (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.LPPool2d),
        "pooling",
    ),
    ((nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm, nn.LocalResponseNorm), "normalisation"),
    ((nn.Dropout, nn.Dropout2d), "dropout"),
    ((nn.ZeroPad2d,), "padding"),
    ((nn.Flatten, nn.Identity), "shape"),
)


class LayerInfo(NamedTuple):
    """One layer of a network.

    Attributes:
        role: None for compositions and for torch modules of unknown classes.
        label: a few words, as `3×3 conv, 64, /2`; the class name for a module of somebody else.
        num_groups: independent groups of channels, as in a grouped convolution.
        in_channels: channels of the input; None where they are not known.
        kernels: shared kernels, (K, C / groups, H, W); None where the layer has none.
    """

    role: Role | None
    label: str
    num_groups: int = 1
    in_channels: int | None = None
    kernels: Tensor | None = None


def layer_info(network: nn.Module) -> dict[str, LayerInfo]:
    """All modules below the network itself by path, in network order."""
    modules = {path: module for path, module in network.named_modules() if path}
    info = {path: _of_module(module) for path, module in modules.items()}
    if isinstance(network, Network):
        for step in network.architecture.trace.steps:
            if isinstance(step.operation, Layer):
                info[step.path] = _of_layer(
                    step.operation, step.input_shapes[0], modules[step.path]
                )
    return info


def _of_layer(layer: Layer, input: Shape, module: nn.Module) -> LayerInfo:
    return LayerInfo(
        layer.role,
        layer.label(input),
        layer.num_groups(),
        input.channels if isinstance(input, CHW) else None,
        layer.kernels(module),
    )


def _of_module(module: nn.Module) -> LayerInfo:
    roles = (role for classes, role in TORCH_ROLES if isinstance(module, classes))
    info = LayerInfo(next(roles, None), type(module).__name__)
    if not isinstance(module, nn.Conv2d):
        return info
    return info._replace(
        num_groups=module.groups, in_channels=module.in_channels, kernels=module.weight
    )
