"""The images whose label a model doubts most, as rows of a list of corrections."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from convscope.data.corrections.identity import image_digest
from convscope.data.corrections.listing import Correction, write_corrections
from convscope.model import Model
from convscope.review.answers import Answers, answers
from convscope.review.confident import Doubts, doubts
from convscope.review.seen import Seen, seen_in_training
from convscope.text import printable

FURTHER = ("rank", "doubted", "suggested", "self_confidence", "suggested_probability")


class DoubtedLabel(NamedTuple):
    """An image, the class that the model finds likely, and the probabilities.

    Attributes:
        is_doubted: the label is off the diagonal of the confident joint.
        self_confidence: probability of the label.
        probability: of the suggested class.
    """

    correction: Correction
    is_doubted: bool
    suggested: str
    self_confidence: float
    probability: float


class LabelDoubts(NamedTuple):
    """Doubts about the labels of a split, most doubtful first.

    Attributes:
        num_images: images that were judged.
        num_doubted: labels off the diagonal of the confident joint.
        num_wrong: estimated number of wrong labels.
        seen: whether the model was trained on these images.
    """

    rows: tuple[DoubtedLabel, ...]
    split: str
    num_images: int
    num_doubted: int
    num_wrong: float
    seen: Seen

    def write(self, path: Path) -> None:
        """Write the list of corrections, with the figures in further columns."""
        cells = [
            (
                str(rank),
                "true" if row.is_doubted else "false",
                row.suggested,
                f"{row.self_confidence:.6g}",
                f"{row.probability:.6g}",
            )
            for rank, row in enumerate(self.rows, 1)
        ]
        rows = [row.correction for row in self.rows]
        write_corrections(path, rows, further=FURTHER, cells=cells)

    def to_dict(self) -> dict[str, Any]:
        """Return the doubts in JSON types."""
        return {
            "split": self.split,
            "num_images": self.num_images,
            "num_doubted": self.num_doubted,
            "num_wrong": self.num_wrong,
            "seen": self.seen,
            "rows": [
                {
                    "image": row.correction.image,
                    "split": row.correction.split,
                    "index": row.correction.number,
                    "digest": row.correction.digest,
                    "label": row.correction.label,
                    "doubted": row.is_doubted,
                    "suggested": row.suggested,
                    "self_confidence": row.self_confidence,
                    "suggested_probability": row.probability,
                }
                for row in self.rows
            ],
        }


def label_doubts(
    model: Model,
    data: Any,
    *,
    split: str | None = None,
    num: int = 1000,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> LabelDoubts:
    """Return the labels that a model doubts most.

    Args:
        data, split, progress: see `Model.evaluate`.
        num: length of the list; all doubted labels may be fewer or more.

    Raises:
        InputError: as `Model.evaluate`.
    """
    opened = model.open_data(data)
    result = answers(model, opened, split=split, progress=progress)
    source = result.evaluation.source
    name = source.split if source else "test"
    seen = seen_in_training(model, opened, name)
    ranked = doubts(result.probabilities_NK, result.labels_N)
    return LabelDoubts(
        rows=_rows(result, ranked, model.labels, num),
        split=name,
        num_images=len(result.labels_N),
        num_doubted=int(ranked.is_doubted(result.labels_N).sum()),
        num_wrong=ranked.num_wrong,
        seen=seen,
    )


def _rows(
    result: Answers, ranked: Doubts, labels: tuple[str, ...], num: int
) -> tuple[DoubtedLabel, ...]:
    doubted_N = ranked.is_doubted(result.labels_N)
    rows = []
    for index in ranked.order_N[:num].tolist():
        name, number = result.places[index]
        files = result.images.files
        correction = Correction(
            image="" if files is None else printable(files.reference(index).where),
            split=name,
            number=number,
            digest=image_digest(result.images, index),
            label=printable(labels[int(result.labels_N[index])]),
            action="",
        )
        suggested = int(ranked.suggested_N[index])
        rows.append(
            DoubtedLabel(
                correction,
                bool(doubted_N[index]),
                printable(labels[suggested]),
                float(ranked.self_confidence_N[index]),
                float(result.probabilities_NK[index, suggested]),
            )
        )
    return tuple(rows)
