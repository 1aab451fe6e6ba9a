"""Filters: the kernels of a convolution as images.

Axes: K output channels, C input channels of a group, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import module_at
from convscope.network.hooks import check_initialised
from convscope.network.layer_info import layer_info
from convscope.payload import ImageGrid, Scale, Sheet
from convscope.visuals.arguments import Count, checked_positive
from convscope.visuals.attribution.maps import TileScales, tile_scales
from convscope.visuals.cost import Cost
from convscope.visuals.execution import kernels_in_order

MAX_KERNELS = 256

Kernels = NDArray[np.float32]


def compute(
    network: nn.Module,
    *,
    layer: str | None = None,
    example_NCHW: Tensor | None = None,
    max_kernels: Count = MAX_KERNELS,
) -> ImageGrid | Sheet:
    """The kernels of one convolution with their numbers.

    They share one scale, unless some would look blank on it.

    One input channel: a tile for each kernel, blue below 0, white at 0, red above. Three: colour
    images with mid-grey at 0. Otherwise a row for each kernel and a column for each input channel.
    Kernels of separate towers, as AlexNet's 48 + 48 on two GPUs, are shown separately.

    Args:
        layer: its path; default: the first convolution that runs.
        example_NCHW: a preprocessed image, to see in which order the layers of a module run.
        max_kernels: maximum number of tiles; the caption says how many kernels are shown.

    Raises:
        InputError: no such layer, or one without shared kernels.
    """
    max_kernels = checked_positive(max_kernels, name="max_kernels")
    path = layer if layer is not None else first_convolution(network, example_NCHW)
    default = "" if layer is not None else first_convolution_sentence(path)
    num_towers, reason = towers(network, path, example_NCHW)
    if num_towers == 1:
        return grid(network, layer=path, max_kernels=max_kernels, default=default)
    weight_KCHW = _kernels(network, path)
    scale = Scale.around(weight_KCHW, label="weight")
    each = max(1, max_kernels // num_towers)
    parts = np.split(weight_KCHW, num_towers)
    sizes = " + ".join(str(len(part)) for part in parts)
    return Sheet(
        title=f"Kernels of {path}",
        caption=f"{sizes} kernels: {reason}. {default}".strip(),
        items=tuple(
            _grid(f"{path}, part {i + 1} of {num_towers}", part, scale, each, default="")
            for i, part in enumerate(parts)
        ),
    )


def cost() -> Cost:
    """No pass: kernels are read from the weights."""
    return Cost(0)


def grid(
    network: nn.Module,
    *,
    layer: str | None = None,
    max_kernels: int = MAX_KERNELS,
    default: str = "",
) -> ImageGrid:
    """All kernels of one convolution in one grid, without separating towers.

    Args:
        default: a sentence for the caption, where the layer was not named by the user.

    Raises:
        InputError: no such layer, or one without shared kernels.
    """
    checked_positive(max_kernels, name="max_kernels")
    if layer is None:
        layer = first_convolution(network)
        default = first_convolution_sentence(layer)
    weight_KCHW = _kernels(network, layer)
    scale = Scale.around(weight_KCHW, label="weight")
    return _grid(f"Kernels of {layer}", weight_KCHW, scale, max_kernels, default=default)


def first_convolution(network: nn.Module, example_NCHW: Tensor | None = None) -> str:
    """The path of the first convolution with shared kernels that runs.

    Raises:
        InputError: the network has none.
    """
    for path in kernels_in_order(network, example_NCHW):
        return path
    raise InputError("the network has no convolution", expected="at least one convolution")


def first_convolution_sentence(path: str) -> str:
    """A sentence for captions about a layer that the user did not name."""
    return f"Default layer: {path}, the first convolution."


def towers(network: nn.Module, path: str, example_NCHW: Tensor | None = None) -> tuple[int, str]:
    """The number of separate towers that a convolution's kernels belong to, and the reason.

    A grouped convolution has one tower per group. A convolution without groups has as many as the
    next convolution has groups, if that one reads all of its channels: each part of the kernels
    is then read by one group. Depthwise convolutions do not count.
    """
    convolutions = {p: x for p, x in layer_info(network).items() if x.kernels is not None}
    if path not in convolutions:
        return 1, ""
    layer = convolutions[path]
    if 1 < layer.num_groups < (layer.in_channels or 0):
        return layer.num_groups, f"{path} has {layer.num_groups} groups with separate inputs"
    paths = kernels_in_order(network, example_NCHW)
    for following in paths[paths.index(path) + 1 :][:1] if path in paths else []:
        after = convolutions[following]
        reads_all = layer.kernels is not None and after.in_channels == len(layer.kernels)
        if reads_all and 1 < after.num_groups < (after.in_channels or 0):
            return after.num_groups, f"{following} reads them in {after.num_groups} groups"
    return 1, ""


def _kernels(network: nn.Module, path: str) -> Kernels:
    """(K, C, H, W)."""
    module_at(network, path)
    layer = layer_info(network).get(path)
    if layer is None or layer.kernels is None:
        raise InputError(
            f"{path} ({'a composition' if layer is None else layer.label}) has no shared kernels",
            expected="a convolution",
            fix=f"for example {first_convolution(network)}",
            where="layer",
        )
    check_initialised(network)
    array: Kernels = layer.kernels.detach().to("cpu").float().numpy()
    if not np.isfinite(array).all():
        raise InputError(f"the weights of {path} are not finite", where=path)
    return array


def _grid(
    title: str, weight_KCHW: Kernels, scale: Scale, max_kernels: int, *, default: str
) -> ImageGrid:
    num_kernels, channels, height, width = weight_KCHW.shape
    shown = min(num_kernels, max_kernels)
    columns: int | None = None
    labels = [str(kernel) for kernel in range(shown)]
    if channels == 3:
        tiles = weight_KCHW[:shown].transpose(0, 2, 3, 1)
        scale = Scale(colours="rgb", low=scale.low, high=scale.high, label="weight")
    elif channels == 1:
        tiles = weight_KCHW[:shown, 0]
    else:
        columns = min(channels, max_kernels)
        shown = min(num_kernels, max(1, max_kernels // columns))
        tiles = weight_KCHW[:shown, :columns].reshape(-1, height, width)
        labels = [f"{k}, {c}" for k in range(shown) for c in range(columns)]
    scales = tile_scales(weight_KCHW[:shown, : columns or channels], scale, noun="kernel")
    return ImageGrid(
        title=title,
        caption=_caption(
            weight_KCHW.shape, shown=shown, columns=columns, scales=scales, default=default
        ),
        tiles=tiles,
        scale=scales.scale,
        labels=tuple(labels),
        columns=columns,
        units=tuple(np.repeat(scales.units, len(tiles) // shown).tolist()),
    )


def _caption(
    shape: tuple[int, ...], *, shown: int, columns: int | None, scales: TileScales, default: str
) -> str:
    num_kernels, channels, height, width = shape
    sentences = [f"{num_kernels} kernels of {channels} x {height} x {width}."]
    if columns is not None:
        sentences.append("Under each its kernel and input channel: rows are kernels.")
    else:
        sentences.append("Under each its number.")
    if channels == 3:
        sentences.append("Channels as red, green and blue; mid-grey is 0.")
    if shown < num_kernels or (columns or channels) < channels:
        of_channels = f", the first {columns} channels of each" if columns else ""
        sentences.append(f"The first {shown} kernels are shown{of_channels}.")
    if scales.sentence:
        sentences.append(scales.sentence.strip())
    if default:
        sentences.append(default)
    return " ".join(sentences)
