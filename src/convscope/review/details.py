"""Folder with everything about single images that an interactive page needs.

evaluation.json: the metrics, as `convscope evaluate --json` prints them.
images.npz: one entry per image in every array; the arrays are the fields of `Details`.
facts.json: what was evaluated, and whether the model was trained on these images.

Axes: N images, K classes, T most probable classes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.data.arrays.npy import open_npz
from convscope.data.dataset import SPLITS
from convscope.errors import ConvscopeError
from convscope.evaluate.metrics import Evaluation
from convscope.io import storage
from convscope.model import Model
from convscope.record import Record
from convscope.review.answers import Answers, answers
from convscope.review.confident import doubts
from convscope.review.seen import Seen, seen_in_training

EVALUATION, IMAGES, FACTS = "evaluation.json", "images.npz", "facts.json"
MOST_PROBABLE = 5
MAX_FILE_BYTES = 1 << 28


class Facts(Record):
    """Facts about an evaluation.

    Attributes:
        model, data: names, for people.
        split: train, val, test or all.
        classes: the model's labels.
        seen: whether the model was trained on these images: yes, no (another split of the data
            that it was trained on), or unknown.
        num_wrong: estimated number of wrong labels; None with fewer than two classes.
        axes: names of the axes of the plane; empty without points.
    """

    model: str
    data: str
    split: str
    classes: tuple[str, ...]
    seen: Seen
    num_wrong: float | None
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Details:
    """Results of single images.

    Attributes:
        split_N, index_N: place of each image: number in SPLITS, and index in that split.
        true_N, predicted_N: class numbers of the model.
        confidence_N, true_probability_N: probabilities of the predicted and of the true class.
        loss_N: -ln(probability of the true class), in nats.
        entropy_N: of the probabilities, in nats.
        top_NT, top_probability_NT: the most probable classes, and their probabilities.
        likely_N, suggested_N, margin_N: see `confident.Doubts`.
        points_N2: the first two principal components of the features; (0, 2) without features.
    """

    split_N: NDArray[np.uint8]
    index_N: NDArray[np.int32]
    true_N: NDArray[np.int32]
    predicted_N: NDArray[np.int32]
    confidence_N: NDArray[np.float32]
    true_probability_N: NDArray[np.float32]
    loss_N: NDArray[np.float32]
    entropy_N: NDArray[np.float32]
    top_NT: NDArray[np.int32]
    top_probability_NT: NDArray[np.float32]
    likely_N: NDArray[np.int32]
    suggested_N: NDArray[np.int32]
    margin_N: NDArray[np.float32]
    points_N2: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.true_N)


def write_details(
    model: Model,
    data: Any,
    folder: Path,
    *,
    split: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Evaluate a model on a data set, and write evaluation, facts and results of every image.

    Args:
        folder: new or existing; its three files are replaced.
        data, split, progress: see `Model.evaluate`.

    Raises:
        InputError: as `Model.evaluate`.
        StorageError: the folder cannot be written.
    """
    opened = model.open_data(data)
    result = answers(model, opened, split=split, progress=progress)
    source = result.evaluation.source
    name = source.split if source else (split or "test")
    details, axes = details_of(result)
    num_wrong = None
    if len(model.labels) > 1:
        num_wrong = doubts(result.probabilities_NK, result.labels_N).num_wrong
    facts = Facts(
        model=model.architecture.name,
        data=opened.name,
        split=name,
        classes=model.labels,
        seen=seen_in_training(model, opened, name),
        num_wrong=num_wrong,
        axes=axes,
    )
    storage.make_folder(folder)
    arrays = {field.name: getattr(details, field.name) for field in fields(details)}
    temporary = storage.temporary_path(folder / IMAGES).with_suffix(".npz")
    np.savez(temporary, **arrays)
    temporary.replace(folder / IMAGES)
    storage.write_text(folder / EVALUATION, result.evaluation.to_json())
    storage.write_text(folder / FACTS, facts.model_dump_json())
    return result.evaluation


def read_details(folder: Path) -> tuple[Facts, Evaluation, Details]:
    """Read what `write_details` wrote.

    Raises:
        DataError, FormatError: a file is missing or damaged.
    """
    facts = Facts.model_validate_json(storage.read_bytes(folder / FACTS, most=MAX_FILE_BYTES))
    text = storage.read_bytes(folder / EVALUATION, most=MAX_FILE_BYTES)
    with open_npz(folder / IMAGES) as npz:
        arrays = {field.name: npz.read(field.name) for field in fields(Details)}
    return facts, Evaluation.from_json(text, where=EVALUATION), Details(**arrays)


def details_of(result: Answers) -> tuple[Details, tuple[str, ...]]:
    """Return the results of single images, and the names of the axes of their plane."""
    probabilities_NK, labels_N = result.probabilities_NK, result.labels_N
    num, num_classes = probabilities_NK.shape
    rows_N = np.arange(num)
    top = min(MOST_PROBABLE, num_classes)
    top_NT = np.argsort(-probabilities_NK, axis=1, kind="stable")[:, :top]
    own_N = probabilities_NK[rows_N, labels_N]
    tiny = np.finfo(np.float32).tiny
    log_NK = np.log(np.maximum(probabilities_NK, tiny))
    likely_N = suggested_N = labels_N
    margin_N = np.zeros(num)
    if num_classes > 1:
        ranked = doubts(probabilities_NK, labels_N)
        likely_N, suggested_N, margin_N = ranked.likely_N, ranked.suggested_N, ranked.margin_N
    points_N2, axes = _plane(result.features_NF)
    numbers = {name: number for number, name in enumerate(SPLITS)}
    details = Details(
        split_N=np.array([numbers[name] for name, _ in result.places], np.uint8),
        index_N=np.array([index for _, index in result.places], np.int32),
        true_N=labels_N.astype(np.int32),
        predicted_N=top_NT[:, 0].astype(np.int32),
        confidence_N=probabilities_NK[rows_N, top_NT[:, 0]],
        true_probability_N=own_N,
        loss_N=-np.log(np.maximum(own_N, tiny)),
        entropy_N=-(probabilities_NK * log_NK).sum(axis=1),
        top_NT=top_NT.astype(np.int32),
        top_probability_NT=np.take_along_axis(probabilities_NK, top_NT, axis=1),
        likely_N=likely_N.astype(np.int32),
        suggested_N=suggested_N.astype(np.int32),
        margin_N=margin_N.astype(np.float32),
        points_N2=points_N2,
    )
    return details, axes


def _plane(
    features_NF: NDArray[np.float32] | None,
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    from convscope.visuals.methods.network.embedding import principal_components

    if features_NF is not None:
        try:
            points_N2, shares = principal_components(features_NF.astype(np.float64))
        except ConvscopeError:  # fewer than three images, or features that do not differ
            pass
        else:
            axes = tuple(f"component {i + 1} ({share:.0%})" for i, share in enumerate(shares))
            return points_N2.astype(np.float32), axes
    return np.zeros((0, 2), np.float32), ()
