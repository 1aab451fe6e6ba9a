"""Layers at the end of a residual branch: a trainable scale, and random removal in training."""

from typing import Annotated

from pydantic import Field

from convscope.layers.base import Example, Layer, Saved, feature_maps, layer
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Features, Shape


@layer
class LayerScale(Layer):
    """Trainable scale of each channel, small at first.

    y[c] = gamma[c] * x[c]

    (C, H, W) -> (C, H, W). Parameters: C, without weight decay.

    Args:
        init: initial scale of every channel.

    Paper: Touvron et al. 2021, CaiT; 1e-6 as in Liu et al. 2022, ConvNeXt.
    """

    init: float = 1e-6

    role = "normalisation"
    pointwise = True
    undecayed = frozenset({"weight"})

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def parameters(self, input: Shape) -> int:
        return feature_maps(self, input).channels

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "layer scale"

    def module(self, input: Shape) -> ModuleCall:
        channels = positional("channels", feature_maps(self, input).channels)
        return ModuleCall("branch.LayerScale", (channels, Argument("init", self.init, 1e-6)))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        axes = integers(emit, 1, 2)
        return emit.node("Mul", x, emit.node("Unsqueeze", emit.weight("weight"), axes))


LayerScale.examples = (
    Example(LayerScale(), CHW(6, 5, 4)),
    Example(LayerScale(0.1), CHW(3, 1, 2)),
)


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
        return ModuleCall("branch.StochasticDepth", (positional("p", self.p),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return x


StochasticDepth.examples = (
    Example(StochasticDepth(), CHW(3, 4, 4)),
    Example(StochasticDepth(0.2), Features(9)),
)
