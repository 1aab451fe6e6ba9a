"""A model: a trained network made useful. Thin: it only calls the rooms below.

Tensor names end in their axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.arch import Architecture
from convscope.data import cache_folder
from convscope.errors import InputError
from convscope.evaluate import Evaluation, evaluate
from convscope.images import read_image, to_grey, to_rgb
from convscope.network import Card, ModelFile, build_block, read_model
from convscope.network.file import MODEL_NAME
from convscope.network.weights import model_file
from convscope.shapes import CHW


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


class Model:
    """What `convscope.open` returns.

    Attributes:
        card: architecture, labels, preprocessing, results and provenance.
        network: the torch module, in evaluation mode.
        preprocessing: from raw pixels (N, C, H, W), 0 to 255, to the network's input.
    """

    def __init__(self, file: ModelFile) -> None:
        self.card: Card = file.card
        self.network = file.network()
        channels = self.architecture.input.channels
        self.preprocessing = build_block(file.card.preprocessing, CHW(channels, 256, 256))

    @property
    def architecture(self) -> Architecture:
        return self.card.architecture

    @property
    def labels(self) -> tuple[str, ...]:
        return self.card.labels

    def prepare(self, image: Any, *, invert: bool = False) -> Tensor:
        """(1, C, H, W) of raw pixels, in the channels that the network wants.

        Args:
            image: a path, an encoded file's bytes, or an array (H, W) or (H, W, C) of uint8.

        Raises:
            InputError, FormatError: no such file, not an image, or an array of another kind.
        """
        pixels_HWC = _array(image) if isinstance(image, np.ndarray) else read_image(image)
        channels = self.architecture.input.channels
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

    def predict(
        self, images: Any, *, topk: int = 5, invert: bool = False
    ) -> tuple[Prediction, ...]:
        """Classes with probabilities, for one image or a list of them.

        Args:
            images: what `prepare` takes, or a list of such.
            invert: swap dark and light first.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it.
        """
        if topk < 1:
            raise InputError(f"topk={topk}", expected="1 or more")
        listed = list(images) if isinstance(images, list | tuple) else [images]
        return tuple(self._predict_one(image, topk, invert) for image in listed)

    def _predict_one(self, image: Any, topk: int, invert: bool) -> Prediction:
        raw_NCHW = self.prepare(image, invert=invert)
        with torch.inference_mode():
            input_NCHW = self.preprocessing(raw_NCHW)
            probabilities_K = self.network(input_NCHW).softmax(1)[0]
        best = probabilities_K.topk(min(topk, len(self.labels)))
        answers = tuple(
            Answer(self.labels[index], value)
            for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        )
        source = str(image) if isinstance(image, str | Path) else type(image).__name__
        return Prediction(source, answers, _unlike_training(input_NCHW))

    def evaluate(self, data: Any, *, split: str = "test", batch_size: int = 500) -> Evaluation:
        """Measure the model on a split of a data set.

        Args:
            data: a name, or what `convscope.data.open` returned.

        Raises:
            InputError: other classes than the model's.
        """
        from convscope import data as datasets

        opened = datasets.open(data) if isinstance(data, str | Path) else data
        if tuple(opened.classes) != self.labels:
            raise InputError(
                f"{opened.name} has other classes than the model: "
                + _difference(opened.classes, self.labels),
                expected=f"the model's {len(self.labels)} classes in their order",
            )
        return evaluate(
            self.network,
            self.preprocessing,
            opened.split(split),
            classes=self.labels,
            batch_size=batch_size,
        )

    def __repr__(self) -> str:
        return f"Model({self.architecture.name}, {len(self.labels)} classes)"


def open(path: str | Path) -> Model:
    """Open a model file, the model of a run folder, or published weights. Runs no code of a file.

    Args:
        path: a file, a folder, or `name@weights`, as `efficientnet_lite0@imagenet`; published
            weights that are not here yet are fetched into the cache, and their hash checked.

    Raises:
        InputError: there is no such file, or no such name.
        DataError: published weights could not be fetched.
        FormatError: it is not a model, or it is damaged.
    """
    place = Path(path)
    if "@" in str(path) and not place.exists():
        return Model(model_file(str(path), cache=cache_folder()))
    if place.is_dir():
        place = place / MODEL_NAME
        if not place.is_file():
            raise InputError(
                f"{path} holds no {MODEL_NAME}",
                expected="the folder of a run that has finished",
                fix=f"finish it: convscope train --resume {path}",
            )
    if not place.is_file():
        raise InputError(
            f"there is no file {path}",
            expected="a model file (.safetensors), the folder of a run, or name@weights",
            fix="train one: convscope train lenet5 mnist",
        )
    return Model(read_model(place))


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
    if abs(mean) < 1.5:
        return ""
    light, other = ("lighter", "dark") if mean > 0 else ("darker", "light")
    return (
        f"this image is much {light} than those the model was trained on; "
        f"if it shows {other} on {'light' if mean > 0 else 'dark'}, try --invert"
    )


def _difference(given: Sequence[str], expected: Sequence[str]) -> str:
    missing = [name for name in expected if name not in given]
    more = [name for name in given if name not in expected]
    if not missing and not more:
        return "the same names in another order"
    parts = [f"lacks {', '.join(missing[:5])}"] if missing else []
    parts += [f"has {', '.join(more[:5])} too"] if more else []
    return "; ".join(parts)
