"""The metrics of an evaluation: one frozen record, with its JSON form and its tables as rows.

A metric that would divide by zero is None, never 0 and never 1: precision of a class that was
never predicted, recall of a class without samples.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError, field_validator

from convscope.data.source import Source
from convscope.display import Displayed
from convscope.errors import FormatError, from_validation
from convscope.record import Record
from convscope.text import aligned

if TYPE_CHECKING:
    from convscope.data.loading.photo_split import Files
    from convscope.payload import Curves, Heatmap

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
    average_precision: Share | None = None
    """Of the class against all others; None without samples, or where it was not measured."""
    roc_auc: Share | None = None


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
    image: str = ""
    """Its file, relative to the data, or "shard:member"; empty for data without files."""
    path: str = ""
    """Absolute path of its file; empty for members of shards and data without files."""


class ConfusedPair(Record):
    """Samples of class `true` that were predicted as class `predicted`."""

    true: Total
    predicted: Total
    count: Annotated[int, Field(gt=0)]


class RankingCurve(Record):
    """Precision-recall and ROC curve of a class against all others, or of an average.

    Attributes:
        number: of the class; None for averages.
        recall, precision: of at most 64 thresholds, from the highest score on.
        false_positive_rate, true_positive_rate: the same; empty without negatives.
    """

    name: str
    number: Total | None
    recall: tuple[Share, ...]
    precision: tuple[Share, ...]
    false_positive_rate: tuple[Share, ...]
    true_positive_rate: tuple[Share, ...]


class Ranking(Record):
    """Precision-recall and ROC over the classes that have samples.

    Attributes:
        average_precision, roc_auc: means of the classes (macro averages); the first is also
            called mean average precision (mAP).
        micro_average_precision, micro_roc_auc: of all decisions together, one per sample and
            class.
        bins: of the histograms of scores they were computed from; 0 if they are exact.
        curves: micro and macro average, then the classes: all of at most 100, of more the 24
            with the lowest average precision.
    """

    average_precision: Share | None
    roc_auc: Share | None
    micro_average_precision: Share | None
    micro_roc_auc: Share | None
    bins: Total = 0
    curves: tuple[RankingCurve, ...] = ()


class PublishedAccuracy(Record):
    """Accuracy of published weights, in per cent, as their authors measured it.

    Attributes:
        top5: None if it was not published.
        source: who published it.
    """

    top1: float
    top5: float | None = None
    source: str

    def sentence(self) -> str:
        """Return "69.758 % (top-5: 89.078 %), torchvision, ImageNet validation"."""
        top5 = "" if self.top5 is None else f" (top-5: {self.top5:g}{NO_BREAK}%)"
        shown = f"{self.top1:g}{NO_BREAK}%{top5}"
        return f"{shown}, {self.source}, ImageNet validation, all classes, one centre crop"


class Evaluation(Displayed, Record):
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
    source: Source | None = None
    """How many images of how many, and of which data."""
    ranking: Ranking | None = None
    """Average precision and ROC; None where they were not measured, as in training."""
    published: PublishedAccuracy | None = None
    """The accuracy that was published for these weights."""
    engine: str = ""
    """What computed the logits, as `OpenVINO, bfloat16`; empty for PyTorch in float32."""

    @field_validator("source", mode="before")
    @classmethod
    def _without_sentence(cls, value: object) -> object:
        """Read earlier model files, which hold a sentence; and JSON, whose lists are tuples."""
        if isinstance(value, dict):  # behind this function pydantic takes it for Python's values
            return Source.model_validate_json(json.dumps(value))
        return None if isinstance(value, str) else value

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.classes)

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (Wilson)."""
        from convscope.confidence import wilson_interval

        return wilson_interval(self.accuracy, self.num_samples)

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

    def with_files(self, files: "Files") -> "Evaluation":
        """Return the evaluation with the files of its mistakes.

        Args:
            files: of the images that were measured, by index.
        """
        references = (files.reference(mistake.index) for mistake in self.mistakes)
        mistakes = tuple(
            mistake.model_copy(
                update={"image": reference.where, "path": reference.path * (reference.size < 0)}
            )
            for mistake, reference in zip(self.mistakes, references, strict=True)
        )
        return self.model_copy(update={"mistakes": mistakes})

    def for_model_file(self) -> "Evaluation":
        """Return the metrics that a model file holds.

        Without mistakes, which are images of the data, and without curves. For more than 200
        classes the most frequent confusions take the place of the matrix.
        """
        changes: dict[str, object] = {"mistakes": ()}
        if self.ranking is not None:
            changes["ranking"] = self.ranking.model_copy(update={"curves": ()})
        if len(self.confusion) > MOST_CONFUSION:
            changes |= {"confusion": (), "confused_pairs": self.most_confused(1_000)}
        return self.model_copy(update=changes)

    def confusion_matrix(self) -> "Heatmap":
        """Return the confusion matrix as a picture: `.svg()`, `.save("confusion.png")`.

        Shares of the true class, with the counts. Of more than 100 classes the 30 of the most
        frequent confusions are shown, and the others are summed.
        """
        from convscope.evaluate.pictures import confusion_matrix

        return confusion_matrix(self)

    def pr_curves(self) -> "Curves":
        """Return the precision-recall curves of every class against all others, as a picture.

        With micro and macro average. Of more than 22 classes those with the lowest average
        precision are shown.

        Raises:
            InputError: the evaluation has no curves, as that of training, or from a model file.
        """
        from convscope.evaluate.pictures import ranking_curves

        return ranking_curves(self, "pr")

    def roc_curves(self) -> "Curves":
        """Return the ROC curves of every class against all others, as a picture.

        Classes and errors as for `pr_curves`.
        """
        from convscope.evaluate.pictures import ranking_curves

        return ranking_curves(self, "roc")

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

    def __repr__(self) -> str:
        return (
            f"Evaluation(accuracy {percent(self.accuracy)}, {self.correct:,} of "
            f"{self.num_samples:,} correct, {len(self.classes):,} classes)"
        )

    def __str__(self) -> str:
        """Return the main metrics, one a line."""
        return aligned(self.rows())

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return the main metrics as (name, value), formatted for a terminal or a page."""
        low, high = self.accuracy_interval
        crops = () if self.crops == "single" else (("crops", self.crops),)
        source = self.source
        return (
            ("images", source.sentence() if source else f"{self.num_samples:,}"),
            *((("", note) for note in source.notes()) if source else ()),
            *self._absent(),
            *crops,
            ("accuracy", f"{percent(self.accuracy)} (95 %: {percent(low)} to {percent(high)})"),
            ("top-5 accuracy", percent(self.top5)),
            *((("published", self.published.sentence()),) if self.published else ()),
            ("balanced accuracy", percent(self.balanced_accuracy)),
            ("majority baseline", f"{percent(self.majority_baseline)} ({self.majority_class})"),
            ("macro F1", percent(self.macro_f1)),
            *self._ranking(),
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
        return (
            ("classes", f"{text}; balanced accuracy and macro F1 are over these"),
            ("", f"each image is classified among all {len(self.classes):,}"),
        )

    def _ranking(self) -> tuple[tuple[str, str], ...]:
        ranking = self.ranking
        if ranking is None:
            return ()
        micro = (percent(ranking.micro_average_precision), percent(ranking.micro_roc_auc))
        rows = (
            ("average precision", f"{percent(ranking.average_precision)} (micro: {micro[0]})"),
            ("ROC AUC", f"{percent(ranking.roc_auc)} (micro: {micro[1]})"),
        )
        if not ranking.bins:
            return rows
        return (*rows, ("", f"both from histograms of {ranking.bins:,} bins for each class"))

    def class_rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the table per class; the first row names the columns, "-" stands for None."""
        ranked = self.ranking is not None
        head = ("class", "precision", "recall", "F1", *("AP", "AUC") * ranked, "images")
        rows = []
        for c in self.classes:
            areas = (c.average_precision, c.roc_auc) if ranked else ()
            shares = (c.precision, c.recall, c.f1, *areas)
            rows.append((c.name, *map(percent, shares), f"{c.support:,}"))
        return (head, *rows)


def percent(share: float | None, *, digits: int = 2) -> str:
    """Format 0.98814 as "98.81 %"; never rounded up to 100 % nor down to 0 %; "-" for None."""
    if share is None:
        return "-"
    least = 10.0**-digits
    value = round(share * 100, digits)
    if 0 < share < 1:
        value = min(max(value, least), 100 - least)
    return f"{value:.{digits}f}{NO_BREAK}%"
