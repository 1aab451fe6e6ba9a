"""Feature maps: a layer's activations for one image, a tile for each channel.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.network.hooks import frozen
from convscope.payload import ImageGrid, Scale
from convscope.visuals.arguments import Count, checked_positive
from convscope.visuals.attribution.layers import layer_activations
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.attribution.maps import tile_scales
from convscope.visuals.cost import Cost
from convscope.visuals.forward import prepared_image
from convscope.visuals.methods.units.filters import first_convolution, first_convolution_sentence

MAX_MAPS = 256
MAX_NAMED = 5  # units of a layer without maps, in the caption


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    max_maps: Count = MAX_MAPS,
    underlay: NDArray[np.uint8] | None = None,
) -> ImageGrid:
    """The feature maps of one layer with the numbers of their channels, beside the image.

    Blue-white-red with white at 0 if any activation is negative, viridis otherwise. The channels
    share one scale, unless some would look blank on it. The output of a layer without maps is shown
    as one row of values. The network runs in evaluation mode and is not changed.

    Args:
        image_NCHW: one preprocessed image, (1, C, H, W).
        layer: its path; default: the first convolution.
        max_maps: maximum number of channels; the caption says how many are shown.

    Raises:
        InputError: no such layer, more than one image, activations that are not finite.
    """
    max_maps = checked_positive(max_maps, name="max_maps")
    image = prepared_image(network, image_NCHW)
    path = layer if layer is not None else first_convolution(network, image)
    tap = find_tap(network, image, path, first_run=layer is None)
    with frozen(network), torch.no_grad():
        output = layer_activations(network, image, tap)
    default = "" if layer is not None else f" {first_convolution_sentence(path)}"
    return _grid(output, path, max_maps, default, underlay)


def cost() -> Cost:
    """One forward pass."""
    return Cost(1)


def _grid(
    output: Tensor,
    layer: str,
    max_maps: int,
    default: str,
    underlay: NDArray[np.uint8] | None,
) -> ImageGrid:
    values = output[0].detach().to("cpu").float().numpy()
    if values.ndim == 3 and values.shape[1:] == (1, 1):
        values = values[:, 0, 0]
    labels: tuple[str, ...] = ()
    if values.ndim == 1:
        tiles, caption, columns = values[None, None, :], _units_sentence(values), 1
    else:
        num, height, width = values.shape
        tiles, columns = values[:max_maps], None
        caption = f"{num} channels of {height} x {width}, under each its number."
        labels = tuple(map(str, range(len(tiles))))
        if max_maps < num:
            caption += f" The first {max_maps} are shown."
    signed = bool(values.min() < 0)
    label = "activation"
    scale = Scale.around(values, label=label) if signed else Scale.spanning(values, label=label)
    if not signed:
        scale = scale.model_copy(update={"low": 0.0, "high": float(values.max()) or 1.0})
    scales = tile_scales(tiles, scale, noun="channel")
    return ImageGrid(
        title=f"Feature maps of {layer}",
        caption=caption + scales.sentence + default,
        tiles=tiles,
        scale=scales.scale,
        labels=labels,
        columns=columns,
        units=scales.units,
        picture=underlay,
    )


def _units_sentence(values_C: NDArray[np.float32]) -> str:
    """A sentence for captions: how many units, and the strongest ones by number and activation."""
    order = np.argsort(-values_C, kind="stable")[:MAX_NAMED].tolist()
    named = ", ".join(f"{unit} ({values_C[unit]:.3g})" for unit in order)
    return f"{len(values_C)} units, in order. The strongest ones (activation): {named}."
