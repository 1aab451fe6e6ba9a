"""What a layer answers to one image: a tile for each channel.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network import activations
from convscope.visuals.payload import ImageGrid, Scale

MOST_MAPS = 256


def compute(
    network: nn.Module, image_NCHW: Tensor, *, layer: str, max_maps: int = MOST_MAPS
) -> ImageGrid:
    """The feature maps of one layer, on one scale for all of them.

    Blue, white and red where there are values below 0 (white is 0), viridis where there are
    none. A layer that answers with a vector becomes one strip of numbers. The network runs in
    evaluation mode and is as it was afterwards.

    Args:
        image_NCHW: one image, prepared as the network wants it: (1, C, H, W).
        max_maps: channels to show at most; the caption says what was left out.

    Raises:
        InputError: no such layer, more than one image, answers that are not finite.
    """
    if image_NCHW.ndim != 4 or len(image_NCHW) != 1:
        raise InputError(
            f"an image of shape {tuple(image_NCHW.shape)}", expected="(1, C, H, W): one image"
        )
    if max_maps < 1:
        raise InputError(f"max_maps is {max_maps}", expected="1 or more")
    modes = [(part, part.training) for part in network.modules()]
    network.eval()
    try:
        with torch.no_grad(), activations(network, [layer]) as seen:
            network(image_NCHW)
    finally:
        for part, mode in modes:
            part.training = mode
    if layer not in seen:
        raise InputError(
            f"{layer} did not run for this image",
            expected="a layer of the main path",
            fix="auxiliary heads run in training only",
        )
    return _grid(seen[layer], layer, max_maps)


def _grid(answer: Tensor, layer: str, max_maps: int) -> ImageGrid:
    values = answer[0].detach().to("cpu").float().numpy()
    if not np.isfinite(values).all():
        raise InputError(f"{layer} answers with numbers that are not finite", where=layer)
    if values.ndim == 3 and values.shape[1:] == (1, 1):
        values = values[:, 0, 0]  # 120 maps of 1 x 1 are a vector in all but name
    if values.ndim == 1:
        tiles, caption, columns = values[None, None, :], f"{len(values)} numbers, in order.", 1
    else:
        num, height, width = values.shape
        tiles, columns = values[:max_maps], None
        caption = f"{num} maps of {height} x {width}."
        if max_maps < num:
            caption += f" The first {max_maps} are shown."
    signed = bool(values.min() < 0)
    label = "activation"
    scale = Scale.around(values, label=label) if signed else Scale.spanning(values, label=label)
    if not signed:
        scale = scale.model_copy(update={"low": 0.0, "high": float(values.max()) or 1.0})
    return ImageGrid(
        title=f"feature maps of {layer}", caption=caption, tiles=tiles, scale=scale, columns=columns
    )
