"""Keras' layout: other axes, arrays by their place in a layer, biases before a norm.

Tensor names end in their axes: O outputs, I inputs, C channels, H height, W width.
"""

from collections.abc import Mapping

from torch import Tensor

from convscope.arch import Architecture
from convscope.shapes import CHW
from convscope.weights.names import Namer
from convscope.weights.slot import Slot, Turn, as_it_is

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


def keras_slots(
    architecture: Architecture, namer: Namer, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Slot]:
    """`layer.0`, `layer.1`, ... as Keras orders a layer's arrays: kernel, bias; or the norm's four.

    A convolution's bias before a norm has no place of its own here: y = BN(Wx + b) is a norm
    whose mean is smaller by b. See `fold`.
    """
    rename, maps = namer(architecture), flattened(architecture)
    found: dict[str, Slot] = {}
    first = True
    for step in architecture.trace.steps:
        if step.layer is None or not step.parameters:
            continue
        path, theirs = step.path, rename(step.path)
        match step.layer.role:
            case "convolution":
                out, inside, *window = shapes[f"{path}.weight"]
                shape = (*window, inside, out)
                found[f"{theirs}.0"] = Slot(f"{path}.weight", shape, _from_keras_axes)
                found[f"{theirs}.1"] = Slot(f"{path}.bias", (out,), as_it_is)
            case "linear":
                out, inside = shapes[f"{path}.weight"]
                turn = _from_channels_last(maps) if first else _transposed
                found[f"{theirs}.0"] = Slot(f"{path}.weight", (inside, out), turn)
                found[f"{theirs}.1"] = Slot(f"{path}.bias", (out,), as_it_is)
                first = False
            case "normalisation":
                for place, leaf in enumerate(BATCH_NORM):
                    key = f"{path}.{leaf}"
                    found[f"{theirs}.{place}"] = Slot(key, shapes[key], as_it_is)
    return found


def _from_keras_axes(kernels_HWIO: Tensor) -> Tensor:
    return kernels_HWIO.permute(3, 2, 0, 1).contiguous()


def _transposed(weights_IO: Tensor) -> Tensor:
    return weights_IO.T.contiguous()


def _from_channels_last(maps: CHW) -> Turn:
    """Keras writes maps out place by place, torch channel by channel."""

    def turn(weights_IO: Tensor) -> Tensor:
        weights_HWCO = weights_IO.reshape(maps.height, maps.width, maps.channels, -1)
        return weights_HWCO.permute(3, 2, 0, 1).reshape(weights_IO.shape[1], -1).contiguous()

    return turn


def fold(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Biases into the means of the norms behind them; the other epsilon into the variances."""
    folded = dict(weights)
    for key, tensor in weights.items():
        mean = _mean_after(key)
        if mean in weights:
            folded[mean] = folded[mean] - folded.pop(key)
        elif key.endswith(".running_var"):
            folded[key] = tensor + (EPS - OUR_EPS)
    return folded


def _mean_after(key: str) -> str:
    """The mean of the norm behind a convolution, by the key of the convolution's bias."""
    path, _, leaf = key.rpartition(".")
    block, _, name = path.rpartition(".")
    if leaf != "bias" or not name.startswith("conv"):
        return ""
    norm = f"norm{name.removeprefix('conv')}.running_mean"
    return f"{block}.{norm}" if block else norm
