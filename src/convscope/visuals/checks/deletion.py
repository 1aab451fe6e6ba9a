"""Deletion and insertion curves: class probability while pixels are removed or added.

Pixels change in small squares, ordered by the mean of the map in each. Single pixels in random
order would be noise over the whole image, which lowers the probability faster than any map does.

Paper: Petsiuk, Das and Saenko 2018, RISE: randomized input sampling for explanation, section 4.2.

Axes: N batch, C channels, H height, W width, K classes, R rows and Q columns of squares, P
squares (R * Q), S steps.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.network.hooks import frozen
from convscope.visuals.fast_forward import Passes, forward_passes
from convscope.visuals.forward import prepared_image
from convscope.visuals.progress import reported

BATCH = 32
NUM_RANDOM_ORDERS = 3
Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """Probability of the class at each step, in the map's order and in random order (the mean)."""

    shares_S: Floats
    by_map_S: Floats
    at_random_S: Floats

    @property
    def area(self) -> float:
        """Area under the curve of the map's order, 0 to 1."""
        return area(self.shares_S, self.by_map_S)

    @property
    def random_area(self) -> float:
        """Area under the curve of random order, 0 to 1."""
        return area(self.shares_S, self.at_random_S)


def area(x_S: Floats, y_S: Floats) -> float:
    """Area under a curve by the trapezoidal rule."""
    return float(np.trapezoid(y_S, x_S))


def order_curve(
    network: nn.Module,
    before_NCHW: Tensor,
    after_NCHW: Tensor,
    relevance_HW: NDArray[np.float32],
    *,
    target: int,
    steps: int,
    seed: int,
) -> Curve:
    """Replace squares of one image by those of another, in the map's order and in random order.

    Deletion: `after` is 0 (the mean of the data); lower is better. Insertion: `before` is the
    blurred image, `after` the image; higher is better.
    """
    random = np.random.default_rng(seed)
    side = square_side(*relevance_HW.shape)
    means_RQ = square_means(relevance_HW, side=side)
    orders = [relevance_order(means_RQ, random)]
    orders += [random.permutation(means_RQ.size) for _ in range(NUM_RANDOM_ORDERS)]
    ranks = [_ranks(o, means_RQ.shape, side=side, like=relevance_HW.shape) for o in orders]
    with frozen(network), torch.no_grad():
        before, after = prepared_image(network, before_NCHW), prepared_image(network, after_NCHW)
        passes = forward_passes(network, before, len(ranks) * (steps + 1))
        first, *others = [
            _probabilities(passes, before, after, r, target, steps)
            for r in reported(ranks, len(ranks))
        ]
    return Curve(np.linspace(0, 1, steps + 1), first, np.mean(others, axis=0))


def square_side(height: int, width: int) -> int:
    """A sixteenth of the shorter side: 14 pixels of 224, 2 of 32."""
    return max(1, min(height, width) // 16)


def square_means(values_HW: NDArray[np.float32], *, side: int) -> Floats:
    """The mean in each square, (R, Q); squares at the edge may be smaller."""
    rows, columns = (np.arange(0, length, side) for length in values_HW.shape)
    sums = np.add.reduceat(np.add.reduceat(values_HW.astype(np.float64), rows, 0), columns, 1)
    counts = np.add.reduceat(np.add.reduceat(np.ones(values_HW.shape), rows, 0), columns, 1)
    return sums / counts


def relevance_order(means_RQ: Floats, random: np.random.Generator) -> NDArray[np.int64]:
    """Squares from the most to the least relevant; ties in random order."""
    shuffled = random.permutation(means_RQ.size)
    by_rank = np.argsort(-means_RQ.ravel()[shuffled], kind="stable")
    return shuffled[by_rank].astype(np.int64)


def _ranks(
    order_P: NDArray[np.int64], shape: tuple[int, ...], *, side: int, like: tuple[int, ...]
) -> Tensor:
    """The rank of each pixel: the position of its square in the order."""
    rank_P = np.empty(len(order_P), np.int64)
    rank_P[order_P] = np.arange(len(order_P))
    large = rank_P.reshape(shape).repeat(side, 0).repeat(side, 1)
    return torch.from_numpy(np.ascontiguousarray(large[: like[0], : like[1]]))


def _probabilities(
    passes: Passes,
    before: Tensor,
    after: Tensor,
    rank_HW: Tensor,
    target: int,
    steps: int,
) -> Floats:
    """The class's probability with 0, 1/steps, 2/steps, ... of the squares replaced."""
    counts = torch.linspace(0, int(rank_HW.max()) + 1, steps + 1).round().long()
    rank_HW, counts = rank_HW.to(before.device), counts.to(before.device)
    parts = []
    for part_S in torch.split(counts, BATCH):
        replaced = rank_HW < part_S[:, None, None, None]
        scores, _ = passes(torch.where(replaced, after, before))
        parts.append(scores.probabilities()[:, target].double().cpu())
    probabilities: Floats = torch.cat(parts).numpy()
    return probabilities


def blurred(image_NCHW: Tensor) -> Tensor:
    """The image after a Gaussian filter with sigma = a sixteenth of the shorter side."""
    channels, height, width = image_NCHW.shape[1:]
    sigma = max(1.0, min(height, width) / 16)
    radius = min(int(3 * sigma), min(height, width) - 1)
    x = torch.arange(-radius, radius + 1, dtype=image_NCHW.dtype, device=image_NCHW.device)
    weights = torch.exp(-0.5 * (x / sigma) ** 2)
    weights = (weights / weights.sum()).expand(channels, 1, 1, -1)
    padded = F.pad(image_NCHW, (radius, radius, radius, radius), mode="reflect")
    filtered = F.conv2d(padded, weights, groups=channels)
    return F.conv2d(filtered, weights.transpose(2, 3), groups=channels)
