"""Names of layers in other libraries, computed from the architecture; one file a family.

A network is listed only where the library's one computes the same function as ours.
"""

from collections.abc import Mapping

from convscope.weights.names import classic, convnext, inception, mobile, repvgg, residual
from convscope.weights.names.namer import Namer, Rename, Shapes, their_key

TORCHVISION: Mapping[str, Namer] = {
    **classic.TORCHVISION,
    **inception.TORCHVISION,
    **residual.TORCHVISION,
    **mobile.TORCHVISION,
    **convnext.TORCHVISION,
}
TIMM: Mapping[str, Namer] = {
    **classic.TIMM,
    **inception.TIMM,
    **residual.TIMM,
    **repvgg.TIMM,
    **convnext.TIMM,
    **mobile.TIMM,
}
KERAS: Mapping[str, Namer] = {**classic.KERAS, **residual.KERAS}
PACKAGE: Mapping[str, Namer] = mobile.PACKAGE
ARRAYS: Mapping[str, Namer] = mobile.ARRAYS
AUTHORS: Mapping[str, Namer] = {**repvgg.AUTHORS, **convnext.AUTHORS}
SHAPES: Mapping[tuple[str, str], Shapes] = convnext.SHAPES
"""By layout and network, where tensors have other shapes there."""

__all__ = [
    "ARRAYS",
    "AUTHORS",
    "KERAS",
    "PACKAGE",
    "SHAPES",
    "TIMM",
    "TORCHVISION",
    "Namer",
    "Rename",
    "Shapes",
    "their_key",
]
