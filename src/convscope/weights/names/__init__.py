"""Names of layers in other libraries, computed from the architecture; one file a family.

A network is listed only where the library's one computes the same function as ours.
"""

from collections.abc import Mapping

from convscope.weights.names import classic, inception, mobile, residual
from convscope.weights.names.namer import Namer, Rename

TORCHVISION: Mapping[str, Namer] = {
    **classic.TORCHVISION,
    **inception.TORCHVISION,
    **residual.TORCHVISION,
    **mobile.TORCHVISION,
}
TIMM: Mapping[str, Namer] = {
    **classic.TIMM,
    **inception.TIMM,
    **residual.TIMM,
    **mobile.TIMM,
}
KERAS: Mapping[str, Namer] = {**classic.KERAS, **residual.KERAS}
PACKAGE: Mapping[str, Namer] = mobile.PACKAGE

__all__ = ["KERAS", "PACKAGE", "TIMM", "TORCHVISION", "Namer", "Rename"]
