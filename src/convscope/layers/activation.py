"""Activations: one function applied to every number."""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from convscope.layers.base import Example, Layer, Role, Saved, layer
from convscope.shapes import CHW, Features, Shape

if TYPE_CHECKING:
    from torch import nn

# Never in place: looking inside needs the number before the activation, and its gradient.


@final
@layer
class ReLU(Layer):
    """y = max(x, 0). Any shape -> the same shape. Paper: Nair and Hinton 2010."""

    type: Literal["ReLU"] = field(default="ReLU", kw_only=True)

    role: ClassVar[Role] = "activation"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(output=True)

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.ReLU()


ReLU.examples = (Example(ReLU(), CHW(3, 4, 5)), Example(ReLU(), Features(7)))


@final
@layer
class ReLU6(Layer):
    """y = min(max(x, 0), 6). Any shape -> the same shape. Paper: Krizhevsky 2010."""

    type: Literal["ReLU6"] = field(default="ReLU6", kw_only=True)

    role: ClassVar[Role] = "activation"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.ReLU6()


ReLU6.examples = (Example(ReLU6(), CHW(3, 4, 5)),)


@final
@layer
class Tanh(Layer):
    """y = tanh(x). Any shape -> the same shape."""

    type: Literal["Tanh"] = field(default="Tanh", kw_only=True)

    role: ClassVar[Role] = "activation"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(output=True)

    def label(self, input: Shape) -> str:
        return "tanh"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Tanh()


Tanh.examples = (Example(Tanh(), CHW(3, 4, 5)), Example(Tanh(), Features(84)))


@final
@layer
class ScaledTanh(Layer):
    """y = amplitude * tanh(slope * x). Any shape -> the same shape.

    With 1.7159 and 2/3, f(1) = 1 and f(-1) = -1, the targets of LeNet-5.

    Paper: LeCun et al. 1998, appendix A.
    """

    amplitude: Annotated[float, Field(gt=0)] = 1.7159
    slope: Annotated[float, Field(gt=0)] = 2 / 3
    type: Literal["ScaledTanh"] = field(default="ScaledTanh", kw_only=True)

    role: ClassVar[Role] = "activation"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=4 * input.numel)  # the tanh, before it is scaled

    def label(self, input: Shape) -> str:
        return f"{self.amplitude:.3g} tanh"

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        return modules.ScaledTanh(self.amplitude, self.slope)


ScaledTanh.examples = (
    Example(ScaledTanh(), CHW(3, 4, 5)),
    Example(ScaledTanh(2.0, 0.5), Features(84)),
)


@final
@layer
class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)). Any shape -> the same shape."""

    type: Literal["Sigmoid"] = field(default="Sigmoid", kw_only=True)

    role: ClassVar[Role] = "activation"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(output=True)

    def label(self, input: Shape) -> str:
        return "sigmoid"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Sigmoid()


Sigmoid.examples = (Example(Sigmoid(), CHW(3, 4, 5)),)


@final
@layer
class Softmax(Layer):
    """y[c] = exp(x[c]) / sum over c' of exp(x[c']), over the channels or the features.

    Any shape -> the same shape. Architectures end at logits; a model's answer applies it.
    """

    type: Literal["Softmax"] = field(default="Softmax", kw_only=True)

    role: ClassVar[Role] = "activation"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(output=True)

    def label(self, input: Shape) -> str:
        return "softmax"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Softmax(dim=1)


Softmax.examples = (Example(Softmax(), CHW(3, 4, 5)), Example(Softmax(), Features(10)))
