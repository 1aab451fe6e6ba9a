"""The data of a diagram: what is drawn, without coordinates.

A convolution with the normalisation and activation after it is one item; equal items in a row
are one item with a count. Two items are equal when they are drawn alike: shapes inside a block
are not drawn, so that blocks that differ only in the channels of their input count as equal.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from convscope.arch.architecture import Architecture
from convscope.arch.block import Composition
from convscope.arch.fold import children, fold, row
from convscope.arch.trace import Step
from convscope.layers import Layer
from convscope.layers.base import Role
from convscope.shapes import CHW, Pair, Shape, Spans, Whole, Window

if TYPE_CHECKING:
    from convscope.render.diagram.timings import Paint

FOLLOWING_ROLES = ("normalisation", "activation", "dropout")
"""Roles of layers that are written behind the layer before them."""


@dataclass(frozen=True)
class LayerItem:
    """A layer with the normalisations, activations and dropouts that follow it.

    Attributes:
        window: height and width of the input that one unit reads; None for the whole input.
        groups: groups of channels, see `Layer.num_groups`.
        follow: labels of the layers that follow.
        layers: paths of all layers that it stands for, those that follow included.
        paint: its time, where times are drawn.
    """

    role: Role
    label: str
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    window: Pair | None = field(default=None, compare=False)
    groups: int = 1
    layers: tuple[str, ...] = field(default=(), compare=False)
    paint: "Paint | None" = field(default=None, compare=False)
    type: Literal["layer"] = "layer"


@dataclass(frozen=True)
class ConcatItem:
    """Branches whose outputs are joined along the channels.

    `paths`: of every block that this item stands for. `layers`: of what joins the branches, and
    of the layers that follow. `paint`: their time, where times are drawn.
    """

    branches: tuple["Items", ...]
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    name: str = field(default="", compare=False)
    paths: tuple[str, ...] = field(default=(), compare=False)
    layers: tuple[str, ...] = field(default=(), compare=False)
    paint: "Paint | None" = field(default=None, compare=False)
    type: Literal["concat"] = "concat"


@dataclass(frozen=True)
class MergeItem:
    """A body and a second branch that is added to it or multiplies it.

    `paths`: of every block that this item stands for. `layers`: of what joins the branches, and
    of the layers that follow. `paint`: their time, where times are drawn.
    """

    body: "Items"
    branch: "Items"
    operation: Literal["add", "multiply"]
    shape: Shape = field(compare=False)
    follow: tuple[str, ...] = ()
    times: int = 1
    name: str = field(default="", compare=False)
    paths: tuple[str, ...] = field(default=(), compare=False)
    layers: tuple[str, ...] = field(default=(), compare=False)
    paint: "Paint | None" = field(default=None, compare=False)
    type: Literal["merge"] = "merge"


@dataclass(frozen=True)
class HeadItem:
    """An auxiliary head; `weight` is the factor of its loss."""

    head: "Items"
    weight: float
    type: Literal["head"] = "head"


@dataclass(frozen=True)
class StageItem:
    """A named part of the main path.

    `blocks`: the number of its blocks, 0 where it has other layers between them.
    """

    name: str
    blocks: int
    items: "Items"
    type: Literal["stage"] = "stage"


FlatItem = LayerItem | ConcatItem | MergeItem | HeadItem
Item = FlatItem | StageItem
Items = tuple[Item, ...]
AnyItem = TypeVar("AnyItem", bound=Item)


def items(architecture: Architecture) -> Items:
    """Return the items of the main path, in order."""
    steps = {step.path: step for step in architecture.trace.steps}
    main: list[Item] = []
    for name, part in architecture.block.blocks.items():
        inner = _flat(part, name, steps)
        if _is_stage(part, inner):
            main.append(_stage(name, part, inner))
        else:
            _extend(main, _named(name, inner))
    return counted(main)


def _named(name: str, inner: list[FlatItem]) -> list[FlatItem]:
    """Return the items of a part; a block that is all of it has the name of the part."""
    match inner:
        case [ConcatItem() | MergeItem() as block]:
            return [replace(block, name=name)]
    return inner


def diagram_data(architecture: Architecture) -> dict[str, Any]:
    """Return the data of a diagram as plain JSON values, for other programs that draw it."""
    return {
        "name": architecture.name,
        "input": list(architecture.input),
        "num_classes": architecture.num_classes,
        "items": [asdict(item, dict_factory=_without_paint) for item in items(architecture)],
    }


def _without_paint(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if name != "paint"}


def flattened(sequence: Items) -> list[FlatItem]:
    """Return the items with the stages opened."""
    flat: list[FlatItem] = []
    for item in sequence:
        flat += flattened(item.items) if isinstance(item, StageItem) else [item]
    return flat


def size_text(shape: Shape) -> str:
    """CHW(64, 56, 56) -> `64 × 56×56`; a vector is its length."""
    if isinstance(shape, CHW):
        return f"{shape.channels} × {shape.height}×{shape.width}"
    return f"{shape.features}"


def counted(sequence: Iterable[Item]) -> Items:
    """Return the items with equal neighbours as one item with their number."""
    merged: list[Item] = []
    for item in sequence:
        last = merged[-1] if merged else None
        if (
            not isinstance(item, StageItem | HeadItem)
            and not isinstance(last, StageItem | HeadItem | None)
            and last.shape == item.shape
            and replace(last, times=1) == item
        ):
            merged[-1] = _folded(last, item)
        else:
            merged.append(item)
    return tuple(merged)


def _folded(last: FlatItem, item: FlatItem) -> FlatItem:
    """Return one item for two equal ones."""
    match _together(last, item):
        case LayerItem() | ConcatItem() | MergeItem() as both:
            return replace(both, times=both.times + 1)
    raise AssertionError("auxiliary heads are not folded")


def _together(first: AnyItem, other: AnyItem) -> AnyItem:
    """Return an item with the paths of an equal one added to its own, at every depth."""
    match first, other:
        case LayerItem(), LayerItem():
            return replace(first, layers=first.layers + other.layers)
        case ConcatItem(), ConcatItem():
            pairs = zip(first.branches, other.branches, strict=True)
            branches = tuple(_all_together(one, two) for one, two in pairs)
            paths, layers = first.paths + other.paths, first.layers + other.layers
            return replace(first, branches=branches, paths=paths, layers=layers)
        case MergeItem(), MergeItem():
            body = _all_together(first.body, other.body)
            branch = _all_together(first.branch, other.branch)
            paths, layers = first.paths + other.paths, first.layers + other.layers
            return replace(first, body=body, branch=branch, paths=paths, layers=layers)
    return first


def _all_together(first: Items, other: Items) -> Items:
    return tuple(_together(one, two) for one, two in zip(first, other, strict=True))


class Folded(NamedTuple):
    """A composition with the items of its parts."""

    block: Any
    path: str
    parts: list[list[FlatItem]]
    steps: Mapping[str, Step]

    @property
    def name(self) -> str:
        return self.path.rsplit(".", 1)[-1]

    @property
    def shape(self) -> Shape:
        return self.steps[self.path].output_shape


def _flat(block: Any, path: str, steps: Mapping[str, Step]) -> list[FlatItem]:
    """Return the items of a block, not counted yet."""

    def layer(layer: Layer, path: str) -> list[FlatItem]:
        step = steps[path]
        same = layer.view == "always" and step.output_shape.numel == step.input_shapes[0].numel
        return [] if same else [_layer_item(layer, step)]

    def composition(
        block: Composition, path: str, parts: dict[str, list[FlatItem]]
    ) -> list[FlatItem]:
        draw = row(COMPOSITIONS, block, backend="a diagram", where=path)
        return draw(Folded(block, path, list(parts.values()), steps))

    return fold(block, layer=layer, composition=composition, path=path)


def _layer_item(layer: Layer, step: Step) -> LayerItem:
    return LayerItem(
        role=layer.role,
        label=layer.label(step.input_shapes[0]),
        shape=step.output_shape,
        window=_window(layer, step.input_shapes[0]),
        groups=layer.num_groups(),
        layers=(step.path,),
    )


def _window(layer: Layer, input: Shape) -> Pair | None:
    """Return height and width of what one unit reads; None where it reads everything."""
    if layer.role not in ("convolution", "pooling") or not isinstance(input, CHW):
        return None
    reach = layer.reach(input)
    match reach:
        case None:
            return None
        case Whole():
            return input.height, input.width
        case Spans():
            rows, cols = reach
            return max(end - start for start, end in rows), max(end - start for start, end in cols)
        case (rows, cols):
            return _extent(rows), _extent(cols)


def _extent(window: Window) -> int:
    return (window.kernel - 1) * window.dilation + 1


def _extend(before: list[Item] | list[FlatItem], more: Iterable[FlatItem]) -> None:
    """Append items; a layer that follows another is written behind it."""
    for item in more:
        last = before[-1] if before else None
        if (
            isinstance(item, LayerItem)
            and item.role in FOLLOWING_ROLES
            and isinstance(last, LayerItem | ConcatItem | MergeItem)
        ):
            follow = (*last.follow, item.label, *item.follow)
            before[-1] = replace(last, follow=follow, layers=last.layers + item.layers)
        else:
            before.append(item)


def _chain(inside: Folded) -> list[FlatItem]:
    flat: list[FlatItem] = []
    for part in inside.parts:
        _extend(flat, part)
    return flat


def _concat(inside: Folded) -> list[FlatItem]:
    branches = tuple(counted(part) for part in inside.parts)
    own = (inside.path,)
    return [ConcatItem(branches, inside.shape, name=inside.name, paths=own, layers=own)]


def _merge(inside: Folded, operation: Literal["add", "multiply"]) -> list[FlatItem]:
    body, branch = (counted(part) for part in inside.parts)
    merged = MergeItem(body, branch, operation, inside.shape, name=inside.name)
    return [replace(merged, paths=(inside.path,), layers=(inside.path,))]


def _head(inside: Folded) -> list[FlatItem]:
    (head,) = inside.parts
    return [HeadItem(counted(head), inside.block.weight)]


COMPOSITIONS: dict[str, Callable[[Folded], list[FlatItem]]] = {
    "Chain": _chain,
    "Concat": _concat,
    "Residual": partial(_merge, operation="add"),
    "Gate": partial(_merge, operation="multiply"),
    "AuxiliaryHead": _head,
}


def _is_sequence(block: Any) -> bool:
    return isinstance(block, Composition) and block.flow == "sequence"


def _is_stage(part: Any, inner: list[FlatItem]) -> bool:
    """Return whether a part of the main path is more than one layer with what follows it."""
    first = next(iter(children(part).values()), None)
    return _is_sequence(part) and bool(inner) and (len(inner) > 1 or _is_sequence(first))


def _stage(name: str, part: Any, inner: list[FlatItem]) -> StageItem:
    """Count the blocks of a stage that holds nothing else but layers that follow them."""
    blocks = [block for block in children(part).values() if children(block)]
    layers = [block for block in children(part).values() if isinstance(block, Layer)]
    only_blocks = len(blocks) > 1 and all(layer.role in FOLLOWING_ROLES for layer in layers)
    return StageItem(name, len(blocks) if only_blocks else 0, counted(inner))
