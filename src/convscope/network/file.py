"""The model file: ONE .safetensors with everything that a trained network needs to be useful.

Its header holds, as JSON, the architecture, the labels, the preprocessing, the results and
where it comes from; its body holds the weights. Opening it runs no code.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import torch
from pydantic import ConfigDict, Field
from torch import Tensor

from convscope.arch import Architecture, Chain, trace
from convscope.errors import ArchitectureError, FormatError, from_validation
from convscope.network.build import Network, build_empty
from convscope.network.safetensors_file import Header, read_header, read_tensors, write_tensors
from convscope.shapes import CHW
from convscope.storage import Receipt

KEY = "convscope"


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
    results: dict[str, Any] = {}
    provenance: dict[str, Any] = {}

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
        channels = self.architecture.input.channels
        try:
            # any image size must do; a square one stands for all
            shape = trace(self.preprocessing, CHW(channels, 256, 256)).output_shape
        except ArchitectureError as error:
            raise error.at("preprocessing") from None
        if shape != self.architecture.input:
            raise FormatError(
                f"the preprocessing gives {shape}",
                expected=f"{self.architecture.input}, the network's input",
            )
        return self


@dataclass(frozen=True)
class ModelFile:
    """A model in memory: its card and its weights by path."""

    card: Card
    weights: dict[str, Tensor] = field(repr=False)

    def network(self) -> Network:
        """The network with these weights, in evaluation mode.

        Raises:
            FormatError: a weight is missing, unexpected, of another shape, or not finite.
        """
        network = build_empty(self.card.architecture)
        check_weights(network, {name: tuple(w.shape) for name, w in self.weights.items()})
        for name, weight in self.weights.items():
            if weight.is_floating_point() and not bool(torch.isfinite(weight).all()):
                raise FormatError("holds NaN or infinity", expected="finite numbers", where=name)
        network.load_state_dict(self.weights, assign=True)
        return network.eval()


def check_weights(network: Network, shapes: dict[str, tuple[int, ...]]) -> None:
    """Compare names and shapes with those of a network; every difference is named.

    Raises:
        FormatError: at least one difference.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    problems = [f"{name} is missing" for name in expected if name not in shapes]
    problems += [f"{name} is unexpected" for name in shapes if name not in expected]
    problems += [
        f"{name} is {shapes[name]}, not {shape}"
        for name, shape in expected.items()
        if name in shapes and shapes[name] != shape
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
    try:
        return Card.model_validate_json(header.metadata[KEY])
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=path.name) from None


def read_model(path: Path) -> ModelFile:
    """Open a model file.

    Raises:
        FormatError: not a model file, damaged, or weights that are not the architecture's.
    """
    header = read_header(path)
    card = _card(header, path)
    try:
        check_weights(build_empty(card.architecture), header.shapes)
    except FormatError as error:
        raise error.at(path.name) from None
    return ModelFile(card, read_tensors(path))
