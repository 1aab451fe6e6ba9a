"""Contrast and whitening: what small pictures went through before batch normalisation.

`ZcaWhiten` has a matrix that is fitted to training images; it travels as tensors beside the
weights, never in the JSON.
"""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from convscope.errors import ArchitectureError
from convscope.layers.base import Example, Layer, Role, Saved, feature_maps, layer, nbytes
from convscope.shapes import CHW, Shape, Spans

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGEST_WHITENED = 12_288  # 3 x 64 x 64: a matrix of 604 MB

Positive = Annotated[float, Field(gt=0)]


@final
@layer
class GlobalContrastNorm(Layer):
    """Each image less its own mean, at one length: y = scale (x - m) / max(|x - m|, epsilon).

    m is the mean over all channels and places. (C, H, W) -> (C, H, W), float.

    Paper: Goodfellow et al. 2013 (maxout; scale 55), after Coates, Lee and Ng 2011.
    """

    scale: Positive = 55.0
    epsilon: Annotated[float, Field(ge=1e-12)] = 1e-8
    type: Literal["GlobalContrastNorm"] = field(default="GlobalContrastNorm", kw_only=True)

    role: ClassVar[Role] = "preprocessing"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def reach(self, input: Shape) -> Spans:
        return _everywhere(feature_maps(self, input))

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=nbytes(input))

    def label(self, input: Shape) -> str:
        return "contrast norm"

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        feature_maps(self, input)
        return modules.GlobalContrastNorm(self.scale, self.epsilon)


GlobalContrastNorm.examples = (
    Example(GlobalContrastNorm(), CHW(3, 8, 6)),
    Example(GlobalContrastNorm(1.0, epsilon=0.5), CHW(1, 5, 5)),
)


@final
@layer
class ZcaWhiten(Layer):
    """No correlation is left: y = (S + epsilon I)^(-1/2) (x - m), x an image's numbers in a row.

    S is the covariance of the training images (divided by their number) and m their mean. Both
    are tensors of the module, `matrix_DD` and `mean_D`; until they are fitted the layer changes
    nothing.

    (C, H, W) -> (C, H, W), float.

    Args:
        epsilon: added to the variances; directions that hardly vary are not blown up.

    Raises:
        ArchitectureError: an image of more than 12,288 numbers.

    Paper: Krizhevsky 2009 (appendix A), Goodfellow et al. 2013 (epsilon 0.1).
    """

    epsilon: Positive = 0.1
    type: Literal["ZcaWhiten"] = field(default="ZcaWhiten", kw_only=True)

    role: ClassVar[Role] = "preprocessing"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.numel > LARGEST_WHITENED:
            raise ArchitectureError(
                f"whitening an image of {maps} takes a matrix of {maps.numel:,} x {maps.numel:,}",
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

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        return modules.ZcaWhiten(self.output_shape(input).numel)


ZcaWhiten.examples = (
    Example(ZcaWhiten(), CHW(3, 6, 5)),
    Example(ZcaWhiten(0.01), CHW(1, 9, 4)),
)


def _everywhere(maps: CHW) -> Spans:
    """Every unit sees the whole image."""
    return Spans(((0, maps.height),) * maps.height, ((0, maps.width),) * maps.width)


def whitening_matrix(covariance_DD: "Tensor", epsilon: float) -> "Tensor":
    """Return (S + epsilon I)^(-1/2), the symmetric root: V diag(1 / sqrt(e + epsilon)) V^T."""
    import torch

    variances_D, vectors_DD = torch.linalg.eigh(covariance_DD)
    scales_D = (variances_D.clamp(min=0) + epsilon).rsqrt()
    root_DD: Tensor = (vectors_DD * scales_D) @ vectors_DD.T
    return root_DD
