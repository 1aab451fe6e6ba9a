"""An architecture as a reader sees it: convolution, norm and activation are one thing, what
repeats stands once with the number of times.

Two items are equal when they are drawn alike: shapes inside a block are not drawn, so that
blocks that differ in the channels of their input alone still count as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from convscope.arch import AnyBlock, AuxiliaryHead, Chain, Concat, Residual, children
from convscope.arch.architecture import Architecture
from convscope.layers import Flatten, Identity, Layer
from convscope.render.diagram.labels import FOLLOWERS, kind, label
from convscope.shapes import CHW, Shape

LONGEST_DESCRIPTION = 3000


@dataclass(frozen=True)
class Unit:
    """One layer with the norms and activations behind it."""

    kind: str
    label: str
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    layer: Layer | None = field(default=None, compare=False)
    before: Shape | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Join:
    """Branches, joined along the channels."""

    branches: tuple["Items", ...]
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Sum:
    """Two ways, added."""

    body: "Items"
    shortcut: "Items"
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Aside:
    """A head that leaves the main way."""

    head: "Items"
    weight: float
    shape: Shape
    times: int = 1


@dataclass(frozen=True)
class Stage:
    """A named part of the main way; `blocks`: of how many it is made, 0 where that says little."""

    name: str
    blocks: int
    items: "Items"
    shape: Shape


Item = Unit | Join | Sum | Aside | Stage
Items = tuple[Item, ...]


def items(architecture: Architecture) -> Items:
    """The main way, folded."""
    steps = architecture.trace.steps
    reader = _Reader({step.path: (step.input_shapes[0], step.output_shape) for step in steps})
    return reader.sequence(architecture.block, "", architecture.input, stages=True)


class _Reader:
    """Reads blocks; knows the shapes by path."""

    def __init__(self, shapes: Mapping[str, tuple[Shape, Shape]]) -> None:
        self.shapes = shapes

    def sequence(self, block: AnyBlock, path: str, shape: Shape, *, stages: bool) -> Items:
        """The items of a block, one after another; `shape` is what goes in."""
        return fold(self._flat(block, path, shape, stages=stages))

    def _flat(self, block: AnyBlock, path: str, shape: Shape, *, stages: bool) -> list[Item]:
        if not isinstance(block, Chain):
            return self._append([], block, path, shape)
        found: list[Item] = []
        for name, part in block.blocks.items():
            inner = f"{path}.{name}" if path else name
            before = found[-1].shape if found else shape
            if stages and isinstance(part, Chain):
                within = self._flat(part, inner, before, stages=False)
                if len(within) > 1 or isinstance(part.blocks[next(iter(part.blocks))], Chain):
                    found.append(_stage(name, part, within))
                    continue
                found += within
            elif isinstance(part, Chain):
                found += self._flat(part, inner, before, stages=False)
            else:
                found = self._append(found, part, inner, before)
        return found

    def _append(self, found: list[Item], block: AnyBlock, path: str, shape: Shape) -> list[Item]:
        """The list with one more block, which may melt into the last item."""
        match block:
            case Concat() | Residual():
                return [*found, self._composed(block, path, shape)]
            case AuxiliaryHead():
                head = self.sequence(block.head, f"{path}.head", shape, stages=False)
                return [*found, Aside(head, block.weight, shape)]
            case Identity() | Flatten():
                return found
        assert isinstance(block, Layer)
        before, after = self.shapes[path]
        last = found[-1] if found else None
        if block.type in FOLLOWERS and isinstance(last, Unit | Join | Sum):
            return [*found[:-1], replace(last, follow=(*last.follow, label(block, before)))]
        return [*found, Unit(kind(block), label(block, before), after, layer=block, before=before)]

    def _composed(self, block: Concat | Residual, path: str, shape: Shape) -> Item:
        ways = {
            name: self.sequence(part, f"{path}.{name}" if path else name, shape, stages=False)
            for name, part in children(block).items()
        }
        name, after = path.rsplit(".", 1)[-1], self.shapes[path][1]
        if isinstance(block, Concat):
            return Join(tuple(ways.values()), after, name=name)
        return Sum(ways["body"], ways["shortcut"], after, name=name)


def _stage(name: str, chain: Chain, within: list[Item]) -> Stage:
    """Its blocks are counted where it is made of nothing else, activations between them aside."""
    composed = [part for part in chain.blocks.values() if children(part)]
    others = {part.type for part in chain.blocks.values() if not children(part)}
    blocks = len(composed) if len(composed) > 1 and others <= FOLLOWERS else 0
    return Stage(name, blocks, fold(within), within[-1].shape)


def fold(found: list[Item]) -> Items:
    """Equal neighbours once, with their number."""
    folded: list[Item] = []
    for item in found:
        last = folded[-1] if folded else None
        if isinstance(item, Stage | Aside) or last is None or isinstance(last, Stage):
            folded.append(item)
        elif replace(last, times=1) == item and last.shape == item.shape:
            folded[-1] = replace(last, times=last.times + 1)
        else:
            folded.append(item)
    return tuple(folded)


def flattened(found: Items) -> list[Unit | Join | Sum | Aside]:
    """Without stages."""
    flat: list[Unit | Join | Sum | Aside] = []
    for item in found:
        flat += flattened(item.items) if isinstance(item, Stage) else [item]
    return flat


def size_text(shape: Shape) -> str:
    """CHW(64, 56, 56) -> `64 × 56×56`; a vector is its length."""
    if isinstance(shape, CHW):
        return f"{shape.channels} × {shape.height}×{shape.width}"
    return f"{shape.features}"


def described(architecture: Architecture, found: Items) -> str:
    """The network in words, for those who do not see it."""
    parts = [f"Input {size_text(architecture.input)}"]
    parts += [_words(item) for item in flattened(found)]
    text = "; ".join(parts) + "."
    if len(text) > LONGEST_DESCRIPTION:
        text = text[:LONGEST_DESCRIPTION].rsplit("; ", 1)[0] + "; and so on."
    return text


def _words(item: Unit | Join | Sum | Aside) -> str:
    times = f", {item.times} times" if item.times > 1 else ""
    match item:
        case Unit():
            follow = f" with {', '.join(item.follow)}" if item.follow else ""
            return f"{item.label}{follow}{times}, gives {size_text(item.shape)}"
        case Join():
            ways = [_way(branch) for branch in item.branches]
            joined = f"{len(ways)} branches ({'; '.join(ways)}) joined"
            return f"{joined}{times}, gives {size_text(item.shape)}"
        case Sum():
            added = f"{_way(item.body)} added to {_way(item.shortcut)}"
            return f"{added}{times}, gives {size_text(item.shape)}"
        case Aside():
            return f"auxiliary head ({_way(item.head)})"


def _way(way: Items) -> str:
    return " then ".join(_brief(item) for item in way) or "the input itself"


def _brief(item: Item) -> str:
    match item:
        case Unit():
            return item.label
        case Join():
            return f"{len(item.branches)} branches"
        case Sum():
            return "a residual"
        case Aside():
            return "an auxiliary head"
        case Stage():
            return item.name
