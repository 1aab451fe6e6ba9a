"""Deletion and insertion: how fast the answer goes, or comes, in the order that a map gives.

Pixels go in small squares, by the mean of the map in each. One by one, in random order, they
would be noise all over the image, which takes the answer away faster than any map does.

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

from convscope.network.hooks import still
from convscope.visuals.attribution.score import answered_once, prepared

ORDER_BATCH = 32
RANDOM_ORDERS = 3
Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """The class's probability at each step, for the map's order and for random ones (the mean)."""

    shares_S: Floats
    by_map_S: Floats
    by_chance_S: Floats

    @property
    def area(self) -> float:
        """Under the map's curve, 0 to 1."""
        return area(self.shares_S, self.by_map_S)

    @property
    def area_by_chance(self) -> float:
        return area(self.shares_S, self.by_chance_S)


def area(x_S: Floats, y_S: Floats) -> float:
    """Under straight lines between the points."""
    return float(np.trapezoid(y_S, x_S))


def deletion(
    network: nn.Module,
    image_NCHW: Tensor,
    relevance_HW: NDArray[np.float32],
    *,
    target: int,
    steps: int,
    seed: int,
) -> Curve:
    """The most relevant squares first, set to 0 (the mean of the data). A good map falls fast."""
    empty_NCHW = torch.zeros_like(image_NCHW)
    return _curve(network, image_NCHW, empty_NCHW, relevance_HW, target, steps, seed)


def insertion(
    network: nn.Module,
    image_NCHW: Tensor,
    relevance_HW: NDArray[np.float32],
    *,
    target: int,
    steps: int,
    seed: int,
) -> Curve:
    """The most relevant squares first, put into a blurred image. A good map rises fast."""
    return _curve(network, blurred(image_NCHW), image_NCHW, relevance_HW, target, steps, seed)


def _curve(
    network: nn.Module,
    before_NCHW: Tensor,
    after_NCHW: Tensor,
    relevance_HW: NDArray[np.float32],
    target: int,
    steps: int,
    seed: int,
) -> Curve:
    """Squares go from one image to the other, step by step, in the map's order and in random."""
    drawn = np.random.default_rng(seed)
    side = square_side(*relevance_HW.shape)
    means_RQ = squares(relevance_HW, side=side)
    orders = [order(means_RQ, drawn)]
    orders += [drawn.permutation(means_RQ.size) for _ in range(RANDOM_ORDERS)]
    ranks = [_ranks(o, means_RQ.shape, side=side, like=relevance_HW.shape) for o in orders]
    with still(network), torch.no_grad():
        before, after = prepared(network, before_NCHW), prepared(network, after_NCHW)
        first, *others = [_along(network, before, after, r, target, steps) for r in ranks]
    return Curve(np.linspace(0, 1, steps + 1), first, np.mean(others, axis=0))


def square_side(height: int, width: int) -> int:
    """A sixteenth of the shorter side: 14 pixels of 224, 2 of 32."""
    return max(1, min(height, width) // 16)


def squares(values_HW: NDArray[np.float32], *, side: int) -> Floats:
    """The mean in each square, (R, Q); the last ones may be cut by the edge."""
    rows, columns = (np.arange(0, length, side) for length in values_HW.shape)
    sums = np.add.reduceat(np.add.reduceat(values_HW.astype(np.float64), rows, 0), columns, 1)
    counts = np.add.reduceat(np.add.reduceat(np.ones(values_HW.shape), rows, 0), columns, 1)
    return sums / counts


def order(means_RQ: Floats, drawn: np.random.Generator) -> NDArray[np.int64]:
    """Squares from the most relevant to the least; equals in an order of chance."""
    shuffled = drawn.permutation(means_RQ.size)
    by_rank = np.argsort(-means_RQ.ravel()[shuffled], kind="stable")
    return shuffled[by_rank].astype(np.int64)


def _ranks(
    order_P: NDArray[np.int64], shape: tuple[int, ...], *, side: int, like: tuple[int, ...]
) -> Tensor:
    """When each pixel goes: the place of its square in the order."""
    rank_P = np.empty(len(order_P), np.int64)
    rank_P[order_P] = np.arange(len(order_P))
    large = rank_P.reshape(shape).repeat(side, 0).repeat(side, 1)
    return torch.from_numpy(np.ascontiguousarray(large[: like[0], : like[1]]))


def _along(
    network: nn.Module,
    before: Tensor,
    after: Tensor,
    rank_HW: Tensor,
    target: int,
    steps: int,
) -> Floats:
    """The class's probability with 0, 1, ... `steps` parts of the squares changed."""
    counts = torch.linspace(0, int(rank_HW.max()) + 1, steps + 1).round().long()
    rank_HW, counts = rank_HW.to(before.device), counts.to(before.device)
    found = []
    for part_S in torch.split(counts, ORDER_BATCH):
        changed = rank_HW < part_S[:, None, None, None]
        logits_NK = answered_once(network, torch.where(changed, after, before))
        found.append(logits_NK.softmax(1)[:, target].double().cpu())
    made: Floats = torch.cat(found).numpy()
    return made


def blurred(image_NCHW: Tensor) -> Tensor:
    """Without its details: a Gaussian of a sixteenth of the shorter side."""
    channels, height, width = image_NCHW.shape[1:]
    sigma = max(1.0, min(height, width) / 16)
    reach = min(int(3 * sigma), min(height, width) - 1)
    where = torch.arange(-reach, reach + 1, dtype=image_NCHW.dtype, device=image_NCHW.device)
    bell = torch.exp(-0.5 * (where / sigma) ** 2)
    bell = (bell / bell.sum()).expand(channels, 1, 1, -1)
    padded = F.pad(image_NCHW, (reach, reach, reach, reach), mode="reflect")
    across = F.conv2d(padded, bell, groups=channels)
    return F.conv2d(across, bell.transpose(2, 3), groups=channels)
