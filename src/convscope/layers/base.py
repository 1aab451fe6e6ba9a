"""What every layer is: one operation, as frozen data, that knows its own arithmetic.

A layer never holds weights and never imports torch, except inside `build`. Shapes carry no
batch: `CHW(channels, height, width)` or `Features(features)`.
"""

import abc
import dataclasses
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeVar,
    cast,
    dataclass_transform,
)

import pydantic
from pydantic import Field
from pydantic_core import PydanticCustomError

from convscope.errors import ArchitectureError, from_validation
from convscope.shapes import CHW, Features, Pair, Reach, Shape, pair

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGEST = 2**31 - 1  # torch and ONNX Runtime index many dimensions with 32 bits
FLOAT_BYTES = 4

Count = Annotated[int, Field(gt=0, le=LARGEST)]
Margin = Annotated[int, Field(ge=0, le=LARGEST)]


def _one_or_two(least: int) -> pydantic.WrapValidator:
    """Validate a number or a pair of numbers with one message instead of one for each reading."""

    def check(value: Any, handler: Any) -> Any:
        try:
            return handler(tuple(value) if isinstance(value, list) else value)
        except pydantic.ValidationError:
            raise PydanticCustomError(
                "size",
                "one whole number or two (height, width), from {least} to {largest}",
                {"least": least, "largest": LARGEST},
            ) from None

    return pydantic.WrapValidator(check)


Size = Annotated[Count | tuple[Count, Count], _one_or_two(1)]
Padding = Annotated[Margin | tuple[Margin, Margin], _one_or_two(0)]


Role = Literal[
    "convolution",
    "linear",
    "normalisation",
    "activation",
    "pooling",
    "shape",
    "padding",
    "dropout",
    "preprocessing",
    "shortcut",
]
"""What a layer is for: its group in drawings, tables and rules."""


class Fans(NamedTuple):
    """Inputs that one output unit reads, and outputs that one input unit reaches (a mean)."""

    fan_in: float
    fan_out: float


class Saved(NamedTuple):
    """What training keeps of a layer until its backward pass, for one image.

    The input and the output are counted once even where two layers keep the same tensor.
    """

    input: bool = False
    output: bool = False
    extra_bytes: int = 0


class Example(NamedTuple):
    """A layer on an input that it accepts: a row of the contract tests, and of the docs."""

    layer: "Layer"
    input: Shape


class Layer(abc.ABC):
    """One operation, as data. Subclasses are frozen pydantic dataclasses and final."""

    examples: ClassVar[tuple[Example, ...]]
    role: ClassVar[Role]
    pointwise: ClassVar[bool] = False
    """Whether each output number depends on the input number at the same position alone."""
    undecayed: ClassVar[frozenset[str]] = frozenset()
    """Parameters of the module that take no weight decay, by their names in the module."""
    batch_statistics: ClassVar[bool] = False
    """Whether training uses the batch's own statistics and keeps running averages of them."""
    view: ClassVar[Literal["never", "inference", "always"]] = "never"
    """When the output shares the memory of the input."""
    type: str

    @abc.abstractmethod
    def output_shape(self, input: Shape) -> Shape:
        """The shape that comes out. Raises ArchitectureError where the input does not fit."""

    def parameters(self, input: Shape) -> int:
        """Numbers that training changes."""
        return 0

    def fitted(self, input: Shape) -> int:
        """Numbers that are fitted before training, and stored with the weights."""
        return 0

    def fitted_tensors(self, mean_D: "Tensor", covariance_DD: "Tensor") -> "dict[str, Tensor]":
        """Return the tensors to fit, from mean and covariance of the layer's training inputs."""
        return {}

    def is_identity(self, input: Shape) -> bool:
        """Whether every number of this input comes out unchanged."""
        return False

    def macs(self, input: Shape) -> int:
        """Multiply-accumulates for one image: convolutions and linear layers only."""
        return 0

    def connections(self, input: Shape) -> int:
        """Uses of a weight or a bias for one image, as LeCun et al. 1998 count them."""
        return 0

    def reach(self, input: Shape) -> Reach:
        """How far one unit of the output sees into the input."""
        return None

    def saved(self, input: Shape) -> Saved:
        """What PyTorch keeps for the backward pass."""
        return Saved()

    def label(self, input: Shape) -> str:
        """A few words for a drawing, as the papers' figures have them: `3×3 conv, 64, /2`."""
        return self.type

    def fans(self, input: Shape) -> Fans | None:
        """Fan-in and fan-out for initial values; None for a layer without weights to draw."""
        return None

    def num_groups(self) -> int:
        """The number of independent groups of channels; 1 where outputs read all channels."""
        return 1

    def with_outputs(self, number: int) -> "Layer | None":
        """The same layer with that many output channels or features.

        None where the number of outputs is not a setting of the layer.
        """
        return None

    @abc.abstractmethod
    def build(self, input: Shape) -> "nn.Module":
        """The torch module for this input. Imports torch."""


L = TypeVar("L", bound=Layer)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def layer(cls: type[L]) -> type[L]:
    """Make a class a frozen, validated dataclass whose mistakes are ArchitectureErrors."""
    config = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    made = pydantic.dataclasses.dataclass(frozen=True, config=config)(cls)
    validate = made.__init__
    positional = [f.name for f in dataclasses.fields(made) if not f.kw_only]

    def construct(self: L, *args: Any, **fields: Any) -> None:
        named = dict(zip(positional, args, strict=False))
        if twice := named.keys() & fields.keys():
            raise ArchitectureError(f"{min(twice)} is given twice", where=cls.__name__)
        if len(args) <= len(positional):  # by name, so that a message can say which
            args, fields = (), named | fields
        try:
            validate(self, *args, **fields)
        except pydantic.ValidationError as error:
            raise from_validation(error, kind=ArchitectureError, where=cls.__name__) from None

    construct.__doc__ = validate.__doc__
    # pydantic asks this mark whether a hand-written constructor must run when it validates
    # nested data; ours only translates errors, so validation may go on without it
    construct.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    made.__init__ = construct  # type: ignore[assignment,method-assign]
    return cast(type[L], made)


def feature_maps(layer: Layer, input: Shape) -> CHW:
    """The input of a layer that needs feature maps."""
    if isinstance(input, CHW):
        return input
    raise ArchitectureError(
        f"{layer.type} works on feature maps, and its input is a vector of {input}",
        expected="an input of channels x height x width",
        fix=f"put {layer.type} before Flatten",
    )


def vector(layer: Layer, input: Shape) -> Features:
    """The input of a layer that needs a vector."""
    if isinstance(input, Features):
        return input
    raise ArchitectureError(
        f"{layer.type} works on a vector, and its input is {input}",
        expected=f"a vector, of {input.numel} numbers here",
        fix=f"put Flatten() before {layer.type}",
    )


def nbytes(shape: Shape) -> int:
    """Bytes of one float32 tensor of this shape, for one image."""
    return shape.numel * FLOAT_BYTES


def by(size: int | Pair) -> str:
    """3 -> `3×3`."""
    height, width = pair(size)
    return f"{height}×{width}"


def stride_label(stride: int | Pair) -> str:
    """The stride in a drawing's label: nothing for 1, else `, /2`."""
    height, width = pair(stride)
    if (height, width) == (1, 1):
        return ""
    return f", /{height}" if height == width else f", /{height}×{width}"
