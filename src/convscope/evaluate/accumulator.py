"""Metrics accumulated batch by batch into one `Evaluation`.

Sums are whole numbers, with probabilities and losses in units of 2^-40: the same predictions
give the same figures to the last bit, in any order and on any number of processes. Memory grows
with the number of classes and of different confusions, never with the square of the classes.

Axes: N samples of a batch, K classes, B bins, P pairs of a true and a predicted class.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import torch
from torch import Tensor

from convscope.errors import InputError
from convscope.evaluate.metrics import (
    CalibrationBin,
    ClassMetrics,
    ConfusedPair,
    Evaluation,
    Mistake,
)

NUM_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"
TOP_K = 5
MATRIX_CLASSES = 1000  # larger confusion matrices are reported as their largest entries
NUM_PAIRS = 1000
PENDING = 1 << 16  # pairs that wait to be merged
CHUNK_NUMBERS = 1 << 22  # scores that are worked on at a time, in float64
SMALLEST = torch.finfo(torch.float32).tiny
UNIT = 2.0**40  # of the sums: far below the precision that is shown
MAX_LOSS = 2.0**40  # nats of one sample; keeps the sums finite for any logits


@dataclass
class Counts:
    """Sums over samples, for K classes."""

    support_K: Tensor
    predicted_K: Tensor
    correct_K: Tensor
    bins_B3: Tensor
    """Per bin: samples, correct ones, and the confidence in units."""
    pairs_P: Tensor
    """true * K + predicted, sorted, each once."""
    num_P: Tensor
    samples: int = 0
    top5: int = 0
    loss_units: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @staticmethod
    def zero(num_classes: int) -> "Counts":
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.int64)

        k = num_classes
        return Counts(zeros(k), zeros(k), zeros(k), zeros(NUM_BINS, 3), zeros(0), zeros(0))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON data, for another process."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        lists = {name: v.tolist() for name, v in data.items() if isinstance(v, Tensor)}
        mistakes = [mistake.model_dump(mode="json") for mistake in self.mistakes]
        return data | lists | {"mistakes": mistakes}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Counts":
        """Return the counts of `to_json`."""
        tensors = {
            name: torch.tensor(value, dtype=torch.int64)
            for name, value in data.items()
            if isinstance(value, list) and name != "mistakes"
        }
        mistakes = [Mistake.model_validate(mistake) for mistake in data["mistakes"]]
        return Counts(**{**data, **tensors, "mistakes": mistakes})


class MetricAccumulator:
    """Accumulates the metrics of a split batch by batch.

    Samples are numbered in the order in which they arrive: rank, rank + world_size, ...

    Args:
        classes: their names, in the order of the network's outputs.
        num_mistakes: how many of the most confident mistakes are kept.
        rank, world_size: of several processes, each of which counts a part of the samples.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        *,
        num_mistakes: int = 24,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if not classes:
            raise InputError("0 classes", expected="at least one name of a class")
        if num_mistakes < 0:
            raise InputError(f"num_mistakes is {num_mistakes}", expected="0 or more")
        if not 0 <= rank < world_size:
            raise InputError(f"rank {rank} of {world_size}", expected=f"0 to {world_size - 1}")
        self.classes = classes
        self._num_mistakes = num_mistakes
        self._rank, self._world_size = rank, world_size
        self._edges = torch.linspace(0, 1, NUM_BINS + 1, dtype=torch.float64)
        self._counts = Counts.zero(len(classes))
        self._pending: list[Tensor] = []  # pairs of the last batches

    def add_logits(self, logits_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of logits: (N, K), any finite numbers.

        Raises:
            InputError: an empty batch, another shape, a label that is no class, NaN or infinity.
                Nothing of the batch is counted.
        """
        labels_N = self._checked(logits_NK, labels_N, name="logits")
        self._count(logits_NK, labels_N, log=lambda chunk_NK: chunk_NK.log_softmax(dim=1))

    def add_probabilities(self, probabilities_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of probabilities: (N, K), rows that sum to 1.

        For the cross-entropy a probability of 0 counts as the smallest float32.

        Raises:
            InputError: as `add_logits`, and rows that are not probabilities.
        """
        labels_N = self._checked(probabilities_NK, labels_N, name="probabilities")
        for rows_NK, _ in _chunks(probabilities_NK, labels_N):
            sums_N = rows_NK.sum(dim=1)
            if bool((rows_NK < 0).any()) or bool(((sums_N - 1).abs() > 1e-3).any()):
                raise InputError(
                    "rows that are not probabilities",
                    expected="numbers from 0 to 1 that sum to 1 in each row",
                    fix="give logits to add_logits",
                )
        self._count(
            probabilities_NK, labels_N, log=lambda chunk_NK: chunk_NK.clamp(SMALLEST, 1).log()
        )

    def counts(self) -> Counts:
        """Return the counts so far, to be merged by another accumulator of the same classes."""
        self._merge_pending()
        return self._counts

    def merge(self, other: Counts) -> None:
        """Add the counts of another accumulator of the same classes.

        Raises:
            InputError: counts of another number of classes.
        """
        if len(other.support_K) != len(self.classes):
            raise InputError(
                f"counts of {len(other.support_K)} classes", expected=f"{len(self.classes)} classes"
            )
        mine = self.counts()
        mine.support_K += other.support_K
        mine.predicted_K += other.predicted_K
        mine.correct_K += other.correct_K
        mine.bins_B3 += other.bins_B3
        mine.samples += other.samples
        mine.top5 += other.top5
        mine.loss_units += other.loss_units
        self._add_pairs(other.pairs_P, other.num_P)
        self._keep_mistakes(other.mistakes)

    def result(self) -> Evaluation:
        """Return the evaluation of everything counted so far.

        Raises:
            InputError: nothing was counted.
        """
        counts = self.counts()
        if counts.samples == 0:
            raise InputError("no samples to evaluate", expected="at least one batch")
        n = counts.samples
        classes = self._class_metrics()
        present = [c for c in classes if c.support]
        largest = max(classes, key=lambda c: c.support)
        correct = int(counts.correct_K.sum())
        return Evaluation(
            num_samples=n,
            correct=correct,
            accuracy=correct / n,
            top5=counts.top5 / n if len(classes) > TOP_K else None,
            balanced_accuracy=_mean([c.recall for c in present]),
            macro_f1=_mean([c.f1 for c in present]),
            majority_class=largest.name,
            majority_baseline=largest.support / n,
            mcc=_mcc(classes),
            calibration_error=self._calibration_error(),
            cross_entropy=max(0.0, counts.loss_units / n / UNIT),
            classes=classes,
            confusion=self._confusion(),
            confused_pairs=self._confused_pairs(),
            calibration=self._calibration(),
            mistakes=tuple(counts.mistakes),
        )

    def _checked(self, scores_NK: Tensor, labels_N: Tensor, *, name: str) -> Tensor:
        """Check a whole batch before any of it is counted; return the labels as int64."""
        k = len(self.classes)
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
                f"{name} that are not finite, first for sample {self._index(first)}",
                expected="finite numbers",
                fix="the network has diverged or its weights are damaged: train it again",
            )
        labels_N = labels_N.detach().to("cpu", torch.int64)
        if int(labels_N.min()) < 0 or int(labels_N.max()) >= k:
            wrong = labels_N[(labels_N < 0) | (labels_N >= k)][0]
            raise InputError(
                f"the label {int(wrong)}", expected=f"0 to {k - 1}: one of {k} classes"
            )
        return labels_N

    def _count(
        self, scores_NK: Tensor, labels_N: Tensor, *, log: Callable[[Tensor], Tensor]
    ) -> None:
        for chunk_NK, chunk_labels_N in _chunks(scores_NK, labels_N):
            self._count_chunk(chunk_NK, log(chunk_NK), chunk_labels_N)

    def _count_chunk(self, scores_NK: Tensor, log_NK: Tensor, labels_N: Tensor) -> None:
        counts, k = self._counts, len(self.classes)
        predicted_N = scores_NK.argmax(dim=1)  # the first one of a tie
        correct_N = predicted_N == labels_N
        counts.support_K += torch.bincount(labels_N, minlength=k)
        counts.predicted_K += torch.bincount(predicted_N, minlength=k)
        counts.correct_K += torch.bincount(labels_N[correct_N], minlength=k)
        self._pending.append(labels_N * k + predicted_N)
        if sum(len(pairs_N) for pairs_N in self._pending) >= PENDING:
            self._merge_pending()

        own_N1 = scores_NK.gather(1, labels_N[:, None])
        earlier_NK = torch.arange(k)[None, :] < labels_N[:, None]
        ahead_NK = (scores_NK > own_N1) | ((scores_NK == own_N1) & earlier_NK)
        counts.top5 += int((ahead_NK.sum(dim=1) < TOP_K).sum())

        losses_N = -log_NK.gather(1, labels_N[:, None])[:, 0]
        losses = (losses_N.clamp(max=MAX_LOSS) * UNIT).round().tolist()
        counts.loss_units += sum(int(loss) for loss in losses)  # Python's integers do not overflow

        confidence_N = log_NK.gather(1, predicted_N[:, None])[:, 0].exp().clamp(0, 1)
        bin_N = (torch.bucketize(confidence_N, self._edges) - 1).clamp(0, NUM_BINS - 1)
        units_N = (confidence_N * UNIT).round().to(torch.int64)
        added_N3 = torch.stack([torch.ones_like(units_N), correct_N.to(units_N), units_N], dim=1)
        counts.bins_B3.index_add_(0, bin_N, added_N3)

        wrong = (~correct_N).nonzero()[:, 0]
        wrong = wrong[confidence_N[wrong].argsort(descending=True, stable=True)]
        self._keep_mistakes(
            [
                Mistake(
                    index=self._index(i),
                    predicted=int(predicted_N[i]),
                    true=int(labels_N[i]),
                    probability=float(confidence_N[i]),
                )
                for i in wrong[: self._num_mistakes].tolist()
            ]
        )
        counts.samples += len(labels_N)

    def _keep_mistakes(self, more: list[Mistake]) -> None:
        both = sorted(self._counts.mistakes + more, key=lambda m: (-m.probability, m.index))
        self._counts.mistakes = both[: self._num_mistakes]

    def _index(self, place: int) -> int:
        """Return the number of the sample at this place of the current batch."""
        return self._rank + (self._counts.samples + place) * self._world_size

    def _merge_pending(self) -> None:
        if self._pending:
            pairs_N = torch.cat(self._pending)
            self._pending = []
            self._add_pairs(pairs_N, torch.ones_like(pairs_N))

    def _add_pairs(self, pairs_P: Tensor, num_P: Tensor) -> None:
        counts = self._counts
        every = torch.cat([counts.pairs_P, pairs_P])
        counts.pairs_P, place = torch.unique(every, return_inverse=True)
        total = torch.zeros_like(counts.pairs_P)
        counts.num_P = total.index_add_(0, place, torch.cat([counts.num_P, num_P]))

    def _confusion(self) -> tuple[tuple[int, ...], ...]:
        """Return the confusion matrix; nothing for more than `MATRIX_CLASSES` classes."""
        k = len(self.classes)
        if k > MATRIX_CLASSES:
            return ()
        matrix = torch.zeros(k * k, dtype=torch.int64)
        matrix[self._counts.pairs_P] = self._counts.num_P
        return tuple(tuple(row) for row in matrix.view(k, k).tolist())

    def _confused_pairs(self) -> tuple[ConfusedPair, ...]:
        """Return the most frequent confusions, for classes whose matrix is too large."""
        counts, k = self._counts, len(self.classes)
        if k <= MATRIX_CLASSES:
            return ()
        wrong = (counts.pairs_P // k != counts.pairs_P % k).nonzero()[:, 0]
        order = counts.num_P[wrong].argsort(descending=True, stable=True)[:NUM_PAIRS]
        rows = zip(
            counts.pairs_P[wrong[order]].tolist(), counts.num_P[wrong[order]].tolist(), strict=True
        )
        return tuple(
            ConfusedPair(true=pair // k, predicted=pair % k, count=num) for pair, num in rows
        )

    def _class_metrics(self) -> tuple[ClassMetrics, ...]:
        counts = self._counts
        columns = (counts.support_K, counts.predicted_K, counts.correct_K)
        return tuple(
            ClassMetrics(
                name=name,
                support=support,
                predicted=predicted,
                correct=correct,
                precision=_ratio(correct, predicted),
                recall=_ratio(correct, support),
                f1=_ratio(2 * correct, support + predicted),
            )
            for name, support, predicted, correct in zip(
                self.classes, *(column_K.tolist() for column_K in columns), strict=True
            )
        )

    def _calibration_error(self) -> float:
        bins = self._counts.bins_B3.tolist()
        gaps = [abs(correct - units / UNIT) for _, correct, units in bins]
        return min(1.0, math.fsum(gaps) / self._counts.samples)

    def _calibration(self) -> tuple[CalibrationBin, ...]:
        edges = self._edges.tolist()
        return tuple(
            CalibrationBin(
                lower=edges[i],
                upper=edges[i + 1],
                num_samples=num,
                accuracy=_ratio(correct, num),
                confidence=_ratio(units / UNIT, num),
            )
            for i, (num, correct, units) in enumerate(self._counts.bins_B3.tolist())
        )


def _chunks(scores_NK: Tensor, labels_N: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield rows in float64 on the CPU, few enough at a time for many classes."""
    rows = max(1, CHUNK_NUMBERS // scores_NK.shape[1])
    chunks = zip(torch.split(scores_NK, rows), torch.split(labels_N, rows), strict=True)
    for chunk_NK, chunk_labels_N in chunks:
        yield chunk_NK.detach().to("cpu", torch.float64), chunk_labels_N


def _ratio(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole else None


def _mean(values: list[float | None]) -> float:
    known = [v for v in values if v is not None]
    return min(1.0, math.fsum(known) / len(known))


def _mcc(classes: tuple[ClassMetrics, ...]) -> float | None:
    n = sum(c.support for c in classes)
    both = sum(c.support * c.predicted for c in classes)
    spread = (n * n - sum(c.predicted**2 for c in classes)) * (
        n * n - sum(c.support**2 for c in classes)
    )
    if spread == 0:
        return None
    value = (sum(c.correct for c in classes) * n - both) / math.sqrt(spread)
    return max(-1.0, min(1.0, value))
