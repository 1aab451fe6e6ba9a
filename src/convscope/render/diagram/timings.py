"""Milliseconds per layer on a diagram: colour by share of time, the figure as text, a legend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from convscope.lang import translate
from convscope.payload.colour_scales import Colours
from convscope.render.diagram.items import (
    AnyItem,
    ConcatItem,
    HeadItem,
    Item,
    Items,
    LayerItem,
    MergeItem,
    StageItem,
)
from convscope.render.diagram.style import SMALL
from convscope.render.marks import Mark, moved
from convscope.render.palette import ink_on

SCALE: Colours = "viridis"
SUM = "Σ"
LEGEND_WIDTH = 620.0
GAP = 8.0


class Paint(NamedTuple):
    """Text and colours of one item."""

    text: str
    fill: str
    ink: str


@dataclass(frozen=True)
class LayerTimes:
    """Milliseconds by path, as an engine measured them.

    Attributes:
        inside: by path of a layer that the engine fuses: the layer with whose time it is counted.
        total_ms: of the whole pass; layers that are not drawn included.
        engine: engine, level and batch size, in words.
    """

    ms: Mapping[str, float]
    inside: Mapping[str, str]
    total_ms: float
    engine: str


def painted(items: Items, times: LayerTimes, *, whole_blocks: bool) -> Items:
    """Return the items with their times.

    Args:
        whole_blocks: a residual or a set of branches is one item, with the time of all its layers.
    """
    most = max((_share(parts, times) for parts in _drawn(items, whole_blocks)), default=0.0)
    return tuple(_painted(item, times, most, whole_blocks) for item in items)


def legend(items: Items, times: LayerTimes, *, whole_blocks: bool) -> list[Mark]:
    """Return the colour bar and what the numbers are, from (0, 0) downwards."""
    from convscope.payload.scale import Scale
    from convscope.render.frame import colour_bar, height_of, paragraph

    drawn = _drawn(items, whole_blocks)
    shares = [_share(parts, times) for parts in drawn]
    most = max(shares, default=0.0)
    scale = Scale(colours=SCALE, low=0, high=100 * most or 1.0, label="share of time, %")
    rest = max(0.0, 1 - sum(shares))
    texts = [
        f"{times.engine}: {ms_text(times.total_ms)} ms, {rest:.1%} of it outside of the layers "
        "drawn"
    ]
    if any(_num_timed(parts, times) > 1 for parts in drawn):
        texts.append(f"{SUM}: sum of layers that are drawn as one")
    marks: list[Mark] = []
    for text in texts:
        lines = paragraph(translate(text), LEGEND_WIDTH, SMALL, colour="muted")
        marks += moved(lines, 0, height_of(marks))
    bar, _ = colour_bar(scale, LEGEND_WIDTH, 1)
    return [*marks, *moved(bar, 0, height_of(marks) + GAP)]


def ms_text(ms: float) -> str:
    """Return milliseconds with three digits."""
    return f"{ms:.3g}" if ms < 100 else f"{ms:,.0f}"


def _drawn(items: Iterable[Item], whole_blocks: bool) -> list[tuple[str, ...]]:
    """Return the layers of each item that is drawn; auxiliary heads do not run."""
    drawn: list[tuple[str, ...]] = []
    for item in items:
        match item:
            case HeadItem():
                pass
            case StageItem():
                drawn += _drawn(item.items, whole_blocks)
            case LayerItem():
                drawn.append(item.layers)
            case ConcatItem() | MergeItem():
                drawn.append(_all_layers(item) if whole_blocks else item.layers)
                if not whole_blocks:
                    drawn += [part for inner in _parts(item) for part in _drawn(inner, False)]
    return drawn


def _parts(item: ConcatItem | MergeItem) -> tuple[Items, ...]:
    return item.branches if isinstance(item, ConcatItem) else (item.body, item.branch)


def _all_layers(item: Item) -> tuple[str, ...]:
    """Return the layers of an item with those of its branches."""
    match item:
        case ConcatItem() | MergeItem():
            inner = [_all_layers(part) for branch in _parts(item) for part in branch]
            return (*item.layers, *(path for paths in inner for path in paths))
        case LayerItem():
            return item.layers
    return ()


def _painted(item: AnyItem, times: LayerTimes, most: float, whole_blocks: bool) -> AnyItem:
    match item:
        case StageItem():
            inner = (_painted(part, times, most, whole_blocks) for part in item.items)
            return replace(item, items=tuple(inner))
        case LayerItem():
            return replace(item, paint=_paint(item.layers, times, most))
        case ConcatItem():
            branches = tuple(
                tuple(_painted(part, times, most, whole_blocks) for part in branch)
                for branch in item.branches
            )
            layers = _all_layers(item) if whole_blocks else item.layers
            return replace(item, branches=branches, paint=_paint(layers, times, most))
        case MergeItem():
            body, branch = (
                tuple(_painted(part, times, most, whole_blocks) for part in inner)
                for inner in (item.body, item.branch)
            )
            layers = _all_layers(item) if whole_blocks else item.layers
            return replace(item, body=body, branch=branch, paint=_paint(layers, times, most))
    return item


def _share(layers: tuple[str, ...], times: LayerTimes) -> float:
    total = sum(times.ms.get(path, 0.0) for path in layers)
    return total / times.total_ms if times.total_ms else 0.0


def _num_timed(layers: tuple[str, ...], times: LayerTimes) -> int:
    """Return how many layers have a time of their own."""
    return sum(times.ms.get(path, 0.0) > 0 for path in layers)


def _paint(layers: tuple[str, ...], times: LayerTimes, most: float) -> Paint | None:
    """Return text and colours for layers that are drawn as one; None for layers without times."""
    if not any(path in times.ms for path in layers):
        return None
    if not _num_timed(layers, times) and (owners := {times.inside.get(p, "") for p in layers}):
        owner = min(owners - {""}, default="")
        if owner:  # an engine computes them together with another layer
            name = ".".join(owner.split(".")[-2:])
            return Paint(translate(f"in {name}"), "", "")
    share = _share(layers, times)
    text = f"{ms_text(sum(times.ms.get(path, 0.0) for path in layers))} ms, {share:.1%}"
    if _num_timed(layers, times) > 1:
        text = f"{SUM} {text}"
    red, green, blue = colour(share / most if most else 0.0)
    return Paint(text, f"#{red:02x}{green:02x}{blue:02x}", ink_on(red, green, blue))


def colour(part: float) -> tuple[int, int, int]:
    """Return the colour of a share, relative to the largest one: viridis."""
    from convscope.payload.colour_scales import table

    red, green, blue = table(SCALE)[min(255, int(part * 256))]
    return int(red), int(green), int(blue)
