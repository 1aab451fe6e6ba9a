"""Which parts of an architecture repeat, and which numbers differ where they do.

Two compositions have one skeleton when they hold the same types under the same names. A
skeleton that stands in more than one place becomes a class, and what differs between its
instances becomes the class's parameters; numbers that always agree share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, AuxiliaryHead, children
from convscope.export.pytorch.layers import (
    REQUIRED,
    Argument,
    Constants,
    LayerCall,
    layer_call,
)
from convscope.export.pytorch.names import class_name, parameter_name
from convscope.layers import Layer
from convscope.shapes import Shape

MOST_PARAMETERS = 8  # a class with more of them says less than its instances written out


class Value(NamedTuple):
    """A number with its type: 1, 1.0 and True are three values."""

    type: str
    value: object


Column = tuple[str, str]
"""A number of a class: the path of its layer within the class, the argument's name."""


@dataclass(frozen=True, eq=False)
class Node:
    """A block at its path. Layers have a `call`, compositions have `parts`."""

    path: str
    block: AnyBlock
    parts: dict[str, "Node"]
    call: LayerCall | None

    @cached_property
    def skeleton(self) -> tuple[object, ...]:
        inner = tuple((name, part.skeleton) for name, part in self.parts.items())
        return (self.block.type, inner)

    @cached_property
    def has_heads(self) -> bool:
        """Whether logits leave it by the side."""
        return isinstance(self.block, AuxiliaryHead) or any(
            part.has_heads for part in self.parts.values()
        )

    @cached_property
    def layers(self) -> int:
        return 1 if self.call else sum(part.layers for part in self.parts.values())

    def walk(self) -> Iterator["Node"]:
        """Itself, then everything inside, in order."""
        yield self
        for part in self.parts.values():
            yield from part.walk()

    def numbers(self) -> Iterator[tuple[Column, Argument]]:
        """Every argument inside, by its place."""
        for node in self.walk():
            for argument in node.call.arguments if node.call else ():
                yield (relative(node.path, self.path), argument.name), argument


def relative(path: str, base: str) -> str:
    """`stage1.block2.conv` seen from `stage1.block2` -> `conv`."""
    return path[len(base) :].lstrip(".")


def tree(architecture: Architecture, constants: Constants) -> Node:
    """The nodes of an architecture."""
    inputs = {step.path: step.input_shapes[0] for step in architecture.trace.steps}
    return _node(architecture.block, "", inputs, constants)


def _node(block: AnyBlock, path: str, inputs: dict[str, Shape], constants: Constants) -> Node:
    if isinstance(block, Layer):
        return Node(path, block, {}, layer_call(block, inputs[path], constants))
    parts = {
        name: _node(part, f"{path}.{name}" if path else name, inputs, constants)
        for name, part in children(block).items()
    }
    return Node(path, block, parts, None)


@dataclass(frozen=True)
class Parameter:
    """A number that differs between the instances of a class."""

    name: str
    column: Column
    default: object
    values: tuple[object, ...]

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    @property
    def positional(self) -> bool:
        """Counts of channels are written without their name."""
        return self.required and self.column[1].endswith(("channels", "features"))


@dataclass(frozen=True, eq=False)
class BlockClass:
    """A class of the file: its first instance stands for all."""

    name: str
    instances: tuple[Node, ...]
    parameters: tuple[Parameter, ...]
    places: dict[Column, str] = field(default_factory=dict)
    """Which parameter stands at a column; other columns are constant."""

    @property
    def first(self) -> Node:
        return self.instances[0]


def unify(name: str, instances: tuple[Node, ...]) -> BlockClass:
    """A class for instances of one skeleton."""
    rows = [list(node.numbers()) for node in instances]
    shared: dict[tuple[Value, ...], list[tuple[Column, Argument]]] = {}
    for cells in zip(*rows, strict=True):
        values = tuple(Value(type(a.value).__name__, a.value) for _, a in cells)
        if len(set(values)) > 1:
            shared.setdefault(values, []).append(cells[0])
    found: list[Parameter] = []
    places: dict[Column, str] = {}
    several = sum(cells[0][1].name.startswith("out_") for cells in shared.values()) > 1
    for values, same in shared.items():
        column, argument = same[0]
        taken = {parameter.name for parameter in found}
        chosen = parameter_name(*column, several=several, taken=taken)
        default = argument.default
        if any(a.default != default for _, a in same) or default not in [v.value for v in values]:
            default = REQUIRED
        found.append(Parameter(chosen, column, default, tuple(v.value for v in values)))
        places |= {cell: chosen for cell, _ in same}
    found.sort(key=lambda parameter: (not parameter.required, not parameter.positional))
    return BlockClass(name, instances, tuple(found), places)


class Plan:
    """The classes of a file, and which of them stands at a path."""

    def __init__(self, root: Node, *, taken: set[str]) -> None:
        self.root = root
        self.taken = set(taken)
        self.classes: list[BlockClass] = []
        self.at: dict[str, BlockClass] = {}
        groups: dict[tuple[object, ...], list[Node]] = {}
        for node in root.walk():
            if node is not root and node.parts and not isinstance(node.block, AuxiliaryHead):
                groups.setdefault(node.skeleton, []).append(node)
        for nodes in sorted(groups.values(), key=lambda nodes: -nodes[0].layers):
            self._consider(tuple(nodes))

    def owner(self, path: str) -> BlockClass | None:
        """The innermost class around a path; not the one that begins there."""
        while "." in path:
            path = path.rsplit(".", 1)[0]
            if path in self.at:
                return self.at[path]
        return None

    def _consider(self, nodes: tuple[Node, ...]) -> None:
        forced = nodes[0].has_heads  # its forward must hand the list of heads on
        if not forced and (nodes[0].layers < 2 or self._places(nodes) < 2):
            return
        found = unify("", nodes)
        if forced or len(found.parameters) <= MOST_PARAMETERS:
            self._choose(found)
            return
        equal: dict[tuple[object, ...], list[Node]] = {}
        for node in nodes:
            owner = self.owner(node.path)
            if owner is None or not owner.parameters:
                numbers = tuple(repr(argument.value) for _, argument in node.numbers())
                equal.setdefault(numbers, []).append(node)
        for same in equal.values():
            if self._places(tuple(same)) > 1:
                self._choose(unify("", tuple(same)))

    def _places(self, nodes: tuple[Node, ...]) -> int:
        """In how many places of the file it would be written out."""
        return len({self._place(node) for node in nodes})

    def _place(self, node: Node) -> tuple[str, str]:
        owner = self.owner(node.path)
        if owner is None:
            return "", node.path
        inside = next(n for n in owner.instances if node.path.startswith(f"{n.path}."))
        return owner.name, relative(node.path, inside.path)

    def _choose(self, found: BlockClass) -> None:
        names = [node.path.rsplit(".", 1)[-1] for node in found.instances]
        name = class_name(found.first.block, names, self.taken)
        self.taken.add(name)
        named = BlockClass(name, found.instances, found.parameters, found.places)
        self.classes.append(named)
        self.at |= {node.path: named for node in named.instances}
