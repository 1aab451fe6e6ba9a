"""One tensor of another library's file, and the tensor of our network that it becomes."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

Conversion = Callable[[Tensor], Tensor]


class SourceTensor(NamedTuple):
    """The key that it fills in our state dict, its shape in the file, and its conversion."""

    key: str
    shape: tuple[int, ...]
    convert: Conversion


def unchanged(tensor: Tensor) -> Tensor:
    """Return the tensor itself."""
    return tensor
