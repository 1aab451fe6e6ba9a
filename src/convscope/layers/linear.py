"""Flattening of feature maps to a vector, and layers on vectors."""

from dataclasses import replace

from convscope.errors import ArchitectureError
from convscope.layers.base import Count, Example, Fans, Layer, Real, Saved, layer, vector
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.conv import Conv2d
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Features, Reach, Shape, Whole


@layer
class Flatten(Layer):
    """Feature maps as one vector, channel by channel, row by row.

    y[(c*H + i)*W + j] = x[c, i, j]

    (C, H, W) -> (C*H*W).
    """

    view = "always"
    role = "shape"

    def output_shape(self, input: Shape) -> Shape:
        return Features(input.numel)

    def reach(self, input: Shape) -> Reach:
        return Whole() if isinstance(input, CHW) else None

    def label(self, input: Shape) -> str:
        return "flatten"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Flatten")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Flatten", x, axis=1)


Flatten.examples = (Example(Flatten(), CHW(16, 5, 5)), Example(Flatten(), Features(3)))


@layer
class Linear(Layer):
    """Fully connected layer.

    y[k] = b[k] + sum over j of w[k, j] * x[j]

    (N) -> (K). Parameters: K * N + K.
    """

    out_features: Count
    bias: bool = True

    role = "linear"
    undecayed = frozenset({"bias"})

    def output_shape(self, input: Shape) -> Shape:
        vector(self, input)
        return Features(self.out_features)

    def parameters(self, input: Shape) -> int:
        return self.macs(input) + self.bias * self.out_features

    def macs(self, input: Shape) -> int:
        return vector(self, input).features * self.out_features

    def connections(self, input: Shape) -> int:
        return self.parameters(input)

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return f"linear, {self.out_features}"

    def fans(self, input: Shape) -> Fans:
        return Fans(vector(self, input).features, self.out_features)

    def over_maps(self, window: CHW) -> Conv2d:
        return Conv2d(self.out_features, (window.height, window.width), bias=self.bias)

    def with_outputs(self, number: int) -> "Linear":
        return replace(self, out_features=number)

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.Linear",
            (
                positional("in_features", vector(self, input).features),
                positional("out_features", self.out_features),
                Argument("bias", self.bias, True),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        bias = [emit.weight("bias")] if self.bias else []
        return emit.node("Gemm", x, emit.weight("weight"), *bias, transB=1)


Linear.examples = (
    Example(Linear(84), Features(120)),
    Example(Linear(3, bias=False), Features(5)),
)


@layer
class EuclideanRBF(Layer):
    """Negative squared distance from each of K fixed centres.

    y[k] = -sum over j of (x[j] - w[k, j])^2

    (N) -> (K). No parameters: the centres are part of the architecture.

    Paper: LeCun et al. 1998, section II-B.

    Differs from the paper: there the output is the distance itself and the smallest one is the
    prediction; with the sign turned it is the largest, as in every other network here.
    """

    centres: tuple[tuple[Real, ...], ...]

    role = "linear"

    def __post_init__(self) -> None:
        lengths = sorted({len(centre) for centre in self.centres})
        if len(lengths) != 1 or lengths[0] == 0:
            raise ArchitectureError(
                f"the centres have lengths {lengths or 'none'}",
                expected="at least one centre, all of one length",
            )

    def output_shape(self, input: Shape) -> Shape:
        width = len(self.centres[0])
        if vector(self, input).features != width:
            raise ArchitectureError(
                f"the centres have {width} numbers and the input has {input}",
                expected=f"an input of {width} features",
                fix=f"put Linear({width}) before it",
            )
        return Features(len(self.centres))

    def connections(self, input: Shape) -> int:
        return len(self.centres) * len(self.centres[0])

    def saved(self, input: Shape) -> Saved:
        # the differences to every centre, before they are squared
        return Saved(extra_bytes=4 * len(self.centres) * len(self.centres[0]))

    def label(self, input: Shape) -> str:
        return f"RBF, {len(self.centres)}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("linear.EuclideanRBF", (positional("centres", self.centres),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        rows = emit.node("Unsqueeze", x, integers(emit, 1))
        away = emit.node("Sub", rows, emit.constant(self.centres))
        squares = emit.node("Mul", away, away)
        return emit.node("Neg", emit.node("ReduceSum", squares, integers(emit, 2), keepdims=0))


EuclideanRBF.examples = (Example(EuclideanRBF(((1.0, -1.0, 1.0), (-1.0, -1.0, 1.0))), Features(3)),)
