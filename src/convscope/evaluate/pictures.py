"""Pictures of an evaluation, as payloads: confusion matrix, precision-recall and ROC curves."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.evaluate.metrics import Evaluation, RankingCurve, percent
from convscope.payload import Curves, Heatmap, Scale, Series

MOST_CLASSES = 100  # rows of a matrix that can be read
NUM_FOLDED = 30  # classes that are shown of more
MOST_CURVES = 22  # classes; with the two averages 24 charts
Kind = Literal["pr", "roc"]


def confusion_matrix(evaluation: Evaluation) -> Heatmap:
    """Return the matrix as shares of the true class, with the counts.

    Of more than 100 classes the 30 of the most frequent confusions are shown, and the others are
    summed.
    """
    names = evaluation.class_names
    caption = "Row: true class. Column: predicted class. Colour: share of the row."
    shown = list(range(len(names)))
    labels: Sequence[str] = names
    if len(names) > MOST_CLASSES:
        shown = _most_confused(evaluation)
        labels = [*(names[number] for number in shown), "other classes"]
        caption = (
            f"{len(shown)} of {len(names):,} classes: those of the most frequent confusions. The "
            "others are summed. Row: true class. Column: predicted class. Colour: share of the row."
        )
    counts = _counts(evaluation, shown)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    scale = Scale(colours="viridis", low=0, high=1, label="share of the true class")
    return Heatmap(
        title="Confusion matrix",
        caption=caption,
        values=shares,
        numbers=counts,
        scale=scale,
        rows=tuple(labels),
        columns=tuple(labels),
        x_label="predicted class",
        y_label="true class",
    )


def _most_confused(evaluation: Evaluation) -> list[int]:
    """Return the classes of the most frequent confusions, in their order."""
    shown: set[int] = set()
    for pair in evaluation.most_confused(len(evaluation.classes) ** 2):
        if len(shown | {pair.true, pair.predicted}) <= NUM_FOLDED:
            shown |= {pair.true, pair.predicted}
    return sorted(shown or range(NUM_FOLDED))


def _counts(evaluation: Evaluation, shown: Sequence[int]) -> NDArray[np.int64]:
    """Return the matrix of some classes; with a last row and column of the others, if any."""
    classes = evaluation.classes
    place = {number: row for row, number in enumerate(shown)}
    size = len(shown) + (len(shown) < len(classes))
    counts = np.zeros((size, size), np.int64)
    other = len(shown)
    for number, metrics in enumerate(classes):
        at = place.get(number, other)
        counts[at, at] += metrics.correct
    for pair in evaluation.most_confused(len(classes) ** 2):
        counts[place.get(pair.true, other), place.get(pair.predicted, other)] += pair.count
    if not evaluation.confusion and size > len(shown):  # rare confusions are not listed one by one
        for number, row in place.items():
            counts[row, other] += classes[number].support - counts[row].sum()
            counts[other, row] += classes[number].predicted - counts[:, row].sum()
        total = sum(metrics.support for metrics in classes)
        counts[other, other] += total - counts.sum()
    return counts


def ranking_curves(evaluation: Evaluation, kind: Kind) -> Curves:
    """Return the curves of every class against all others, with micro and macro average.

    Of more than 22 classes, those with the lowest average precision are shown.

    Raises:
        InputError: an evaluation without curves, as that of training, or from a model file.
    """
    ranking = evaluation.ranking
    if ranking is None or not ranking.curves:
        raise InputError(
            "this evaluation has no precision-recall and ROC curves",
            expected="an evaluation that `evaluate` returned",
            fix="evaluate the model again: model.evaluate(data)",
        )
    averages = [curve for curve in ranking.curves if curve.number is None]
    classes = [curve for curve in ranking.curves if curve.number is not None]
    measured = sum(c.average_precision is not None for c in evaluation.classes)
    caption = "Every class against all others."
    if len(classes) > MOST_CURVES or len(classes) < measured:
        classes = sorted(classes, key=lambda curve: _precision(evaluation, curve))[:MOST_CURVES]
        caption = (
            f"Every class against all others; the {len(classes)} of {measured:,} classes with the "
            "lowest average precision."
        )
    if ranking.bins:
        caption += f" Computed from histograms of {ranking.bins:,} bins for each class."
    series = [_series(evaluation, curve, kind) for curve in (*averages, *classes)]
    if kind == "pr":
        return Curves(
            title="Precision-recall curves",
            caption=f"{caption} AP: average precision.",
            x_label="recall",
            y_label="precision",
            y_format="percent",
            series=tuple(line for line in series if line),
        )
    lines = tuple(line for line in series if line)
    if not lines:
        raise InputError(
            "there is no ROC curve of a single class", expected="images of two or more classes"
        )
    return Curves(
        title="ROC curves",
        caption=f"{caption} AUC: area under the curve; 50 % is chance.",
        x_label="false positive rate",
        y_label="true positive rate",
        y_format="percent",
        series=lines,
    )


def _precision(evaluation: Evaluation, curve: RankingCurve) -> float:
    assert curve.number is not None
    return evaluation.classes[curve.number].average_precision or 0.0


def _series(evaluation: Evaluation, curve: RankingCurve, kind: Kind) -> Series | None:
    """Return one line with its area in its name; None for a class without negatives."""
    x, y = (
        (curve.recall, curve.precision)
        if kind == "pr"
        else (curve.false_positive_rate, curve.true_positive_rate)
    )
    if not x:
        return None
    area = percent(_area(evaluation, curve, kind), digits=1)
    name = f"{curve.name} (AP {area})" if kind == "pr" else f"{curve.name} (AUC {area})"
    return Series(name=name, x=x, y=y)


def _area(evaluation: Evaluation, curve: RankingCurve, kind: Kind) -> float | None:
    ranking = evaluation.ranking
    assert ranking is not None
    if curve.number is not None:
        metrics = evaluation.classes[curve.number]
        return metrics.average_precision if kind == "pr" else metrics.roc_auc
    if curve.name == "micro average":
        return ranking.micro_average_precision if kind == "pr" else ranking.micro_roc_auc
    return ranking.average_precision if kind == "pr" else ranking.roc_auc
