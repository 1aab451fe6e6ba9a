"""Top activations of every unit of a layer over a data set, in one pass.

Axes: N batch, K units (channels), T the top ones, C channels, H height, W width.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.visuals.arguments import checked_positive
from convscope.visuals.attribution.layers import shape_text
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.fast_forward import forward_passes
from convscope.visuals.forward import device_of, finite
from convscope.visuals.images import Images, Preprocessing, check_not_empty, first_input
from convscope.visuals.progress import reported

TOP = 9  # Zeiler and Fergus 2014, figure 2


class TopActivations(NamedTuple):
    """The strongest activations of each unit, at most one per image, strongest first.

    Attributes:
        values_TK: the activations.
        images_TK: indices of images in the split.
        rows_TK, columns_TK: positions in the feature map; 0 for a layer without maps.
        mean_K: mean over all images of the strongest activation in each.
        layer_shape: the layer's output shape, as text.
    """

    values_TK: Tensor
    images_TK: Tensor
    rows_TK: Tensor
    columns_TK: Tensor
    mean_K: Tensor
    num_images: int
    layer_shape: str


def top_activations(
    network: nn.Module,
    split: Images,
    preprocessing: Preprocessing,
    *,
    layer: str,
    batch_size: int = 50,
    num: int = TOP,
) -> TopActivations:
    """Find the top activations in one pass over the split, storing `num` positions per unit.

    Of equal activations the earlier image comes first, whatever the batch size.

    Raises:
        InputError: no such layer, an empty split, values that are not finite.
    """
    batch_size = checked_positive(batch_size, name="batch_size")
    num = checked_positive(num, name="num")
    check_not_empty(split)
    best_4TK = torch.empty(0)
    sum_K = torch.zeros(1, dtype=torch.float64)
    begin, shape = 0, ""
    example_NCHW = first_input(network, split, preprocessing)
    tap = find_tap(network, example_NCHW, layer)
    with frozen(network), torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=batch_size, device=device_of(network))
        passes = forward_passes(network, example_NCHW, len(split), paths=[tap.path])
        for input_NCHW, _ in reported(batches, -(-len(split) // batch_size)):
            output = tap.output(network, passes(input_NCHW.clone())[1]).detach()
            finite(output, f"the activations of {layer}")
            maxima_4NK = _maxima(output, layer, begin)
            sum_K = sum_K + maxima_4NK[0].sum(0)
            candidates = torch.cat([best_4TK, maxima_4NK], dim=1) if begin else maxima_4NK
            keep_TK = candidates[0].argsort(dim=0, descending=True, stable=True)[:num]
            best_4TK = torch.stack([part.gather(0, keep_TK) for part in candidates])
            begin, shape = begin + len(input_NCHW), shape_text(output)
    values, images, rows, columns = best_4TK
    return TopActivations(
        values, images.long(), rows.long(), columns.long(), sum_K / begin, begin, shape
    )


def _maxima(output: Tensor, layer: str, begin: int) -> Tensor:
    """(value, image, row, column) of each unit's maximum in each image: (4, N, K)."""
    if output.ndim not in (2, 4):
        raise InputError(
            f"the output of {layer} has {shape_text(output)}",
            expected="feature maps, or a vector",
            where="layer",
        )
    maps_NKHW = output.cpu()
    maps_NKHW = maps_NKHW[:, :, None, None] if maps_NKHW.ndim == 2 else maps_NKHW
    width = maps_NKHW.shape[3]
    values_NK, positions_NK = maps_NKHW.flatten(2).max(dim=2)
    images_N1 = torch.arange(begin, begin + len(output), dtype=torch.float64)[:, None]
    rows_NK = torch.div(positions_NK, width, rounding_mode="floor")
    parts = (values_NK, images_N1.expand_as(values_NK), rows_NK, positions_NK % width)
    return torch.stack([part.double() for part in parts])


def most_selective(top: TopActivations, num_units: int) -> tuple[int, ...]:
    """The units whose top activations exceed their mean most, in ascending order."""
    excess_K = top.values_TK.mean(0) - top.mean_K
    usual = float(excess_K.abs().mean()) or 1.0
    order = (excess_K / (top.mean_K.abs() + usual)).argsort(descending=True, stable=True)
    return tuple(sorted(order[:num_units].tolist()))
