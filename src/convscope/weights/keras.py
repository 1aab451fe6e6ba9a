"""Keras' layout: other axes, numbered arrays of a layer, biases before a normalisation.

Tensor names end in their axes: O outputs, I inputs, C channels, H height, W width.
"""

from collections.abc import Mapping

from torch import Tensor

from convscope.arch import Architecture
from convscope.shapes import CHW
from convscope.weights.names import Namer
from convscope.weights.source_tensor import Conversion, SourceTensor, unchanged

BATCH_NORM = ("weight", "bias", "running_mean", "running_var")
EPS = 1.001e-5  # of Keras' ResNets
OUR_EPS = 1e-5


def flattened(architecture: Architecture) -> CHW:
    """Return the shape of the feature maps that become a vector first."""
    for step in architecture.trace.steps:
        maps = step.input_shapes[0]
        if isinstance(maps, CHW) and not isinstance(step.output_shape, CHW):
            return maps
    raise AssertionError(f"{architecture.name} has no fully connected layer")


def keras_tensors(
    architecture: Architecture, namer: Namer, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, SourceTensor]:
    """Return the arrays of Keras' layers as `layer.0`, `layer.1`, ...

    Keras' order is kernel, bias; for batch normalisation gamma, beta, mean, variance. Our
    convolutions before a normalisation have no bias: y = BN(Wx + b) is a normalisation whose
    mean is smaller by b. See `fold_biases`.
    """
    rename, maps = namer(architecture), flattened(architecture)
    tensors: dict[str, SourceTensor] = {}
    first = True
    for step in architecture.trace.steps:
        if step.layer is None or not step.parameters:
            continue
        path, theirs = step.path, rename(step.path)
        match step.layer.role:
            case "convolution":
                out, inside, *window = shapes[f"{path}.weight"]
                shape = (*window, inside, out)
                tensors[f"{theirs}.0"] = SourceTensor(f"{path}.weight", shape, _to_our_axes)
                tensors[f"{theirs}.1"] = SourceTensor(f"{path}.bias", (out,), unchanged)
            case "linear":
                out, inside = shapes[f"{path}.weight"]
                convert = _from_channels_last(maps) if first else _to_our_axes
                tensors[f"{theirs}.0"] = SourceTensor(f"{path}.weight", (inside, out), convert)
                tensors[f"{theirs}.1"] = SourceTensor(f"{path}.bias", (out,), unchanged)
                first = False
            case "normalisation":
                for number, leaf in enumerate(BATCH_NORM):
                    key = f"{path}.{leaf}"
                    tensors[f"{theirs}.{number}"] = SourceTensor(key, shapes[key], unchanged)
    return tensors


def _to_our_axes(weights: Tensor) -> Tensor:
    """(H, W, I, O) -> (O, I, H, W) of a convolution; (I, O) -> (O, I) of a linear layer."""
    axes = (3, 2, 0, 1) if weights.ndim == 4 else (1, 0)
    return weights.permute(axes).contiguous()


def _from_channels_last(maps: CHW) -> Conversion:
    """Keras flattens position by position, torch channel by channel."""

    def convert(weights_IO: Tensor) -> Tensor:
        weights_HWCO = weights_IO.reshape(maps.height, maps.width, maps.channels, -1)
        return weights_HWCO.permute(3, 2, 0, 1).reshape(weights_IO.shape[1], -1).contiguous()

    return convert


def fold_biases(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Move biases into the running means after them, and Keras' epsilon into the variances."""
    folded = dict(weights)
    for key, tensor in weights.items():
        mean = _mean_after(key)
        if mean in weights:
            folded[mean] = folded[mean] - folded.pop(key)
        elif key.endswith(".running_var"):
            folded[key] = tensor + (EPS - OUR_EPS)
    return folded


def _mean_after(key: str) -> str:
    """Return the key of the running mean after a convolution, by the key of its bias."""
    path, _, leaf = key.rpartition(".")
    block, _, name = path.rpartition(".")
    if leaf != "bias" or not name.startswith("conv"):
        return ""
    norm = f"norm{name.removeprefix('conv')}.running_mean"
    return f"{block}.{norm}" if block else norm
