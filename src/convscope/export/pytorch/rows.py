"""Compositions in PyTorch source, one row each. Their classes are in `compositions.py`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convscope.export.pytorch.python_text import Atom, Expression, Group, Part, call, flat


class Row(NamedTuple):
    """One composition in PyTorch source.

    Attributes:
        sentence: the docstring of a class, before the names of the parts.
        name: the class name where no better one is known.
        join: the expression of the output, from those of the branches.
    """

    sentence: str
    name: str
    join: Callable[[Sequence[Expression]], Expression]


def _operator(sign: str) -> Callable[[Sequence[Expression]], Expression]:
    return lambda branches: Atom(f" {sign} ".join(map(flat, branches)))


def _concatenated(branches: Sequence[Expression]) -> Expression:
    parts = tuple(Part(branch) for branch in branches)
    return call("torch.cat", Group("[", parts, "]"), dim=Atom("1"))


def _last(parts: Sequence[Expression]) -> Expression:
    return parts[-1]


ROWS = {
    "Chain": Row("One after another", "Block", _last),
    "Concat": Row("Branches, concatenated along the channels", "Branches", _concatenated),
    "Residual": Row("Branches, added", "Residual", _operator("+")),
    "Gate": Row("Branches, multiplied", "Gated", _operator("*")),
    "AuxiliaryHead": Row("A head for training", "Auxiliary", _last),
}
