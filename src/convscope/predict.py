"""What a model sees in images: read, prepared, answered, as many as there are.

Tensor names end in their axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.errors import ConvscopeError, InputError
from convscope.io.images import read_image, to_grey, to_rgb
from convscope.io.photos import Encoded

Read = Callable[[Any], Tensor]
Function = Callable[[Tensor], Tensor]
ODD_MEAN = 1.5  # of a normalised image; over a training set it is 0


@dataclass(frozen=True)
class Answer:
    """One class and its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The most probable classes of one image, best first; `note` says what looks wrong."""

    source: str
    answers: tuple[Answer, ...]
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def raw_pixels(image: Any, *, channels: int, invert: bool = False) -> Tensor:
    """(1, C, H, W) of raw pixels, uint8, in so many channels.

    Args:
        image: a path, an encoded file's bytes, an array (H, W) or (H, W, C) of uint8, or
            `Encoded`, as a split of photos reads it.

    Raises:
        InputError, FormatError: no such file, not an image, or an array of another kind.
    """
    if isinstance(image, Encoded):
        try:
            return raw_pixels(image.data, channels=channels, invert=invert)
        except ConvscopeError as error:
            raise error.at(image.where) from None
    pixels_HWC = _array(image) if isinstance(image, np.ndarray) else read_image(image)
    if channels == 1:
        pixels_HWC = to_grey(pixels_HWC)
    elif channels == 3:
        pixels_HWC = to_rgb(pixels_HWC)
    elif pixels_HWC.shape[2] != channels:
        raise InputError(
            f"an image of {pixels_HWC.shape[2]} channels", expected=f"{channels} channels"
        )
    if invert:
        pixels_HWC = 255 - pixels_HWC
    return torch.from_numpy(np.array(pixels_HWC)).permute(2, 0, 1)[None]


def answers(
    images: Iterable[Any],
    *,
    read: Read,
    network: Function,
    labels: tuple[str, ...],
    topk: int,
    batch_size: int,
) -> Iterator[Prediction]:
    """Answers as they come, in order; no more than a batch of inputs is held.

    Args:
        read: an image -> the input of the network, (1, C, H, W).

    Raises:
        InputError: topk or batch_size under 1. What reading an image raises comes when the
            images before it have been answered.
    """
    for name, value in (("topk", topk), ("batch_size", batch_size)):
        if value < 1:
            raise InputError(f"{name}={value}", expected="1 or more")

    def batch(ready: list[tuple[str, Tensor]]) -> Iterator[Prediction]:
        return _answered(ready, network, labels, topk) if ready else iter(())

    def answered() -> Iterator[Prediction]:
        ready: list[tuple[str, Tensor]] = []
        given = iter(images)
        while True:
            try:
                image = next(given)
                one = source_of(image), read(image)
            except StopIteration:
                yield from batch(ready)
                return
            except ConvscopeError:
                yield from batch(ready)
                raise
            if len(ready) == batch_size or (ready and ready[0][1].shape != one[1].shape):
                yield from batch(ready)
                ready = []
            ready.append(one)

    return answered()


def _answered(
    ready: list[tuple[str, Tensor]], network: Function, labels: tuple[str, ...], topk: int
) -> Iterator[Prediction]:
    with torch.inference_mode():
        inputs_NCHW = torch.cat([input_NCHW for _, input_NCHW in ready])
        best = network(inputs_NCHW).softmax(1).topk(min(topk, len(labels)))
    rows = zip(ready, best.values.tolist(), best.indices.tolist(), strict=True)
    for (source, input_NCHW), values, indices in rows:
        found = (Answer(labels[i], value) for value, i in zip(values, indices, strict=True))
        yield Prediction(source, tuple(found), _unlike_training(input_NCHW))


def source_of(image: Any) -> str:
    """What an image is called in its answer."""
    if isinstance(image, Encoded):
        return image.where
    return str(image) if isinstance(image, str | Path) else type(image).__name__


def _array(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    pixels = image[..., None] if image.ndim == 2 else image
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4:
        raise InputError(
            f"an array of {image.dtype} and shape {image.shape}",
            expected="uint8 pixels, (H, W) or (H, W, C) with 1 to 4 channels",
        )
    return pixels


def _unlike_training(input_NCHW: Tensor) -> str:
    """A word of warning where an image is far from what the network was trained on.

    Normalised training images have mean 0 and variance 1 over the whole set; a digit in dark
    ink on white paper, given to a network that knows light on dark, comes out near +2.
    """
    mean = float(input_NCHW.mean())
    if abs(mean) < ODD_MEAN:
        return ""
    light, other = ("lighter", "dark") if mean > 0 else ("darker", "light")
    return (
        f"this image is much {light} than those the model was trained on; "
        f"if it shows {other} on {'light' if mean > 0 else 'dark'}, try --invert"
    )
