"""A model: a trained network made useful. Thin: it only calls the rooms below.

Tensor names end in their axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from convscope.arch import Architecture
from convscope.data import cache_folder
from convscope.distributed import SINGLE_PROCESS, Group
from convscope.errors import InputError
from convscope.evaluate import (
    AnyCrops,
    Evaluation,
    SingleCrop,
    batch_for,
    evaluate,
    evaluate_crops,
    find_crops,
)
from convscope.io.photos import Encoded
from convscope.network import Card, ModelFile, read_model
from convscope.network.model_file import MODEL_NAME
from convscope.predict import Prediction, answers, raw_pixels, source_of
from convscope.visuals import Payload
from convscope.visuals.call import Asked, Scene, look
from convscope.visuals.scene import scene_of
from convscope.weights.load import model_file


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
        self.preprocessing = file.prepare()

    @property
    def architecture(self) -> Architecture:
        return self.card.architecture

    @property
    def labels(self) -> tuple[str, ...]:
        return self.card.labels

    def prepare(self, image: Any, *, invert: bool = False) -> Tensor:
        """(1, C, H, W) of raw pixels, in the channels that the network wants.

        Args:
            image: a path, an encoded file's bytes, an array (H, W) or (H, W, C) of uint8, or
                `Encoded`, as a split of photos reads it.

        Raises:
            InputError, FormatError: no such file, not an image, or an array of another kind.
        """
        channels = self.architecture.input.channels
        return raw_pixels(image, channels=channels, invert=invert)

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
        several = isinstance(images, list | tuple) and not isinstance(images, Encoded)
        listed = list(images) if several else [images]
        return tuple(self.stream(listed, topk=topk, invert=invert))

    def stream(
        self, images: Iterable[Any], *, topk: int = 5, invert: bool = False, batch_size: int = 16
    ) -> Iterator[Prediction]:
        """Answers as they come, in order, of as many images as there are.

        Images are read one after another, and no more than a batch of inputs is held.

        Args:
            images: what `prepare` takes.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it. What came
                before it has been answered.
        """
        return answers(
            images,
            read=lambda image: self._input(image, invert),
            network=self.network,
            labels=self.labels,
            topk=topk,
            batch_size=batch_size,
        )

    def _input(self, image: Any, invert: bool) -> Tensor:
        raw_NCHW = self.prepare(image, invert=invert).to(self.device)
        with torch.inference_mode():
            try:
                return self._prepared(raw_NCHW)
            except InputError as error:
                raise error.at(source_of(image)) from None

    def _prepared(self, raw_NCHW: Tensor) -> Tensor:
        input_NCHW: Tensor = self.preprocessing(raw_NCHW)
        return input_NCHW

    @property
    def device(self) -> torch.device:
        """Where the weights are; the processor for a network without any."""
        first = next(self.network.parameters(), None)
        return torch.device("cpu") if first is None else first.device

    def to(self, device: str | torch.device) -> Self:
        """The model itself, moved; a device that is not there is an InputError."""
        from convscope.training.guard import device_of

        place = device_of(str(device))
        self.network.to(place)
        self.preprocessing.to(place)
        return self

    def evaluate(
        self,
        data: Any,
        *,
        split: str = "test",
        batch_size: int | None = None,
        crops: str | AnyCrops = "single",
        group: Group = SINGLE_PROCESS,
    ) -> Evaluation:
        """Measure the model on a split of a data set.

        Args:
            data: a name, or what `convscope.data.open` returned.
            batch_size: images at a time; by default 500, and fewer large ones.
            crops: what is looked at of each image: "single", "ten", "multi_scale" or
                "googlenet144", or one of `convscope.evaluate`'s classes.
            group: of several processes, each of which answers its share.

        Raises:
            InputError: other classes or channels than the model's; crops that do not apply.
        """
        from convscope import data as datasets

        opened = datasets.open(data) if isinstance(data, str | Path) else data
        self._check_data(opened)
        chosen = find_crops(crops) if isinstance(crops, str) else crops
        if batch_size is None:
            batch_size = batch_for(self.architecture.input)
        if isinstance(chosen, SingleCrop):
            return evaluate(
                self.network,
                self._prepared,
                opened.split(split),
                classes=self.labels,
                batch_size=batch_size,
                device=self.device,
                rank=group.rank,
                world_size=group.world_size,
                gather=group.all_gather,
            )
        return evaluate_crops(
            self.network,
            self.preprocessing,
            opened.split(split),
            chain=self.card.preprocessing,
            crops=chosen,
            classes=self.labels,
            batch_size=batch_size,
            device=self.device,
            rank=group.rank,
            world_size=group.world_size,
            gather=group.all_gather,
        )

    def look(
        self,
        method: str,
        image: Any = None,
        *,
        layer: str | None = None,
        unit: int | None = None,
        target: int | str | None = None,
        data: Any = None,
        split: str = "test",
        settings: Mapping[str, Any] | None = None,
    ) -> Payload:
        """What one of `convscope.list_visuals()` shows of an image, or of a data set.

        Args:
            target: a class, by number or by name; without it the predicted one.
            settings: the visual's own numbers, as {"steps": 64}.

        Raises:
            InputError: no such visual, layer or class; a method that does not apply.
        """
        asked = Asked(layer=layer, unit=unit, target=target, settings=settings)
        return look(self.scene(image, data=data, split=split), method, asked)

    def scene(
        self, image: Any = None, *, data: Any = None, split: str = "test", invert: bool = False
    ) -> Scene:
        """What `look` looks at: an image as `prepare` takes it, a data set, or both."""
        from convscope import data as datasets

        raw_NCHW = None if image is None else self.prepare(image, invert=invert)
        opened = datasets.open(data) if isinstance(data, str | Path) else data
        return scene_of(
            self.card,
            self.network,
            self.preprocessing,
            raw_NCHW=raw_NCHW,
            data=opened,
            split=split,
        )

    def _check_data(self, data: Any) -> None:
        if tuple(data.classes) != self.labels:
            raise InputError(
                f"{data.name} has other classes than the model: "
                + _difference(data.classes, self.labels),
                expected=f"the model's {len(self.labels)} classes in their order",
            )
        channels = self.architecture.input.channels
        if data.channels != channels:
            raise InputError(
                f"the images of {data.name} have {data.channels} channels",
                expected=f"{channels}, which {self.architecture.name} takes",
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


def _difference(given: Sequence[str], expected: Sequence[str]) -> str:
    missing = [name for name in expected if name not in given]
    more = [name for name in given if name not in expected]
    if not missing and not more:
        return "the same names in another order"
    parts = [f"lacks {', '.join(missing[:5])}"] if missing else []
    parts += [f"has {', '.join(more[:5])} too"] if more else []
    return "; ".join(parts)
