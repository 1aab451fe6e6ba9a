"""The walks over blocks. Every other module sees an architecture through one of these.

`fold` goes from the layers to the root, for results in the form of the tree: modules, source
code, drawings. `flow` follows the data from input to output, for shapes, receptive fields and
ONNX nodes. Both take time proportional to the number of blocks.

A backend keeps a table with one row for each composition and reads it with `row`; a
composition without a row is refused with `Unsupported`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeVar, cast

from convscope.arch.block import AnyBlock, Composition
from convscope.errors import Unsupported
from convscope.layers import Layer

R = TypeVar("R")
V = TypeVar("V")


class Place(NamedTuple):
    """The place of a block: its path, the compositions around it, and whether it is in a head."""

    path: str = ""
    depth: int = 0
    auxiliary: bool = False

    def inside(self, name: str, *, auxiliary: bool = False) -> "Place":
        """Return the place of the part of that name."""
        path = join_path(self.path, name)
        return Place(path, self.depth + 1, self.auxiliary or auxiliary)


class Walker(Protocol[V]):
    """Actions of a walk along the data at each block; V represents a tensor."""

    def enter(self, block: AnyBlock, place: Place) -> None:
        """Before a block is walked, from the outside to the inside."""

    def layer(self, layer: Layer, place: Place, x: V) -> V:
        """Pass a value through a layer."""

    def join(self, block: Composition, place: Place, ends: Mapping[str, V]) -> V:
        """Join the ends of branches, by the names of the parts."""

    def side(self, block: Composition, place: Place, ends: Mapping[str, V]) -> None:
        """Receive the ends of parts that leave the main network."""


def flow(block: AnyBlock, x: V, walker: Walker[V], place: Place = Place()) -> V:
    """Walk a block in the order in which it runs; return the output value."""
    walker.enter(block, place)
    if not isinstance(block, Composition):
        return walker.layer(block, place, x)
    if block.flow == "sequence":
        for name, part in block.parts.items():
            x = flow(part, x, walker, place.inside(name))
        return x
    side = block.flow == "side"
    ends = {
        name: flow(part, x, walker, place.inside(name, auxiliary=side))
        for name, part in block.parts.items()
    }
    if side:
        walker.side(block, place, ends)
        return x
    return walker.join(block, place, ends)


def fold(
    block: AnyBlock,
    *,
    layer: Callable[[Layer, str], R],
    composition: Callable[[Composition, str, dict[str, R]], R],
    path: str = "",
) -> R:
    """Fold the tree from its leaves: results of the parts, by name, make that of the whole.

    Args:
        layer: gets a layer and its path.
        composition: gets a composition, its path, and the results of its parts.
    """
    if not isinstance(block, Composition):
        return layer(block, path)
    inner = {
        name: fold(part, layer=layer, composition=composition, path=join_path(path, name))
        for name, part in block.parts.items()
    }
    return composition(block, path, inner)


def join_path(path: str, name: str) -> str:
    """Return the path of the part `name` of the block at `path`."""
    return f"{path}.{name}" if path else name


def row(table: Mapping[str, R], block: Composition, *, backend: str, where: str = "") -> R:
    """Return the row of a backend's table for a composition, by its type.

    Raises:
        Unsupported: the table has no such row.
    """
    if block.type not in table:
        raise Unsupported(
            f"{backend} does not support {block.type}",
            expected=f"blocks made of {', '.join(table)}",
            where=where,
        )
    return table[block.type]


def children(block: AnyBlock) -> Mapping[str, AnyBlock]:
    """Return the named parts of a block; none for a layer."""
    return block.parts if isinstance(block, Composition) else {}


def block_at(block: AnyBlock, path: str) -> AnyBlock:
    """Return the block that a path names, as `stage3.block2.conv1`."""
    for name in path.split(".") if path else ():
        block = children(block)[name]
    return block


def layers(block: AnyBlock, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield every layer with its path, in the order in which they run; auxiliary heads too."""
    if isinstance(block, Composition):
        for name, part in block.parts.items():
            yield from layers(part, join_path(path, name))
    else:
        yield path, block


def sequence(block: AnyBlock, path: str = "") -> Iterator[tuple[str, AnyBlock]]:
    """Yield the blocks of a sequence in order, with their paths; nested sequences are flattened."""
    if isinstance(block, Composition) and block.flow == "sequence":
        for name, part in block.parts.items():
            yield from sequence(part, join_path(path, name))
    else:
        yield path, block


def replaced(block: AnyBlock, new: Mapping[str, Layer]) -> AnyBlock:
    """Return the block with the layers at these paths replaced."""

    def composition(old: Composition, _path: str, parts: dict[str, AnyBlock]) -> AnyBlock:
        same = all(parts[name] is part for name, part in old.parts.items())
        return cast(AnyBlock, old if same else old.with_parts(parts))

    def layer(old: Layer, path: str) -> AnyBlock:
        return cast(AnyBlock, new.get(path, old))

    return fold(block, layer=layer, composition=composition)
