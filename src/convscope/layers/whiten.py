"""Contrast normalisation and whitening of small images.

`ZcaWhiten` has a matrix that is fitted to training images; it is stored as tensors beside the
weights, never in the JSON.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    LARGEST_FLOAT,
    Example,
    Layer,
    Positive,
    Saved,
    feature_maps,
    layer,
    nbytes,
)
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Shape, Spans

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_WHITENED = 12_288  # 3 x 64 x 64: a matrix of 604 MB


@layer
class GlobalContrastNorm(Layer):
    """Global contrast normalisation: each image minus its mean, scaled to one length.

    y = scale (x - m) / max(|x - m|, epsilon), m the mean over all channels and positions

    (C, H, W) -> (C, H, W), float.

    Paper: Goodfellow et al. 2013 (maxout; scale 55), after Coates, Lee and Ng 2011.
    """

    scale: Positive = 55.0
    epsilon: Annotated[float, Field(ge=1e-12, le=LARGEST_FLOAT)] = 1e-8

    role = "preprocessing"

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def reach(self, input: Shape) -> Spans:
        return _everywhere(feature_maps(self, input))

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=nbytes(input))

    def label(self, input: Shape) -> str:
        return "contrast norm"

    def module(self, input: Shape) -> ModuleCall:
        arguments = Argument("scale", self.scale), Argument("epsilon", self.epsilon)
        return ModuleCall("whiten.GlobalContrastNorm", arguments)

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        axes = integers(emit, 1, 2, 3)
        centred = emit.node("Sub", x, emit.node("ReduceMean", x, axes))
        squares = emit.node("ReduceSum", emit.node("Mul", centred, centred), axes)
        least = emit.constant(self.epsilon**2)
        length = emit.node("Sqrt", emit.node("Max", squares, least))
        return emit.node("Mul", emit.node("Div", centred, length), emit.constant(self.scale))


GlobalContrastNorm.examples = (
    Example(GlobalContrastNorm(), CHW(3, 8, 6)),
    Example(GlobalContrastNorm(1.0, epsilon=0.5), CHW(1, 5, 5)),
)


@layer
class ZcaWhiten(Layer):
    """ZCA whitening: removes the correlations between pixels.

    y = (S + epsilon I)^(-1/2) (x - m), x all numbers of an image, S the covariance of the
    training images (divided by their number), m their mean. The matrix and m are tensors of the
    module, `matrix_DD` and `mean_D`; until they are fitted the layer is the identity.

    (C, H, W) -> (C, H, W), float.

    Args:
        epsilon: added to the variances; limits the gain of directions that hardly vary.

    Raises:
        ArchitectureError: an image of more than 12,288 numbers.

    Paper: Krizhevsky 2009 (appendix A), Goodfellow et al. 2013 (epsilon 0.1).
    """

    epsilon: Positive = 0.1

    role = "preprocessing"

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.numel > LARGEST_WHITENED:
            raise ArchitectureError(
                f"whitening an image of {maps} needs a matrix of {maps.numel:,} x {maps.numel:,}",
                expected=f"images of at most {LARGEST_WHITENED:,} numbers, as 3x64x64",
                fix="use Normalize for larger images",
            )
        return maps

    def fitted(self, input: Shape) -> int:
        size = self.output_shape(input).numel
        return size * size + size

    def fitted_tensors(self, mean_D: "Tensor", covariance_DD: "Tensor") -> "dict[str, Tensor]":
        return {"mean_D": mean_D, "matrix_DD": whitening_matrix(covariance_DD, self.epsilon)}

    def macs(self, input: Shape) -> int:
        return self.output_shape(input).numel ** 2

    def reach(self, input: Shape) -> Spans:
        return _everywhere(feature_maps(self, input))

    def label(self, input: Shape) -> str:
        return "whitening"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("whiten.ZcaWhiten", (positional("size", input.numel),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        rows = emit.node("Flatten", x, axis=1)
        rows = emit.node("Sub", rows, emit.weight("mean_D"))
        white = emit.node("Gemm", rows, emit.weight("matrix_DD"), transB=1)
        return emit.node("Reshape", white, integers(emit, -1, *feature_maps(self, input)))


ZcaWhiten.examples = (
    Example(ZcaWhiten(), CHW(3, 6, 5)),
    Example(ZcaWhiten(0.01), CHW(1, 9, 4)),
)


def _everywhere(maps: CHW) -> Spans:
    """Return the spans of units that each see the whole image."""
    return Spans(((0, maps.height),) * maps.height, ((0, maps.width),) * maps.width)


def whitening_matrix(covariance_DD: "Tensor", epsilon: float) -> "Tensor":
    """Return (S + epsilon I)^(-1/2), the symmetric root: V diag(1 / sqrt(e + epsilon)) V^T."""
    import torch

    variances_D, vectors_DD = torch.linalg.eigh(covariance_DD)
    scales_D = (variances_D.clamp(min=0) + epsilon).rsqrt()
    root_DD: Tensor = (vectors_DD * scales_D) @ vectors_DD.T
    return root_DD
