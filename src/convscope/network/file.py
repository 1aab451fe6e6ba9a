"""The model file: ONE .safetensors with everything that a trained network needs to be useful.

Its header holds, as JSON, the architecture, the labels, the preprocessing, the results and
where it comes from; its body holds the weights. Opening it runs no code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import torch
from pydantic import AfterValidator, ConfigDict, Field
from torch import Tensor

from convscope.arch import Architecture, Chain, trace
from convscope.arch.json_form import checked_text, readable
from convscope.arch.limits import LIMITS
from convscope.errors import ArchitectureError, FormatError, from_validation
from convscope.layers import CenterCrop, Identity, Normalize, Resize
from convscope.network.build import Network, build_empty
from convscope.network.safetensors_file import (
    DTYPES,
    Header,
    read_header,
    read_tensors,
    write_tensors,
)
from convscope.shapes import CHW
from convscope.storage import Receipt

KEY = "convscope"
MODEL_NAME = "model.safetensors"  # in the folder of a run
PREPROCESSING = (Resize, CenterCrop, Normalize, Identity)
# preprocessing must give one size from all of these: square, wide, tall, tiny
IMAGES = ((256, 256), (192, 256), (256, 192), (1, 3))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Only what JSON can say comes back from a file as it went in."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(
            f"cannot be written as JSON: {error}",
            expected="texts, finite numbers, true, false, null, lists and objects of them",
        ) from None
    return value


Plain = Annotated[dict[str, Any], AfterValidator(_plain)]


class Card(pydantic.BaseModel):
    """What a model file says about itself.

    Attributes:
        labels: one name a class, in the order of the logits.
        preprocessing: from pixels (0 to 255, any size) to the network's input.
        results: measured figures, by the data and split they were measured on.
        provenance: version, date, data, recipe: how it was made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    schema_version: Literal[1] = 1
    architecture: Architecture
    labels: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
    preprocessing: Chain
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
                expected="one label a class",
            )
        for height, width in IMAGES:
            self._check_preprocessing(CHW(self.architecture.input.channels, height, width))
        return self

    def _check_preprocessing(self, image: CHW) -> None:
        try:
            found = trace(self.preprocessing, image)
        except ArchitectureError as error:
            raise error.at("preprocessing") from None
        for step in found.steps:
            if not isinstance(step.operation, PREPROCESSING):
                raise FormatError(
                    f"{step.operation.type} cannot prepare images",
                    expected=", ".join(layer.__name__ for layer in PREPROCESSING),
                    where=f"preprocessing.{step.path}",
                )
        if found.output_shape != self.architecture.input:
            raise FormatError(
                f"the preprocessing gives {found.output_shape} from an image of {image}",
                expected=f"{self.architecture.input}, the network's input",
                where="preprocessing",
            )


@dataclass(frozen=True)
class ModelFile:
    """A model in memory: its card and its weights by path."""

    card: Card
    weights: dict[str, Tensor] = field(repr=False)

    def network(self) -> Network:
        """The network with these weights, in evaluation mode.

        Its parameters are `weights` themselves, not copies.

        Raises:
            FormatError: a weight is missing, unexpected, of another shape or type, or not finite.
        """
        network = build_empty(self.card.architecture)
        check_weights(
            network,
            {name: tuple(w.shape) for name, w in self.weights.items()},
            {name: DTYPES[w.dtype][0] for name, w in self.weights.items() if w.dtype in DTYPES},
        )
        check_finite(self.weights)
        network.load_state_dict(self.weights, assign=True)
        return network.eval()


def check_finite(weights: Mapping[str, Tensor], *, where: str = "") -> None:
    """Look at every number.

    Raises:
        FormatError: NaN or infinity; names the tensor, after `where`.
    """
    for name, weight in weights.items():
        if weight.is_floating_point() and not bool(torch.isfinite(weight).all()):
            place = f"{where} {name}".strip()
            raise FormatError("holds NaN or infinity", expected="finite numbers", where=place)


def check_weights(
    network: Network, shapes: dict[str, tuple[int, ...]], dtypes: dict[str, str]
) -> None:
    """Compare names, shapes and types with those of a network; every difference is named.

    Raises:
        FormatError: at least one difference.
    """
    state = network.state_dict()
    expected = {name: tuple(tensor.shape) for name, tensor in state.items()}
    types = {name: DTYPES[tensor.dtype][0] for name, tensor in state.items()}
    problems = [f"{name} is missing" for name in expected if name not in shapes]
    problems += [f"{name} is unexpected" for name in shapes if name not in expected]
    problems += [
        f"{name} is {shapes[name]}, not {shape}"
        for name, shape in expected.items()
        if name in shapes and shapes[name] != shape
    ]
    problems += [
        f"{name} holds {dtypes.get(name, 'numbers of another type')}, not {types[name]}"
        for name in expected
        if name in shapes and dtypes.get(name) != types[name]
    ]
    if problems:
        shown = "; ".join(problems[:8]) + (f"; {len(problems) - 8} more" * (len(problems) > 8))
        raise FormatError(
            f"the weights are not those of {network.architecture.name}: {shown}",
            expected=f"{len(expected)} tensors by the architecture's paths",
        )


def save_model(path: Path, model: ModelFile) -> Receipt:
    """Write a model file, atomically.

    Raises:
        StorageError: the disk refuses; what was there before is still there.
    """
    return write_tensors(path, model.weights, {KEY: model.card.model_dump_json()})


def read_card(path: Path) -> Card:
    """What a model file says about itself; the weights stay on the disk.

    Raises:
        FormatError: not a model file, damaged, or of another version.
    """
    return _card(read_header(path), path)


def _card(header: Header, path: Path) -> Card:
    if KEY not in header.metadata:
        raise FormatError(
            "a safetensors file, but not a model of convscope",
            expected=f"a header with {KEY!r} in it",
            fix="export it with `convscope train`, or load weights into an architecture",
            where=path.name,
        )
    text = checked_text(header.metadata[KEY], LIMITS, where=f"{path.name} {KEY}")
    try:
        return Card.model_validate_json(text)
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=path.name, place=_place) from None


def _place(loc: tuple[int | str, ...]) -> str:
    """A place in the card; one inside the architecture is its path."""
    if loc[:2] == ("architecture", "block"):
        return f"architecture.{readable(loc[1:])}"
    return readable(loc)


def read_model(path: Path) -> ModelFile:
    """Open a model file.

    Raises:
        FormatError: not a model file, damaged, or weights that are not the architecture's.
    """
    header = read_header(path)
    card = _card(header, path)
    try:
        check_weights(build_empty(card.architecture), header.shapes, header.dtypes)
    except FormatError as error:
        raise error.at(path.name) from None
    return ModelFile(card, read_tensors(path))
