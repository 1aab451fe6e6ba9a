"""Base class of the layers: one operation as frozen data, with its arithmetic and backends.

A layer holds no weights and imports no torch, except inside `build`. Shapes have no batch
dimension: `CHW(channels, height, width)` or `Features(features)`.
"""

import abc
import dataclasses
import inspect
import operator
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
    final,
)

import pydantic
from pydantic import Field
from pydantic_core import PydanticCustomError

from convscope.errors import ArchitectureError, from_validation
from convscope.help_text import parameter, public_names
from convscope.layers.call import ModuleCall
from convscope.layers.emitter import Emitter
from convscope.shapes import CHW, Features, Pair, Reach, Shape, pair
from convscope.text import counted

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGEST = 2**31 - 1  # torch and ONNX Runtime index many dimensions with 32 bits
FLOAT_BYTES = 4


def _plain(value: Any) -> Any:
    """Return a whole number of another library's type, as numpy.int64, as an int."""
    if isinstance(value, int) or not hasattr(value, "__index__"):
        return value
    try:
        return operator.index(value)
    except (TypeError, ValueError, RuntimeError):  # an array of several numbers, a real tensor
        return value


_Whole = pydantic.BeforeValidator(_plain)
LARGEST_FLOAT = 3.4e38  # of float32, rounded down: more becomes infinite in the weights
SMALLEST_FLOAT = 1.2e-38  # of float32 with all its digits: less may become 0
Real = Annotated[float, Field(ge=-LARGEST_FLOAT, le=LARGEST_FLOAT)]
Positive = Annotated[float, Field(ge=SMALLEST_FLOAT, le=LARGEST_FLOAT)]
Count = Annotated[int, Field(gt=0, le=LARGEST), _Whole]
Margin = Annotated[int, Field(ge=0, le=LARGEST), _Whole]


def _one_or_two(least: int, *words: str) -> pydantic.WrapValidator:
    """Return a validator of a number, a pair of numbers or a word, with one message for all."""

    def check(value: Any, handler: Any) -> Any:
        try:
            return handler(tuple(value) if isinstance(value, list) else value)
        except pydantic.ValidationError:
            raise _size_error(least, words) from None

    return pydantic.WrapValidator(check)


def _size_error(least: int, words: tuple[str, ...]) -> PydanticCustomError:
    if words:
        return PydanticCustomError(
            "size",
            "one whole number or two (height, width), from {least} to {largest}, or {words}",
            {"least": least, "largest": LARGEST, "words": " / ".join(words)},
        )
    return PydanticCustomError(
        "size",
        "one whole number or two (height, width), from {least} to {largest}",
        {"least": least, "largest": LARGEST},
    )


SAME = "same"
"""Padding of torch: the size stays, and the stride is 1."""
SAME_TENSORFLOW = "same_tensorflow"
"""Padding of TensorFlow's SAME: ceil(size / stride) positions, for any stride."""

Size = Annotated[Count | tuple[Count, Count], _one_or_two(1)]
Padding = Annotated[Margin | tuple[Margin, Margin], _one_or_two(0)]
PoolPadding = Annotated[
    Margin | tuple[Margin, Margin] | Literal["same_tensorflow"], _one_or_two(0, SAME_TENSORFLOW)
]
ConvPadding = Annotated[
    Margin | tuple[Margin, Margin] | Literal["same", "same_tensorflow"],
    _one_or_two(0, SAME, SAME_TENSORFLOW),
]


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
"""The purpose of a layer: its group in drawings, tables and rules."""

View = Literal["never", "inference", "always"]
"""When the output of a layer shares the memory of its input."""


Framing = Literal["resize", "crop"]
"""Change of the region of an image that the network sees: resampled, or cropped."""


class Fans(NamedTuple):
    """Inputs that one output unit reads, and outputs that one input unit reaches (a mean)."""

    fan_in: float
    fan_out: float


class Saved(NamedTuple):
    """Tensors that training saves for the backward pass of a layer, for one image.

    A tensor that two layers save is counted once.
    """

    input: bool = False
    output: bool = False
    extra_bytes: int = 0


class Linearity(NamedTuple):
    """Form of a layer that is linear in inference, from which sums of branches are merged.

    Attributes:
        kind: a centred `kernel` (weight, bias), a `scale` of each channel by a normalisation's
            tensors (weight, bias, running_mean, running_var), or the `identity`.
        stride, groups: of the kernel.
        eps: of the normalisation.
    """

    kind: Literal["kernel", "scale", "identity"]
    stride: tuple[int, int] = (1, 1)
    groups: int = 1
    eps: float = 0.0


class Example(NamedTuple):
    """A layer with an input that it accepts: a row of the contract tests and of the docs."""

    layer: "Layer"
    input: Shape


class LayerType(abc.ABCMeta):
    """Type of the layers: their help lists their own members, and not those of pydantic."""

    def __dir__(cls) -> list[str]:
        return public_names(super().__dir__())


class Layer(metaclass=LayerType):
    """One operation, as data. Subclasses are frozen pydantic dataclasses and final."""

    examples: ClassVar[tuple[Example, ...]]
    role: ClassVar[Role]
    pointwise: ClassVar[bool] = False
    """True if each output number depends only on the input number at the same position."""
    undecayed: ClassVar[frozenset[str]] = frozenset()
    """Parameters of the module that take no weight decay, by their names in the module."""
    batch_statistics: ClassVar[bool] = False
    """True if training uses statistics of the batch and updates running averages of them."""
    gives_probabilities: ClassVar[bool] = False
    """True if the outputs are probabilities, which are no logits."""
    saturates: ClassVar[bool] = False
    """True if large inputs give one and the same output, as tanh gives 1."""
    view: ClassVar[View] = "never"
    framing: ClassVar[Framing | None] = None
    bytes_in_graph: ClassVar[Literal["cast", "kept"] | None] = None
    """Pixels of type uint8 in the ONNX nodes: cast to float32, kept as they are, or not taken."""
    type: str

    def __init_subclass__(cls) -> None:
        if any("__final__" in vars(base) for base in cls.__bases__):
            raise TypeError(f"{cls.__name__} inherits from a layer, and layers are final")

    def __repr__(self) -> str:
        """Return the call that makes the layer; settings with their default are left out."""
        settings = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(cast(Any, self))
            if field.name != "type" and getattr(self, field.name) != field.default
        ]
        return f"{self.type}({', '.join(settings)})"

    def ends(self) -> tuple[float, float] | None:
        """Return the ends of the range of a layer that saturates; None for all others."""
        return None

    def with_bias(self) -> "Layer | None":
        """Return the same layer with a bias for each output channel.

        None for a layer whose output channels cannot each be scaled by its own weights.
        """
        return None

    def scaled(self, weight: Any, scale_K: Any) -> Any:
        """Return `weight` such that output channel k is multiplied by scale_K[k].

        Both are arrays of NumPy or tensors of torch. Only for layers with `with_bias`.
        """
        raise NotImplementedError(self.type)

    def linearity(self) -> Linearity | None:
        """Return the form of a layer that is linear in inference; None for all others."""
        return None

    @abc.abstractmethod
    def output_shape(self, input: Shape) -> Shape:
        """Return the shape of the output. Raises ArchitectureError if the input does not fit."""

    def parameters(self, input: Shape) -> int:
        """Return the number of trainable weights."""
        return 0

    def fitted(self, input: Shape) -> int:
        """Return the count of numbers that are fitted before training and stored as weights."""
        return 0

    def fitted_tensors(self, mean_D: "Tensor", covariance_DD: "Tensor") -> "dict[str, Tensor]":
        """Return the tensors to fit, from mean and covariance of the layer's training inputs."""
        return {}

    def is_identity(self, input: Shape) -> bool:
        """Return whether the output equals this input, number by number."""
        return False

    def macs(self, input: Shape) -> int:
        """Return the multiply-accumulates for one image: convolutions and linear layers only."""
        return 0

    def connections(self, input: Shape) -> int:
        """Return the uses of a weight or a bias for one image, as LeCun et al. 1998 count them."""
        return 0

    def reach(self, input: Shape) -> Reach:
        """Return which inputs one unit of the output sees."""
        return None

    def saved(self, input: Shape) -> Saved:
        """Return what PyTorch saves for the backward pass."""
        return Saved()

    @abc.abstractmethod
    def label(self, input: Shape) -> str:
        """Return a few words for a drawing, as in the figures of papers: `3×3 conv, 64, /2`."""

    def fans(self, input: Shape) -> Fans | None:
        """Return fan-in and fan-out for initial values; None for a layer without drawn weights."""
        return None

    def num_groups(self) -> int:
        """Return the number of groups of channels; 1 where outputs read all channels."""
        return 1

    def kernels(self, module: "nn.Module") -> "Tensor | None":
        """Return the kernels of the built module, (K, C / groups, H, W).

        None for a layer whose weights are not shared by all positions.
        """
        return None

    def with_outputs(self, number: int) -> "Layer | None":
        """Return the same layer with that many output channels or features.

        None if the number of outputs is not a setting of the layer.
        """
        return None

    def with_size(self, size: int | Pair) -> "Layer | None":
        """Return the same layer with another output size: a shorter side, or height and width.

        None if the size of the output is not a setting of the layer.
        """
        return None

    def over_maps(self, window: CHW) -> "Layer | None":
        """Return the layer that slides this one over larger feature maps.

        At every position it computes what this layer computes on a flattened window of that
        size, with the same weights in another shape. None if no layer does.
        """
        return self if self.pointwise else None

    def check_image(self, height: int, width: int) -> None:
        """Raise InputError for an image of a size that the layer cannot compute."""

    @abc.abstractmethod
    def module(self, input: Shape) -> ModuleCall:
        """Return the call that makes the torch module, for an input that fits."""

    @abc.abstractmethod
    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        """Write the ONNX nodes of inference, for an input that fits; return the output tensor.

        Args:
            emit: writes the nodes and knows the weights of this layer.
            x: the input tensor, float32; of any height and width for preprocessing layers, and
                of uint8 for those with `bytes_in_graph`.
        """

    def build(self, input: Shape) -> "nn.Module":
        """Return the torch module for this input. Imports torch.

        Raises:
            ArchitectureError: the input does not fit.
        """
        self.output_shape(input)
        module = self.module(input).evaluate()
        if type(self).check_image is not Layer.check_image:
            module.register_forward_pre_hook(self._check_images)
        return module

    def _check_images(self, _: "nn.Module", inputs: "tuple[Tensor]") -> None:
        self.check_image(*inputs[0].shape[-2:])


L = TypeVar("L", bound=Layer)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def layer(cls: type[L]) -> type[L]:
    """Make a class a frozen, validated dataclass that raises ArchitectureError.

    The class becomes final, and its last field is `type`, the name of the class.
    """
    name = cls.__name__
    cls.__annotations__ = inspect.get_annotations(cls) | {"type": Literal[name]}
    cls.type = dataclasses.field(default=name, kw_only=True)
    config = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    built = pydantic.dataclasses.dataclass(frozen=True, repr=False, config=config)(final(cls))
    validate = built.__init__
    positional = [f.name for f in dataclasses.fields(built) if not f.kw_only]

    def construct(self: L, *args: Any, **fields: Any) -> None:
        if len(args) > len(positional):
            raise ArchitectureError(
                f"{counted(len(args), 'value')} without a name",
                expected=f"at most {len(positional)}: {', '.join(positional)}"
                if positional
                else "none: it has no settings, or only settings with a name",
                where=cls.__name__,
            )
        named = dict(zip(positional, args, strict=False))
        if twice := named.keys() & fields.keys():
            raise ArchitectureError(f"two values for {min(twice)}", where=cls.__name__)
        try:
            validate(self, **(named | fields))  # by name, so that a message can say which
        except pydantic.ValidationError as error:
            raise from_validation(
                error, kind=ArchitectureError, where=cls.__name__, fields=lambda _: positional
            ) from None

    # lets pydantic validate nested data without calling this constructor, which only
    # translates errors
    construct.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    built.__init__ = construct  # type: ignore[assignment,method-assign]
    built.__signature__ = _signature(built)  # type: ignore[attr-defined]
    return cast(type[L], built)


def _signature(cls: type[Any]) -> inspect.Signature:
    """Return the settings of a layer with their defaults, for `help`."""
    missing = dataclasses.MISSING
    return inspect.Signature(
        [
            parameter(
                field.name,
                field.type,
                inspect.Parameter.empty if field.default is missing else field.default,
                positional=not field.kw_only,
            )
            for field in dataclasses.fields(cls)
            if field.name != "type"
        ]
    )


def feature_maps(layer: Layer, input: Shape) -> CHW:
    """Return the input of a layer that needs feature maps."""
    if isinstance(input, CHW):
        return input
    raise ArchitectureError(
        f"{layer.type} needs feature maps, but its input is a vector of {input}",
        expected="an input of channels x height x width",
        fix=f"put {layer.type} before Flatten",
    )


def vector(layer: Layer, input: Shape) -> Features:
    """Return the input of a layer that needs a vector."""
    if isinstance(input, Features):
        return input
    raise ArchitectureError(
        f"{layer.type} needs a vector, but its input is {input}",
        expected=f"a vector, of {input.numel} numbers here",
        fix=f"put Flatten() before {layer.type}",
    )


def nbytes(shape: Shape) -> int:
    """Return the bytes of a float32 tensor of this shape, for one image."""
    return shape.numel * FLOAT_BYTES


def by(size: int | Pair) -> str:
    """Return a size in words: 3 -> `3×3`."""
    height, width = pair(size)
    return f"{height}×{width}"


def stride_label(stride: int | Pair) -> str:
    """Return the stride as part of a label: nothing for 1, else `, /2`."""
    height, width = pair(stride)
    if (height, width) == (1, 1):
        return ""
    return f", /{height}" if height == width else f", /{height}×{width}"
