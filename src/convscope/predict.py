"""Predictions: images are read, preprocessed, batched and classified, as many as there are.

Axes: N batch, C channels, H height, W width, K classes.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convscope.display import Displayed
from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.evaluate.metrics import percent
from convscope.handwriting.prepared import is_prepared
from convscope.io.conversion import DEFAULT, Conversion, Pixels, to_grey, to_rgb
from convscope.io.images import decode_with_note, read_for_network
from convscope.io.photos import Encoded
from convscope.io.values import as_pixels, encoded_bytes, path_of, whole_number
from convscope.shapes import CHW
from convscope.text import printable

Function = Callable[[Tensor], Tensor]
Background = Literal["dark", "light"]

MOST_REPR = 10  # predictions in the `repr` of several
DARK_MEAN = 1 / 3  # MNIST 0.13, Fashion-MNIST 0.29; grey photos 0.45


@dataclass(frozen=True)
class ClassScore:
    """A class and its probability.

    Attributes:
        index: its place among the logits.
        synset: its WordNet number, as n01440764, of a network with ImageNet's classes.
    """

    label: str
    probability: float
    index: int | None = None
    synset: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


IMAGENET_CLASSES = 1000  # models of another number need nothing of `convscope.weights`


class Classes(NamedTuple):
    """The classes of a network: labels, and WordNet's numbers of ImageNet's classes or nothing."""

    labels: tuple[str, ...]
    synsets: tuple[str, ...] = ()

    def scores(
        self, probabilities: Iterable[float], indices: Iterable[int]
    ) -> Iterator[ClassScore]:
        """Yield the classes at these places with their probabilities."""
        for probability, k in zip(probabilities, indices, strict=True):
            synset = self.synsets[k] if self.synsets else None
            yield ClassScore(self.labels[k], probability, k, synset)


@dataclass(frozen=True, repr=False)
class Prediction(Displayed):
    """The prediction for one image.

    Attributes:
        source: the path of the image, or the type of an object without a path.
        top: the most probable classes, best first.
        note: a warning about the image; empty where there is none.
        error: the reason why there is no prediction; empty where there is one.
    """

    source: str
    top: tuple[ClassScore, ...]
    note: str = ""
    error: str = ""

    @property
    def answers(self) -> tuple[ClassScore, ...]:
        """The same as `top`, under its former name."""
        return self.top

    def __str__(self) -> str:
        """Return the prediction as one line."""
        scores = ", ".join(f"{score.label} {percent(score.probability)}" for score in self.top)
        parts = [scores or "no prediction", self.error, self.note]
        return printable(f"{self.source}: {'; '.join(part for part in parts if part)}")

    def __repr__(self) -> str:
        return f"Prediction({self})"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON data; the key `answers` is that of every earlier version.

        The key `error` is there only if the image could not be classified.
        """
        scores = [score.to_dict() for score in self.top]
        row: dict[str, Any] = {"source": self.source, "answers": scores, "note": self.note}
        return row | ({"error": self.error} if self.error else {})

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Prediction":
        """Return the prediction of `to_dict`, which another process made."""
        scores = tuple(ClassScore(**score) for score in data["answers"])
        return Prediction(data["source"], scores, data["note"], data.get("error", ""))


@final
class Predictions(tuple[Prediction, ...], Displayed):
    """Predictions of several images, in their order: a tuple that a notebook shows with pictures.

    It keeps references to the images, and reads the first of them again when it is shown.
    """

    _images: Sequence[Any]
    _raw: Callable[[Any], Tensor] | None

    def __new__(
        cls,
        predictions: Iterable[Prediction],
        *,
        images: Sequence[Any] = (),
        raw: Callable[[Any], Tensor] | None = None,
    ) -> "Predictions":
        """Return the predictions.

        Args:
            images: those that were classified.
            raw: reads one of them as raw pixels (1, C, H, W).
        """
        own = super().__new__(cls, predictions)
        own._images, own._raw = images, raw
        return own

    def pixels(self, number: int) -> NDArray[np.uint8] | None:
        """Return the pixels of an image, (H, W) or (H, W, 3); None if it cannot be read again."""
        if self._raw is None or number >= len(self._images):
            return None
        try:
            raw_NCHW = self._raw(self._images[number]).to(torch.uint8)
        except (ConvscopeError, OSError, ValueError):
            return None
        pixels_HWC: NDArray[np.uint8] = raw_NCHW[0].permute(1, 2, 0).numpy()
        return pixels_HWC[..., 0] if pixels_HWC.shape[2] == 1 else pixels_HWC

    def __reduce__(self) -> tuple[Any, ...]:
        return Predictions, (tuple(self),)  # without the images

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        lines = [repr(each) for each in self[:MOST_REPR]]
        more = [f"... {len(self) - MOST_REPR:,} more"] if len(self) > MOST_REPR else []
        return f"({', '.join([*lines, *more])}{',' if len(self) == 1 else ''})"


class Prepared(NamedTuple):
    """An image that is ready for the network, with its name and a warning about it."""

    source: str
    input_NCHW: Tensor
    note: str


def raw_pixels(
    image: Any, *, channels: int, invert: bool = False, conversion: Conversion = DEFAULT
) -> tuple[Tensor, str]:
    """Read an image as raw pixels: (1, C, H, W), uint8; and a note about it, or "".

    Args:
        image: what `io.values.as_pixels` takes (a path, bytes, an open file, a PIL image, an
            array, a tensor, nested lists), or `Encoded`, as a split of photos reads it.
        channels: of the result.
        conversion: of transparency and of 16 bits.

    Raises:
        InputError, FormatError: no such file, not an image, or numbers of another kind.
    """
    pixels_HWC, note = _read(image, channels, conversion)
    if invert:
        pixels_HWC = 255 - pixels_HWC
    return torch.from_numpy(np.array(pixels_HWC)).permute(2, 0, 1)[None], note


def read_digit(image: Any, *, sides: tuple[int, ...]) -> tuple[NDArray[np.uint8], str] | None:
    """Read a photo or drawing of a digit as an image of MNIST: (28, 28), and a note.

    Args:
        image: as `raw_pixels`.
        sides: sizes of prepared images, which are left as they are.

    Returns None for a prepared image.

    Raises:
        InputError: no ink in the image.
    """
    where = image.where if isinstance(image, Encoded) else path_of(image)
    data = image.data if isinstance(image, Encoded) else encoded_bytes(image)
    try:
        pixels_HWC = as_pixels(image) if data is None else read_for_network(data)[0]
    except FormatError as error:
        raise error.at(where) from None
    if is_prepared(pixels_HWC, sides):
        return None
    from convscope.handwriting.digit import prepare_digit

    return prepare_digit(pixels_HWC, where=where)


def is_of_digits(labels: Sequence[str], input: CHW) -> bool:
    """Return whether a model is as those trained on MNIST: small grey images, 10 digits."""
    sizes = (input.channels, input.height, input.width)
    return sizes in ((1, 28, 28), (1, 32, 32)) and list(labels) == [str(k) for k in range(10)]


def _read(image: Any, channels: int, conversion: Conversion) -> tuple[Pixels, str]:
    where = image.where if isinstance(image, Encoded) else path_of(image)
    data = image.data if isinstance(image, Encoded) else encoded_bytes(image)
    if data is not None and channels in (1, 3):
        return decode_with_note(data, channels=channels, where=where, conversion=conversion)
    try:
        pixels_HWC = as_pixels(image if data is None else data)
    except FormatError as error:
        raise error.at(where) from None
    if channels in (1, 3):
        return (to_grey if channels == 1 else to_rgb)(pixels_HWC, conversion), ""
    if pixels_HWC.shape[2] != channels:
        raise InputError(
            f"an image of {pixels_HWC.shape[2]} channels", expected=f"{channels} channels"
        )
    return pixels_HWC, ""


def stream(
    images: Iterable[Any],
    *,
    prepare: Callable[[Any], Prepared],
    network: Function,
    classes: Classes,
    topk: int,
    batch_size: int,
    keep_going: bool = False,
) -> Iterator[Prediction]:
    """Yield the predictions of images in order, holding at most one batch of inputs.

    Args:
        prepare: reads one image and prepares it for the network.
        keep_going: yield a prediction with an error for an image that cannot be read.

    Raises:
        InputError: topk or batch_size under 1. An error in an image is raised after the
            predictions of the images before it.
    """
    topk, batch_size = whole_number(topk, "topk"), whole_number(batch_size, "batch_size")
    return (
        prediction
        for batch in _batches(images, prepare, batch_size, keep_going)
        for prediction in _predictions(batch, network, classes, topk)
    )


def _batches(
    images: Iterable[Any],
    prepare: Callable[[Any], Prepared],
    batch_size: int,
    keep_going: bool,
) -> Iterator[list[Prepared] | Prediction]:
    """Group images whose inputs have one shape; an error waits for the batch before it."""
    batch: list[Prepared] = []
    remaining = iter(images)
    while True:
        failed: Prediction | None = None
        try:
            image = next(remaining)
            try:
                prepared = prepare(image)
            except (ConvscopeError, OSError) as error:
                if not keep_going:
                    raise
                reason = (
                    error.on_one_line()
                    if isinstance(error, ConvscopeError)
                    else printable(str(error))
                )
                failed = Prediction(source_of(image), (), error=reason)
        except StopIteration:
            if batch:
                yield batch
            return
        except Exception:
            if batch:
                yield batch
            raise
        full = len(batch) == batch_size or failed is not None
        if batch and (full or batch[0].input_NCHW.shape != prepared.input_NCHW.shape):
            yield batch
            batch = []
        if failed is not None:
            yield failed
        else:
            batch.append(prepared)


def _predictions(
    batch: list[Prepared] | Prediction, network: Function, classes: Classes, topk: int
) -> Iterator[Prediction]:
    if isinstance(batch, Prediction):
        yield batch
        return
    with torch.inference_mode():
        inputs_NCHW = torch.cat([image.input_NCHW for image in batch])
        best = network(inputs_NCHW).softmax(1).topk(min(topk, len(classes.labels)))
    rows = zip(batch, best.values.tolist(), best.indices.tolist(), strict=True)
    for image, probabilities, indices in rows:
        top = tuple(classes.scores(probabilities, indices))
        yield Prediction(image.source, top, image.note)


def source_of(image: Any) -> str:
    """Return the name of an image in its prediction."""
    if isinstance(image, Encoded):
        return image.where
    if isinstance(image, str | os.PathLike):
        return os.fsdecode(image)
    name = getattr(image, "name", None) if hasattr(image, "read") else None
    return name if isinstance(name, str) else type(image).__name__


def training_background(preprocessing: Function, input: CHW) -> Background | None:
    """Return the background that the training images of a single-channel network had.

    It follows from the mean brightness, which the preprocessing maps to 0, and the deviation,
    which it maps to 1. None for colour images, for photos, and where the preprocessing subtracts
    no mean.
    """
    if input.channels != 1:
        return None
    extremes = torch.tensor([0.0, 255.0])[:, None, None, None].expand(2, *input)
    with torch.inference_mode():
        prepared_NCHW = preprocessing(extremes.contiguous())
    centre = prepared_NCHW[:, 0, prepared_NCHW.shape[2] // 2, prepared_NCHW.shape[3] // 2]
    black, white = centre.tolist()
    if not black < 0 < white:
        return None
    mean, deviation = -black / (white - black), 1 / (white - black)
    if DARK_MEAN <= mean <= 1 - DARK_MEAN or deviation < min(mean, 1 - mean):
        return None  # near the middle, or hardly any contrast: photos, by day or by night
    return "dark" if mean < DARK_MEAN else "light"


def inversion_note(raw_NCHW: Tensor, trained: Background | None) -> str:
    """Return a warning where an image has the reverse of the training images' background.

    Both the border and most of the image must be on the other side of the middle.
    """
    if trained is None:
        return ""
    pixels_HW = raw_NCHW[0, 0].float() / 255
    border = torch.cat([pixels_HW[0], pixels_HW[-1], pixels_HW[:, 0], pixels_HW[:, -1]])
    medians = (float(border.median()), float(pixels_HW.median()))
    is_reverse = min(medians) > 1 - DARK_MEAN if trained == "dark" else max(medians) < DARK_MEAN
    if not is_reverse:
        return ""
    own = "light" if trained == "dark" else "dark"
    return (
        f"this image has a {own} background, and the model was trained on images with a "
        f"{trained} one; try --invert"
    )
