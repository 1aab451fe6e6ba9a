"""Where a tensor of another library goes."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

Turn = Callable[[Tensor], Tensor]


class Slot(NamedTuple):
    """One tensor of theirs: the key that it fills, its shape in the file, how it becomes ours."""

    key: str
    shape: tuple[int, ...]
    turn: Turn


def as_it_is(tensor: Tensor) -> Tensor:
    """Nothing to turn."""
    return tensor
