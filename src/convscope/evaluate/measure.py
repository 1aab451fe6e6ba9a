"""The evaluation of a model on selected images: what is left out, and where the rows go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from torch import Tensor, nn

from convscope.data.dataset import AnySplit, Split
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.loading.unusable import left_out, reason, shared_errors
from convscope.data.selection import Selected
from convscope.distributed import Group
from convscope.errors import ConvscopeError, DataError
from convscope.evaluate.crops import AnyCrops, find_crops
from convscope.evaluate.metrics import Evaluation, PublishedAccuracy
from convscope.evaluate.multi_crop import Preprocessing, evaluate_crops
from convscope.evaluate.protocol import Details, Function, WithProgress, evaluate
from convscope.evaluate.samples import Consume
from convscope.io import storage
from convscope.network import Card, Network
from convscope.network.device import device_of

NUM_MISTAKES = 200


class Forward(Protocol):
    """Logits of a network by some engine; `engine.Passes` is one."""

    @property
    def engine(self) -> str:
        """The engine and its numbers; empty for PyTorch in float32."""

    def say_other(self, reason: str) -> None:
        """Say that PyTorch computes in place of it."""

    def __call__(self, inputs_NCHW: Tensor, /) -> Tensor:
        """(N, C, H, W) -> (N, K)."""


class Measured(NamedTuple):
    """A model to measure.

    Attributes:
        passes: returns the logits for one crop of each image, by the engine that is used.
        module: the preprocessing with what was fitted in it.
        preprocess: raw pixels (N, C, H, W) -> the input of the network.
    """

    network: Network
    passes: Forward
    card: Card
    module: nn.Module
    preprocess: Callable[[Tensor], Tensor]


class Readable(NamedTuple):
    """The images that can be read.

    Attributes:
        places: of the images in the selection; None if none is left out.
        errors: of the images that are left out, by their place.
    """

    images: AnySplit
    places: tuple[int, ...] | None
    errors: Mapping[int, ConvscopeError]

    @property
    def files(self) -> Files | None:
        return self.images.files


def measured(
    model: Measured,
    selected: Selected,
    *,
    crops: str | AnyCrops,
    batch_size: int,
    csv: Path | None,
    group: Group,
    progress: Callable[[int, int], None],
) -> Evaluation:
    """Return the evaluation of a model; arguments as for `Model.evaluate`."""
    readable = _readable(model, selected.images, group)
    labels = model.card.labels
    images = WithProgress(readable.images, progress)
    with _rows(csv, selected, readable, labels, group) as consume:
        details = Details(num_mistakes=NUM_MISTAKES, ranking=True, consume=consume)
        evaluation = _pass(model, images, crops, batch_size, details, group)
    num_reduced = sum(group.all_gather(len(getattr(readable.images, "reduced", ()))))
    source = selected.source(evaluation.num_samples, reduced=num_reduced)
    if readable.files is not None:
        evaluation = evaluation.with_files(readable.files)
    if readable.places is not None:
        evaluation = evaluation.at_places(readable.places)
    published = _published(model.card)
    updates = {"source": source, "published": published, "engine": model.passes.engine}
    return evaluation.model_copy(update=updates)


def _published(card: Card) -> PublishedAccuracy | None:
    """Return the published accuracy of a model's weights, from its provenance."""
    figures, source = card.provenance.get("published_accuracy"), card.provenance.get("published_by")
    if not isinstance(figures, Mapping) or not isinstance(source, str):
        return None
    top1, top5 = figures.get("top1"), figures.get("top5")
    if not isinstance(top1, float):
        return None
    return PublishedAccuracy(
        top1=top1, top5=top5 if isinstance(top5, float) else None, source=source
    )


def _pass(
    model: Measured,
    images: WithProgress,
    crops: str | AnyCrops,
    batch_size: int,
    details: Details,
    group: Group,
) -> Evaluation:
    labels = model.card.labels
    chosen = find_crops(crops) if isinstance(crops, str) else crops
    if chosen.title != "single":
        model.passes.say_other(f"the crops {chosen.title} run in PyTorch")
        return evaluate_crops(
            model.network,
            Preprocessing(model.card.preprocessing, model.module),
            images,
            crops=chosen,
            classes=labels,
            batch_size=batch_size,
            details=details,
            group=group,
        )
    preprocess: Function = model.preprocess
    return evaluate(
        model.passes,
        preprocess,
        images,
        classes=labels,
        batch_size=batch_size,
        details=details,
        group=group,
    )


@contextmanager
def _rows(
    csv: Path | None,
    selected: Selected,
    readable: Readable,
    labels: tuple[str, ...],
    group: Group,
) -> Iterator[Consume | None]:
    """Yield what takes the samples: a CSV file on rank 0, nothing on others and without a file."""
    if csv is None:
        yield None
        return
    if group.rank:
        yield _discard
        return
    from convscope.evaluate.csv_file import PredictionRows, unread_in_memory

    images = selected.images
    if isinstance(images, Split):
        unread = unread_in_memory(images)
    else:
        unread = {
            place: (images.files.reference(place), int(images.labels_N[place]), error.given)
            for place, error in readable.errors.items()
        }
    with storage.writing(csv) as add:
        rows = PredictionRows(add, selected, labels, files=readable.files, unread=unread)
        yield rows
        rows.finish()


def _discard(_samples: object) -> None:
    """Take samples that rank 0 writes."""


def _readable(model: Measured, images: AnySplit, group: Group) -> Readable:
    """Return the images that can be read, if others may be left out."""
    if not isinstance(images, PhotoSplit) or images.bad_images == "error":
        return Readable(images, None, {})
    errors = shared_errors(
        images,
        model.preprocess,
        range(len(images)),
        group=group,
        device=device_of(model.network),
    )
    if len(errors) == len(images):
        raise DataError(
            f"none of {len(images):,} images can be read; the first: "
            f"{reason(next(iter(errors.values())))}",
            fix="`convscope data check` names the reasons",
        )
    readable, places_N = left_out(images, errors)
    return Readable(readable, tuple(places_N.tolist()), errors)
