"""The metrics of an evaluation: one frozen record, with its JSON form and its tables as rows.

A metric that would divide by zero is None, never 0 and never 1: precision of a class that was
never predicted, recall of a class without samples.
"""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, ValidationError

from convscope.errors import FormatError, from_validation
from convscope.record import Record

NORMAL_95 = 1.959963984540054  # 97.5 % of a normal distribution lies below
MOST_CONFUSION = 200  # classes; the matrix of more does not fit into the header of a model file
NO_BREAK = "\N{NO-BREAK SPACE}"

Share = Annotated[float, Field(ge=0, le=1)]
Total = Annotated[int, Field(ge=0)]


class ClassMetrics(Record):
    """One class against all others."""

    name: str
    support: Total
    predicted: Total
    correct: Total
    precision: Share | None
    recall: Share | None
    f1: Share | None


class CalibrationBin(Record):
    """The samples whose probability of the predicted class lies in (lower, upper]."""

    lower: Share
    upper: Share
    num_samples: Total
    accuracy: Share | None
    confidence: Share | None


class Mistake(Record):
    """A misclassified sample. `index` is its place in the split."""

    index: Total
    predicted: Total
    true: Total
    probability: Share
    """Probability of the predicted class."""


class ConfusedPair(Record):
    """Samples of class `true` that were predicted as class `predicted`."""

    true: Total
    predicted: Total
    count: Annotated[int, Field(gt=0)]


class Evaluation(Record):
    """The metrics of a network on one split.

    accuracy = correct / N
    top5: the true class is among the five most probable; only where there are more than five
        classes, None otherwise (with five it is always 1).
    balanced_accuracy = mean of the recalls of the classes that have samples
    macro_f1 = mean of the F1 of the classes that have samples
    majority_baseline = samples of the largest class / N: the accuracy of always predicting it
    mcc = (c*N - sum p_k*t_k) / sqrt((N^2 - sum p_k^2) * (N^2 - sum t_k^2)), with c correct
        samples, p_k predictions and t_k samples of class k (Gorodkin 2004); None where all
        samples, or all predictions, are of one class
    calibration_error = sum over 15 equal bins of n_b/N * |accuracy_b - confidence_b|
    cross_entropy = mean of -ln(probability of the true class), in nats
    confusion[true][predicted] = samples; empty for more than 1,000 classes (in model files: more
        than 200), whose most frequent confusions are in confused_pairs

    Of several classes with the same probability the first one is the prediction.
    """

    num_samples: Annotated[int, Field(gt=0)]
    correct: Total
    accuracy: Share
    top5: Share | None
    balanced_accuracy: Share
    macro_f1: Share
    majority_class: str
    majority_baseline: Share
    mcc: Annotated[float, Field(ge=-1, le=1)] | None
    calibration_error: Share
    cross_entropy: Annotated[float, Field(ge=0)]
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[Total, ...], ...]
    calibration: tuple[CalibrationBin, ...]
    mistakes: tuple[Mistake, ...]
    """The most confident mistakes, by falling probability."""
    crops: str = "single"
    """Crops per image; accuracies with different crops cannot be compared."""
    confused_pairs: tuple[ConfusedPair, ...] = ()
    """The 1,000 most frequent confusions, exact; only where `confusion` is empty."""
    source: str = ""
    """How many images of how many, and of which data: "100 of 100 images of holdout/"."""

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.classes)

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (Wilson)."""
        n, p, z = self.num_samples, self.accuracy, NORMAL_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        # exact at the ends, where rounding would leave a share of 1e-19
        return (middle - half if p > 0 else 0.0), (middle + half if p < 1 else 1.0)

    def most_confused(self, number: int) -> tuple[ConfusedPair, ...]:
        """Return the most frequent confusions; ties in the order of the classes.

        Args:
            number: at most this many; up to 1,000 are known for more than 1,000 classes.
        """
        pairs = self.confused_pairs or [
            ConfusedPair(true=true, predicted=predicted, count=count)
            for true, row in enumerate(self.confusion)
            for predicted, count in enumerate(row)
            if count and true != predicted
        ]
        return tuple(sorted(pairs, key=lambda pair: -pair.count)[:number])

    def at_places(self, places: Sequence[int]) -> "Evaluation":
        """Return the evaluation of a part of a split, with the mistakes' places in the whole."""
        mistakes = tuple(
            mistake.model_copy(update={"index": places[mistake.index]}) for mistake in self.mistakes
        )
        return self.model_copy(update={"mistakes": mistakes})

    def for_model_file(self) -> "Evaluation":
        """Return the metrics that a model file holds.

        Without mistakes, which are indices of images. For more than 200 classes the most frequent
        confusions take the place of the matrix.
        """
        if len(self.confusion) <= MOST_CONFUSION:
            return self.model_copy(update={"mistakes": ()})
        pairs = self.most_confused(1_000)
        return self.model_copy(update={"mistakes": (), "confusion": (), "confused_pairs": pairs})

    def to_json(self) -> str:
        return self.model_dump_json()

    @staticmethod
    def from_json(text: str | bytes, *, where: str = "") -> "Evaluation":
        """Read what `to_json` wrote.

        Raises:
            FormatError: not an evaluation; the field is named.
        """
        try:
            return Evaluation.model_validate_json(text)
        except ValidationError as error:
            raise from_validation(error, kind=FormatError, where=where) from None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return the main metrics as (name, value), formatted for a terminal or a page."""
        low, high = self.accuracy_interval
        crops = () if self.crops == "single" else (("crops", self.crops),)
        return (
            ("samples", self.source or f"{self.num_samples:,}"),
            *self._absent(),
            *crops,
            ("accuracy", f"{percent(self.accuracy)} (95 %: {percent(low)} to {percent(high)})"),
            ("top-5 accuracy", percent(self.top5)),
            ("balanced accuracy", percent(self.balanced_accuracy)),
            ("majority baseline", f"{percent(self.majority_baseline)} ({self.majority_class})"),
            ("macro F1", percent(self.macro_f1)),
            ("MCC", "-" if self.mcc is None else f"{self.mcc:.4f}"),
            ("calibration error", percent(self.calibration_error)),
            ("cross-entropy", f"{self.cross_entropy:.4f}"),
        )

    def _absent(self) -> tuple[tuple[str, str], ...]:
        """Return a row on classes without images, over which no metric per class is taken."""
        present = sum(c.support > 0 for c in self.classes)
        if present == len(self.classes):
            return ()
        text = f"{present:,} of the model's {len(self.classes):,} have images"
        return (("classes", f"{text}; balanced accuracy and macro F1 are over these"),)

    def class_rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the table per class; the first row names the columns, "-" stands for None."""
        head = ("class", "precision", "recall", "F1", "support")
        return (
            head,
            *(
                (c.name, percent(c.precision), percent(c.recall), percent(c.f1), f"{c.support:,}")
                for c in self.classes
            ),
        )


def percent(share: float | None, *, digits: int = 2) -> str:
    """Format 0.98814 as "98.81 %"; never rounded up to 100 % nor down to 0 %; "-" for None."""
    if share is None:
        return "-"
    least = 10.0**-digits
    value = round(share * 100, digits)
    if 0 < share < 1:
        value = min(max(value, least), 100 - least)
    return f"{value:.{digits}f}{NO_BREAK}%"
