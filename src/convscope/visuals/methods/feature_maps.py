"""What a layer answers to one image: a tile for each channel.

Axes: N batch (1), C channels, H height, W width.
"""

import torch
from torch import Tensor, nn

from convscope.network.hooks import activations, still
from convscope.payload import ImageGrid, Scale
from convscope.visuals.attribution.layers import ran
from convscope.visuals.attribution.score import finite, positive, prepared
from convscope.visuals.methods.filters import first_convolution
from convscope.visuals.subject import run

MOST_MAPS = 256


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    max_maps: int = MOST_MAPS,
) -> ImageGrid:
    """The feature maps of one layer, on one scale for all of them.

    Blue, white and red where there are values below 0 (white is 0), viridis where there are
    none. A layer that answers with a vector becomes one strip of numbers. The network runs in
    evaluation mode and is as it was afterwards.

    Args:
        image_NCHW: one image, prepared as the network wants it: (1, C, H, W).
        layer: its path; without it the first convolution, which the caption names.
        max_maps: channels to show at most; the caption says what was left out.

    Raises:
        InputError: no such layer, more than one image, answers that are not finite.
    """
    positive(max_maps, name="max_maps")
    image = prepared(network, image_NCHW)
    path = layer if layer is not None else first_convolution(network)
    with still(network), torch.no_grad(), activations(network, [path]) as seen:
        run(network, image)
    answer = finite(ran(seen, path), f"the answers of {path}")
    picked = "" if layer is not None else f" {path} was picked: it is the first convolution."
    return _grid(answer, path, max_maps, picked)


def _grid(answer: Tensor, layer: str, max_maps: int, picked: str) -> ImageGrid:
    values = answer[0].detach().to("cpu").float().numpy()
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
        title=f"feature maps of {layer}",
        caption=caption + picked,
        tiles=tiles,
        scale=scale,
        columns=columns,
    )
