"""What an evaluation says: one frozen record, with its JSON form and its tables as rows.

Where a figure divides by zero it is None, never 0 and never 1: precision of a class that was
never predicted, recall of a class without samples.
"""

import math
from typing import Annotated

from pydantic import Field, ValidationError

from convscope.errors import FormatError, from_validation
from convscope.record import Record

NORMAL_95 = 1.959963984540054  # 97.5 % of a normal distribution lies below
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
    """A sample that was answered wrongly. `index` is its place in the split."""

    index: Total
    predicted: Total
    true: Total
    probability: Share
    """Of the class that was predicted."""


class Evaluation(Record):
    """How good a network is on one split.

    accuracy = correct / N
    top5: the true class is among the five most probable; only where there are more than five
        classes, None otherwise (with five it is always 1).
    balanced_accuracy = mean of the recalls of the classes that have samples
    macro_f1 = mean of the F1 of the classes that have samples
    majority_baseline = samples of the largest class / N: what always answering it would get
    mcc = (c*N - sum p_k*t_k) / sqrt((N^2 - sum p_k^2) * (N^2 - sum t_k^2)), with c correct
        samples, p_k predictions and t_k samples of class k (Gorodkin 2004); None where all
        samples, or all predictions, are of one class
    calibration_error = sum over 15 equal bins of n_b/N * |accuracy_b - confidence_b|
    cross_entropy = mean of -ln(probability of the true class), in nats
    confusion[true][predicted] = samples

    A network whose answers tie predicts the class that comes first.
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
    """The most confident ones first; as many as were asked for."""
    crops: str = "single"
    """What was looked at of each image: a figure without it says little."""

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.classes)

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Where the accuracy lies with 95 % confidence, given the number of samples (Wilson)."""
        n, p, z = self.num_samples, self.accuracy, NORMAL_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def to_json(self) -> str:
        return self.model_dump_json()

    @staticmethod
    def from_json(text: str | bytes, *, where: str = "") -> "Evaluation":
        """What `to_json` wrote.

        Raises:
            FormatError: not an evaluation; the field is named.
        """
        try:
            return Evaluation.model_validate_json(text)
        except ValidationError as error:
            raise from_validation(error, kind=FormatError, where=where) from None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """The headline as (name, value), in words, for a terminal or a page."""
        low, high = self.accuracy_interval
        crops = () if self.crops == "single" else (("crops", self.crops),)
        return (
            ("samples", f"{self.num_samples:,}"),
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

    def class_rows(self) -> tuple[tuple[str, ...], ...]:
        """The table per class; the first row names the columns. "-" is a figure that is None."""
        head = ("class", "precision", "recall", "F1", "support")
        return (
            head,
            *(
                (c.name, percent(c.precision), percent(c.recall), percent(c.f1), f"{c.support:,}")
                for c in self.classes
            ),
        )


def percent(share: float | None, *, digits: int = 2) -> str:
    """0.98814 -> "98.81 %"; never rounded up to 100 % nor down to 0 %; "-" for None."""
    if share is None:
        return "-"
    least = 10.0**-digits
    value = round(share * 100, digits)
    if 0 < share < 1:
        value = min(max(value, least), 100 - least)
    return f"{value:.{digits}f}{NO_BREAK}%"
