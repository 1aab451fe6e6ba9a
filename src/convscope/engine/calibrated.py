"""The int8 graph of a network, calibrated with images and refused where it does not pay.

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from convscope.engine.choice import fastest
from convscope.engine.graph import Graph
from convscope.engine.int8 import CALIBRATION_IMAGES, Int8Report, compare, quantised
from convscope.engine.nominal import seconds_per_image
from convscope.network import Network

Note = Callable[[str], None]
FEWEST, MOST = 200, 2000  # images that are compared
COMPARE_S = 20.0  # nominal; large networks compare fewer images
BATCH = 16


class Images(NamedTuple):
    """Images for a network, prepared when they are read.

    Attributes:
        input: from a number to the input of the network, (1, C, H, W).
        labels: the classes of the images; None where they are not known.
    """

    input: Callable[[int], Tensor]
    num: int
    labels: Sequence[int] | None = None


def calibrated_graph(
    network: Network,
    calibration: Images,
    evaluation: Images,
    *,
    max_loss: float,
    say: Note,
) -> tuple[Graph, Int8Report]:
    """Return the graph with 8-bit integers, and its figures beside those of float32.

    Args:
        calibration: images that set the ranges, best of the training split.
        evaluation: images that accuracy, agreement and speed are measured on.
        max_loss: in points of accuracy; of agreement, where the classes are not known.

    Raises:
        InputError: too few images; int8 loses more, or is not faster: the error has the figures.
    """
    inputs = (calibration.input(k) for k in _spread(calibration.num, CALIBRATION_IMAGES))
    graph = quantised(network, inputs, note=say)
    most = min(MOST, max(FEWEST, int(COMPARE_S / seconds_per_image(network))))
    places = _spread(evaluation.num, most)
    sample_NCHW = evaluation.input(places[0])
    exact = fastest(network, sample_NCHW, note=say).engine
    int8 = fastest(network, sample_NCHW, level="int8", quantised=graph, note=say).engine
    report = compare(exact, int8, _batches(evaluation, places))
    report.check(max_loss)  # its error has the same figures
    say(str(report))
    return graph, report


def _spread(num: int, most: int) -> list[int]:
    """Return at most so many numbers below `num`, evenly spread: data are sorted by class."""
    return sorted({k * num // most for k in range(most)}) if num > most else list(range(num))


def _batches(images: Images, places: Sequence[int]) -> Iterator[tuple[Tensor, Tensor | None]]:
    for start in range(0, len(places), BATCH):
        group = places[start : start + BATCH]
        labels = images.labels
        labels_N = None if labels is None else torch.tensor([labels[k] for k in group])
        yield torch.cat([images.input(k) for k in group]), labels_N
