"""Normalisation: over the batch, and over neighbouring channels."""

from typing import Annotated, Literal

from pydantic import Field

from convscope.layers.base import (
    LARGEST_FLOAT,
    Count,
    Example,
    Layer,
    Linearity,
    Positive,
    Saved,
    feature_maps,
    layer,
    nbytes,
)
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Shape


@layer
class BatchNorm2d(Layer):
    """Batch normalisation: each channel standardised, then scaled and shifted.

    y = gamma[c] * (x - mean[c]) / sqrt(var[c] + eps) + beta[c]; in training mean and variance
    are the batch's, afterwards their running averages.

    (C, H, W) -> (C, H, W). Parameters: 2 C, none without `affine`. The running averages are
    state, not parameters.

    Paper: Ioffe and Szegedy 2015.
    """

    eps: Positive = 1e-5
    momentum: Annotated[float, Field(gt=0, le=1)] = 0.1
    affine: bool = True

    role = "normalisation"
    undecayed = frozenset({"weight", "bias"})
    batch_statistics = True

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def parameters(self, input: Shape) -> int:
        return 2 * feature_maps(self, input).channels * self.affine

    def linearity(self) -> Linearity:
        return Linearity("scale", eps=self.eps)

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "BN"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.BatchNorm2d",
            (
                positional("num_features", feature_maps(self, input).channels),
                Argument("eps", self.eps, 1e-5),
                Argument("momentum", self.momentum, 0.1),
                Argument("affine", self.affine, True),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        channels = feature_maps(self, input).channels
        if self.affine:
            affine = emit.weight("weight"), emit.weight("bias")
        else:
            affine = emit.constant([1.0] * channels), emit.constant([0.0] * channels)
        running = emit.weight("running_mean"), emit.weight("running_var")
        return emit.node("BatchNormalization", x, *affine, *running, epsilon=self.eps)


BatchNorm2d.examples = (
    Example(BatchNorm2d(), CHW(4, 5, 6)),
    Example(BatchNorm2d(eps=1e-3, momentum=0.2, affine=False), CHW(3, 2, 2)),
)


@layer
class LocalResponseNorm(Layer):
    """Local response normalisation across neighbouring channels.

    y[c] = x[c] / (k + a * sum of x[c']^2)^beta, over c' = c - size//2 ... c + (size - 1)//2,
    where a is `alpha` under alpha_per="sum" (the paper) and alpha / size under
    alpha_per="mean" (torch, Caffe).

    (C, H, W) -> (C, H, W).

    Paper: Krizhevsky et al. 2012, section 3.3 (size 5, alpha 1e-4, beta 0.75, k 2, "sum").
    """

    size: Count = 5
    alpha: Annotated[float, Field(ge=0, le=LARGEST_FLOAT)] = 1e-4
    beta: Annotated[float, Field(ge=0, le=LARGEST_FLOAT)] = 0.75
    k: Positive = 2.0
    alpha_per: Literal["sum", "mean"] = "sum"

    role = "normalisation"

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def saved(self, input: Shape) -> Saved:
        # torch composes it: the padded squares, the base of the power, and the divisor
        maps = feature_maps(self, input)
        padded = CHW(maps.channels + self.size - 1, maps.height, maps.width)
        return Saved(input=True, extra_bytes=nbytes(padded) + 2 * nbytes(maps))

    def label(self, input: Shape) -> str:
        return "LRN"

    @property
    def _summed_alpha(self) -> float:
        """Torch and ONNX divide alpha by the size; the paper does not."""
        return self.alpha * self.size if self.alpha_per == "sum" else self.alpha

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.LocalResponseNorm",
            (
                positional("size", self.size),
                Argument("alpha", self._summed_alpha, 1e-4),
                Argument("beta", self.beta, 0.75),
                Argument("k", self.k, 1.0),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        if self.size % 2:
            strength = {"alpha": self._summed_alpha, "beta": self.beta, "bias": self.k}
            return emit.node("LRN", x, size=self.size, **strength)
        # ONNX has the longer half of an even window behind the channel, torch before it
        channels, height, width = feature_maps(self, input)
        rows = emit.node(
            "Reshape", emit.node("Mul", x, x), integers(emit, -1, 1, channels, height * width)
        )
        before = self.size // 2
        mean = emit.node(
            "AveragePool",
            rows,
            kernel_shape=[self.size, 1],
            pads=[before, 0, before - 1, 0],
            count_include_pad=1,
        )
        mean = emit.node("Reshape", mean, integers(emit, -1, channels, height, width))
        scaled = emit.node("Mul", mean, emit.constant(self._summed_alpha))
        base = emit.node("Add", scaled, emit.constant(self.k))
        return emit.node("Div", x, emit.node("Pow", base, emit.constant(self.beta)))


LocalResponseNorm.examples = (
    Example(LocalResponseNorm(), CHW(7, 4, 4)),
    Example(LocalResponseNorm(3, alpha=0.5, beta=0.5, k=1.0, alpha_per="mean"), CHW(5, 3, 2)),
    Example(LocalResponseNorm(4, alpha=0.5, beta=0.5, k=1.0), CHW(6, 3, 2)),
)
