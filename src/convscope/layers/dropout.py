"""Random zeros in training: of single numbers, and of a whole residual branch."""

from typing import Annotated

from pydantic import Field

from convscope.layers.base import Example, Layer, Saved, layer
from convscope.layers.call import ModuleCall, positional
from convscope.layers.emitter import Emitter
from convscope.shapes import CHW, Features, Shape


@layer
class Dropout(Layer):
    """Random zeros in training, the identity afterwards.

    In training y = 0 with probability p, else y = x / (1 - p); afterwards y = x.

    Any shape -> the same shape.

    Paper: Srivastava et al. 2014.
    """

    p: Annotated[float, Field(ge=0, lt=1)] = 0.5

    view = "inference"
    role = "dropout"
    pointwise = True

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=4 * input.numel)  # the mask, as floats on a CPU

    def label(self, input: Shape) -> str:
        return f"dropout {self.p:g}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Dropout", (positional("p", self.p),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return x


Dropout.examples = (Example(Dropout(), Features(9)), Example(Dropout(0.2), CHW(3, 4, 4)))


@layer
class StochasticDepth(Layer):
    """Random removal of a residual branch, image by image, in training.

    In training y = 0 for a whole image with probability p, else y = x / (1 - p); afterwards
    y = x.

    Any shape -> the same shape. It belongs at the end of the body of a `Residual`.

    Paper: Huang et al. 2016. Differs from the paper: there all images of a batch lose the
    branch together, and inference scales by 1 - p in place of training by 1 / (1 - p).
    """

    p: Annotated[float, Field(ge=0, lt=1)] = 0.5

    view = "inference"
    role = "dropout"
    pointwise = True

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=4)  # one factor for the image

    def label(self, input: Shape) -> str:
        return f"stochastic depth {self.p:g}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("dropout.StochasticDepth", (positional("p", self.p),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return x


StochasticDepth.examples = (
    Example(StochasticDepth(), CHW(3, 4, 4)),
    Example(StochasticDepth(0.2), Features(9)),
)
