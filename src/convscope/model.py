"""A trained network made useful: open, predict, evaluate and look inside.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from convscope.arch import Architecture
from convscope.errors import InputError, nearest
from convscope.io.photos import Encoded
from convscope.io.values import split_images
from convscope.network import Card, ModelFile, read_model
from convscope.network.device import device_of, find_device
from convscope.network.model_file import MODEL_NAME
from convscope.predict import (
    Background,
    Function,
    Prediction,
    Prepared,
    inversion_note,
    raw_pixels,
    source_of,
    stream,
    training_background,
)

if TYPE_CHECKING:
    from convscope.distributed import Group
    from convscope.evaluate.crops import AnyCrops
    from convscope.evaluate.metrics import Evaluation
    from convscope.payload import Payload
    from convscope.visuals.call import Inputs


class Model:
    """A trained model, opened by `convscope.open`.

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
        """Read an image as raw pixels (1, C, H, W), with the channels of the network.

        Args:
            image: a path, a file's bytes, an open file, a PIL image, a NumPy array, a torch
                tensor or nested lists; or `Encoded`, as a split of photos reads it.

        Raises:
            InputError, FormatError: no such file, not an image, or numbers of another kind.
        """
        channels = self.architecture.input.channels
        return raw_pixels(image, channels=channels, invert=invert)

    def predict(
        self, images: Any, *, topk: int = 5, invert: bool = False
    ) -> tuple[Prediction, ...]:
        """Return the most probable classes of one image, or of each image of a list.

        Args:
            images: what `prepare` takes, a list of such, or a batch with 4 axes.
            invert: swap dark and light before anything else.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it.
        """
        listed = (images,) if isinstance(images, Encoded) else split_images(images)
        return tuple(self.stream(listed, topk=topk, invert=invert))

    def stream(
        self,
        images: Iterable[Any],
        *,
        topk: int = 5,
        invert: bool = False,
        batch_size: int = 16,
        keep_going: bool = False,
    ) -> Iterator[Prediction]:
        """Yield the predictions of images in order, holding at most one batch of inputs.

        Args:
            images: what `prepare` takes, read one after another.
            keep_going: an image that cannot be read yields a prediction with its `error`.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it. It is raised
                after the predictions of the images before it.
        """
        return stream(
            images,
            prepare=lambda image: self._prepare(image, invert),
            network=self.network,
            labels=self.labels,
            topk=topk,
            batch_size=batch_size,
            keep_going=keep_going,
        )

    def _prepare(self, image: Any, invert: bool) -> Prepared:
        raw_NCHW = self.prepare(image, invert=invert)
        note = "" if invert else inversion_note(raw_NCHW, self._background)
        with torch.inference_mode():
            try:
                input_NCHW = self._preprocess(raw_NCHW.to(self.device))
            except InputError as error:
                raise error.at(source_of(image)) from None
        return Prepared(source_of(image), input_NCHW, note)

    def _preprocess(self, raw_NCHW: Tensor) -> Tensor:
        input_NCHW: Tensor = self.preprocessing(raw_NCHW)
        return input_NCHW

    @cached_property
    def _background(self) -> Background | None:
        return training_background(
            lambda raw_NCHW: self._preprocess(raw_NCHW.to(self.device)), self.architecture.input
        )

    @property
    def device(self) -> torch.device:
        """The device of the weights; the CPU for a network without any."""
        return device_of(self.network)

    def to(self, device: str | torch.device) -> Self:
        """Move the model to a device, and return it.

        Raises:
            InputError: this machine does not have the device.
        """
        target = find_device(str(device))
        self.network.to(target)
        self.preprocessing.to(target)
        return self

    def evaluate(
        self,
        data: Any,
        *,
        split: str = "test",
        batch_size: int | None = None,
        crops: "str | AnyCrops" = "single",
        group: "Group | None" = None,
    ) -> "Evaluation":
        """Measure the model on a split of a data set.

        Args:
            data: a name, a folder, or what `convscope.data.open` returned.
            batch_size: images per batch; by default 500, fewer for large images.
            crops: "single", "ten", "multi_scale" or "googlenet144", or one of
                `convscope.evaluate`'s classes.
            group: the processes that evaluate together, each a part of the images.

        Raises:
            InputError: other classes or channels than the model's; crops that do not apply.
        """
        from convscope import data as datasets
        from convscope.distributed import SINGLE_PROCESS
        from convscope.evaluate.crops import find_crops
        from convscope.evaluate.multi_crop import Preprocessing, evaluate_crops
        from convscope.evaluate.protocol import batch_for, evaluate

        opened = datasets.open(data) if isinstance(data, str | Path) else data
        self._check_data(opened)
        if batch_size is None:
            batch_size = batch_for(self.architecture.input, len(self.labels))
        chosen = find_crops(crops) if isinstance(crops, str) else crops
        if chosen.title == "single":
            return evaluate(
                self.network,
                self._preprocess,
                opened.split(split),
                classes=self.labels,
                batch_size=batch_size,
                group=group or SINGLE_PROCESS,
            )
        return evaluate_crops(
            self.network,
            Preprocessing(self.card.preprocessing, self.preprocessing),
            opened.split(split),
            crops=chosen,
            classes=self.labels,
            batch_size=batch_size,
            group=group or SINGLE_PROCESS,
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
    ) -> "Payload":
        """Compute one of `convscope.list_visuals()` for an image or a data set.

        Args:
            target: a class, by number or by name; without it the predicted one.
            settings: the visual's own settings, as {"steps": 64}.

        Raises:
            InputError: no such visual, layer or class; a method that does not apply.
        """
        from convscope.visuals.call import Selection
        from convscope.visuals.call import look as compute

        selection = Selection(layer=layer, unit=unit, target=target, settings=settings)
        return compute(self.visual_inputs(image, data=data, split=split), method, selection)

    def visual_inputs(
        self, image: Any = None, *, data: Any = None, split: str = "test", invert: bool = False
    ) -> "Inputs":
        """Return the inputs of visuals: an image as `prepare` takes it, a data set, or both."""
        from convscope import data as datasets
        from convscope.visuals.inputs import model_inputs

        raw_NCHW = None if image is None else self.prepare(image, invert=invert)
        opened = datasets.open(data) if isinstance(data, str | Path) else data
        return model_inputs(
            self.card, self.network, self.preprocessing, raw_NCHW=raw_NCHW, data=opened, split=split
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
            weights that are not in the cache are downloaded, and their hash is checked.

    Raises:
        InputError: there is no such file, or no such name.
        DataError: published weights could not be downloaded.
        FormatError: it is not a model, or it is damaged.
    """
    place = Path(path)
    if "@" in str(path) and not place.exists():
        from convscope.data.formats.cache import cache_folder
        from convscope.weights.load import model_file

        return Model(model_file(str(path), cache=cache_folder()))
    if str(path) != "" and place.is_dir():  # Path("") is the current folder
        place = place / MODEL_NAME
        if not place.is_file():
            raise InputError(
                f"{path} holds no {MODEL_NAME}",
                expected="the folder of a finished run",
                fix=f"finish it: convscope train --resume {path}",
            )
    if not place.is_file():
        raise InputError(
            f"there is no file {path}",
            expected="a model file (.safetensors), the folder of a run, or name@weights",
            fix="train one: convscope train lenet5 mnist",
        )
    return Model(read_model(place))


def open_or_untrained(name: str) -> tuple[Model, bool]:
    """Open a model, or build the zoo's network of that name with initial weights.

    Returns:
        The model, and whether it is trained.

    Raises:
        InputError: there is no such file and no such name.
    """
    from convscope.zoo import list_architectures, load

    names = list_architectures()
    is_model = Path(name).exists() or "@" in name
    if not is_model and name in names:
        return untrained(load(name)), False
    try:
        return open(name), True
    except InputError as error:
        close = nearest(name, names)
        if is_model or not close:
            raise
        fix = f"did you mean {' or '.join(close)} (untrained)? {error.fix}"
        raise InputError(error.given, expected=error.expected, fix=fix) from None


def untrained(architecture: Architecture, *, seed: int = 0) -> Model:
    """Build a model with initial weights.

    Images are resized to the input; pixels from 0 to 255 become -2 to 2.
    """
    from convscope.arch import Chain
    from convscope.layers import Normalize, Resize
    from convscope.network import build

    channels, height, width = architecture.input
    card = Card(
        architecture=architecture,
        labels=tuple(f"class {k}" for k in range(architecture.num_classes)),
        preprocessing=Chain(
            resize=Resize((height, width)),
            normalise=Normalize((0.5,) * channels, (0.25,) * channels),
        ),
        provenance={"trained": False, "seed": seed},
    )
    weights = dict(build(architecture, seed=seed).state_dict())
    return Model(ModelFile(card, weights))


def look(
    subject: Model | nn.Module,
    method: str,
    image: Any = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    target: int | str | None = None,
    labels: tuple[str, ...] = (),
    data: Any = None,
    preprocessing: Function | None = None,
    settings: Mapping[str, Any] | None = None,
) -> "Payload":
    """Compute a visual of a model, or of any torch module that returns class scores.

    A method that cannot be exact for a module, as guided backpropagation for a module that may
    contain a hidden ReLU, raises; it is never replaced by another method.

    Args:
        image: for a module one prepared image, (1, C, H, W), floating; for a model what
            `Model.prepare` takes.
        target: a class, by number, or by one of `labels`.
        data: for a module a split of a data set, with `preprocessing`; for a model a name.
        settings: the visual's own settings, as {"steps": 64}.

    Raises:
        InputError: no such visual, layer or class; a method that does not apply.
    """
    from convscope.visuals.call import Selection
    from convscope.visuals.call import look as compute
    from convscope.visuals.inputs import module_inputs

    if isinstance(subject, Model):
        inputs = subject.visual_inputs(image, data=data)
    else:
        inputs = module_inputs(
            subject, image=image, labels=labels, split=data, preprocessing=preprocessing
        )
    selection = Selection(layer=layer, unit=unit, target=target, settings=settings)
    return compute(inputs, method, selection)


def _difference(names: Sequence[str], expected: Sequence[str]) -> str:
    missing = [name for name in expected if name not in names]
    additional = [name for name in names if name not in expected]
    if not missing and not additional:
        return "the same names in another order"
    parts = [f"missing: {', '.join(missing[:5])}"] if missing else []
    parts += [f"unknown to the model: {', '.join(additional[:5])}"] if additional else []
    return "; ".join(parts)
