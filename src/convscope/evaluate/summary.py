"""The metrics that follow from counts of samples.

Axes: K classes, P pairs of a true and a predicted class.
"""

import math

import torch

from convscope.errors import InputError
from convscope.evaluate.classified import TOP_K
from convscope.evaluate.counts import EDGES, UNIT, Counts
from convscope.evaluate.metrics import CalibrationBin, ClassMetrics, ConfusedPair, Evaluation

MATRIX_CLASSES = 1000  # larger confusion matrices are reported as their largest entries
NUM_PAIRS = 1000


def summary(counts: Counts, names: tuple[str, ...]) -> Evaluation:
    """Return the evaluation of everything that was counted.

    Raises:
        InputError: nothing was counted.
    """
    counts.merge_pending()
    if counts.samples == 0:
        raise InputError("no samples to evaluate", expected="at least one batch")
    n = counts.samples
    classes = _class_metrics(counts, names)
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
        calibration_error=_calibration_error(counts),
        cross_entropy=max(0.0, counts.loss_units / n / UNIT),
        classes=classes,
        confusion=_confusion(counts),
        confused_pairs=_confused_pairs(counts),
        calibration=_calibration(counts),
        mistakes=tuple(counts.mistakes),
    )


def _confusion(counts: Counts) -> tuple[tuple[int, ...], ...]:
    """Return the confusion matrix; nothing for more than `MATRIX_CLASSES` classes."""
    k = len(counts.support_K)
    if k > MATRIX_CLASSES:
        return ()
    matrix = torch.zeros(k * k, dtype=torch.int64)
    matrix[counts.pairs_P] = counts.num_P
    return tuple(tuple(row) for row in matrix.view(k, k).tolist())


def _confused_pairs(counts: Counts) -> tuple[ConfusedPair, ...]:
    """Return the most frequent confusions, for classes whose matrix is too large."""
    k = len(counts.support_K)
    if k <= MATRIX_CLASSES:
        return ()
    wrong = (counts.pairs_P // k != counts.pairs_P % k).nonzero()[:, 0]
    order = counts.num_P[wrong].argsort(descending=True, stable=True)[:NUM_PAIRS]
    rows = zip(
        counts.pairs_P[wrong[order]].tolist(), counts.num_P[wrong[order]].tolist(), strict=True
    )
    return tuple(ConfusedPair(true=pair // k, predicted=pair % k, count=num) for pair, num in rows)


def _class_metrics(counts: Counts, names: tuple[str, ...]) -> tuple[ClassMetrics, ...]:
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
            names, *(column_K.tolist() for column_K in columns), strict=True
        )
    )


def _calibration_error(counts: Counts) -> float:
    bins = counts.bins_B3.tolist()
    gaps = [abs(correct - units / UNIT) for _, correct, units in bins]
    return min(1.0, math.fsum(gaps) / counts.samples)


def _calibration(counts: Counts) -> tuple[CalibrationBin, ...]:
    edges = EDGES.tolist()
    return tuple(
        CalibrationBin(
            lower=edges[i],
            upper=edges[i + 1],
            num_samples=num,
            accuracy=_ratio(correct, num),
            confidence=_ratio(units / UNIT, num),
        )
        for i, (num, correct, units) in enumerate(counts.bins_B3.tolist())
    )


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
