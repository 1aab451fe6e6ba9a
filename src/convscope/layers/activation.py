"""Activations: one function applied to every number."""

from convscope.layers.base import Example, Layer, Positive, Saved, layer
from convscope.layers.call import Argument, ModuleCall
from convscope.layers.emitter import Emitter
from convscope.shapes import CHW, Features, Shape

# Never in place: visuals need the number before the activation, and its gradient.


class Activation(Layer):
    """Base of the activations: the shape stays, and PyTorch saves the output."""

    role = "activation"
    pointwise = True

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(output=True)


@layer
class ReLU(Activation):
    """Rectified linear unit.

    y = max(x, 0)

    Any shape -> the same shape.

    Paper: Nair and Hinton 2010.
    """

    def label(self, input: Shape) -> str:
        return "ReLU"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.ReLU")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Relu", x)


ReLU.examples = (Example(ReLU(), CHW(3, 4, 5)), Example(ReLU(), Features(7)))


@layer
class ReLU6(Activation):
    """Rectified linear unit with an upper bound.

    y = min(max(x, 0), 6)

    Any shape -> the same shape.

    Paper: Krizhevsky 2010.
    """

    saturates = True

    def ends(self) -> tuple[float, float]:
        return 0.0, 6.0

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "ReLU6"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.ReLU6")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Clip", x, emit.constant(0.0), emit.constant(6.0))


ReLU6.examples = (Example(ReLU6(), CHW(3, 4, 5)),)


@layer
class Tanh(Activation):
    """Hyperbolic tangent.

    y = tanh(x)

    Any shape -> the same shape.
    """

    saturates = True

    def ends(self) -> tuple[float, float]:
        return -1.0, 1.0

    def label(self, input: Shape) -> str:
        return "tanh"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Tanh")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Tanh", x)


Tanh.examples = (Example(Tanh(), CHW(3, 4, 5)), Example(Tanh(), Features(84)))


@layer
class ScaledTanh(Activation):
    """Hyperbolic tangent, scaled.

    y = amplitude * tanh(slope * x)

    Any shape -> the same shape. With 1.7159 and 2/3, f(1) = 1 and f(-1) = -1, the targets of
    LeNet-5.

    Paper: LeCun et al. 1998, appendix A.
    """

    amplitude: Positive = 1.7159
    slope: Positive = 2 / 3

    saturates = True

    def ends(self) -> tuple[float, float]:
        return -self.amplitude, self.amplitude

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=4 * input.numel)  # the tanh, before it is scaled

    def label(self, input: Shape) -> str:
        return f"{self.amplitude:.3g} tanh"

    def module(self, input: Shape) -> ModuleCall:
        scale = Argument("amplitude", self.amplitude), Argument("slope", self.slope)
        return ModuleCall("activation.ScaledTanh", scale)

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        curve = emit.node("Tanh", emit.node("Mul", x, emit.constant(self.slope)))
        return emit.node("Mul", curve, emit.constant(self.amplitude))


ScaledTanh.examples = (
    Example(ScaledTanh(), CHW(3, 4, 5)),
    Example(ScaledTanh(2.0, 0.5), Features(84)),
)


@layer
class Sigmoid(Activation):
    """Logistic function.

    y = 1 / (1 + exp(-x))

    Any shape -> the same shape. An architecture does not end in it: see `Softmax`.
    """

    gives_probabilities = True

    saturates = True

    def ends(self) -> tuple[float, float]:
        return 0.0, 1.0

    def label(self, input: Shape) -> str:
        return "sigmoid"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Sigmoid")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Sigmoid", x)


Sigmoid.examples = (Example(Sigmoid(), CHW(3, 4, 5)),)


@layer
class Hardsigmoid(Activation):
    """Piecewise linear approximation of the logistic function.

    y = min(max(x + 3, 0), 6) / 6

    Any shape -> the same shape. An architecture does not end in it: see `Softmax`.

    Paper: Howard et al. 2019, MobileNetV3.
    """

    gives_probabilities = True

    saturates = True

    def ends(self) -> tuple[float, float]:
        return 0.0, 1.0

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "hard sigmoid"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Hardsigmoid")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("HardSigmoid", x, alpha=1 / 6, beta=0.5)


Hardsigmoid.examples = (Example(Hardsigmoid(), CHW(3, 4, 5)), Example(Hardsigmoid(), Features(7)))


@layer
class Softmax(Activation):
    """Softmax over the channels or the features.

    y[c] = exp(x[c]) / sum over c' of exp(x[c'])

    Any shape -> the same shape. Architectures end at logits, and one that ends in it is refused;
    a model's prediction applies it.
    """

    pointwise = False
    gives_probabilities = True

    def label(self, input: Shape) -> str:
        return "softmax"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Softmax", (Argument("dim", 1),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("Softmax", x, axis=1)


Softmax.examples = (Example(Softmax(), CHW(3, 4, 5)), Example(Softmax(), Features(10)))
