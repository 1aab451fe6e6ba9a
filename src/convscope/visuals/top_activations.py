"""The strongest activations of every unit of a layer over a data set, in one pass.

Axes: N batch, K units (channels), T the top ones, C channels, H height, W width.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import activations, still
from convscope.visuals.attribution.layers import ran, shape_words
from convscope.visuals.attribution.score import finite, positive
from convscope.visuals.subject import Function, Images, device_of, not_empty, run

TOP = 9  # Zeiler and Fergus 2014, figure 2


class Top(NamedTuple):
    """The strongest activations of each unit, at most one an image, strongest first.

    Attributes:
        values_TK: the activations.
        images_TK: places in the split.
        rows_TK, columns_TK: where in the map; 0 in a layer that is a vector.
        mean_K: over all images, of each one's strongest activation.
    """

    values_TK: Tensor
    images_TK: Tensor
    rows_TK: Tensor
    columns_TK: Tensor
    mean_K: Tensor
    num_images: int
    layer_words: str


def strongest(
    network: nn.Module,
    split: Images,
    preprocessing: Function,
    *,
    layer: str,
    batch_size: int = 50,
    num: int = TOP,
) -> Top:
    """One pass over the split. Memory does not grow with it: `num` places a unit are kept.

    Of equal activations the earlier image wins, whatever the batch size.

    Raises:
        InputError: no such layer, an empty split, numbers that are not finite.
    """
    positive(batch_size, name="batch_size")
    positive(num, name="num")
    not_empty(split)
    best_4TK = torch.empty(0)
    sum_K = torch.zeros(1, dtype=torch.float64)
    begin, words = 0, ""
    with still(network), torch.no_grad(), activations(network, [layer]) as seen:
        batches = split.inputs(preprocessing, batch_size=batch_size, device=device_of(network))
        for input_NCHW, _ in batches:
            run(network, input_NCHW)
            answer = finite(ran(seen, layer), f"the answers of {layer}").detach()
            seen.clear()
            found_4NK = _places(answer, layer, begin)
            sum_K = sum_K + found_4NK[0].sum(0)
            both = torch.cat([best_4TK, found_4NK], dim=1) if begin else found_4NK
            keep_TK = both[0].argsort(dim=0, descending=True, stable=True)[:num]
            best_4TK = torch.stack([part.gather(0, keep_TK) for part in both])
            begin, words = begin + len(input_NCHW), shape_words(answer)
    values, images, rows, columns = best_4TK
    return Top(values, images.long(), rows.long(), columns.long(), sum_K / begin, begin, words)


def _places(answer: Tensor, layer: str, begin: int) -> Tensor:
    """(value, image, row, column) of each image's strongest place in each unit: (4, N, K)."""
    if answer.ndim not in (2, 4):
        raise InputError(
            f"{layer} answers with {shape_words(answer)}",
            expected="feature maps, or a vector",
            where="layer",
        )
    maps_NKHW = answer.cpu()
    maps_NKHW = maps_NKHW[:, :, None, None] if maps_NKHW.ndim == 2 else maps_NKHW
    width = maps_NKHW.shape[3]
    values_NK, places_NK = maps_NKHW.flatten(2).max(dim=2)
    images_N1 = torch.arange(begin, begin + len(answer), dtype=torch.float64)[:, None]
    rows_NK = torch.div(places_NK, width, rounding_mode="floor")
    parts = (values_NK, images_N1.expand_as(values_NK), rows_NK, places_NK % width)
    return torch.stack([part.double() for part in parts])


def outstanding(top: Top, num_units: int) -> tuple[int, ...]:
    """The units whose top stands out furthest from their mean, in the order of their numbers."""
    spread_K = top.values_TK.mean(0) - top.mean_K
    usual = float(spread_K.abs().mean()) or 1.0
    order = (spread_K / (top.mean_K.abs() + usual)).argsort(descending=True, stable=True)
    return tuple(sorted(order[:num_units].tolist()))
