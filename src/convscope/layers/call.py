"""Torch module of a layer as data: a callable with its arguments.

`Layer.build` evaluates the call, and the PyTorch source export prints it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from convscope.shapes import Pair

if TYPE_CHECKING:
    from torch import nn


class Required(NamedTuple):
    """Marker for an argument without a default."""


REQUIRED = Required()


class Argument(NamedTuple):
    """An argument of a call.

    Attributes:
        name: the parameter of the callable.
        value: a number, a string, None, or nested tuples of numbers.
        default: the callable's own default; printed source leaves such a value out.
        positional: printed without its name, and always.
    """

    name: str
    value: object
    default: object = REQUIRED
    positional: bool = False


class ModuleCall(NamedTuple):
    """`callee(arguments)`.

    Attributes:
        callee: `nn.Conv2d`, or a file of `layers/torch/` and a class there: `linear.EuclideanRBF`.
    """

    callee: str
    arguments: tuple[Argument, ...] = ()

    @property
    def own_class(self) -> str | None:
        """Name of the class in `layers/torch/`; None for a class of torch.nn."""
        package, _, name = self.callee.rpartition(".")
        return None if package == "nn" else name

    def evaluate(self) -> "nn.Module":
        """Return the torch module. Imports torch."""
        package, _, name = self.callee.rpartition(".")
        home = import_module("torch.nn" if package == "nn" else f"convscope.layers.torch.{package}")
        module = getattr(home, name)
        return cast("nn.Module", module(**{a.name: a.value for a in self.arguments}))


def positional(name: str, value: object) -> Argument:
    """Return an argument that is printed without its name."""
    return Argument(name, value, positional=True)


def short(size: int | Pair | None) -> int | Pair | None:
    """(3, 3) -> 3, as torch and people write it."""
    if isinstance(size, tuple) and size[0] == size[1]:
        return size[0]
    return size
