"""Normalisation: over the batch, and over neighbouring channels."""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from convscope.layers.base import Count, Example, Layer, Role, Saved, feature_maps, layer, nbytes
from convscope.shapes import CHW, Shape

if TYPE_CHECKING:
    from torch import nn


@final
@layer
class BatchNorm2d(Layer):
    """Each channel brought to mean 0 and variance 1, then scaled and shifted.

    y = gamma[c] * (x - mean[c]) / sqrt(var[c] + eps) + beta[c]; in training mean and variance
    are the batch's, afterwards their running averages.

    (C, H, W) -> (C, H, W). Parameters: 2 C, none without `affine`. The running averages are
    state, not parameters.

    Paper: Ioffe and Szegedy 2015.
    """

    eps: Annotated[float, Field(gt=0)] = 1e-5
    momentum: Annotated[float, Field(gt=0, le=1)] = 0.1
    affine: bool = True
    type: Literal["BatchNorm2d"] = field(default="BatchNorm2d", kw_only=True)

    role: ClassVar[Role] = "normalisation"
    undecayed: ClassVar[frozenset[str]] = frozenset({"weight", "bias"})
    batch_statistics: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def parameters(self, input: Shape) -> int:
        return 2 * feature_maps(self, input).channels * self.affine

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "BN"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.BatchNorm2d(
            feature_maps(self, input).channels, self.eps, self.momentum, affine=self.affine
        )


BatchNorm2d.examples = (
    Example(BatchNorm2d(), CHW(4, 5, 6)),
    Example(BatchNorm2d(eps=1e-3, momentum=0.2, affine=False), CHW(3, 2, 2)),
)


@final
@layer
class LocalResponseNorm(Layer):
    """Each number divided by the strength of its neighbours in nearby channels.

    y[c] = x[c] / (k + a * sum of x[c']^2)^beta, over c' = c - size//2 ... c + (size - 1)//2,
    where a is `alpha` under alpha_per="sum" (the paper) and alpha / size under
    alpha_per="mean" (torch, Caffe).

    (C, H, W) -> (C, H, W).

    Paper: Krizhevsky et al. 2012, section 3.3 (size 5, alpha 1e-4, beta 0.75, k 2, "sum").
    """

    size: Count = 5
    alpha: Annotated[float, Field(ge=0)] = 1e-4
    beta: Annotated[float, Field(ge=0)] = 0.75
    k: Annotated[float, Field(gt=0)] = 2.0
    alpha_per: Literal["sum", "mean"] = "sum"
    type: Literal["LocalResponseNorm"] = field(default="LocalResponseNorm", kw_only=True)

    role: ClassVar[Role] = "normalisation"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def saved(self, input: Shape) -> Saved:
        # torch composes it: the padded squares, the base of the power, and the divisor
        maps = feature_maps(self, input)
        padded = CHW(maps.channels + self.size - 1, maps.height, maps.width)
        return Saved(input=True, extra_bytes=nbytes(padded) + 2 * nbytes(maps))

    def label(self, input: Shape) -> str:
        return "LRN"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        feature_maps(self, input)
        alpha = self.alpha * self.size if self.alpha_per == "sum" else self.alpha
        return nn.LocalResponseNorm(self.size, alpha, self.beta, self.k)


LocalResponseNorm.examples = (
    Example(LocalResponseNorm(), CHW(7, 4, 4)),
    Example(LocalResponseNorm(3, alpha=0.5, beta=0.5, k=1.0, alpha_per="mean"), CHW(5, 3, 2)),
)
