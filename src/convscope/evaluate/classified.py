"""Classified samples: what every metric takes from a batch of scores.

Axes: N samples of a batch, K classes.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from convscope.errors import InputError

CHUNK_NUMBERS = 1 << 22  # scores that are worked on at a time, in float64
SMALLEST = torch.finfo(torch.float32).tiny
MAX_LOSS = 2.0**40  # nats of one sample; keeps the sums finite for any logits
TOP_K = 5


class Classified(NamedTuple):
    """Samples with their predicted classes. Of several best classes the first is predicted.

    Attributes:
        log_NK: natural logarithms of the probabilities, in float64.
        confidence_N, true_N: probabilities of the predicted and of the true class.
        losses_N: -ln(probability of the true class), at most MAX_LOSS.
        top5_N: whether the true class is among the five most probable.
    """

    labels_N: Tensor
    log_NK: Tensor
    predicted_N: Tensor
    confidence_N: Tensor
    true_N: Tensor
    losses_N: Tensor
    top5_N: Tensor

    @property
    def correct_N(self) -> Tensor:  # noqa: N802
        return self.predicted_N == self.labels_N


def classified_logits(logits_NK: Tensor, labels_N: Tensor) -> Iterator[Classified]:
    """Yield the samples of a batch of logits, a part at a time."""
    for chunk_NK, chunk_labels_N in _chunks(logits_NK, labels_N):
        yield _classified(chunk_NK, chunk_NK.log_softmax(dim=1), chunk_labels_N)


def classified_probabilities(probabilities_NK: Tensor, labels_N: Tensor) -> Iterator[Classified]:
    """Yield the samples of a batch of probabilities, a part at a time."""
    for chunk_NK, chunk_labels_N in _chunks(probabilities_NK, labels_N):
        yield _classified(chunk_NK, chunk_NK.clamp(SMALLEST, 1).log(), chunk_labels_N)


def check_rows_are_probabilities(probabilities_NK: Tensor) -> None:
    """Raise InputError unless every row holds probabilities that sum to 1."""
    for rows_NK, _ in _chunks(probabilities_NK, probabilities_NK[:, 0]):
        sums_N = rows_NK.sum(dim=1)
        if bool((rows_NK < 0).any()) or bool(((sums_N - 1).abs() > 1e-3).any()):
            raise InputError(
                "rows that are not probabilities",
                expected="numbers from 0 to 1 that sum to 1 in each row",
                fix="give logits to add_logits",
            )


def checked_labels(
    scores_NK: Tensor, labels_N: Tensor, *, num_classes: int, name: str, index: Callable[[int], int]
) -> Tensor:
    """Check a whole batch before any of it is counted; return the labels as int64.

    Args:
        name: of the scores, for errors.
        index: from the place in the batch to the number of the sample, for errors.
    """
    k = num_classes
    if scores_NK.ndim != 2 or scores_NK.shape[1] != k or len(scores_NK) == 0:
        raise InputError(
            f"{name} of shape {tuple(scores_NK.shape)}",
            expected=f"(N, {k}) with N of at least 1: one column for each class",
        )
    if labels_N.shape != scores_NK.shape[:1]:
        raise InputError(
            f"{len(scores_NK)} {name} and labels of shape {tuple(labels_N.shape)}",
            expected="one label for each sample",
        )
    if labels_N.is_floating_point() or labels_N.dtype == torch.bool:
        raise InputError(f"labels of type {labels_N.dtype}", expected="whole numbers")
    finite_N = scores_NK.isfinite().all(dim=1)
    if not bool(finite_N.all()):
        first = int((~finite_N).nonzero()[0])
        raise InputError(
            f"{name} that are not finite, first for sample {index(first)}",
            expected="finite numbers",
            fix="the network has diverged or its weights are damaged: train it again",
        )
    labels_N = labels_N.detach().to("cpu", torch.int64)
    if int(labels_N.min()) < 0 or int(labels_N.max()) >= k:
        wrong = labels_N[(labels_N < 0) | (labels_N >= k)][0]
        raise InputError(f"the label {int(wrong)}", expected=f"0 to {k - 1}: one of {k} classes")
    return labels_N


def _classified(scores_NK: Tensor, log_NK: Tensor, labels_N: Tensor) -> Classified:
    predicted_N = scores_NK.argmax(dim=1)  # the first one of a tie
    own_N1 = scores_NK.gather(1, labels_N[:, None])
    earlier_NK = torch.arange(scores_NK.shape[1])[None, :] < labels_N[:, None]
    ahead_NK = (scores_NK > own_N1) | ((scores_NK == own_N1) & earlier_NK)
    log_true_N = log_NK.gather(1, labels_N[:, None])[:, 0]
    return Classified(
        labels_N,
        log_NK,
        predicted_N,
        confidence_N=log_NK.gather(1, predicted_N[:, None])[:, 0].exp().clamp(0, 1),
        true_N=log_true_N.exp().clamp(0, 1),
        losses_N=(-log_true_N).clamp(0, MAX_LOSS),
        top5_N=ahead_NK.sum(dim=1) < TOP_K,
    )


def _chunks(scores_NK: Tensor, labels_N: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield rows in float64 on the CPU, few enough at a time for many classes."""
    rows = max(1, CHUNK_NUMBERS // scores_NK.shape[1])
    chunks = zip(torch.split(scores_NK, rows), torch.split(labels_N, rows), strict=True)
    for chunk_NK, chunk_labels_N in chunks:
        yield chunk_NK.detach().to("cpu", torch.float64), chunk_labels_N
