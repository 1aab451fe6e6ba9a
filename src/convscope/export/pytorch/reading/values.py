"""Values of the interpreter besides numbers, texts, lists, tuples and dictionaries of Python."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from convscope.errors import FormatError
from convscope.layers import Layer
from convscope.shapes import Shape


def refused(
    node: ast.AST | int, sentence: str, *, expected: str = "", fix: str = ""
) -> FormatError:
    """Return the error for a line that cannot be read."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return FormatError(sentence, expected=expected, fix=fix, where=f"line {line}" if line else "")


@dataclass(frozen=True)
class Declared:
    """The size of the input that a module states: `nn.Linear(400, 10)` states 400.

    Attributes:
        flat: whether it counts numbers of a vector, not channels.
    """

    size: int
    name: str


@dataclass(eq=False)
class Module:
    """A module of torch.nn or of ours: one layer.

    Attributes:
        layer: the layer; or the function that returns it for the shape of its input.
        declared: the size of the input that the call states.
        name: the attribute that holds the module first.
        uses: how often `forward` calls it.
    """

    layer: Layer | Callable[[Shape], Layer]
    line: int
    declared: Declared | None = None
    name: str = ""
    uses: int = 0


@dataclass(eq=False)
class Composed:
    """Modules in a composition: `nn.Sequential`, and the classes that exported files carry."""

    type: str
    parts: dict[str, "AnyModule"]
    line: int
    name: str = ""
    uses: int = 0


@dataclass(eq=False)
class Instance:
    """An object of a class of the file."""

    kind: "Class"
    line: int
    attributes: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    uses: int = 0


AnyModule = Module | Composed | Instance


@dataclass(eq=False)
class Class:
    """A class of the file."""

    node: ast.ClassDef
    methods: Mapping[str, ast.FunctionDef]
    constants: dict[str, Any]
    bases: tuple["Class", ...] = ()

    def method(self, name: str) -> ast.FunctionDef | None:
        """Return a method of the class, or of a class that it inherits from."""
        if name in self.methods:
            return self.methods[name]
        return next((base.method(name) for base in self.bases if base.method(name)), None)

    def constant(self, name: str) -> Any:
        """Return a value of the class body; raises KeyError."""
        if name in self.constants:
            return self.constants[name]
        for base in self.bases:
            try:
                return base.constant(name)
            except KeyError:
                continue
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the file, or a method of an instance; `scope` holds names around it."""

    node: ast.FunctionDef | ast.Lambda
    owner: Instance | None
    scope: Mapping[str, Any]


@dataclass(frozen=True)
class Name:
    """A dotted name of torch: `torch.nn.Conv2d`."""

    path: str


@dataclass(frozen=True)
class Super:
    """`super()` inside a method."""

    owner: Instance
    kind: Class


@dataclass(frozen=True)
class Opaque:
    """A value that no network depends on: `self.training`, the batch size of a tensor."""

    what: str


@dataclass(frozen=True)
class Size:
    """A size of a tensor that only `view` and `reshape` may use: `x.size(0)`."""

    axis: int


@dataclass(frozen=True, eq=False)
class BoundMethod:
    """A method of a tensor, a list or a module: `x.flatten`, `layers.append`."""

    owner: Any
    name: str
