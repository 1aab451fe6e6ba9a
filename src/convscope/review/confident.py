"""Confident learning: which labels a model's probabilities contradict.

threshold_j = mean of p_j over the images labelled j
class j is likely for an image if p_j >= threshold_j; of several the most probable one
C[i][j] = images labelled i whose likely class is j (the confident joint)
Q[i][j] = C[i][j] / sum_j C[i][j] * (images labelled i) / (all images)
wrong labels = N * (sum of Q off its diagonal)

Paper: Northcutt, Jiang and Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset
Labels.
Differs from the paper: images are not pruned but ranked, for a person to decide.

Axes: N images, K classes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

CHUNK = 1 << 22  # probabilities at a time

Probabilities = NDArray[np.float32] | NDArray[np.float64]


class Doubts(NamedTuple):
    """Labels that probabilities contradict.

    Attributes:
        order_N: images by rising self-confidence: the most doubtful label first. On MNIST with
            planted wrong labels it has more of them in front than an order that begins with the
            labels off the diagonal, or by margin (benchmarks/label_doubts.py).
        likely_N: likely class of each image; its label where no class reaches its threshold.
        suggested_N: the likely class if it is another than the label, else the most probable
            other class.
        self_confidence_N: probability of the label.
        margin_N: probability of the suggested class minus that of the label.
        joint_KK: the confident joint C, counts of images by label and likely class.
        num_wrong: estimated number of wrong labels.
    """

    order_N: NDArray[np.int64]
    likely_N: NDArray[np.int64]
    suggested_N: NDArray[np.int64]
    self_confidence_N: NDArray[np.float64]
    margin_N: NDArray[np.float64]
    joint_KK: NDArray[np.int64]
    num_wrong: float

    def is_doubted(self, labels_N: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether the likely class of each image is another than its label."""
        differs_N: NDArray[np.bool_] = self.likely_N != labels_N
        return differs_N


def doubts(probabilities_NK: Probabilities, labels_N: NDArray[np.int64]) -> Doubts:
    """Rank labels by how much the probabilities contradict them.

    Args:
        probabilities_NK: of a model, preferably one that was not trained on these images.
        labels_N: the given labels.

    Raises:
        InputError: no images, fewer than two classes, or a label that is no class.
    """
    num, num_classes = probabilities_NK.shape
    if num == 0 or num_classes < 2:
        raise InputError(
            f"{num:,} images and {num_classes:,} classes", expected="images, and two classes"
        )
    if len(labels_N) != num or labels_N.min() < 0 or labels_N.max() >= num_classes:
        raise InputError(
            "labels that do not fit the probabilities",
            expected=f"{num:,} labels from 0 to {num_classes - 1}",
        )
    rows_N = np.arange(num)
    own_N = probabilities_NK[rows_N, labels_N].astype(np.float64)
    counts_K = np.bincount(labels_N, minlength=num_classes)
    sums_K = np.bincount(labels_N, weights=own_N, minlength=num_classes)
    # a class without images has no threshold, so it is likely for none
    thresholds_K = np.where(counts_K > 0, sums_K / np.maximum(counts_K, 1), np.inf)
    likely_N, other_N = _likely(probabilities_NK, labels_N, thresholds_K)
    suggested_N = np.where(likely_N == labels_N, other_N, likely_N)
    margin_N = probabilities_NK[rows_N, suggested_N].astype(np.float64) - own_N
    joint_KK = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(joint_KK, (labels_N, likely_N), 1)
    return Doubts(
        np.argsort(own_N, kind="stable"),
        likely_N,
        suggested_N,
        own_N,
        margin_N,
        joint_KK,
        _num_wrong(joint_KK, counts_K),
    )


def _likely(
    probabilities_NK: Probabilities,
    labels_N: NDArray[np.int64],
    thresholds_K: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the likely class of each image, and the most probable class but its label."""
    likely_N, other_N = labels_N.copy(), labels_N.copy()
    step = max(1, CHUNK // probabilities_NK.shape[1])
    for begin in range(0, len(labels_N), step):
        rows = slice(begin, begin + step)
        part_NK = probabilities_NK[rows].astype(np.float64)
        own_N = labels_N[rows]
        reached_NK = part_NK >= thresholds_K
        best_N = np.where(reached_NK, part_NK, -1.0).argmax(axis=1)
        likely_N[rows] = np.where(reached_NK.any(axis=1), best_N, own_N)
        part_NK[np.arange(len(own_N)), own_N] = -1.0
        other_N[rows] = part_NK.argmax(axis=1)
    return likely_N, other_N


def _num_wrong(joint_KK: NDArray[np.int64], counts_K: NDArray[np.int64]) -> float:
    """Return the estimated number of wrong labels: N * (sum of Q off its diagonal)."""
    totals_K = joint_KK.sum(axis=1)
    shares_K = 1 - joint_KK.diagonal() / np.maximum(totals_K, 1)
    return float((shares_K * counts_K)[totals_K > 0].sum())
