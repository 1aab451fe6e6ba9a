"""Rectified linear units that pass negative numbers, and their smooth and piecewise relatives."""

import math
from typing import Annotated, Literal

from pydantic import Field

from convscope.layers.activation import Activation
from convscope.layers.base import Example, Positive, Real, Saved, layer
from convscope.layers.call import Argument, ModuleCall
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Features, Shape


class _Rectifier(Activation):
    """Base of these activations: PyTorch saves the input."""

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)


@layer
class LeakyReLU(_Rectifier):
    """Rectified linear unit with a small slope below zero.

    y = x for x >= 0, else negative_slope * x

    Any shape -> the same shape.

    Paper: Maas, Hannun and Ng 2013.
    """

    negative_slope: Annotated[float, Field(gt=0, lt=1)] = 0.01

    def label(self, input: Shape) -> str:
        return "leaky ReLU"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.LeakyReLU", (Argument("negative_slope", self.negative_slope, 0.01),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("LeakyRelu", x, alpha=self.negative_slope)


LeakyReLU.examples = (Example(LeakyReLU(), CHW(3, 4, 5)), Example(LeakyReLU(0.2), Features(7)))


@layer
class PReLU(_Rectifier):
    """Rectified linear unit with a trainable slope below zero.

    y[c] = x[c] for x[c] >= 0, else a[c] * x[c]

    Any shape -> the same shape. Parameters: 1, or one slope for each channel or feature.

    Args:
        per_channel: one slope for each channel, as in the paper; else one for all.
        init: initial slope.

    Paper: He et al. 2015, Delving Deep into Rectifiers. Slopes take no weight decay, as there.
    """

    per_channel: bool = False
    init: Real = 0.25

    undecayed = frozenset({"weight"})

    def parameters(self, input: Shape) -> int:
        return input[0] if self.per_channel else 1

    def label(self, input: Shape) -> str:
        return "PReLU"

    def module(self, input: Shape) -> ModuleCall:
        slopes = Argument("num_parameters", self.parameters(input), 1)
        return ModuleCall("nn.PReLU", (slopes, Argument("init", self.init, 0.25)))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        slope = emit.weight("weight")
        if self.per_channel and isinstance(input, CHW):
            slope = emit.node("Unsqueeze", slope, integers(emit, 1, 2))
        return emit.node("PRelu", x, slope)


PReLU.examples = (
    Example(PReLU(), CHW(3, 4, 5)),
    Example(PReLU(per_channel=True, init=0.1), CHW(4, 3, 2)),
    Example(PReLU(per_channel=True), Features(7)),
)


@layer
class ELU(_Rectifier):
    """Exponential linear unit.

    y = x for x > 0, else alpha * (exp(x) - 1)

    Any shape -> the same shape.

    Paper: Clevert, Unterthiner and Hochreiter 2016.
    """

    alpha: Positive = 1.0

    def label(self, input: Shape) -> str:
        return "ELU"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.ELU", (Argument("alpha", self.alpha, 1.0),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Elu", x, alpha=self.alpha)


ELU.examples = (Example(ELU(), CHW(3, 4, 5)), Example(ELU(0.5), Features(7)))


@layer
class GELU(_Rectifier):
    """Gaussian error linear unit.

    y = x * (1 + erf(x / sqrt(2))) / 2, or with approximate="tanh"
    y = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2

    Any shape -> the same shape. The two differ by less than 0.0005.

    Args:
        approximate: "none" is exact.

    Paper: Hendrycks and Gimpel 2016.
    """

    approximate: Literal["none", "tanh"] = "none"

    def label(self, input: Shape) -> str:
        return "GELU"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.GELU", (Argument("approximate", self.approximate, "none"),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        # the operator Gelu begins with opset 20
        if self.approximate == "none":
            curve = emit.node("Erf", emit.node("Mul", x, emit.constant(1 / math.sqrt(2))))
        else:
            square = emit.node("Mul", x, x)
            factor = emit.node("Mul", square, emit.constant(0.044715))
            inner = emit.node("Mul", x, emit.node("Add", factor, emit.constant(1.0)))
            scaled = emit.node("Mul", inner, emit.constant(math.sqrt(2 / math.pi)))
            curve = emit.node("Tanh", scaled)
        half = emit.node("Mul", x, emit.constant(0.5))
        return emit.node("Mul", half, emit.node("Add", curve, emit.constant(1.0)))


GELU.examples = (
    Example(GELU(), CHW(3, 4, 5)),
    Example(GELU("tanh"), CHW(3, 4, 5)),
    Example(GELU(), Features(7)),
)


@layer
class SiLU(_Rectifier):
    """Sigmoid linear unit, also named Swish.

    y = x / (1 + exp(-x))

    Any shape -> the same shape.

    Paper: Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017.
    """

    def label(self, input: Shape) -> str:
        return "SiLU"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.SiLU")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Mul", x, emit.node("Sigmoid", x))


SiLU.examples = (Example(SiLU(), CHW(3, 4, 5)), Example(SiLU(), Features(7)))


@layer
class Hardswish(_Rectifier):
    """Piecewise approximation of SiLU.

    y = x * min(max(x + 3, 0), 6) / 6

    Any shape -> the same shape.

    Paper: Howard et al. 2019, MobileNetV3.
    """

    def label(self, input: Shape) -> str:
        return "hard swish"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Hardswish")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("HardSwish", x)


Hardswish.examples = (Example(Hardswish(), CHW(3, 4, 5)), Example(Hardswish(), Features(7)))
