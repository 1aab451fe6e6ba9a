"""What is taken for what: the most frequent confusions first, each with its images.

Axes: N images, K classes, C channels, H height, W width, 3 red, green, blue.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import still
from convscope.payload import ImageGrid, Scale, Sheet, Table
from convscope.visuals.attribution.score import answered, positive
from convscope.visuals.subject import (
    Function,
    Images,
    Pixels,
    as_pixels,
    device_of,
    in_colour,
    label_of,
    not_empty,
)

MOST_ROWS = 20
MOST_SIDE = 96  # pixels of a thumbnail
Pair = tuple[int, int]


class _Answers(NamedTuple):
    """One answer an image."""

    true_N: Tensor
    predicted_N: Tensor
    probability_N: Tensor


def compute(
    network: nn.Module,
    *,
    split: Images,
    preprocessing: Function,
    labels: tuple[str, ...] = (),
    num_pairs: int = 8,
    num_each: int = 8,
    batch_size: int = 100,
) -> Sheet:
    """Pairs (true class, answer) by how often they are confused, worst first.

    Of each pair the mistakes in which the network was most certain, as it saw them. Where two
    pairs are confused equally often, the more certain one comes first.

    Args:
        split, preprocessing: labelled images, and the way to the network's input.
        num_pairs, num_each: pairs shown, and images of each, at most.

    Raises:
        InputError: an empty split, or labels that are no class of the network.
    """
    not_empty(split)
    for name, value in (
        ("num_pairs", num_pairs),
        ("num_each", num_each),
        ("batch_size", batch_size),
    ):
        positive(value, name=name)
    answers = _answers(network, split, preprocessing, batch_size)
    pairs = ranked(
        answers.true_N.tolist(), answers.predicted_N.tolist(), answers.probability_N.tolist()
    )
    table = _table(pairs, answers, labels)
    grids = [
        _grid(network, split, preprocessing, pair, members[:num_each], answers, labels)
        for pair, members in list(pairs.items())[:num_pairs]
    ]
    return Sheet(title="confusions, worst first", items=(*grids, table), columns=1)


def ranked(
    true_N: Sequence[int], predicted_N: Sequence[int], probability_N: Sequence[float]
) -> dict[Pair, list[int]]:
    """Image numbers of each confused pair (true, predicted), both in order of importance.

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


def _answers(
    network: nn.Module, split: Images, preprocessing: Function, batch_size: int
) -> _Answers:
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    with still(network), torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=batch_size, device=device_of(network))
        for input_NCHW, labels_N in batches:
            logits_NK = answered(network, input_NCHW)
            _check(labels_N, logits_NK.shape[1])
            best = logits_NK.double().softmax(1).max(1)
            parts.append((labels_N.cpu(), best.indices.cpu(), best.values.cpu()))
    true_N, predicted_N, probability_N = (torch.cat([part[i] for part in parts]) for i in range(3))
    return _Answers(true_N, predicted_N, probability_N)


def _check(labels_N: Tensor, num_classes: int) -> None:
    if int(labels_N.min()) < 0 or int(labels_N.max()) >= num_classes:
        raise InputError(
            f"labels from {int(labels_N.min())} to {int(labels_N.max())}",
            expected=f"0 to {num_classes - 1}: the classes of the network",
            where="split",
        )


def _table(
    pairs: dict[Pair, list[int]],
    answers: _Answers,
    labels: tuple[str, ...],
) -> Table:
    support = Counter(answers.true_N.tolist())
    num, wrong = len(answers.true_N), sum(map(len, pairs.values()))
    said = f"{wrong:,} of {num:,} images are answered wrongly"
    said += f", in {len(pairs)} pairs." if pairs else ": there is nothing to show."
    if len(pairs) > MOST_ROWS:
        said += f" The first {MOST_ROWS} are listed."
    return Table(
        title="confusions",
        caption=said,
        columns=("is", "answered", "images", "of those that are"),
        rows=tuple(
            (
                label_of(labels, a),
                label_of(labels, b),
                len(members),
                f"{len(members) / support[a]:.2%}",
            )
            for (a, b), members in list(pairs.items())[:MOST_ROWS]
        ),
    )


def _grid(
    network: nn.Module,
    split: Images,
    preprocessing: Function,
    pair: Pair,
    members: list[int],
    answers: _Answers,
    labels: tuple[str, ...],
) -> ImageGrid:
    tiles = np.stack([thumbnail(network, split, preprocessing, index) for index in members])
    true, predicted = (label_of(labels, k) for k in pair)
    return ImageGrid(
        title=f"{true}, answered {predicted}",
        caption="Number of the image and certainty of the wrong answer.",
        tiles=tiles,
        scale=Scale.pixels(3),
        labels=tuple(f"{i}: {float(answers.probability_N[i]):.0%}" for i in members),
        columns=min(8, len(members)),
    )


def thumbnail(
    network: nn.Module, split: Images, preprocessing: Function, index: int, *, side: int = MOST_SIDE
) -> Pixels:
    """An image as the network saw it, (H, W, 3), made smaller where it is large."""
    from PIL import Image

    with torch.no_grad():
        raw_NCHW = split.image(index)[None].to(device_of(network))
        pixels_HW3 = in_colour(as_pixels(preprocessing(raw_NCHW), preprocessing)[0])
    image = Image.fromarray(np.ascontiguousarray(pixels_HW3))
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)
