"""Repeated parts of an architecture, and the numbers that differ between them.

Two compositions have one skeleton when they hold the same types under the same names. A
skeleton that occurs in more than one place becomes a class, and the numbers that differ between
its instances become the class's parameters; numbers that always agree share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from convscope.arch import AnyBlock, Composition
from convscope.arch.fold import fold, row
from convscope.arch.trace import Trace
from convscope.export.pytorch.callees import check_callee
from convscope.export.pytorch.names import class_name, parameter_name
from convscope.export.pytorch.rows import ROWS
from convscope.layers import Layer
from convscope.layers.call import REQUIRED, Argument, ModuleCall

MOST_PARAMETERS = 8  # with more of them a class is less readable than its instances


class Constant(NamedTuple):
    """A constant at the top of the file, in place of a table of numbers."""

    name: str
    type: str


class Constants:
    """The constants of a file, by name; equal tables share one."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, object], str] = {}

    def call(self, call: ModuleCall) -> ModuleCall:
        """Return the call with constants in place of tables."""
        return call._replace(arguments=tuple(map(self._argument, call.arguments)))

    def _argument(self, argument: Argument) -> Argument:
        match argument.value:
            case (tuple() as row, *_):
                key, stem = (argument.name, argument.value), argument.name.upper()
                number = sum(name == argument.name for name, _ in self.names) + 1
                name = self.names.setdefault(key, stem if number == 1 else f"{stem}_{number}")
                kind = f"tuple[tuple[{type(row[0]).__name__}, ...], ...]"
                return argument._replace(value=Constant(name, kind))
        return argument


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
    block: Layer | Composition
    parts: dict[str, "Node"]
    call: ModuleCall | None

    @cached_property
    def skeleton(self) -> tuple[object, ...]:
        inner = tuple((name, part.skeleton) for name, part in self.parts.items())
        return (self.block.type, inner)

    @cached_property
    def has_heads(self) -> bool:
        """Return whether the node is or contains an auxiliary head."""
        return self.is_head or any(part.has_heads for part in self.parts.values())

    @property
    def is_head(self) -> bool:
        return isinstance(self.block, Composition) and self.block.flow == "side"

    @cached_property
    def layers(self) -> int:
        return 1 if self.call else sum(part.layers for part in self.parts.values())

    def walk(self) -> Iterator["Node"]:
        """Yield the node, then everything inside it, in order."""
        yield self
        for part in self.parts.values():
            yield from part.walk()

    def numbers(self) -> Iterator[tuple[Column, Argument]]:
        """Yield every argument inside, by its place."""
        for node in self.walk():
            for argument in node.call.arguments if node.call else ():
                yield (relative(node.path, self.path), argument.name), argument


def relative(path: str, base: str) -> str:
    """Return a path from inside a block: `stage1.block2.conv`, `stage1.block2` -> `conv`."""
    return path[len(base) :].lstrip(".")


def tree(block: AnyBlock, trace: Trace, constants: Constants) -> Node:
    """Return the nodes of a block.

    Raises:
        Unsupported: a composition has no row in `rows.py`, or a layer calls an unknown module.
    """
    inputs = {step.path: step.input_shapes[0] for step in trace.steps}

    def layer(layer: Layer, path: str) -> Node:
        call = layer.module(inputs[path])
        check_callee(call, layer.type, path)  # raises Unsupported
        return Node(path, layer, {}, constants.call(call))

    def composition(block: Composition, path: str, parts: dict[str, Node]) -> Node:
        row(ROWS, block, backend="PyTorch source", where=path)  # raises Unsupported
        return Node(path, block, parts, None)

    return fold(block, layer=layer, composition=composition)


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
        """Return whether it is written without its name, as counts of channels are."""
        return self.required and self.column[1].endswith(("channels", "features"))


@dataclass(frozen=True, eq=False)
class BlockClass:
    """A class of the file, written after its first instance."""

    name: str
    instances: tuple[Node, ...]
    parameters: tuple[Parameter, ...]
    places: dict[Column, str] = field(default_factory=dict)
    """The parameter of each column; other columns are constant."""

    @property
    def first(self) -> Node:
        return self.instances[0]


def unify(name: str, instances: tuple[Node, ...]) -> BlockClass:
    """Return a class for instances of one skeleton."""
    rows = [list(node.numbers()) for node in instances]
    shared: dict[tuple[Value, ...], list[tuple[Column, Argument]]] = {}
    for cells in zip(*rows, strict=True):
        values = tuple(Value(type(a.value).__name__, a.value) for _, a in cells)
        if len(set(values)) > 1:
            shared.setdefault(values, []).append(cells[0])
    parameters: list[Parameter] = []
    places: dict[Column, str] = {}
    several = sum(cells[0][1].name.startswith("out_") for cells in shared.values()) > 1
    for values, same in shared.items():
        column, argument = same[0]
        taken = {parameter.name for parameter in parameters}
        chosen = parameter_name(*column, several=several, taken=taken)
        default = argument.default
        if any(a.default != default for _, a in same) or default not in [v.value for v in values]:
            default = REQUIRED
        parameters.append(Parameter(chosen, column, default, tuple(v.value for v in values)))
        places |= {cell: chosen for cell, _ in same}
    parameters.sort(key=lambda parameter: (not parameter.required, not parameter.positional))
    return BlockClass(name, instances, tuple(parameters), places)


class Plan:
    """The classes of a file, and the class of each path."""

    def __init__(self, root: Node, *, taken: set[str]) -> None:
        self.root = root
        self.taken = set(taken)
        self.classes: list[BlockClass] = []
        self.at: dict[str, BlockClass] = {}
        groups: dict[tuple[object, ...], list[Node]] = {}
        for node in root.walk():
            if node is not root and node.parts and not node.is_head:
                groups.setdefault(node.skeleton, []).append(node)
        for nodes in sorted(groups.values(), key=lambda nodes: -nodes[0].layers):
            self._consider(tuple(nodes))

    def owner(self, path: str) -> BlockClass | None:
        """Return the innermost class around a path, without the one that begins there."""
        while "." in path:
            path = path.rsplit(".", 1)[0]
            if path in self.at:
                return self.at[path]
        return None

    def _consider(self, nodes: tuple[Node, ...]) -> None:
        forced = nodes[0].has_heads  # its forward must pass on the list of heads
        if not forced and (nodes[0].layers < 2 or self._places(nodes) < 2):
            return
        block_class = unify("", nodes)
        if forced or len(block_class.parameters) <= MOST_PARAMETERS:
            self._choose(block_class)
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
        """Return in how many places of the file the nodes would be written out."""
        return len({self._place(node) for node in nodes})

    def _place(self, node: Node) -> tuple[str, str]:
        owner = self.owner(node.path)
        if owner is None:
            return "", node.path
        inside = next(n for n in owner.instances if node.path.startswith(f"{n.path}."))
        return owner.name, relative(node.path, inside.path)

    def _choose(self, chosen: BlockClass) -> None:
        block = chosen.first.block
        assert isinstance(block, Composition)
        names = [node.path.rsplit(".", 1)[-1] for node in chosen.instances]
        name = class_name(block, names, self.taken)
        self.taken.add(name)
        named = BlockClass(name, chosen.instances, chosen.parameters, chosen.places)
        self.classes.append(named)
        self.at |= {node.path: named for node in named.instances}
