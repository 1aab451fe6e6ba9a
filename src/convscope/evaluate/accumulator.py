"""Metrics accumulated batch by batch into one `Evaluation`.

Axes: N samples of a batch, K classes.
"""

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor

from convscope.errors import InputError
from convscope.evaluate.classified import (
    Classified,
    check_rows_are_probabilities,
    checked_labels,
    classified_logits,
    classified_probabilities,
)
from convscope.evaluate.counts import Counts
from convscope.evaluate.metrics import Evaluation, Mistake
from convscope.evaluate.ranking import Scores, with_ranking
from convscope.evaluate.samples import Sample, samples_of
from convscope.evaluate.summary import summary


class MetricAccumulator:
    """Accumulates the metrics of a split batch by batch.

    Samples are numbered in the order in which they arrive: rank, rank + world_size, ...

    Args:
        classes: their names, in the order of the network's outputs.
        num_mistakes: how many of the most confident mistakes are kept.
        rank, world_size: of several processes, each of which counts a part of the samples.
        scores: also keeps the scores of all classes, for precision-recall and ROC.
        consume: is called with the samples of each batch, in order.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        *,
        num_mistakes: int = 24,
        rank: int = 0,
        world_size: int = 1,
        scores: Scores | None = None,
        consume: Callable[[Sequence[Sample]], None] | None = None,
    ) -> None:
        if not classes:
            raise InputError("0 classes", expected="at least one name of a class")
        if num_mistakes < 0:
            raise InputError(f"num_mistakes is {num_mistakes}", expected="0 or more")
        if not 0 <= rank < world_size:
            raise InputError(f"rank {rank} of {world_size}", expected=f"0 to {world_size - 1}")
        self.classes = classes
        self.scores = scores
        self._num_mistakes = num_mistakes
        self._rank, self._world_size = rank, world_size
        self._consume = consume
        self._counts = Counts.zero(len(classes))

    def add_logits(self, logits_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of logits: (N, K), any finite numbers.

        Raises:
            InputError: an empty batch, another shape, a label that is no class, NaN or infinity.
                Nothing of the batch is counted.
        """
        labels_N = self._checked(logits_NK, labels_N, name="logits")
        self._count(classified_logits(logits_NK, labels_N))

    def add_probabilities(self, probabilities_NK: Tensor, labels_N: Tensor) -> None:
        """Count a batch of probabilities: (N, K), rows that sum to 1.

        For the cross-entropy a probability of 0 counts as the smallest float32.

        Raises:
            InputError: as `add_logits`, and rows that are not probabilities.
        """
        labels_N = self._checked(probabilities_NK, labels_N, name="probabilities")
        check_rows_are_probabilities(probabilities_NK)
        self._count(classified_probabilities(probabilities_NK, labels_N))

    def counts(self) -> Counts:
        """Return the counts so far, to be merged by another accumulator of the same classes."""
        self._counts.merge_pending()
        return self._counts

    def merge(self, other: Counts) -> None:
        """Add the counts of another accumulator of the same classes.

        Raises:
            InputError: counts of another number of classes.
        """
        self._counts.merge(other, most_mistakes=self._num_mistakes)

    def result(self) -> Evaluation:
        """Return the evaluation of everything counted so far.

        Raises:
            InputError: nothing was counted.
        """
        evaluation = summary(self._counts, self.classes)
        return evaluation if self.scores is None else with_ranking(evaluation, self.scores)

    def _checked(self, scores_NK: Tensor, labels_N: Tensor, *, name: str) -> Tensor:
        num = len(self.classes)
        return checked_labels(scores_NK, labels_N, num_classes=num, name=name, index=self._index)

    def _count(self, parts: Iterable[Classified]) -> None:
        for batch in parts:
            self._keep_mistakes(batch)
            if self.scores is not None:
                self.scores.add(batch.log_NK, batch.labels_N)
            if self._consume is not None:
                self._consume(samples_of(batch, self._index))
            self._counts.add(batch)

    def _keep_mistakes(self, batch: Classified) -> None:
        wrong = (~batch.correct_N).nonzero()[:, 0]
        order = batch.confidence_N[wrong].argsort(descending=True, stable=True)
        mistakes = [
            Mistake(
                index=self._index(i),
                predicted=int(batch.predicted_N[i]),
                true=int(batch.labels_N[i]),
                probability=float(batch.confidence_N[i]),
            )
            for i in wrong[order][: self._num_mistakes].tolist()
        ]
        self._counts.keep_mistakes(mistakes, self._num_mistakes)

    def _index(self, place: int) -> int:
        """Return the number of the sample at this place of the current batch."""
        return self._rank + (self._counts.samples + place) * self._world_size
