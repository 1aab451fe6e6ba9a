"""Model-randomisation test: similarity of a map while the network's weights are shuffled.

Paper: Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim 2018, Sanity checks for saliency maps.

Axes: N batch (1), C channels, H height, W width.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.filters.quality import SSIM_RADIUS, ssim
from convscope.visuals.execution import weights_in_order
from convscope.visuals.progress import reported

Floats = NDArray[np.float32]


class Similarity(NamedTuple):
    """Similarity to the original map with the weights from the output down to `path` shuffled.

    Attributes:
        rank_correlation: Spearman's, of the magnitudes; None where the map is 0 everywhere or not
            finite.
        ssim: SSIM of the magnitudes, scaled to 0 to 1; None likewise.
    """

    path: str
    num_layers: int
    rank_correlation: float | None
    ssim: float | None


def cascade(
    network: nn.Module,
    relevance: Callable[[nn.Module], Floats],
    *,
    most: int,
    seed: int,
    image_NCHW: Tensor | None = None,
) -> list[Similarity]:
    """Shuffle the weights of one layer after the other, from the output to the input.

    The elements of each tensor are permuted, so that the scale of the signals is kept. The
    weights are restored at the end.

    Args:
        relevance: computes the map of a network, (H, W).
        most: number of maps to compute, evenly spaced over the layers.
        image_NCHW: shows the order in which the layers run; without it they are in the order in
            which they were registered.
    """
    original = np.abs(relevance(network))
    weighted = weights_in_order(network, image_NCHW)
    if not weighted:
        raise InputError("the network has no weights to shuffle", expected="a trained network")
    generator = torch.Generator().manual_seed(seed)
    measured = {int(n) for n in np.linspace(1, len(weighted), min(most, len(weighted))).round()}
    similarities = []
    with _restored(network):
        layers = reported(reversed(weighted), len(weighted))
        for number, (path, parameters) in enumerate(layers, start=1):
            for parameter in parameters:
                _shuffle(parameter, generator)
            if number in measured:
                magnitudes = _magnitudes(relevance, network)
                place = path or "the network's own weights"
                similarities.append(_compare(original, magnitudes, place, number))
    return similarities


@contextmanager
def _restored(network: nn.Module) -> Iterator[None]:
    """Restore all parameters at the end, also after an exception."""
    saved = [(parameter, parameter.detach().clone()) for parameter in network.parameters()]
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, values in saved:
                parameter.copy_(values)


def _shuffle(parameter: nn.Parameter, generator: torch.Generator) -> None:
    order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
    with torch.no_grad():
        parameter.copy_(parameter.flatten()[order].view_as(parameter))


def _magnitudes(relevance: Callable[[nn.Module], Floats], shuffled: nn.Module) -> Floats | None:
    """The map's magnitudes; None where they are not finite."""
    try:
        return np.abs(relevance(shuffled))
    except InputError:
        return None


def _compare(original: Floats, magnitudes: Floats | None, path: str, number: int) -> Similarity:
    if magnitudes is None or not magnitudes.any():
        return Similarity(path, number, None, None)
    return Similarity(
        path,
        number,
        rank_correlation(original, magnitudes),
        map_ssim(_scaled(original), _scaled(magnitudes)),
    )


def _scaled(values: Floats) -> Floats:
    top = float(values.max())
    return values / top if top > 0 else values


def rank_correlation(a: Floats, b: Floats) -> float | None:
    """Spearman's correlation, with mean ranks for ties; None where one map is constant."""
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


def map_ssim(a_HW: Floats, b_HW: Floats) -> float:
    """SSIM of two maps from 0 to 1; the window is smaller than 11 x 11 where the maps are."""
    return ssim(a_HW, b_HW, radius=min(SSIM_RADIUS, (min(a_HW.shape) - 1) // 2))
