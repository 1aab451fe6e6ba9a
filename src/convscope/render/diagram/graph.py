"""Parts of a block graph from top to bottom: boxes, branches side by side, shortcuts at the right.

Every part is laid out around its own port, the point x = 0 at which the line enters and leaves
it; compositions put parts beside and below each other, so that nothing can overlap.
"""

from dataclasses import dataclass, replace

from convscope.render.diagram.items import (
    ConcatItem,
    FlatItem,
    HeadItem,
    Item,
    Items,
    LayerItem,
    MergeItem,
    StageItem,
    size_text,
)
from convscope.render.diagram.names import folded_names
from convscope.render.diagram.style import MERGE_SIGN, SMALL, TEXT, colour_of, filled_box, label
from convscope.render.diagram.timings import Paint
from convscope.render.marks import Box, Circle, Line, Mark, Text, bounds, moved
from convscope.render.text import text_width, wrapped
from convscope.shapes import Shape

GAP = 26.0
LINE = 16.0
FIRST = 16.5  # baseline of the first line of a box
BETWEEN = 12.0
BADGE = 16.0
NAMES = 60.0  # room for the names of folded blocks
FRAME = 9.0
CIRCLE = 9.0
MERGED = {"add": "residual", "multiply": "gate"}


@dataclass(frozen=True)
class Part:
    """Marks around a port: the line enters at (0, 0) and leaves at (0, height)."""

    marks: tuple[Mark, ...]
    height: float
    left: float = 0.0
    right: float = 0.0


def part(marks: list[Mark], height: float) -> Part:
    """Return a part as wide as its marks."""
    area = bounds(marks)
    return Part(tuple(marks), height, min(area.left, 0), max(area.right, 0))


def stacked(parts: list[Part]) -> Part:
    """Return the parts one below the other."""
    marks: list[Mark] = []
    height = 0.0
    for piece in parts:
        marks += moved(piece.marks, 0, height)
        height += piece.height
    left = min((piece.left for piece in parts), default=0.0)
    return Part(tuple(marks), height, left, max((piece.right for piece in parts), default=0.0))


def main_path(items: Items, input: Shape, num_classes: int) -> list[Part]:
    """Return the parts of the main path, each with the edge that leads to it.

    Padding and the layer that it pads are one part, so that no page break parts them.
    """
    parts = [_box("input", f"input, {size_text(input)}")]
    written = shape = input
    padded = False
    for caption, item in _opened(items):
        size = size_text(shape) if shape != written else ""
        written = shape
        piece = stacked([_edge(item, size, caption), _part(item)])
        if padded:
            piece = stacked([parts.pop(), piece])
        parts.append(piece)
        padded = isinstance(item, LayerItem) and item.role == "padding"
        shape = shape if isinstance(item, HeadItem) else item.shape
    parts.append(stacked([_edge(), _box("input", f"{num_classes} logits")]))
    return parts


def _opened(items: Items) -> list[tuple[str, FlatItem]]:
    """Return (caption, item) for every item, with the stages opened."""
    opened: list[tuple[str, FlatItem]] = []
    for item in items:
        if isinstance(item, StageItem):
            inner = _opened(item.items)
            times = f" ×{item.blocks}" if item.blocks else ""
            opened += [(item.name + times, inner[0][1]), *inner[1:]]
        else:
            opened.append((_caption(item), item))
    return opened


def _caption(item: FlatItem) -> str:
    """Return the name of a block; a frame of several names them itself."""
    match item:
        case ConcatItem(times=1) | MergeItem(times=1):
            return item.name
    return ""


def _edge(item: Item | None = None, size: str = "", caption: str = "") -> Part:
    """Return the line to an item, with a shape at its right and a name at its left."""
    boxed = item is None or isinstance(item, LayerItem)
    marks: list[Mark] = [Line(((0, 0), (0, GAP)), arrow=boxed)]
    if size:
        marks.append(label(6, GAP / 2 + 3, size, SMALL, "start", muted=True))
    if caption:
        marks.append(label(-6, GAP / 2 + 3, caption, SMALL, "end", bold=True))
    return part(marks, GAP)


def _part(item: Item) -> Part:
    match item:
        case LayerItem():
            return _layer(item)
        case ConcatItem():
            return _framed(_concat(item), item.paths, item.times)
        case MergeItem():
            return _framed(_merge(item), item.paths, item.times)
        case HeadItem():
            return _head(item)
        case StageItem():
            return _branch(item.items)


def _box(
    colour: str, text: str, follow: str = "", badge: str = "", paint: Paint | None = None
) -> Part:
    """Return a box with lines of text; the badge is bold, behind the first line.

    Args:
        paint: the time, as a last line, and the colour that it gives the box.
    """
    first = text_width(text, TEXT)
    behind = text_width(badge, TEXT, bold=True) + 8 if badge else 0.0
    time = paint.text if paint is not None else ""
    lines = [line for line in (follow, time) if line]
    width = max(first + behind, *(text_width(line, SMALL, bold=True) for line in lines), 0) + 18
    height = LINE * (1 + len(lines)) + 8
    marks: list[Mark] = [_filled(-width / 2, 0, width, height, colour, paint)]
    texts: list[Text] = [label(-behind / 2, FIRST, text)]
    if badge:
        texts.append(label((first + behind) / 2, FIRST, badge, anchor="end", bold=True))
    for number, line in enumerate(lines, start=1):
        is_time = line is time
        y = FIRST + LINE * number
        texts.append(label(0, y, line, SMALL, bold=is_time, muted=not is_time))
    return part([*marks, *_inked(texts, paint)], height)


def _filled(
    x: float, y: float, width: float, height: float, colour: str, paint: Paint | None
) -> Box:
    """Return a filled box, in the colour of its time where it has one."""
    box = filled_box(x, y, width, height, colour)
    return replace(box, fill=paint.fill) if paint is not None and paint.fill else box


def _inked(texts: list[Text], paint: Paint | None) -> list[Mark]:
    """Return texts in a colour that is legible on the colour of a time."""
    if paint is None or not paint.ink:
        return [*texts]
    return [replace(text, colour=paint.ink) for text in texts]


def _layer(item: LayerItem) -> Part:
    badge = f"×{item.times}" if item.times > 1 else ""
    follow = " · ".join(item.follow)
    return _box(colour_of(item.role), item.label, follow, badge, item.paint)


def _branch(items: Items) -> Part:
    """Return the items of a branch. A layer that changes the size says so in its box."""
    return stacked([piece for item in items for piece in (_edge(item), _part(item))])


def _concat(item: ConcatItem) -> Part:
    branches = [_branch(branch) for branch in item.branches]
    ports: list[float] = []
    x = 0.0
    for branch in branches:
        left, right = min(branch.left, -12.0), max(branch.right, 12.0)
        ports.append(x - left)
        x += right - left + BETWEEN
    middle = (ports[0] + ports[-1]) / 2
    ports = [port - middle for port in ports]
    top = 10.0
    low = top + max(branch.height for branch in branches) + 16
    marks: list[Mark] = [Line(((0, 0), (0, top)))]
    if len(ports) > 1:
        marks.append(Line(((ports[0], top), (ports[-1], top))))
    for branch, port in zip(branches, ports, strict=True):
        marks += moved(branch.marks, port, top)
        marks.append(Line(((port, top + branch.height), (port, low)), arrow=True))
    times = (item.paint.text,) if item.paint is not None else ()
    text = " · ".join(("concat", *item.follow, *times))
    half = max(ports[-1] + 18, text_width(text, TEXT) / 2 + 9)
    marks.append(_filled(-half, low, 2 * half, 22, "join", item.paint))
    marks += _inked([label(0, low + 16, text)], item.paint)
    return part(marks, low + 22)


def _merge(item: MergeItem) -> Part:
    body, branch = _branch(item.body), _branch(item.branch)
    top = 9.0
    aside = max(body.right, CIRCLE) + 16 - branch.left
    low = top + max(body.height, branch.height) + 14
    centre = low + CIRCLE
    fill = (item.paint.fill if item.paint is not None else "") or "join"
    marks: list[Mark] = [
        Line(((0, 0), (0, top))),
        Line(((0, top), (aside, top))),
        *moved(body.marks, 0, top),
        *moved(branch.marks, aside, top),
        Line(((0, top + body.height), (0, low)), arrow=True),
        Line(((aside, top + branch.height), (aside, centre), (CIRCLE, centre)), arrow=True),
        Circle(0, centre, CIRCLE, fill, "join-line"),
        *(Line(points) for points in MERGE_SIGN[item.operation](centre)),
    ]
    words = " · ".join((MERGED[item.operation], *item.follow))
    has_time = item.paint is not None and bool(item.paint.fill)  # not inside of another layer
    at = -CIRCLE - 5, centre + (-2 if has_time else 4)
    marks.append(label(*at, words, SMALL, "end", muted=True))
    if item.paint is not None and has_time:
        time = label(at[0], at[1] + LINE - 2, item.paint.text, SMALL, "end", bold=True)
        marks.append(time)
    return part(marks, low + 2 * CIRCLE)


def _head(item: HeadItem) -> Part:
    head = _branch(item.head)
    top = 8.0
    text = f"auxiliary loss × {item.weight:g}"
    x = max(22 - head.left, 14 + text_width(text, SMALL) / 2)
    height = top + head.height + 20
    marks: list[Mark] = [
        Line(((0, 0), (0, height))),
        Line(((0, top), (x, top))),
        *moved(head.marks, x, top),
        label(x, top + head.height + 13, text, SMALL, muted=True),
    ]
    return part(marks, height)


def _framed(inner: Part, paths: tuple[str, ...], times: int) -> Part:
    """Return a dashed frame with the number and the names of the blocks that it stands for.

    Inside another frame `paths` are those of every copy of the outer block; the first is named.
    """
    if times == 1:
        return inner
    badge = f"×{times}"
    names = wrapped(folded_names(paths[:times]), NAMES, SMALL)
    beside = max(text_width(badge, BADGE, bold=True), *(text_width(line, SMALL) for line in names))
    left, right = inner.left - FRAME, inner.right + FRAME
    wide = right - left + beside + FRAME
    high = max(inner.height, BADGE + LINE * len(names)) + 2 * FRAME
    top = (high - BADGE - LINE * len(names)) / 2 + BADGE - 2
    marks: list[Mark] = [
        Box(left, 0, wide, high, stroke="frame", radius=6, dash="5 4"),
        Line(((0, 0), (0, FRAME))),
        *moved(inner.marks, 0, FRAME),
        Line(((0, inner.height + FRAME), (0, high))),
        label(right, top, badge, BADGE, "start", bold=True),
    ]
    for number, line in enumerate(names):
        marks.append(label(right, top + LINE * (number + 1), line, SMALL, "start", muted=True))
    return part(marks, high)
