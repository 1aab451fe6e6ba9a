"""A trained network made useful: predict, evaluate and look inside.

Axes: N batch, C channels, H height, W width, K classes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from convscope.arch import Architecture
from convscope.display import Displayed, watched_visual
from convscope.errors import ConvscopeError, InputError
from convscope.io.conversion import Conversion, parse_background
from convscope.io.photos import Encoded
from convscope.io.storage import check_output
from convscope.io.values import split_images, whole_number
from convscope.machine.devices import find_device
from convscope.network import Card, ModelFile, save_model
from convscope.network.device import device_of
from convscope.network.model_file import NUMBERED
from convscope.predict import (
    IMAGENET_CLASSES,
    Background,
    Classes,
    Function,
    Prediction,
    Predictions,
    Prepared,
    inversion_note,
    is_of_digits,
    raw_pixels,
    read_digit,
    source_of,
    stream,
    training_background,
)

if TYPE_CHECKING:
    from convscope.bench.records import Bench, Options
    from convscope.data import DataOptions
    from convscope.data.dataset import DataSet
    from convscope.data.selection import Selected
    from convscope.distributed import Group
    from convscope.engine.base import Engine
    from convscope.engine.calibrated import Images
    from convscope.engine.graph import Graph
    from convscope.engine.passes import EngineOptions, Passes
    from convscope.evaluate.crops import AnyCrops
    from convscope.evaluate.metrics import Evaluation
    from convscope.export import Layers, Written
    from convscope.model_data import ModelData
    from convscope.payload import Payload
    from convscope.shapes import InputSize
    from convscope.visuals.call import Inputs
    from convscope.visuals.module import FurtherInputs, Output


class Model(Displayed):
    """A trained model, opened by `convscope.open`.

    Attributes:
        card: architecture, labels, preprocessing, results and provenance.
        network: the torch module, in evaluation mode.
        preprocessing: from raw pixels (N, C, H, W), 0 to 255, to the network's input.
        run: the run folder that it was opened from.
        conversion: how transparent and 16-bit images become raw pixels, as in training.
    """

    def __init__(self, file: ModelFile, *, run: Path | None = None) -> None:
        self.card: Card = file.card
        self.run = run
        self.conversion: Conversion = file.card.conversion
        self.network = file.network()
        self.preprocessing = file.prepare()

    @property
    def architecture(self) -> Architecture:
        return self.card.architecture

    @property
    def labels(self) -> tuple[str, ...]:
        return self.card.labels

    def prepare(self, image: Any, *, invert: bool = False, digit: bool | None = False) -> Tensor:
        """Read an image as raw pixels (1, C, H, W), with the channels of the network.

        Args:
            image: a path, a file's bytes, an open file, a PIL image, a NumPy array, a torch
                tensor or nested lists; or `Encoded`, as a split of photos reads it.
            digit: see `predict`.

        Raises:
            InputError, FormatError: no such file, not an image, or numbers of another kind.
        """
        return self._raw(image, invert, digit)[0]

    def _raw(self, image: Any, invert: bool, digit: bool | None) -> tuple[Tensor, str]:
        """Return raw pixels (1, C, H, W), and a note about how they were read, or ""."""
        if self.prepares_digits(digit, invert=invert):
            input = self.architecture.input
            prepared = read_digit(image, sides=(28, input.height))
            if prepared is not None:
                pixels_HW, note = prepared
                return torch.from_numpy(pixels_HW)[None, None], note
        channels = self.architecture.input.channels
        return raw_pixels(image, channels=channels, invert=invert, conversion=self.conversion)

    def prepares_digits(self, digit: bool | None, *, invert: bool = False) -> bool:
        """Return whether photos of digits are prepared as MNIST was made; see `predict`.

        Raises:
            InputError: they are to be, and the network does not read grey images.
        """
        if invert and digit is None:
            return False
        architecture = self.architecture
        if digit and architecture.input.channels != 1:
            raise InputError(
                f"digit=True with a network that reads {architecture.input}",
                expected="a network for grey images, such as lenet5 trained on mnist",
                fix="leave --digit out",
            )
        if digit is None:
            return is_of_digits(self.labels, architecture.input) and self._background == "dark"
        return digit

    def engine(
        self,
        level: str = "exact",
        *,
        batch_size: int = 16,
        calibration: Any = None,
        max_loss: float = 0.5,
        say: Callable[[str], None] = lambda _note: None,
    ) -> "Engine":
        """Return the fastest engine of this machine for the network, by measurement.

        It takes preprocessed inputs, (N, C, H, W) float32, any N, and returns a tuple with the
        logits, (N, K). It holds the weights as they are now.

        Args:
            level: exact (float32), fast (bfloat16 where the processor has it) or int8.
            batch_size: images that go together, for the measurement.
            calibration: a data set, a folder or a list of images, which set the ranges of int8.
                Accuracy is compared on the images that `evaluate` takes.
            max_loss: points of accuracy that int8 may lose.
            say: takes sentences on the choice, and on engines that are not used.

        Raises:
            InputError: no such level; int8 without images for its calibration, or refused: it
                loses more than `max_loss`, or is not faster.
        """
        from convscope.engine.choice import fastest
        from convscope.engine.passes import EngineOptions, engine_options

        checked, options = engine_options(EngineOptions(level, calibration, max_loss, say))
        graph = self._quantised(options) if checked == "int8" else None
        generator = torch.Generator().manual_seed(0)
        pixels = torch.rand((batch_size, *self.architecture.input), generator=generator)
        with torch.inference_mode():
            batch_NCHW = torch.nn.functional.interpolate(
                self._preprocess((255 * pixels).to(self.device)), self.architecture.input[1:]
            )
        choice = fastest(self.network, batch_NCHW, level=checked, quantised=graph, note=say)
        for sentence in choice.sentences:
            say(sentence)
        return choice.engine

    def predict(
        self,
        images: Any,
        *,
        topk: int = 5,
        invert: bool = False,
        digit: bool | None = None,
        engine: "str | EngineOptions" = "exact",
    ) -> Predictions:
        """Return the most probable classes of one image, or of each image of a list.

        Args:
            images: what `prepare` takes, a list of such, or a batch with 4 axes.
            engine: the level of the engine; see `engine`.
            invert: swap dark and light before anything else.
            digit: prepare photos and drawings of digits as MNIST was made: background out, ink
                cropped, scaled and centred. By default for models of MNIST, without `invert`.
                A prepared image, of 28 x 28 or the network's size and light on black, is left
                as it is.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it.
        """
        listed = (images,) if isinstance(images, Encoded) else split_images(images)

        def raw(image: Any) -> Tensor:
            return self._raw(image, invert, digit)[0]

        predictions = self.stream(listed, topk=topk, invert=invert, digit=digit, engine=engine)
        return Predictions(predictions, images=listed, raw=raw)

    def stream(
        self,
        images: Iterable[Any],
        *,
        topk: int = 5,
        invert: bool = False,
        digit: bool | None = None,
        batch_size: int = 16,
        keep_going: bool = False,
        engine: "str | EngineOptions" = "exact",
    ) -> Iterator[Prediction]:
        """Yield the predictions of images in order, holding at most one batch of inputs.

        Args:
            images: what `prepare` takes, read one after another.
            digit, engine: see `predict`.
            keep_going: an image that cannot be read yields a prediction with its `error`.

        Raises:
            InputError, FormatError: an image that cannot be read; `where` names it. It is raised
                after the predictions of the images before it.
        """
        size = whole_number(batch_size, "batch_size")
        number = len(images) if isinstance(images, Sized) else None
        return stream(
            images,
            prepare=lambda image: self.input_of(image, invert=invert, digit=digit),
            network=self._passes(engine, num_images=number, batch_size=size),
            classes=self.classes,
            topk=topk,
            batch_size=batch_size,
            keep_going=keep_going,
        )

    def _passes(
        self,
        engine: "str | EngineOptions",
        *,
        num_images: int | None,
        batch_size: int,
        only_pytorch: str = "",
    ) -> "Passes":
        """Return the network's passes, whose engine is chosen at the first batch."""
        from convscope.engine.passes import Passes, engine_options

        level, options = engine_options(engine)
        uses_int8 = level == "int8" and not only_pytorch
        return Passes(
            self.network,
            level,
            num_images=num_images,
            batch_size=batch_size,
            quantised=self._quantised(options) if uses_int8 else None,
            only_pytorch=only_pytorch,
            say=options.say,
        )

    def _quantised(self, options: "EngineOptions") -> "Graph":
        """Return the graph with 8-bit integers, calibrated and compared with float32."""
        from convscope.engine.calibrated import calibrated_graph

        if self.device.type != "cpu":
            raise InputError(
                f"int8 on {self.device.type}", expected="the processor", fix="device cpu, or fast"
            )
        calibration, evaluation = self._calibration(options.calibration)
        with torch.no_grad():
            graph, _ = calibrated_graph(
                self.network, calibration, evaluation, max_loss=options.max_loss, say=options.say
            )
        return graph

    def _calibration(self, images: Any) -> "tuple[Images, Images]":
        """Return the images that set the ranges of int8, and those that it is compared on."""
        from convscope.engine.calibrated import Images

        if images is None:
            raise InputError(
                "int8 without images that set its ranges",
                expected="a data set, a folder or a list of images",
                fix="calibration=DATA",
            )
        if isinstance(images, list | tuple):
            listed = Images(lambda k: self.input_of(images[k]).input_NCHW, len(images))
            return listed, listed
        try:
            opened = self.open_data(images)
        except ConvscopeError:
            if not isinstance(images, str | Path) or not Path(images).is_dir():
                raise
            from convscope.data.folder.left_out import images_in

            paths, _ = images_in(Path(images))  # a folder of images without classes
            return self._calibration([str(Path(images, path)) for path in paths])

        def prepared(selected: "Selected", *, has_labels: bool) -> Images:
            labels = selected.images.labels_N.tolist() if has_labels else None
            return Images(
                lambda k: self._preprocess(selected.images.image(k)[None]),
                len(selected.images),
                labels,
            )

        evaluated, classes = self._data.named(self.select(opened), opened)
        is_test = evaluated.split == "test"  # else all images that there are
        trained = self.select(opened, split="train") if is_test else evaluated
        return (
            prepared(trained, has_labels=False),
            prepared(evaluated, has_labels=tuple(classes) == tuple(self.labels)),
        )

    def input_of(self, image: Any, *, invert: bool = False, digit: bool | None = None) -> Prepared:
        """Return the network's input for an image, with its name and a warning; see `predict`."""
        raw_NCHW, about = self._raw(image, invert, digit)
        return self.input_of_raw(raw_NCHW, source=source_of(image), about=about, inverted=invert)

    def input_of_raw(
        self, raw_NCHW: Tensor, *, source: str, about: str = "", inverted: bool = False
    ) -> Prepared:
        """Return the network's input for raw pixels, (1, C, H, W), with a name and a warning.

        Args:
            about: a note about how they were read.
            inverted: whether the user chose to invert them, so that no warning proposes it.
        """
        note = "" if inverted else inversion_note(raw_NCHW, self._background)
        with torch.inference_mode():
            try:
                input_NCHW = self._preprocess(raw_NCHW.to(self.device))
            except InputError as error:
                raise error.at(source) from None
        return Prepared(source, input_NCHW, "; ".join(n for n in (about, note) if n))

    @property
    def classes(self) -> Classes:
        """The labels, with WordNet's numbers where they are ImageNet's classes."""
        if len(self.labels) != IMAGENET_CLASSES:
            return Classes(self.labels, ())
        from convscope.weights.imagenet import synsets_of

        return Classes(self.labels, synsets_of(self.labels))

    def _preprocess(self, raw_NCHW: Tensor) -> Tensor:
        input_NCHW: Tensor = self.preprocessing(raw_NCHW)
        return input_NCHW

    @cached_property
    def _background(self) -> Background | None:
        return training_background(
            lambda raw_NCHW: self._preprocess(raw_NCHW.to(self.device)), self.architecture.input
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Decisions that a file of weights left open, as labels and preprocessing."""
        return notes_of(self.card)

    def named_as(self, classes: Sequence[str]) -> Self:
        """Name the classes as a data set does, if their names are not known; return the model."""
        if self.card.provenance.get("labels") == NUMBERED and len(classes) == len(self.labels):
            from convscope.weights.external import with_labels

            note = f"labels: those of the data, {classes[0]} to {classes[-1]}, in its order"
            card = with_labels(self.card, tuple(classes))
            notes = [note if text.startswith("labels: ") else text for text in self.notes]
            provenance = card.provenance | {"notes": notes}
            self.card = card.model_copy(update={"provenance": provenance})
        return self

    def deployed(self) -> Self:
        """Return the same model with one convolution for each sum of linear branches.

        The outputs stay the same up to rounding. RepVGG is trained with such sums.

        Raises:
            InputError: the network has none.
        """
        from convscope.network.deploy import deployed

        return type(self)(deployed(self.file()), run=self.run).to(self.device)

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the model file; `convscope.open(path)` opens it.

        Raises:
            StorageError: the file exists (unless `overwrite`), or cannot be written.
        """
        check_output(Path(path), overwrite=overwrite)
        save_model(Path(path), self.file())

    def export(
        self,
        to: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        float: bool = False,
        layers: "Layers" = (),
        weights_to: str | Path | None = None,
        layout: str = "",
        single_file: bool = False,
        training: bool | None = None,
    ) -> "Written":
        """Write the model in another format; `convscope.export.TARGETS` lists them.

            model.export("onnx", "model.onnx")
            model.export("pytorch", "net.py", weights_to="net.safetensors")
            model.export("web", "folder")

        Args:
            float, layers, weights_to, layout, single_file, training: see
                `convscope.export.Options`; each target takes some of them.

        Raises:
            InputError: no such target, an option of another target, or a wrong ending.
            StorageError: an output exists (unless `overwrite`), or cannot be written.
            Unsupported: a layer that the target cannot express.
        """
        from convscope.export import Exported, Options, write

        options = Options(
            float=float,
            layers=layers if layers == "all" else tuple(layers),
            weights_to=None if weights_to is None else Path(weights_to),
            layout=layout,
            single_file=single_file,
            training=training,
        )
        exported = Exported(self.architecture, self.file())
        return write(exported, to, path, options, overwrite=overwrite)

    def file(self) -> ModelFile:
        """Return what `save` writes: the card, and the weights on the CPU."""
        fitted = {key: t.cpu() for key, t in self.preprocessing.state_dict().items()}
        weights = {key: t.cpu() for key, t in self.network.state_dict().items()}
        return ModelFile(self.card, weights, fitted)

    @property
    def device(self) -> torch.device:
        """The device of the weights; the CPU for a network without any."""
        return device_of(self.network)

    def to(self, device: str | torch.device) -> Self:
        """Move the model to a device ("auto": a GPU if there is one), and return it.

        Raises:
            InputError: this machine does not have the device.
        """
        target = find_device(str(device))
        self.network.to(target)
        self.preprocessing.to(target)
        return self

    def on_background(self, colour: str | None) -> Self:
        """Composite transparent pixels on another colour than in training; None: the same.

        Raises:
            InputError: not white, black or "#rrggbb".
        """
        if colour is not None:
            background = parse_background(colour)
            self.conversion = self.conversion.model_copy(update={"background": background})
        return self

    def evaluate(
        self,
        data: Any,
        *,
        split: str | None = None,
        batch_size: int | None = None,
        crops: "str | AnyCrops" = "single",
        csv: str | Path | None = None,
        engine: "str | EngineOptions" = "exact",
        group: "Group | None" = None,
        progress: "Callable[[int, int], None]" = lambda _done, _total: None,
    ) -> "Evaluation":
        """Measure the model on a data set.

        Args:
            data: a name, a folder, or what `convscope.data.open` returned.
            split: train, val, test or all. By default the test split of published sets and of
                the data that the model was trained with, and all images of other data.
            batch_size: images per batch; by default 500, fewer for large images.
            crops: "single", "ten", "multi_scale" or "googlenet144", or one of
                `convscope.evaluate`'s classes.
            csv: a file that gets one row per image, in the order of the data: its path, the true
                and the predicted class, their probabilities and the loss. An existing file is
                replaced.
            engine: the level of the engine; see `engine`.
            group: the processes that evaluate together, each a part of the images.
            progress: called with the number of images done by this process and their total.

        Raises:
            InputError: classes that the model does not have; other channels than the model's in
                arrays; crops that do not apply.
        """
        from convscope.distributed import SINGLE_PROCESS
        from convscope.evaluate.measure import Measured, measured
        from convscope.evaluate.protocol import batch_for

        together = group or SINGLE_PROCESS
        selected = self.labelled_images(data, split=split)
        size = batch_size or batch_for(self.architecture.input, len(self.labels))
        passes = self._passes(
            engine,
            num_images=len(selected.images),
            batch_size=size,
            only_pytorch="several processes" if together.world_size > 1 else "",
        )
        model = Measured(self.network, passes, self.card, self.preprocessing, self._preprocess)
        return measured(
            model,
            selected,
            crops=crops,
            batch_size=size,
            csv=None if csv is None else Path(csv),
            group=together,
            progress=progress,
        )

    def open_data(self, data: Any, options: "DataOptions | None" = None) -> Any:
        """Open a data set to evaluate the model on: it may have some of the classes only.

        The data that the model was trained with, also in another place, are opened with the
        options of that run, so that they are divided in the same way.

        Args:
            data: a name, a path, or an opened data set, which is returned.
            options: take the place of those of the run where they differ from the defaults.
        """
        return self._data.open(data, options)

    def labelled_images(self, data: Any, *, split: str | None = None) -> "Selected":
        """Return the images of a data set that `evaluate` uses, labelled by the model's classes.

        Args:
            data, split: see `evaluate`.
        """
        return self._data.labelled(self.open_data(data), split=split)

    def select(self, opened: Any, *, split: str | None = None) -> "Selected":
        """Return the images of a data set that `evaluate` uses, with the labels of the data."""
        return self._data.select(opened, split=split)

    def decoded(self, data: "DataSet") -> "tuple[DataSet, tuple[str, ...]]":
        """Return a data set as this model reads it, and sentences about what that changes.

        Its images get the network's channels, and the background and white level of training.
        """
        return self._data.decoded(data)

    @property
    def _data(self) -> "ModelData":
        from convscope.model_data import ModelData

        return ModelData(self.card, self.run, self.conversion)

    def bench(
        self,
        options: "Options | None" = None,
        *,
        input: "InputSize | None" = None,
        calibration: Any = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> "Bench":
        """Measure the engines of this machine: speed, memory, difference from PyTorch float32.

            print(model.bench())
            model.bench(convscope.bench.Options(batch_sizes=(1, 8), layers=True)).to_json()

        Args:
            options: batch sizes, seconds, engines, levels, and whether to measure layers.
            input: another size of the input, as "3x192x192".
            calibration: a data set, a folder or a list of images that int8 is calibrated with,
                and outputs are compared on; int8 is left out without them.
            progress: called with the number of steps done and their total.

        Raises:
            InputError: unknown engines or levels, or an input that the weights do not fit.
        """
        from convscope.bench.job import with_input
        from convscope.bench.measure import bench, data_images
        from convscope.bench.records import Options

        images_NCHW = calibration_NCHW = None
        if calibration is not None:
            _, images = self._calibration(calibration)
            images_NCHW, calibration_NCHW = data_images(images)
        return bench(
            with_input(self.network, input),
            options or Options(),
            images_NCHW=images_NCHW,
            calibration_NCHW=calibration_NCHW,
            progress=progress,
        )

    def look(
        self,
        method: str,
        image: Any = None,
        *,
        layer: str | nn.Module | None = None,
        unit: Any = None,
        target: Any = None,
        data: Any = None,
        split: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> "Payload":
        """Compute one of `convscope.list_visuals()` for an image or a data set.

        Args:
            layer: its path, or the module.
            unit: a channel of the layer, of any integer type.
            target: a class, by number or by name; without it the predicted one.
            split: see `evaluate`.
            settings: the visual's own settings, as {"steps": 64}.

        Raises:
            InputError: no such visual, layer or class; a method that does not apply.
        """
        from convscope.visuals.call import Selection
        from convscope.visuals.call import look as compute

        selection = Selection(layer=layer, unit=unit, target=target, settings=settings)
        inputs = self.visual_inputs(image, data=data, split=split)
        with watched_visual():
            return compute(inputs, method, selection)

    def visual_inputs(
        self,
        image: Any = None,
        *,
        data: Any = None,
        split: str | None = None,
        invert: bool = False,
        digit: bool | None = None,
        say: Callable[[str], None] = lambda _note: None,
    ) -> "Inputs":
        """Return the inputs of visuals: an image as `prepare` takes it, a data set, or both.

        Args:
            digit: see `predict`.
            say: called with a note about how the image was read, if there is one.
        """
        from convscope.visuals.inputs import model_inputs

        raw_NCHW = None
        if image is not None:
            raw_NCHW, note = self._raw(image, invert, digit)
            if note:
                say(note)
        selected: Selected | None = None
        classes: tuple[str, ...] = ()
        if data is not None:
            opened = self.open_data(data)
            selected, classes = self._data.named(self.select(opened, split=split), opened)
        return model_inputs(
            self.card,
            self.network,
            self.preprocessing,
            raw_NCHW=raw_NCHW,
            images=None if selected is None else selected.images,
            classes=classes,
        )

    def __repr__(self) -> str:
        return f"Model({self.architecture.name}, {len(self.labels):,} classes)"


def notes_of(card: Card) -> tuple[str, ...]:
    """Return the notes in the provenance of a model that came from weights of others."""
    notes = card.provenance.get("notes", ())
    return tuple(map(str, notes)) if isinstance(notes, list | tuple) else ()


def look(
    subject: Model | nn.Module,
    method: str,
    image: Any = None,
    *,
    layer: str | nn.Module | None = None,
    unit: Any = None,
    target: Any = None,
    labels: Sequence[str] | Mapping[int, str] = (),
    data: Any = None,
    preprocessing: Function | None = None,
    inputs: "FurtherInputs | None" = None,
    output: "Output | None" = None,
    reshape: Function | None = None,
    settings: Mapping[str, Any] | None = None,
) -> "Payload":
    """Compute a visual of a model, or of any torch module that returns class scores.

    A method that cannot be exact for a module, as guided backpropagation for a module that may
    contain a hidden ReLU, raises; it is never replaced by another method.

    Args:
        image: for a module one prepared image, (1, C, H, W), floating, or with `preprocessing`
            a file or pixels; for a model what `Model.prepare` takes.
        layer: its path, or the module itself.
        target: a class, by number, or by one of `labels`. A network with one output has the
            classes 0 and 1.
        data: for a module a split of a data set, with `preprocessing`; for a model a name.
        inputs: further inputs of a module: a tuple of those after the image, a dictionary of
            those with names, or a function from the images to all arguments.
        output: the scores in a module's output: a key, an attribute, a position, or a function.
        reshape: a function from a layer's output, as tokens, to maps (N, C, H, W).
        settings: the visual's own settings, as {"steps": 64}.

    Raises:
        InputError: no such visual, layer or class; a method that does not apply.
    """
    from convscope.visuals.call import Selection
    from convscope.visuals.call import look as compute
    from convscope.visuals.inputs import ModuleOptions, module_inputs

    options = ModuleOptions(inputs, output, reshape)
    if isinstance(subject, Model):
        if options != ModuleOptions():
            raise InputError(
                "inputs=, output= and reshape= with a model",
                expected="a torch.nn.Module; a model has one input and its logits",
            )
        sources = subject.visual_inputs(image, data=data)
    else:
        sources = module_inputs(
            subject,
            image=image,
            labels=labels,
            split=data,
            preprocessing=preprocessing,
            options=options,
        )
    selection = Selection(layer=layer, unit=unit, target=target, settings=settings)
    with watched_visual():
        return compute(sources, method, selection)
