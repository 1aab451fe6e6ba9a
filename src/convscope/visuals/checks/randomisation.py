"""The model-randomisation test: a map that explains a network must change when its weights do.

Paper: Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim 2018, Sanity checks for saliency maps.

Axes: H height, W width.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from convscope.errors import InputError
from convscope.filters.quality import SSIM_RADIUS, ssim

Floats = NDArray[np.float32]


class Likeness(NamedTuple):
    """How much of the map is left once all layers from the output down to `path` are shuffled.

    Attributes:
        rank_correlation: Spearman's, of the magnitudes; None where there is no map left: it is
            0 everywhere, or not finite.
        similarity: SSIM, of the magnitudes from 0 to 1; None likewise.
    """

    path: str
    num_layers: int
    rank_correlation: float | None
    similarity: float | None


def cascade(
    network: nn.Module, relevance: Callable[[nn.Module], Floats], *, most: int, seed: int
) -> list[Likeness]:
    """Shuffle the weights of one layer after the other, from the output to the input.

    Each tensor keeps its numbers and loses their order, so that signals keep their strength
    whatever the layer is. A copy is shuffled; the network is not touched.

    Args:
        relevance: the map of a network, (H, W).
        most: how often the map is made, evenly over the layers.
    """
    intact = np.abs(relevance(network))
    shuffled = copy.deepcopy(network)
    own = [
        (path, list(module.parameters(recurse=False)))
        for path, module in shuffled.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    ]
    if not own:
        raise InputError("the network has no weights to shuffle", expected="a trained network")
    drawn = torch.Generator().manual_seed(seed)
    measured = {int(n) for n in np.linspace(1, len(own), min(most, len(own))).round()}
    found = []
    for number, (path, parameters) in enumerate(reversed(own), start=1):
        for parameter in parameters:
            _shuffle(parameter, drawn)
        if number in measured:
            found.append(_likeness(intact, _magnitudes(relevance, shuffled), path, number))
    return found


def _shuffle(parameter: nn.Parameter, drawn: torch.Generator) -> None:
    order = torch.randperm(parameter.numel(), generator=drawn).to(parameter.device)
    with torch.no_grad():
        parameter.copy_(parameter.flatten()[order].view_as(parameter))


def _magnitudes(relevance: Callable[[nn.Module], Floats], shuffled: nn.Module) -> Floats | None:
    """None where the shuffled network's numbers left the finite ones."""
    try:
        return np.abs(relevance(shuffled))
    except InputError:
        return None


def _likeness(intact: Floats, made: Floats | None, path: str, number: int) -> Likeness:
    if made is None or not made.any():
        return Likeness(path, number, None, None)
    return Likeness(
        path, number, rank_correlation(intact, made), similarity(_unit(intact), _unit(made))
    )


def _unit(values: Floats) -> Floats:
    top = float(values.max())
    return values / top if top > 0 else values


def rank_correlation(a: Floats, b: Floats) -> float | None:
    """Spearman's: Pearson's correlation of the ranks, equals sharing theirs.

    None where one of the two has one number only.
    """
    ranks = np.stack([_ranks(a.ravel()), _ranks(b.ravel())])
    ranks -= ranks.mean(1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(1))
    if not lengths.all():
        return None
    return float(np.clip((ranks[0] * ranks[1]).sum() / (lengths[0] * lengths[1]), -1, 1))


def _ranks(values: Floats) -> NDArray[np.float64]:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[which]


def similarity(a_HW: Floats, b_HW: Floats) -> float:
    """SSIM of two maps from 0 to 1; the window is smaller than 11 x 11 where the maps are."""
    return ssim(a_HW, b_HW, radius=min(SSIM_RADIUS, (min(a_HW.shape) - 1) // 2))
