"""Precision-recall and ROC: every class against all others, and the averages of classes.

The scores of all classes are kept exactly where they fit (`EXACT_NUMBERS`), and counted in
histograms of the log-odds otherwise, whose memory does not grow with the images.

Axes: N samples, K classes, B bins, T thresholds from the highest score to the lowest.
"""

import base64
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convscope.evaluate.metrics import Evaluation, Ranking, RankingCurve

EXACT_NUMBERS = 1 << 22  # samples x classes: 16 MiB
BINNED_NUMBERS = 1 << 22  # classes x bins: 64 MiB for positives and all
FEWEST_BINS, MOST_BINS = 64, 4096
REACH = 24.0  # log-odds of the outermost bins: probabilities of 4e-11 and 1 - 4e-11
CURVES_OF_ALL = 100  # classes; of more, the curves of the worst are kept
NUM_WORST = 24
MOST_POINTS = 64  # of a curve
GRID = np.linspace(0, 1, 101)  # of the averaged curves

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Tally(NamedTuple):
    """True and false positives at every threshold, cumulated from the highest score on.

    Attributes:
        binned: whether a threshold stands for different scores of unknown order.
    """

    true_T: Ints
    false_T: Ints
    binned: bool = False

    @property
    def positives(self) -> int:
        return int(self.true_T[-1])

    @property
    def negatives(self) -> int:
        return int(self.false_T[-1])

    def precision_T(self) -> Floats:  # noqa: N802
        precision_T: Floats = self.true_T / np.maximum(self.true_T + self.false_T, 1)
        return precision_T

    def recall_T(self) -> Floats:  # noqa: N802
        return self.true_T / max(self.positives, 1)

    def false_rate_T(self) -> Floats:  # noqa: N802
        return self.false_T / max(self.negatives, 1)


class Scores(ABC):
    """Scores of all samples for all classes.

    Attributes:
        bins: of the histograms; 0 if the scores are exact.
    """

    bins: int = 0

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    @abstractmethod
    def add(self, log_NK: Tensor, labels_N: Tensor) -> None:
        """Add samples by the logarithms of their probabilities, in float64."""

    @abstractmethod
    def positives_K(self) -> Ints:  # noqa: N802
        """Return the samples of each class."""

    @abstractmethod
    def tally(self, number: int) -> Tally:
        """Return the counts of one class against all others."""

    @abstractmethod
    def pooled(self) -> Tally:
        """Return the counts of all decisions together: one per sample and class."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON data, for another process."""

    @abstractmethod
    def merge_json(self, data: dict[str, Any]) -> None:
        """Add the scores of another process."""


def scores_for(num_samples: int, num_classes: int) -> Scores:
    """Return the exact kind if the scores of so many samples fit, and histograms otherwise."""
    if num_samples * num_classes <= EXACT_NUMBERS:
        return ExactScores(num_classes)
    return BinnedScores(num_classes)


def log_odds(log_NK: Tensor) -> Tensor:
    """Return ln(p / (1 - p)) of ln(p): in float32 as precise near 1 as near 0."""
    rest_NK = torch.log(-torch.expm1(log_NK.clamp(max=0.0)))
    return (log_NK - rest_NK).clamp(-1e30, 1e30)


@final
class ExactScores(Scores):
    """Log-odds of all samples in float32, which keeps the order of float64 for all but ties."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes)
        self._odds: list[NDArray[np.float32]] = []
        self._labels: list[Ints] = []

    def add(self, log_NK: Tensor, labels_N: Tensor) -> None:
        self._odds.append(log_odds(log_NK).to(torch.float32).numpy())
        self._labels.append(labels_N.numpy())

    def positives_K(self) -> Ints:  # noqa: N802
        return np.bincount(self._joined()[1], minlength=self.num_classes)

    def tally(self, number: int) -> Tally:
        odds_NK, labels_N = self._joined()
        return _tally(odds_NK[:, number], labels_N == number)

    def pooled(self) -> Tally:
        odds_NK, labels_N = self._joined()
        is_true_NK = np.zeros(odds_NK.shape, np.bool_)
        is_true_NK[np.arange(len(labels_N)), labels_N] = True
        return _tally(odds_NK.ravel(), is_true_NK.ravel())

    def to_json(self) -> dict[str, Any]:
        odds_NK, labels_N = self._joined()
        return {"odds": _packed(odds_NK), "labels": _packed(labels_N)}

    def merge_json(self, data: dict[str, Any]) -> None:
        odds = np.frombuffer(base64.b64decode(data["odds"]), np.float32)
        self._odds.append(odds.reshape(-1, self.num_classes))
        self._labels.append(np.frombuffer(base64.b64decode(data["labels"]), np.int64))

    def _joined(self) -> tuple[NDArray[np.float32], Ints]:
        if len(self._odds) != 1:
            empty = np.zeros((0, self.num_classes), np.float32), np.zeros(0, np.int64)
            self._odds = [np.concatenate([empty[0], *self._odds])]
            self._labels = [np.concatenate([empty[1], *self._labels])]
        return self._odds[0], self._labels[0]


@final
class BinnedScores(Scores):
    """Histograms of the log-odds of each class: of its own samples, and of all."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes)
        self.bins = max(FEWEST_BINS, min(MOST_BINS, BINNED_NUMBERS // num_classes))
        self._own_KB = np.zeros((num_classes, self.bins), np.int64)
        self._all_KB = np.zeros((num_classes, self.bins), np.int64)

    def add(self, log_NK: Tensor, labels_N: Tensor) -> None:
        width = 2 * REACH / self.bins
        place_NK = ((log_odds(log_NK) + REACH) / width).clamp(0, self.bins - 1).to(torch.int64)
        own_N = place_NK.gather(1, labels_N[:, None])[:, 0] + labels_N * self.bins
        place_NK += torch.arange(self.num_classes) * self.bins
        for counts_KB, place in ((self._all_KB, place_NK.view(-1)), (self._own_KB, own_N)):
            flat = torch.from_numpy(counts_KB).view(-1)
            flat.index_add_(0, place, torch.ones_like(place))

    def positives_K(self) -> Ints:  # noqa: N802
        return np.asarray(self._own_KB.sum(axis=1), np.int64)

    def tally(self, number: int) -> Tally:
        return _of_histogram(self._own_KB[number], self._all_KB[number])

    def pooled(self) -> Tally:
        return _of_histogram(self._own_KB.sum(axis=0), self._all_KB.sum(axis=0))

    def to_json(self) -> dict[str, Any]:
        return {"own": _packed(self._own_KB), "all": _packed(self._all_KB)}

    def merge_json(self, data: dict[str, Any]) -> None:
        for name, counts_KB in (("own", self._own_KB), ("all", self._all_KB)):
            other = np.frombuffer(base64.b64decode(data[name]), np.int64)
            counts_KB += other.reshape(counts_KB.shape)


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _tally(odds_N: NDArray[np.float32], is_true_N: NDArray[np.bool_]) -> Tally:
    """Return the counts at each different score: samples of one score are told apart by none."""
    order = np.argsort(-odds_N, kind="stable")
    odds_N, is_true_N = odds_N[order], is_true_N[order]
    ends = np.append(np.flatnonzero(np.diff(odds_N)), len(odds_N) - 1)
    true_T = np.cumsum(is_true_N, dtype=np.int64)[ends]
    return Tally(true_T, ends + 1 - true_T)


def _of_histogram(own_B: Ints, all_B: Ints) -> Tally:
    used = np.flatnonzero(all_B)[::-1]
    true_T = np.cumsum(own_B[used])
    return Tally(true_T, np.cumsum(all_B[used]) - true_T, binned=True)


def average_precision(tally: Tally) -> float | None:
    """Return the sum of precision x growth of recall; None without positives."""
    if not tally.positives:
        return None
    growth_T = np.diff(tally.true_T, prepend=0)
    precision_T = tally.precision_T()
    if tally.binned:  # that of the positive in the middle of the bin, half of the others before it
        true_T = tally.true_T - (growth_T - 1) / 2
        false_T = tally.false_T - np.diff(tally.false_T, prepend=0) / 2
        precision_T = true_T / np.maximum(true_T + false_T, 1)
    return _share(math.fsum((precision_T * growth_T).tolist()) / tally.positives)


def roc_auc(tally: Tally) -> float | None:
    """Return the area under the ROC curve; None without positives or without negatives."""
    if not tally.positives or not tally.negatives:
        return None
    before_T = tally.true_T - np.diff(tally.true_T, prepend=0)
    widths_T = np.diff(tally.false_T, prepend=0)
    twice = sum((widths_T * (before_T + tally.true_T)).tolist())  # whole numbers: exact
    return _share(twice / 2 / tally.positives / tally.negatives)


def with_ranking(evaluation: Evaluation, scores: Scores) -> Evaluation:
    """Return the evaluation with average precision and ROC AUC, and the curves to draw."""
    positives_K = scores.positives_K()
    figures: dict[int, tuple[float | None, float | None]] = {}
    averaged = _Averaged()
    for number in np.flatnonzero(positives_K).tolist():
        tally = scores.tally(number)
        figures[number] = average_precision(tally), roc_auc(tally)
        averaged.add(tally)
    classes = tuple(
        metrics.model_copy(
            update=dict(zip(("average_precision", "roc_auc"), figures[number], strict=True))
        )
        if number in figures
        else metrics
        for number, metrics in enumerate(evaluation.classes)
    )
    pooled = scores.pooled()
    shown = _shown(figures, scores.num_classes)
    names = evaluation.class_names
    curves = (
        curve_of(pooled, "micro average"),
        *averaged.curve(),
        *(curve_of(scores.tally(number), names[number], number) for number in shown),
    )
    ranking = Ranking(
        average_precision=_mean([precision for precision, _ in figures.values()]),
        roc_auc=_mean([area for _, area in figures.values()]),
        micro_average_precision=average_precision(pooled),
        micro_roc_auc=roc_auc(pooled),
        bins=scores.bins,
        curves=curves,
    )
    return evaluation.model_copy(update={"classes": classes, "ranking": ranking})


def _shown(figures: dict[int, tuple[float | None, float | None]], num_classes: int) -> list[int]:
    """Return the classes whose curves are kept: all of few, or those of least precision."""
    if num_classes <= CURVES_OF_ALL:
        return list(figures)
    return sorted(figures, key=lambda number: (figures[number][0], number))[:NUM_WORST]


class _Averaged:
    """Means of the curves of classes over a grid of recalls and of false positive rates."""

    def __init__(self) -> None:
        self._precision, self._true_rate = np.zeros(len(GRID)), np.zeros(len(GRID))
        self._num = self._num_roc = 0

    def add(self, tally: Tally) -> None:
        recall_T = tally.recall_T()
        # the precision where a recall is reached first
        place = np.searchsorted(recall_T, GRID, side="left").clip(max=len(recall_T) - 1)
        self._precision += tally.precision_T()[place]
        self._num += 1
        if tally.negatives:
            false_T = np.append(0.0, tally.false_rate_T())
            self._true_rate += np.interp(GRID, false_T, np.append(0.0, recall_T))
            self._num_roc += 1

    def curve(self) -> tuple[RankingCurve, ...]:
        precision = self._precision / max(self._num, 1)
        rates = self._true_rate / self._num_roc if self._num_roc else np.zeros(0)
        roc = (GRID, rates) if self._num_roc else (rates, rates)
        return (_curve("macro average", None, (GRID, precision), roc),)


def curve_of(tally: Tally, name: str, number: int | None = None) -> RankingCurve:
    """Return the two curves of counts, with few enough points to draw."""
    recall_T, precision_T = tally.recall_T(), tally.precision_T()
    first = precision_T[np.searchsorted(recall_T, 0.0, side="right").clip(max=len(recall_T) - 1)]
    precision_recall = np.append(0.0, recall_T), np.append(first, precision_T)
    roc = np.append(0.0, tally.false_rate_T()), np.append(0.0, recall_T)
    empty = np.zeros(0)
    return _curve(name, number, precision_recall, roc if tally.negatives else (empty, empty))


def _curve(
    name: str, number: int | None, precision_recall: Sequence[Floats], roc: Sequence[Floats]
) -> RankingCurve:
    recall, precision = _thinned(*precision_recall)
    false_rate, true_rate = _thinned(*roc)
    return RankingCurve(
        name=name,
        number=number,
        recall=recall,
        precision=precision,
        false_positive_rate=false_rate,
        true_positive_rate=true_rate,
    )


def _thinned(x_T: Floats, y_T: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return points that are evenly spread along the line, with both ends, to 4 decimals."""
    if len(x_T) > MOST_POINTS:
        length_T = np.cumsum(np.hypot(np.diff(x_T, prepend=x_T[0]), np.diff(y_T, prepend=y_T[0])))
        targets = np.linspace(0, length_T[-1], MOST_POINTS)
        kept = np.unique(np.searchsorted(length_T, targets, side="left").clip(max=len(x_T) - 1))
        kept[-1] = len(x_T) - 1
        x_T, y_T = x_T[kept], y_T[kept]
    return tuple(np.round(x_T, 4).tolist()), tuple(np.round(y_T, 4).tolist())


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _share(math.fsum(known) / len(known)) if known else None
