"""Counts answers batch by batch, and makes an `Evaluation` of them.

Everything that is added up is a whole number - shares and losses in units of 2^-40 - so that
the same answers give the same sums, to the last bit, in whatever order and on however many
processes they are counted.

Axes: N samples of a batch, K classes, B bins. A confusion matrix has the true classes in rows.
"""

import math

import torch
from torch import Tensor

from convscope.errors import InputError
from convscope.evaluate.metrics import CalibrationBin, ClassMetrics, Evaluation, Mistake

NUM_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"
MOST_CLASSES = 4096  # the confusion matrix has this number squared
TOP_K = 5
SMALLEST = torch.finfo(torch.float32).tiny
UNIT = 2.0**40  # of the sums: far below what a figure shows
HEAD = 4  # words before the confusion matrix
MOST_LOSS = 2.0**40  # nats of one sample; so that sums fit whatever the logits are
HALF = 1 << 40  # a sum of losses travels as two numbers, for it may pass 2^63


class Tally:
    """Counts answers batch by batch, in memory that does not grow with the samples.

    Samples are numbered in the order in which they arrive: rank, rank + world_size, ...

    Args:
        classes: their names, in the order of the network's outputs.
        num_mistakes: how many of the most confident mistakes are remembered.
        rank, world_size: of several processes, each of which counts its share of the samples.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        *,
        num_mistakes: int = 24,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if not 1 <= len(classes) <= MOST_CLASSES:
            raise InputError(
                f"{len(classes)} classes", expected=f"1 to {MOST_CLASSES} names of classes"
            )
        if num_mistakes < 0:
            raise InputError(f"num_mistakes is {num_mistakes}", expected="0 or more")
        if not 0 <= rank < world_size:
            raise InputError(f"rank {rank} of {world_size}", expected=f"0 to {world_size - 1}")
        self.classes = classes
        self.num_samples = 0
        self._num_mistakes = num_mistakes
        self._rank, self._world_size = rank, world_size
        self._num_top5 = 0
        self._loss_units = 0
        self._confusion_KK = torch.zeros(len(classes), len(classes), dtype=torch.int64)
        # per bin: samples, correct ones, confidence in units
        self._bins_B3 = torch.zeros(NUM_BINS, 3, dtype=torch.int64)
        self._edges = torch.linspace(0, 1, NUM_BINS + 1, dtype=torch.float64)
        self._mistakes: list[Mistake] = []

    def add_logits(self, logits_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of logits: (N, K), any finite numbers.

        Raises:
            InputError: an empty batch, another shape, a label that is no class, NaN or infinity.
        """
        logits_NK, labels_N = self._checked(logits_NK, labels_N, what="logits")
        self._count(logits_NK, logits_NK.log_softmax(dim=1), labels_N)

    def add_probabilities(self, probabilities_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of probabilities: (N, K), rows that sum to 1.

        For the cross-entropy a probability of 0 counts as the smallest float32.

        Raises:
            InputError: as `add_logits`, and rows that are not probabilities.
        """
        given_NK, labels_N = self._checked(probabilities_NK, labels_N, what="probabilities")
        if bool((given_NK < 0).any()) or bool(((given_NK.sum(dim=1) - 1).abs() > 1e-3).any()):
            raise InputError(
                "rows that are not probabilities",
                expected="numbers from 0 to 1 that sum to 1 in each row",
                fix="give logits to add_logits",
            )
        self._count(given_NK, given_NK.clamp(SMALLEST, 1).log(), labels_N)

    def result(self) -> Evaluation:
        """What was counted so far.

        Raises:
            InputError: nothing was counted.
        """
        if self.num_samples == 0:
            raise InputError("no samples to evaluate", expected="at least one batch")
        confusion_KK, n = self._confusion_KK, self.num_samples
        classes = self._class_metrics()
        seen = [c for c in classes if c.support]
        largest = max(classes, key=lambda c: c.support)
        correct = int(confusion_KK.diagonal().sum())
        return Evaluation(
            num_samples=n,
            correct=correct,
            accuracy=correct / n,
            top5=self._num_top5 / n if len(self.classes) > TOP_K else None,
            balanced_accuracy=_mean([c.recall for c in seen]),
            macro_f1=_mean([c.f1 for c in seen]),
            majority_class=largest.name,
            majority_baseline=largest.support / n,
            mcc=_mcc(classes),
            calibration_error=self._calibration_error(),
            cross_entropy=max(0.0, self._loss_units / n / UNIT),
            classes=classes,
            confusion=tuple(tuple(row) for row in confusion_KK.tolist()),
            calibration=self._calibration(),
            mistakes=tuple(self._mistakes),
        )

    def add(self, words: Tensor) -> None:
        """Count what another tally with these classes counted: its `words`.

        Raises:
            InputError: words of a tally of other classes, or of another number of mistakes.
        """
        mine = self.words()
        if words.shape != mine.shape or words.dtype != mine.dtype:
            raise InputError(
                f"a tally of {words.numel()} words of {words.dtype}",
                expected=f"{mine.numel()} of {mine.dtype}: the same classes and num_mistakes",
            )
        words = words.detach().cpu()
        k, rest = len(self.classes), words[HEAD:]
        samples, top5, high, low = words[:HEAD].tolist()
        self.num_samples += samples
        self._num_top5 += top5
        self._loss_units += high * HALF + low
        self._confusion_KK += rest[: k * k].view(k, k)
        self._bins_B3 += rest[k * k : k * k + NUM_BINS * 3].view(NUM_BINS, 3)
        rows = rest[k * k + NUM_BINS * 3 :].view(-1, 4)
        rows = rows[rows[:, 0] >= 0]
        shares = rows[:, 3].view(torch.float64).tolist()
        self._keep(
            [
                Mistake(index=index, predicted=predicted, true=true, probability=share)
                for (index, predicted, true, _), share in zip(rows.tolist(), shares, strict=True)
            ]
        )

    def words(self) -> Tensor:
        """Everything counted, as int64 of a length that classes and num_mistakes decide.

        So that it can be sent: samples, top-5 hits, losses (high and low part), the confusion
        matrix, the bins, and four words a mistake, the bits of its probability last; an index
        of -1 is none.
        """
        high, low = divmod(self._loss_units, HALF)
        head = torch.tensor([self.num_samples, self._num_top5, high, low])
        mistakes = torch.full((self._num_mistakes, 4), -1, dtype=torch.int64)
        if self._mistakes:
            found = torch.tensor([(m.index, m.predicted, m.true) for m in self._mistakes])
            shares = torch.tensor([m.probability for m in self._mistakes], dtype=torch.float64)
            mistakes[: len(found), :3] = found
            mistakes[: len(found), 3] = shares.view(torch.int64)
        parts = (head, self._confusion_KK.flatten(), self._bins_B3.flatten(), mistakes.flatten())
        return torch.cat(parts)

    def _checked(self, scores_NK: Tensor, labels_N: Tensor, *, what: str) -> tuple[Tensor, Tensor]:
        k = len(self.classes)
        if scores_NK.ndim != 2 or scores_NK.shape[1] != k or len(scores_NK) == 0:
            raise InputError(
                f"{what} of shape {tuple(scores_NK.shape)}",
                expected=f"(N, {k}) with N of at least 1: one column for each class",
            )
        if labels_N.shape != scores_NK.shape[:1]:
            raise InputError(
                f"{len(scores_NK)} {what} and labels of shape {tuple(labels_N.shape)}",
                expected="one label for each sample",
            )
        if labels_N.is_floating_point() or labels_N.dtype == torch.bool:
            raise InputError(f"labels of type {labels_N.dtype}", expected="whole numbers")
        scores_NK = scores_NK.detach().to("cpu", torch.float64)
        labels_N = labels_N.detach().to("cpu", torch.int64)
        if not bool(scores_NK.isfinite().all()):
            first = int((~scores_NK.isfinite()).any(dim=1).nonzero()[0])
            raise InputError(
                f"{what} that are not finite, first for sample {self._index(first)}",
                expected="finite numbers",
                fix="the network has diverged or its weights are damaged: train it again",
            )
        if int(labels_N.min()) < 0 or int(labels_N.max()) >= k:
            wrong = labels_N[(labels_N < 0) | (labels_N >= k)][0]
            raise InputError(
                f"the label {int(wrong)}", expected=f"0 to {k - 1}: one of {k} classes"
            )
        return scores_NK, labels_N

    def _count(self, scores_NK: Tensor, log_NK: Tensor, labels_N: Tensor) -> None:
        k = len(self.classes)
        predicted_N = scores_NK.argmax(dim=1)  # the first one of a tie
        self._confusion_KK += torch.bincount(labels_N * k + predicted_N, minlength=k * k).reshape(
            k, k
        )
        own_N1 = scores_NK.gather(1, labels_N[:, None])
        earlier_NK = torch.arange(k)[None, :] < labels_N[:, None]
        ahead_NK = (scores_NK > own_N1) | ((scores_NK == own_N1) & earlier_NK)
        self._num_top5 += int((ahead_NK.sum(dim=1) < TOP_K).sum())
        losses_N = -log_NK.gather(1, labels_N[:, None])[:, 0]
        losses = (losses_N.clamp(max=MOST_LOSS) * UNIT).round().tolist()
        self._loss_units += sum(int(loss) for loss in losses)  # of any size, as logits are
        confidence_N = log_NK.gather(1, predicted_N[:, None])[:, 0].exp().clamp(0, 1)
        right_N = predicted_N == labels_N
        bin_N = (torch.bucketize(confidence_N, self._edges) - 1).clamp(0, NUM_BINS - 1)
        units_N = (confidence_N * UNIT).round().to(torch.int64)
        counted_N3 = torch.stack([torch.ones_like(units_N), right_N.to(units_N), units_N], dim=1)
        self._bins_B3.index_add_(0, bin_N, counted_N3)
        self._remember(predicted_N, labels_N, confidence_N)
        self.num_samples += len(labels_N)

    def _remember(self, predicted_N: Tensor, labels_N: Tensor, confidence_N: Tensor) -> None:
        wrong = (predicted_N != labels_N).nonzero()[:, 0]
        wrong = wrong[confidence_N[wrong].argsort(descending=True, stable=True)]
        new = [
            Mistake(
                index=self._index(i),
                predicted=int(predicted_N[i]),
                true=int(labels_N[i]),
                probability=float(confidence_N[i]),
            )
            for i in wrong[: self._num_mistakes].tolist()
        ]
        self._keep(new)

    def _keep(self, more: list[Mistake]) -> None:
        both = sorted(self._mistakes + more, key=lambda m: (-m.probability, m.index))
        self._mistakes = both[: self._num_mistakes]

    def _index(self, arrived: int) -> int:
        """The number of the sample that comes `arrived` places behind those counted."""
        return self._rank + (self.num_samples + arrived) * self._world_size

    def _class_metrics(self) -> tuple[ClassMetrics, ...]:
        supports = self._confusion_KK.sum(dim=1).tolist()
        predictions = self._confusion_KK.sum(dim=0).tolist()
        hits = self._confusion_KK.diagonal().tolist()
        return tuple(
            ClassMetrics(
                name=name,
                support=support,
                predicted=predicted,
                correct=hit,
                precision=_ratio(hit, predicted),
                recall=_ratio(hit, support),
                f1=_ratio(2 * hit, support + predicted),
            )
            for name, support, predicted, hit in zip(
                self.classes, supports, predictions, hits, strict=True
            )
        )

    def _calibration_error(self) -> float:
        gaps = [abs(right - units / UNIT) for _, right, units in self._bins_B3.tolist()]
        return min(1.0, math.fsum(gaps) / self.num_samples)

    def _calibration(self) -> tuple[CalibrationBin, ...]:
        edges = self._edges.tolist()
        return tuple(
            CalibrationBin(
                lower=edges[i],
                upper=edges[i + 1],
                num_samples=count,
                accuracy=_ratio(right, count),
                confidence=_ratio(units / UNIT, count),
            )
            for i, (count, right, units) in enumerate(self._bins_B3.tolist())
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
