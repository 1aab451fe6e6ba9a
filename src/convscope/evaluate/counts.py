"""Counts of classified samples, which add up over batches and over processes.

Sums are whole numbers, with probabilities and losses in units of 2^-40: the same predictions
give the same figures to the last bit, in any order and on any number of processes. Memory grows
with the number of classes and of different confusions, never with the square of the classes.

Axes: N samples of a batch, K classes, B bins, P pairs of a true and a predicted class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import torch
from torch import Tensor

from convscope.errors import InputError
from convscope.evaluate.classified import Classified
from convscope.evaluate.metrics import Mistake

NUM_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"
EDGES = torch.linspace(0, 1, NUM_BINS + 1, dtype=torch.float64)
PENDING = 1 << 16  # pairs that wait to be merged
UNIT = 2.0**40  # of the sums: far below the precision that is shown


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

    def __post_init__(self) -> None:
        self._pending: list[Tensor] = []  # pairs of the last batches

    def add(self, batch: Classified) -> None:
        """Count samples; their mistakes are kept by `keep_mistakes`."""
        k = len(self.support_K)
        self.support_K += torch.bincount(batch.labels_N, minlength=k)
        self.predicted_K += torch.bincount(batch.predicted_N, minlength=k)
        self.correct_K += torch.bincount(batch.labels_N[batch.correct_N], minlength=k)
        self._pending.append(batch.labels_N * k + batch.predicted_N)
        if sum(len(pairs_N) for pairs_N in self._pending) >= PENDING:
            self.merge_pending()
        self.top5 += int(batch.top5_N.sum())
        losses = (batch.losses_N * UNIT).round().tolist()
        self.loss_units += sum(int(loss) for loss in losses)  # Python's integers do not overflow
        bin_N = (torch.bucketize(batch.confidence_N, EDGES) - 1).clamp(0, NUM_BINS - 1)
        units_N = (batch.confidence_N * UNIT).round().to(torch.int64)
        correct_N = batch.correct_N.to(units_N)
        added_N3 = torch.stack([torch.ones_like(units_N), correct_N, units_N], dim=1)
        self.bins_B3.index_add_(0, bin_N, added_N3)
        self.samples += len(batch.labels_N)

    def keep_mistakes(self, more: list[Mistake], most: int) -> None:
        """Keep the most confident mistakes of those so far and of `more`."""
        both = sorted(self.mistakes + more, key=lambda m: (-m.probability, m.index))
        self.mistakes = both[:most]

    def merge(self, other: "Counts", *, most_mistakes: int) -> None:
        """Add the counts of other samples of the same classes.

        Raises:
            InputError: counts of another number of classes.
        """
        if len(other.support_K) != len(self.support_K):
            raise InputError(
                f"counts of {len(other.support_K)} classes",
                expected=f"{len(self.support_K)} classes",
            )
        self.merge_pending()
        self.support_K += other.support_K
        self.predicted_K += other.predicted_K
        self.correct_K += other.correct_K
        self.bins_B3 += other.bins_B3
        self.samples += other.samples
        self.top5 += other.top5
        self.loss_units += other.loss_units
        self._add_pairs(other.pairs_P, other.num_P)
        self.keep_mistakes(other.mistakes, most_mistakes)

    def merge_pending(self) -> None:
        """Bring `pairs_P` and `num_P` up to date."""
        if self._pending:
            pairs_N = torch.cat(self._pending)
            self._pending = []
            self._add_pairs(pairs_N, torch.ones_like(pairs_N))

    def _add_pairs(self, pairs_P: Tensor, num_P: Tensor) -> None:
        every = torch.cat([self.pairs_P, pairs_P])
        self.pairs_P, place = torch.unique(every, return_inverse=True)
        total = torch.zeros_like(self.pairs_P)
        self.num_P = total.index_add_(0, place, torch.cat([self.num_P, num_P]))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON data, for another process."""
        self.merge_pending()
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
