"""Role, label and kernels of the layers of any module, by path.

A network built by convscope takes them from its architecture. Any other torch module has none, so
this is the one file that asks for torch classes.
"""

from typing import Literal, NamedTuple

from torch import Tensor, nn

from convscope.layers import Layer
from convscope.layers.base import Role
from convscope.network.build import Network
from convscope.shapes import CHW, Shape

TORCH_ROLES: dict[Role, str] = {
    "convolution": "Conv2d",
    "linear": "Linear",
    "activation": "ReLU ReLU6 LeakyReLU PReLU ELU GELU SiLU Hardswish Tanh Sigmoid Softmax "
    "Mish CELU SELU Softplus Hardtanh Hardsigmoid",
    "pooling": "MaxPool2d AvgPool2d AdaptiveAvgPool2d AdaptiveMaxPool2d LPPool2d",
    "normalisation": "BatchNorm2d GroupNorm LayerNorm InstanceNorm2d LocalResponseNorm",
    "dropout": "Dropout Dropout2d",
    "padding": "ZeroPad2d",
    "shape": "Flatten Identity",
}
"""Names of the classes of torch.nn with each role."""


CHANNELS_FIRST = (
    *(nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d),
)
PROBABILITIES = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid)
SATURATING = (nn.ReLU6, nn.Tanh, nn.Sigmoid, nn.Hardtanh, nn.Hardsigmoid)


class LayerInfo(NamedTuple):
    """One layer of a network.

    Attributes:
        role: None for compositions and for torch modules of unknown classes.
        label: a few words, as `3×3 conv, 64, /2`; the class name for a module of somebody else.
        num_groups: independent groups of channels, as in a grouped convolution.
        in_channels: channels of the input; None where they are not known.
        channels: the axis of the channels in a layer's maps; None where the layer does not say.
        kernels: shared kernels, (K, C / groups, H, W); None where the layer has none.
        saturates: whether large inputs give one and the same output.
        batch_statistics: whether it is a fixed scale and shift of each channel in evaluation.
        gives_probabilities: whether it is a softmax or sigmoid in a module of somebody else, where
            it may be a gate or the end of the network.
    """

    role: Role | None
    label: str
    num_groups: int = 1
    in_channels: int | None = None
    channels: Literal["first", "last"] | None = None
    kernels: Tensor | None = None
    saturates: bool = False
    batch_statistics: bool = False
    gives_probabilities: bool = False


def layer_info(network: nn.Module) -> dict[str, LayerInfo]:
    """Return the layers of a network by path, compositions included.

    The order is that in which a network of convscope runs, and in which the modules of another
    one were registered.
    """
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
        kernels=layer.kernels(module),
        saturates=layer.saturates,
        batch_statistics=layer.batch_statistics,
    )


def _of_module(module: nn.Module) -> LayerInfo:
    roles = (
        role
        for role, names in TORCH_ROLES.items()
        if isinstance(module, tuple(getattr(nn, name) for name in names.split()))
    )
    info = LayerInfo(
        next(roles, None),
        type(module).__name__,
        channels=_channels(module),
        saturates=isinstance(module, SATURATING),
        batch_statistics=isinstance(module, nn.BatchNorm2d),
        gives_probabilities=isinstance(module, PROBABILITIES),
    )
    if not isinstance(module, nn.Conv2d):
        return info
    return info._replace(
        num_groups=module.groups, in_channels=module.in_channels, kernels=module.weight
    )


def _channels(module: nn.Module) -> Literal["first", "last"] | None:
    """Return where a layer has its channels; a normalisation of one axis normalises the last."""
    if isinstance(module, CHANNELS_FIRST):
        return "first"
    if isinstance(module, nn.LayerNorm) and type(module).forward is nn.LayerNorm.forward:
        return "last" if len(module.normalized_shape) == 1 else None
    return "last" if isinstance(module, nn.Linear) else None
