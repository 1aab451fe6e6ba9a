"""Tensors of a `forward` as a graph, and the graph as a tree of blocks.

A graph is a tree if every join has one tensor that all its branches start from. Branches begin
behind the last tensor that they share.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from convscope.arch.block import NAME
from convscope.arch.draft.changes import free_name
from convscope.export.pytorch.reading.values import refused
from convscope.layers import Identity


@dataclass(eq=False)
class Leaf:
    """A layer at its place in the tree, with the module that it comes from."""

    module: Any
    line: int


@dataclass(eq=False)
class Branching:
    """A composition at its place in the tree."""

    type: str
    parts: "dict[str, Tree]"
    line: int


Tree = Leaf | Branching
PASSING = Identity()


@dataclass(eq=False)
class Tensor:
    """A tensor: the input of a `forward`, the output of a block, or branches that are joined.

    Attributes:
        name, tree: of the block that gives it.
        before: its input, or the branches.
        join: "", or the composition that joins.
    """

    line: int
    name: str = ""
    tree: Tree | None = None
    before: "tuple[Tensor, ...]" = ()
    join: str = ""
    taken: int = field(default=0)

    @cached_property
    def spine(self) -> "list[Tensor]":
        """The tensors that this one is computed from in a row, from the input on."""
        if not self.before:
            return [self]
        if not self.join:
            return [*self.before[0].spine, self]
        return [*shared([tensor.spine for tensor in self.before]), self]


def shared(spines: "list[list[Tensor]]") -> "list[Tensor]":
    """Return the tensors that all spines begin with."""
    first = spines[0]
    length = 0
    while all(len(spine) > length and spine[length] is first[length] for spine in spines):
        length += 1
        if length == len(first):
            break
    return first[:length]


def steps(tensor: Tensor, behind: Tensor) -> "list[tuple[str, Tree]]":
    """Return the blocks between two tensors, with their names."""
    spine = tensor.spine
    if behind not in spine:
        raise refused(
            tensor.line,
            "these branches do not start from one tensor",
            expected="branches that read one tensor and are joined once",
        )
    blocks: list[tuple[str, Tree]] = []
    for each in spine[spine.index(behind) + 1 :]:
        each.taken += 1
        if each.taken > 1:
            raise refused(
                each.line,
                "a tensor is used by branches that are joined at different places",
                expected="branches inside each other or one after another",
                fix="write the network as nested branches",
            )
        if each.join:
            blocks.append(_joined(each))
        elif each.tree is not None:
            blocks.append((each.name, each.tree))
    return blocks


def _joined(tensor: Tensor) -> tuple[str, Tree]:
    spines = [each.spine for each in tensor.before]
    base = shared(spines)
    branches = [steps(each, base[-1]) for each in tensor.before]
    kind, line = tensor.join, tensor.line
    if kind == "Concat":
        parts: dict[str, Tree] = {}
        for number, branch in enumerate(branches):
            own = branch[0][0] if len(branch) == 1 else ""
            stem = own or ("input" if not branch else f"branch{number + 1}")
            parts[free_name(valid(stem, "branch"), parts)] = branch_tree(branch, line)
        return "concat", Branching(kind, parts, line)
    one, two = branches
    if not one and not two:
        raise refused(line, "a tensor is joined with itself")
    second = {"Residual": "shortcut", "Gate": "gate"}[kind]
    swaps = (kind == "Residual" and not one) or [name for name, _ in one] == [second]
    if swaps:
        one, two = two, one
    parts = {"body": branch_tree(one, line), second: branch_tree(two, line)}
    return ("add" if kind == "Residual" else "scale"), Branching(kind, parts, line)


def branch_tree(branch: "list[tuple[str, Tree]]", line: int) -> Tree:
    """Return the tree of a branch: of several blocks a chain, of none the input itself."""
    if not branch:
        return Leaf(PASSING, line)
    return branch[0][1] if len(branch) == 1 else chain(branch, line)


def chain(blocks: "list[tuple[str, Tree]]", line: int) -> Branching:
    """Return blocks in a chain, under names that are free."""
    parts: dict[str, Tree] = {}
    for name, tree in blocks:
        parts[free_name(valid(name, "block"), parts)] = tree
    return Branching("Chain", parts, line)


def result_tree(result: Tensor, input: Tensor, line: int) -> Tree:
    """Return the tree of a `forward`; a single join needs no chain around it."""
    blocks = steps(result, input)
    if not blocks:
        return Leaf(PASSING, line)
    if len(blocks) == 1 and result.join:
        return blocks[0][1]
    return chain(blocks, line)


def valid(name: str, otherwise: str) -> str:
    """Return a name that a block can have."""
    if NAME.fullmatch(name):
        return name
    return f"{otherwise}_{name}"[:64] if name.isascii() and name.isalnum() else otherwise
