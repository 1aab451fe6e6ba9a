"""Confusion gallery: the most frequent confusions of classes, each with its images.

Axes: N images, K classes, C channels, H height, W width, 3 red, green, blue.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.payload import ImageGrid, Scale, Sheet, Table
from convscope.visuals.arguments import Count, checked_positive
from convscope.visuals.cost import Cost
from convscope.visuals.fast_forward import forward_passes
from convscope.visuals.forward import device_of
from convscope.visuals.images import (
    Images,
    Pixels,
    Preprocessing,
    check_not_empty,
    class_label,
    first_input,
    thumbnail,
)
from convscope.visuals.progress import reported

MAX_ROWS = 20
THUMBNAIL = 96  # pixels
Pair = tuple[int, int]
"""(true class, predicted class)"""


class _Predictions(NamedTuple):
    """True class, predicted class and its probability, one per image."""

    true_N: Tensor
    predicted_N: Tensor
    probability_N: Tensor


def compute(
    network: nn.Module,
    *,
    split: Images,
    preprocessing: Preprocessing,
    labels: tuple[str, ...] = (),
    num_pairs: Count = 8,
    num_each: Count = 8,
    batch_size: Count = 100,
) -> Sheet:
    """Pairs (true class, predicted class), most frequent first, with images after preprocessing.

    The images of a pair are those with the highest probability of the wrong class. Of pairs that
    are equally frequent the one with the highest probability comes first.

    Args:
        split, preprocessing: labelled images, and the preprocessing to the network's input.
        num_pairs, num_each: maximum number of pairs, and of images of each.

    Raises:
        InputError: an empty split, or labels that are not classes of the network.
    """
    check_not_empty(split)
    for name, value in (
        ("num_pairs", num_pairs),
        ("num_each", num_each),
        ("batch_size", batch_size),
    ):
        checked_positive(value, name=name)
    predictions = _predictions(network, split, preprocessing, batch_size)
    pairs = ranked_confusions(*(values_N.tolist() for values_N in predictions))
    grids: list[ImageGrid | Table] = []
    for pair, indices in list(pairs.items())[:num_pairs]:
        shown = indices[:num_each]
        tiles = [thumbnail(network, split, preprocessing, i, side=THUMBNAIL) for i in shown]
        probabilities = predictions.probability_N[shown].tolist()
        notes = [f"{i}: {p:.0%}" for i, p in zip(shown, probabilities, strict=True)]
        grids.append(_grid(pair, np.stack(tiles), tuple(notes), labels))
    table = _table(pairs, predictions, labels)
    return Sheet(
        title="Most frequent confusions",
        caption="Under each image: its number in the split, and the probability of the predicted "
        "class."
        if grids
        else "",
        items=(*grids, table),
        columns=2 if grids else 1,
    )


def cost(split: Images) -> Cost:
    """One forward pass of each image."""
    return Cost(len(split))


def ranked_confusions(
    true_N: Sequence[int], predicted_N: Sequence[int], probability_N: Sequence[float]
) -> dict[Pair, list[int]]:
    """Image indices of each confused pair.

    Pairs: most frequent first, then by their highest probability. Images of a pair: highest
    probability first. One pass over the images; only the mistakes are sorted.
    """
    mistakes: dict[Pair, list[tuple[float, int]]] = {}
    for index, (true, predicted, probability) in enumerate(
        zip(true_N, predicted_N, probability_N, strict=True)
    ):
        if true != predicted:
            mistakes.setdefault((true, predicted), []).append((-probability, index))
    for members in mistakes.values():
        members.sort()
    order = sorted(mistakes, key=lambda pair: (-len(mistakes[pair]), mistakes[pair][0][0], pair))
    return {pair: [index for _, index in mistakes[pair]] for pair in order}


def _predictions(
    network: nn.Module, split: Images, preprocessing: Preprocessing, batch_size: int
) -> _Predictions:
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    with frozen(network), torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=batch_size, device=device_of(network))
        num = -(-len(split) // batch_size)
        example_NCHW = first_input(network, split, preprocessing)
        passes = forward_passes(network, example_NCHW, len(split))
        for input_NCHW, labels_N in reported(batches, num):
            scores, _ = passes(input_NCHW.clone())
            _check_labels(labels_N, scores.values_NK.shape[1])
            exact = scores._replace(values_NK=scores.values_NK.double())
            best = exact.probabilities().max(1)
            parts.append((labels_N.cpu(), best.indices.cpu(), best.values.cpu()))
    true_N, predicted_N, probability_N = (torch.cat([part[i] for part in parts]) for i in range(3))
    return _Predictions(true_N, predicted_N, probability_N)


def _check_labels(labels_N: Tensor, num_classes: int) -> None:
    if int(labels_N.min()) < 0 or int(labels_N.max()) >= num_classes:
        raise InputError(
            f"labels from {int(labels_N.min())} to {int(labels_N.max())}",
            expected=f"0 to {num_classes - 1}: the classes of the network",
            where="split",
        )


def _table(
    pairs: dict[Pair, list[int]], predictions: _Predictions, labels: tuple[str, ...]
) -> Table:
    class_sizes = Counter(predictions.true_N.tolist())
    num, wrong = len(predictions.true_N), sum(map(len, pairs.values()))
    caption = f"{wrong:,} of {num:,} images are misclassified"
    caption += f", in {len(pairs)} pairs of classes." if pairs else "."
    if len(pairs) > MAX_ROWS:
        caption += f" The first {MAX_ROWS} are listed."
    return Table(
        title="Confusions",
        caption=caption,
        columns=("true", "predicted", "count", "share of true class"),
        rows=tuple(
            (
                class_label(labels, true),
                class_label(labels, predicted),
                len(indices),
                f"{len(indices) / class_sizes[true]:.2%}",
            )
            for (true, predicted), indices in list(pairs.items())[:MAX_ROWS]
        ),
    )


def _grid(pair: Pair, tiles: Pixels, notes: tuple[str, ...], labels: tuple[str, ...]) -> ImageGrid:
    true, predicted = (class_label(labels, k) for k in pair)
    return ImageGrid(
        title=f"{true}, predicted as {predicted}",
        tiles=tiles,
        scale=Scale.pixels(3),
        labels=notes,
        columns=min(8, len(tiles)),
    )
