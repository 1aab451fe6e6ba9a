"""A block graph from above to below: boxes, branches side by side, shortcuts at the right.

Every part is laid out around its own port, the point x = 0 at which the line enters and
leaves it; compositions put parts beside and below each other, so that nothing can overlap.
"""

from dataclasses import dataclass

from convscope.render.diagram.items import Aside, Item, Items, Join, Sum, Unit, size_text
from convscope.render.diagram.marks import (
    SMALL,
    TEXT,
    Box,
    Line,
    Mark,
    Text,
    bounds,
    moved,
    text_width,
)
from convscope.shapes import Shape

GAP = 24.0
LINE = 15.0
ASIDE = 14.0
BADGE = 15.0
FRAME = 9.0
CIRCLE = 9.0


@dataclass(frozen=True)
class Part:
    """Marks around a port: the line enters at (0, 0) and leaves at (0, height)."""

    marks: tuple[Mark, ...]
    height: float
    left: float = 0.0
    right: float = 0.0


def part(marks: list[Mark], height: float) -> Part:
    """A part as wide as its marks."""
    if not marks:
        return Part((), height)
    area = bounds(marks)
    return Part(tuple(marks), height, min(area.left, 0), max(area.right, 0))


def edge(item: Item | None = None, label: str = "", caption: str = "") -> Part:
    """The line to an item, with a shape at its right and a name at its left."""
    boxed = item is None or isinstance(item, Unit)
    marks: list[Mark] = [Line(((0, 0), (0, GAP)), arrow=boxed)]
    if label:
        marks.append(Text(6, GAP / 2 + 3, label, SMALL, "start", muted=True))
    if caption:
        marks.append(Text(-6, GAP / 2 + 3, caption, SMALL, "end", bold=True))
    return part(marks, GAP)


def stacked(parts: list[Part]) -> Part:
    """One below the other."""
    marks: list[Mark] = []
    height = 0.0
    for piece in parts:
        marks += moved(piece.marks, 0, height)
        height += piece.height
    return part(marks, height)


def drawn(item: Item) -> Part:
    """The part of one item."""
    match item:
        case Unit():
            return _unit(item)
        case Join():
            return _framed(_join(item), item.times)
        case Sum():
            return _framed(_sum(item), item.times)
        case Aside():
            return _aside(item)
    raise AssertionError(item)


def box(kind: str, lines: list[str]) -> Part:
    """A box with its lines of text; the first is large."""
    sizes = [TEXT, *([SMALL] * (len(lines) - 1))]
    widest = max(text_width(text, size) for text, size in zip(lines, sizes, strict=True))
    width, height = widest + 18, LINE * len(lines) + 8
    marks: list[Mark] = [Box(-width / 2, 0, width, height, kind)]
    for number, (text, size) in enumerate(zip(lines, sizes, strict=True)):
        marks.append(Text(0, 15.5 + LINE * number, text, size, muted=number > 0))
    return part(marks, height)


def _unit(unit: Unit) -> Part:
    times = f"  ×{unit.times}" if unit.times > 1 else ""
    follow = [" · ".join(unit.follow)] if unit.follow else []
    return box(unit.kind, [unit.label + times, *follow])


def _inside(items: Items) -> Part:
    """A way inside a composition. What changes a size there says so in its box."""
    return stacked([piece for item in items for piece in (edge(item), drawn(item))])


def _join(join: Join) -> Part:
    ways = [_inside(branch) for branch in join.branches]
    ports: list[float] = []
    x = 0.0
    for way in ways:
        left, right = min(way.left, -12.0), max(way.right, 12.0)
        ports.append(x - left)
        x += right - left + ASIDE
    middle = (ports[0] + ports[-1]) / 2
    ports = [port - middle for port in ports]
    top = 10.0
    low = top + max(way.height for way in ways) + 16
    marks: list[Mark] = [Line(((0, 0), (0, top)))]
    if len(ports) > 1:
        marks.append(Line(((ports[0], top), (ports[-1], top))))
    for way, port in zip(ways, ports, strict=True):
        marks += moved(way.marks, port, top)
        marks.append(Line(((port, top + way.height), (port, low)), arrow=True))
    text = " · ".join(("concat", *join.follow))
    half = max(ports[-1] + 18, text_width(text, TEXT) / 2 + 9)
    marks.append(Box(-half, low, 2 * half, 22, "join"))
    marks.append(Text(0, low + 15.5, text))
    return part(marks, low + 22)


def _sum(item: Sum) -> Part:
    body, shortcut = _inside(item.body), _inside(item.shortcut)
    top = 9.0
    aside = max(body.right, CIRCLE) + 16 - shortcut.left
    low = top + max(body.height, shortcut.height) + 14
    centre = low + CIRCLE
    marks: list[Mark] = [
        Line(((0, 0), (0, top))),
        Line(((0, top), (aside, top))),
        *moved(body.marks, 0, top),
        *moved(shortcut.marks, aside, top),
        Line(((0, top + body.height), (0, low)), arrow=True),
        Line(((aside, top + shortcut.height), (aside, centre), (CIRCLE, centre)), arrow=True),
        Box(-CIRCLE, low, 2 * CIRCLE, 2 * CIRCLE, "join", CIRCLE),
        Line(((-4, centre), (4, centre))),
        Line(((0, centre - 4), (0, centre + 4))),
    ]
    if item.follow:
        marks.append(Text(-CIRCLE - 5, centre + 3.5, " · ".join(item.follow), SMALL, "end"))
    return part(marks, low + 2 * CIRCLE)


def _aside(aside: Aside) -> Part:
    head = _inside(aside.head)
    top = 8.0
    x = 22 - head.left
    label = f"auxiliary loss × {aside.weight:g}"
    x = max(x, 14 + text_width(label, SMALL) / 2)
    height = top + head.height + 20
    marks: list[Mark] = [
        Line(((0, 0), (0, height))),
        Line(((0, top), (x, top))),
        *moved(head.marks, x, top),
        Text(x, top + head.height + 13, label, SMALL, muted=True),
    ]
    return part(marks, height)


def _framed(inner: Part, times: int) -> Part:
    """A dashed frame that says how often its content follows itself."""
    if times == 1:
        return inner
    badge = f"×{times}"
    left, right = inner.left - FRAME, inner.right + FRAME
    wide = right - left + text_width(badge, BADGE, bold=True) + FRAME
    high = inner.height + 2 * FRAME
    marks: list[Mark] = [
        Box(left, 0, wide, high, "frame", 6),
        Line(((0, 0), (0, FRAME))),
        *moved(inner.marks, 0, FRAME),
        Line(((0, high - FRAME), (0, high))),
        Text(right, high / 2 + 5, badge, BADGE, "start", bold=True),
    ]
    return part(marks, high)


def ways(items: Items, before: Shape, num_classes: int) -> list[Part]:
    """The main way, item by item, each with the edge that leads to it."""
    parts: list[Part] = [box("input", [f"input, {size_text(before)}"])]
    said = before
    for caption, item, shape in _main(items, before):
        label = size_text(shape) if shape != said else ""
        said = shape
        parts.append(stacked([edge(item, label, caption), drawn(item)]))
    parts.append(stacked([edge(), box("input", [f"{num_classes} logits"])]))
    return parts


def _main(items: Items, before: Shape) -> list[tuple[str, Item, Shape]]:
    """(caption, item, the shape that enters it), stages opened."""
    found: list[tuple[str, Item, Shape]] = []
    for item in items:
        if isinstance(item, Unit | Join | Sum | Aside):
            name = item.name if isinstance(item, Join) else ""
            found.append((name, item, before))
        else:
            inner = _main(item.items, before)
            times = f" ×{item.blocks}" if item.blocks else ""
            found += [(item.name + times, *inner[0][1:]), *inner[1:]]
        before = item.shape
    return found
