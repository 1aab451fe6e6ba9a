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

TORCH_ROLES: dict[Role, str] = {
    "convolution": "Conv2d",
    "linear": "Linear",
    "activation": "ReLU ReLU6 LeakyReLU PReLU ELU GELU SiLU Hardswish Tanh Sigmoid Softmax",
    "pooling": "MaxPool2d AvgPool2d AdaptiveAvgPool2d AdaptiveMaxPool2d LPPool2d",
    "normalisation": "BatchNorm2d GroupNorm LayerNorm LocalResponseNorm",
    "dropout": "Dropout Dropout2d",
    "padding": "ZeroPad2d",
    "shape": "Flatten Identity",
}
"""Names of the classes of torch.nn with each role."""


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
    """Return the layers of a network by path, in network order, compositions included."""
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
    roles = (
        role
        for role, names in TORCH_ROLES.items()
        if isinstance(module, tuple(getattr(nn, name) for name in names.split()))
    )
    info = LayerInfo(next(roles, None), type(module).__name__)
    if not isinstance(module, nn.Conv2d):
        return info
    return info._replace(
        num_groups=module.groups, in_channels=module.in_channels, kernels=module.weight
    )
