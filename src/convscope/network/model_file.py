"""The model file: one .safetensors file with everything needed to use a trained network.

Its header contains, as JSON, architecture, labels, preprocessing, results and provenance; its
body contains the weights, and under `preprocessing/` the tensors of a preprocessing that was
fitted to the training images. Opening it runs no code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pydantic
import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from convscope.arch import Architecture, Chain, trace
from convscope.arch.json_form import checked_text, readable
from convscope.arch.limits import LIMITS
from convscope.errors import ArchitectureError, FormatError, from_validation
from convscope.io.conversion import Conversion
from convscope.io.storage import Receipt
from convscope.layers import LAYERS, Layer
from convscope.layers.torch.image_resize import quicken
from convscope.network.build import Network, build_block, build_empty, put_weights
from convscope.network.safetensors_file import (
    DTYPES,
    Header,
    checked_header,
    header_text,
    read_header,
    read_tensors,
    write_tensors,
)
from convscope.record import Record
from convscope.shapes import CHW
from convscope.text import MOST_LABEL

KEY = "convscope"
MODEL_NAME = "model.safetensors"  # in a run folder
NUMBERED = "numbered"  # in a provenance, under "labels": the names of the classes are not known
FITTED = "preprocessing/"  # prefix of the names of its tensors
# preprocessing must give one size from all of these: square, wide, tall, tiny
IMAGES = ((256, 256), (192, 256), (256, 192), (1, 3))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Check that a value can be written as JSON without loss."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(
            f"cannot be written as JSON: {error}",
            expected="texts, finite numbers, true, false, null, lists and objects of them",
        ) from None
    return value


Plain = Annotated[dict[str, Any], AfterValidator(_plain)]


class Card(Record):
    """The metadata of a model file.

    Attributes:
        labels: one name for each class, in the order of the logits.
        preprocessing: from pixels (0 to 255, any size) to the network's input.
        conversion: from the files of images to those pixels.
        results: measured values, by data set and split.
        provenance: version, date, data and recipe of the training.
    """

    schema_version: Literal[1] = 1
    architecture: Architecture
    labels: tuple[Annotated[str, Field(min_length=1, max_length=MOST_LABEL)], ...]
    preprocessing: Chain
    conversion: Conversion = Conversion()
    results: Plain = {}
    provenance: Plain = {}

    def __init__(self, /, **fields: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except pydantic.ValidationError as error:
            raise from_validation(error, kind=FormatError) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @pydantic.model_validator(mode="after")
    def _agrees(self) -> "Card":
        if len(self.labels) != self.architecture.num_classes:
            raise FormatError(
                f"{len(self.labels)} labels for {self.architecture.num_classes} classes",
                expected="one label for each class",
            )
        for height, width in IMAGES:
            self._check_preprocessing(CHW(self.architecture.input.channels, height, width))
        return self

    def _check_preprocessing(self, image: CHW) -> None:
        try:
            steps = trace(self.preprocessing, image)
        except ArchitectureError as error:
            raise error.at("preprocessing") from None
        for step in steps.steps:
            if step.layer is None or not _prepares(step.layer):
                raise FormatError(
                    f"{step.operation.type} is not allowed in the preprocessing",
                    expected=", ".join(layer.__name__ for layer in LAYERS if _prepares(layer)),
                    where=f"preprocessing.{step.path}",
                )
        if steps.output_shape != self.architecture.input:
            raise FormatError(
                f"the preprocessing gives {steps.output_shape} from an image of {image}",
                expected=f"{self.architecture.input}, the network's input",
                where="preprocessing",
            )


def _prepares(layer: Layer | type[Layer]) -> bool:
    """Return whether preprocessing may contain a layer, or layers of a class; Identity too."""
    return layer.role == "preprocessing" or (layer.pointwise and layer.view == "always")


@dataclass(frozen=True)
class ModelFile:
    """A model in memory: card, weights by path, and the fitted tensors of the preprocessing.

    `fitted` is empty for most models: only whitening has tensors, as `zca.matrix_DD`.
    """

    card: Card
    weights: dict[str, Tensor] = field(repr=False)
    fitted: dict[str, Tensor] = field(default_factory=dict, repr=False)

    def network(self) -> Network:
        """Return the network with these weights, in evaluation mode.

        It shares `weights`, without copies.

        Raises:
            FormatError: a weight is missing, unexpected, of another shape or type, or not finite.
        """
        network = build_empty(self.card.architecture)
        _check_kinds(network, _kinds(self.weights), self.card.architecture.name)
        check_finite(self.weights)
        put_weights(network, self.weights)
        return network.eval()

    def prepare(self) -> nn.Module:
        """Return the preprocessing: raw pixels (N, C, H, W), 0 to 255, to the network's input.

        Raises:
            FormatError: one of its tensors is missing, unexpected, of another shape or not finite.
        """
        module = _empty(self.card)
        _check_kinds(module, _kinds(self.fitted), "the preprocessing")
        check_finite(self.fitted, where="preprocessing")
        put_weights(module, self.fitted)
        return quicken(module).eval()


def _is_finite(weight: Tensor) -> bool:
    """Return whether all numbers are finite.

    By the extremes, which are NaN where one number is: `isfinite` takes memory for a copy of the
    tensor and more.
    """
    if not weight.numel():
        return True
    return all(bool(extreme.isfinite()) for extreme in torch.aminmax(weight.detach()))


def check_finite(weights: Mapping[str, Tensor], *, where: str = "") -> None:
    """Check that all numbers are finite.

    Raises:
        FormatError: NaN or infinity; the message names the tensor after `where`.
    """
    for name, weight in weights.items():
        if weight.is_floating_point() and not _is_finite(weight):
            place = f"{where} {name}".strip()
            raise FormatError("contains NaN or infinity", expected="finite numbers", where=place)


def _empty(card: Card) -> nn.Module:
    """Return the preprocessing with its fitted tensors on the meta device."""
    with torch.device("meta"):
        return build_block(card.preprocessing, CHW(card.architecture.input.channels, *IMAGES[0]))


Kind = tuple[str, tuple[int, ...]]
"""Type and shape of a tensor."""


def _kinds(tensors: Mapping[str, Tensor]) -> dict[str, Kind]:
    other = ("numbers of another type", 0)
    return {name: (DTYPES.get(t.dtype, other)[0], tuple(t.shape)) for name, t in tensors.items()}


def _check_kinds(module: nn.Module, kinds: Mapping[str, Kind], whose: str) -> None:
    """Compare names, shapes and types of tensors with those of a module; list all differences.

    Raises:
        FormatError: at least one difference.
    """
    expected = _kinds(module.state_dict())
    problems = [f"{name} is missing" for name in expected if name not in kinds]
    problems += [f"{name} is unexpected" for name in kinds if name not in expected]
    for name in (name for name in expected if name in kinds):
        (dtype, shape), (own_dtype, own_shape) = expected[name], kinds[name]
        problems += [f"{name} is {own_shape}, not {shape}"] if own_shape != shape else []
        problems += [f"{name} holds {own_dtype}, not {dtype}"] if own_dtype != dtype else []
    if problems:
        shown = "; ".join(problems[:8]) + (f"; {len(problems) - 8} more" * (len(problems) > 8))
        raise FormatError(
            f"the weights are not those of {whose}: {shown}",
            expected=f"{len(expected)} tensors by the architecture's paths",
        )


def save_model(path: Path, model: ModelFile) -> Receipt:
    """Write a model file, atomically.

    Raises:
        StorageError: it cannot be written; an existing file is unchanged.
    """
    return write_tensors(path, _tensors(model), {KEY: model.card.model_dump_json()})


def check_readable(model: ModelFile) -> None:
    """Check that a model file can be written and opened again, without writing it.

    Raises:
        FormatError: the card or the header exceeds a limit of the reader.
    """
    text = checked_text(model.card.model_dump_json(), LIMITS, where=KEY)
    raw = header_text(_tensors(model), {KEY: text}, where=MODEL_NAME)
    checked_header(raw, where=MODEL_NAME)


def _tensors(model: ModelFile) -> dict[str, Tensor]:
    return model.weights | {FITTED + name: tensor for name, tensor in model.fitted.items()}


def read_card(path: Path) -> Card:
    """Read the metadata of a model file, without the weights.

    Raises:
        FormatError: not a model file, damaged, or of another version.
    """
    return _card(read_header(path), path)


def _card(header: Header, path: Path) -> Card:
    if KEY not in header.metadata:
        raise FormatError(
            "a safetensors file, but not a convscope model",
            expected=f"the key {KEY!r} in its header",
            fix="export it with `convscope train`, or load weights into an architecture",
            where=path.name,
        )
    text = checked_text(header.metadata[KEY], LIMITS, where=f"{path.name} {KEY}")
    try:
        return Card.model_validate_json(text)
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=path.name, place=_place) from None


def _place(loc: tuple[int | str, ...]) -> str:
    """Return a location in the card; inside the architecture it is a path."""
    if loc[:2] == ("architecture", "block"):
        return f"architecture.{readable(loc[1:])}"
    return readable(loc)


def model_path(path: Path) -> Path:
    """Return the model file that a path means: the file, or the one in a run folder.

    Raises:
        FormatError: in the folder, a link that leads out of it: the folder may come from others.
    """
    if not path.is_dir():
        return path
    place = path / MODEL_NAME
    if place.is_symlink() and not place.resolve().is_relative_to(path.resolve()):
        raise FormatError(
            "a link that leads out of its folder",
            expected="the model itself",
            fix=f"if the folder is your own, name the file: {place}",
            where=str(place),
        )
    return place


def read_model(path: Path) -> ModelFile:
    """Open a model file.

    Raises:
        FormatError: not a model file, damaged, or weights that are not the architecture's.
    """
    header = read_header(path)
    card = _card(header, path)
    kinds = {name: (header.dtypes[name], shape) for name, shape in header.shapes.items()}
    weights, fitted = _split(kinds)
    try:
        _check_kinds(build_empty(card.architecture), weights, card.architecture.name)
        _check_kinds(_empty(card), fitted, "the preprocessing")
    except FormatError as error:
        raise error.at(path.name) from None
    return ModelFile(card, *_split(read_tensors(path)))


T = TypeVar("T")


def _split(tensors: Mapping[str, T]) -> tuple[dict[str, T], dict[str, T]]:
    """Split tensors into those of the network and those of the preprocessing."""
    weights: dict[str, T] = {}
    fitted: dict[str, T] = {}
    for name, value in tensors.items():
        (fitted if name.startswith(FITTED) else weights)[name.removeprefix(FITTED)] = value
    return weights, fitted
