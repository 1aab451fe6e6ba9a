"""The kernels of a convolution, as pictures.

Axes: K output channels, C input channels of a group, H height, W width.
"""

import math

import numpy as np
from numpy.typing import NDArray
from torch import nn

from convscope.errors import InputError
from convscope.layers.modules import PartialConv2d
from convscope.network import module_at
from convscope.visuals.payload import ImageGrid, Scale

MOST_KERNELS = 256
APPLIES_TO = (nn.Conv2d, PartialConv2d)


def compute(
    network: nn.Module, *, layer: str | None = None, max_kernels: int = MOST_KERNELS
) -> ImageGrid:
    """The kernels of one convolution, on one scale.

    One input channel: a tile for each kernel, blue below 0, white at 0, red above. Three: colour
    pictures, mid-grey at 0. Otherwise a row for each kernel and a column for each input channel.

    Args:
        layer: its path; without it the first convolution, which the caption names.
        max_kernels: tiles to show at most; the caption says what was left out.

    Raises:
        InputError: no such layer, or one without kernels.
    """
    if max_kernels < 1:
        raise InputError(f"max_kernels is {max_kernels}", expected="1 or more")
    path = layer if layer is not None else first_convolution(network)
    weight_KCHW = _kernels(network, path)
    num_kernels, channels, height, width = weight_KCHW.shape
    scale = Scale.around(weight_KCHW, label="weight")
    shown = min(num_kernels, max_kernels)
    columns: int | None = None
    if channels == 3:
        tiles = weight_KCHW[:shown].transpose(0, 2, 3, 1)
        scale = Scale(colours="rgb", low=scale.low, high=scale.high, label="weight")
    elif channels == 1:
        tiles = weight_KCHW[:shown, 0]
    else:
        columns = min(channels, max_kernels)
        shown = min(num_kernels, max(1, max_kernels // columns))
        tiles = weight_KCHW[:shown, :columns].reshape(-1, height, width)
    return ImageGrid(
        title=f"kernels of {path}",
        caption=_caption(
            path, weight_KCHW.shape, shown=shown, columns=columns, chosen=layer is None
        ),
        tiles=tiles,
        scale=scale,
        columns=columns or math.ceil(math.sqrt(shown * 2)),
    )


def first_convolution(network: nn.Module) -> str:
    """The path of the first convolution.

    Raises:
        InputError: the network has none.
    """
    for path, module in network.named_modules():
        if isinstance(module, APPLIES_TO):
            return str(path)
    raise InputError("the network has no convolution", expected="at least one Conv2d")


def _kernels(network: nn.Module, path: str) -> NDArray[np.float32]:
    """(K, C, H, W)."""
    module = module_at(network, path)
    if isinstance(module, PartialConv2d):
        weight = module.dense_weight()
    elif isinstance(module, nn.Conv2d):
        weight = module.weight
    else:
        raise InputError(
            f"{path} is a {type(module).__name__}, which has no shared kernels",
            expected="a convolution",
            fix=f"as {first_convolution(network)}",
            where="layer",
        )
    made: NDArray[np.float32] = weight.detach().to("cpu").float().numpy()
    return made


def _caption(
    path: str, shape: tuple[int, ...], *, shown: int, columns: int | None, chosen: bool
) -> str:
    num_kernels, channels, height, width = shape
    parts = [f"{num_kernels} kernels of {channels} x {height} x {width}."]
    if columns is not None:
        parts.append("A row is a kernel, a column an input channel.")
    if channels == 3:
        parts.append("Channels as red, green and blue; mid-grey is 0.")
    if shown < num_kernels or (columns or channels) < channels:
        of_channels = f", the first {columns} channels of each" if columns else ""
        parts.append(f"The first {shown} kernels are shown{of_channels}.")
    if chosen:
        parts.append(f"{path} was picked: it is the first convolution.")
    return " ".join(parts)
