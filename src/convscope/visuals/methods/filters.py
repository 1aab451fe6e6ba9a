"""The kernels of a convolution, as pictures.

Axes: K output channels, C input channels of a group, H height, W width.
"""

import math

import numpy as np
from numpy.typing import NDArray
from torch import nn

from convscope.errors import InputError
from convscope.layers.torch.conv import PartialConv2d
from convscope.network import module_at
from convscope.payload import ImageGrid, Scale, Sheet
from convscope.visuals.attribution.score import positive

MOST_KERNELS = 256
APPLIES_TO = (nn.Conv2d, PartialConv2d)

Kernels = NDArray[np.float32]


def compute(
    network: nn.Module, *, layer: str | None = None, max_kernels: int = MOST_KERNELS
) -> ImageGrid | Sheet:
    """The kernels of one convolution, on one scale.

    One input channel: a tile for each kernel, blue below 0, white at 0, red above. Three: colour
    pictures, mid-grey at 0. Otherwise a row for each kernel and a column for each input channel.
    Kernels that lie in parts of the network that do not see each other, as AlexNet's 48 + 48 on
    two GPUs, are shown apart.

    Args:
        layer: its path; without it the first convolution, which the caption names.
        max_kernels: tiles to show at most; the caption says what was left out.

    Raises:
        InputError: no such layer, or one without kernels.
    """
    positive(max_kernels, name="max_kernels")
    path = layer if layer is not None else first_convolution(network)
    parts, why = towers(network, path)
    if parts == 1:
        return grid(network, layer=layer, max_kernels=max_kernels)
    weight_KCHW = _kernels(network, path)
    limit = Scale.around(weight_KCHW, label="weight")
    each = max(1, max_kernels // parts)
    pieces = np.split(weight_KCHW, parts)
    chosen = "" if layer is not None else f" {path} was picked: it is the first convolution."
    return Sheet(
        title=f"kernels of {path}",
        caption=f"{' + '.join(str(len(piece)) for piece in pieces)} kernels: {why}.{chosen}",
        items=tuple(
            _grid(f"{path}, part {i + 1} of {parts}", piece, limit, each, picked="")
            for i, piece in enumerate(pieces)
        ),
    )


def grid(
    network: nn.Module, *, layer: str | None = None, max_kernels: int = MOST_KERNELS
) -> ImageGrid:
    """All kernels of one convolution in one grid, whatever parts they belong to.

    Raises:
        InputError: no such layer, or one without kernels.
    """
    positive(max_kernels, name="max_kernels")
    path = layer if layer is not None else first_convolution(network)
    weight_KCHW = _kernels(network, path)
    picked = "" if layer is not None else f"{path} was picked: it is the first convolution."
    limit = Scale.around(weight_KCHW, label="weight")
    return _grid(f"kernels of {path}", weight_KCHW, limit, max_kernels, picked=picked)


def first_convolution(network: nn.Module) -> str:
    """The path of the first convolution.

    Raises:
        InputError: the network has none.
    """
    for path, module in network.named_modules():
        if isinstance(module, APPLIES_TO):
            return str(path)
    raise InputError("the network has no convolution", expected="at least one Conv2d")


def towers(network: nn.Module, path: str) -> tuple[int, str]:
    """Into how many parts the kernels of a convolution fall, and why.

    A convolution with groups falls into these. One without falls into the groups of the next
    convolution, where that one reads all of its maps: each part of the kernels is then seen by
    one part of the network. Depthwise convolutions (a group a channel) say nothing of the kind.
    """
    module = module_at(network, path)
    if not isinstance(module, nn.Conv2d):
        return 1, ""
    if 1 < module.groups < module.in_channels:
        return module.groups, f"{path} has {module.groups} groups, each sees its own input maps"
    convolutions = [
        (name, part) for name, part in network.named_modules() if isinstance(part, nn.Conv2d)
    ]
    names = [name for name, _ in convolutions]
    after = convolutions[names.index(path) + 1 :][:1]
    for name, follower in after:
        whole = follower.in_channels == module.out_channels
        if whole and 1 < follower.groups < follower.in_channels:
            return follower.groups, f"{name} reads them in {follower.groups} groups"
    return 1, ""


def _kernels(network: nn.Module, path: str) -> Kernels:
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
    made: Kernels = weight.detach().to("cpu").float().numpy()
    if not np.isfinite(made).all():
        raise InputError(f"{path} has weights that are not finite", where=path)
    return made


def _grid(
    title: str, weight_KCHW: Kernels, limit: Scale, max_kernels: int, *, picked: str
) -> ImageGrid:
    num_kernels, channels, height, width = weight_KCHW.shape
    shown = min(num_kernels, max_kernels)
    columns: int | None = None
    scale = limit
    if channels == 3:
        tiles = weight_KCHW[:shown].transpose(0, 2, 3, 1)
        scale = Scale(colours="rgb", low=limit.low, high=limit.high, label="weight")
    elif channels == 1:
        tiles = weight_KCHW[:shown, 0]
    else:
        columns = min(channels, max_kernels)
        shown = min(num_kernels, max(1, max_kernels // columns))
        tiles = weight_KCHW[:shown, :columns].reshape(-1, height, width)
    return ImageGrid(
        title=title,
        caption=_caption(weight_KCHW.shape, shown=shown, columns=columns, picked=picked),
        tiles=tiles,
        scale=scale,
        columns=columns or math.ceil(math.sqrt(shown * 2)),
    )


def _caption(shape: tuple[int, ...], *, shown: int, columns: int | None, picked: str) -> str:
    num_kernels, channels, height, width = shape
    parts = [f"{num_kernels} kernels of {channels} x {height} x {width}."]
    if columns is not None:
        parts.append("A row is a kernel, a column an input channel.")
    if channels == 3:
        parts.append("Channels as red, green and blue; mid-grey is 0.")
    if shown < num_kernels or (columns or channels) < channels:
        of_channels = f", the first {columns} channels of each" if columns else ""
        parts.append(f"The first {shown} kernels are shown{of_channels}.")
    if picked:
        parts.append(picked)
    return " ".join(parts)
