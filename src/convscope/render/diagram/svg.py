"""Marks to SVG: one file that stands alone, light and dark, the same bytes every time.

Colours are CSS variables on the root, so that a page can set its own. Every mark carries the
light colour as an attribute too, for programs that know no CSS variables.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from convscope.arch.architecture import Architecture
from convscope.render.diagram.items import Item, described
from convscope.render.diagram.marks import (
    SMALL,
    TITLE,
    Box,
    Line,
    Mark,
    Point,
    Polygon,
    Text,
    bounds,
    moved,
)

MARGIN = 16.0
FONTS = "Helvetica, Arial, 'Liberation Sans', 'Noto Sans', 'DejaVu Sans', sans-serif"
INK, MUTED, PAPER = ("#1b1f24", "#e6edf3"), ("#57606a", "#9aa4af"), ("#ffffff", "#0d1117")
# kind: (fill, outline) in light and in dark
KINDS = {
    "input": (("#eceff2", "#8b949e"), ("#2b3138", "#768390")),
    "conv": (("#d6e6fa", "#3b76b9"), ("#17365c", "#5b9bdf")),
    "pool": (("#fbdcd0", "#c0593a"), ("#562a1c", "#e08a6c")),
    "norm": (("#fbf0c4", "#a8871b"), ("#4a3d10", "#cfae48")),
    "linear": (("#e7dcf7", "#7a55b5"), ("#3a2860", "#ab8be0")),
    "join": (("#d9efdc", "#42875a"), ("#1d4229", "#6fbd88")),
    "other": (("#e8eaed", "#6e7781"), ("#30363d", "#8b949e")),
    "frame": (("none", "#8b949e"), ("none", "#768390")),
    "window": (("none", "#1b1f24"), ("none", "#e6edf3")),
}
EDGE = ("#57606a", "#9aa4af")


def _number(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _colours(side: int) -> str:
    pairs = [("ink", INK[side]), ("muted", MUTED[side]), ("paper", PAPER[side])]
    pairs.append(("edge", EDGE[side]))
    for kind, colours in KINDS.items():
        pairs += [(kind, colours[side][0]), (f"{kind}-line", colours[side][1])]
    return ";".join(f"--cs-{name}:{value}" for name, value in pairs)


def _style() -> str:
    rules = [
        f".convscope-diagram{{{_colours(0)}}}",
        "@media (prefers-color-scheme:dark){.convscope-diagram{" + _colours(1) + "}}",
        ".convscope-diagram text{fill:var(--cs-ink)}",
        ".convscope-diagram text.muted{fill:var(--cs-muted)}",
        ".convscope-diagram .paper{fill:var(--cs-paper)}",
        ".convscope-diagram .edge{stroke:var(--cs-edge)}",
        ".convscope-diagram .tip{fill:var(--cs-edge)}",
    ]
    rules += [
        f".convscope-diagram .{kind}{{fill:var(--cs-{kind});stroke:var(--cs-{kind}-line)}}"
        for kind in KINDS
    ]
    return "<style>" + "".join(rules) + "</style>"


def _mark(mark: Mark) -> str:
    match mark:
        case Text():
            look = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
            look += ' font-weight="bold"' if mark.bold else ""
            look += ' class="muted"' if mark.muted else ""
            colour = MUTED[0] if mark.muted else INK[0]
            return (
                f'<text x="{_number(mark.x)}" y="{_number(mark.y)}" '
                f'font-size="{_number(mark.size)}" fill="{colour}"{look}>'
                f"{escape(mark.text)}</text>"
            )
        case Box():
            dashes = ' stroke-dasharray="5 4"' if mark.kind == "frame" else ""
            return (
                f'<rect x="{_number(mark.x)}" y="{_number(mark.y)}" '
                f'width="{_number(mark.width)}" height="{_number(mark.height)}" '
                f'rx="{_number(mark.radius)}"{_kind(mark.kind)}{dashes}/>'
            )
        case Polygon():
            strength = f' fill-opacity="{mark.strength:.2f}"' if mark.strength < 1 else ""
            return f'<polygon points="{_points(mark.points)}"{_kind(mark.kind)}{strength}/>'
        case Line():
            return _line(mark)


def _kind(kind: str) -> str:
    fill, outline = KINDS[kind][0]
    return f' class="{kind}" fill="{fill}" stroke="{outline}"'


def _line(line: Line) -> str:
    dashes = ' stroke-dasharray="2 3"' if line.kind == "sight" else ""
    text = (
        f'<polyline points="{_points(line.points)}" class="edge" fill="none" '
        f'stroke="{EDGE[0]}"{dashes}/>'
    )
    if line.arrow:
        (x0, y0), (x, y) = line.points[-2:]
        length = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 1e-9)
        ux, uy = (x - x0) / length, (y - y0) / length
        tip = (
            (x, y),
            (x - 6 * ux - 3 * uy, y - 6 * uy + 3 * ux),
            (x - 6 * ux + 3 * uy, y - 6 * uy - 3 * ux),
        )
        text += f'<polygon points="{_points(tip)}" class="tip" fill="{EDGE[0]}"/>'
    return text


def page(
    architecture: Architecture, marks: list[Mark], items: tuple[Item, ...], *, what: str
) -> str:
    """The SVG file of a drawing, with a head line, a title and a description."""
    area = bounds(marks)
    head = _head(architecture)
    high = bounds(head).bottom + MARGIN
    marks = [*head, *moved(marks, -area.left, high - area.top)]
    area = bounds(marks)
    marks = moved(marks, MARGIN - area.left, MARGIN - area.top)
    area = bounds(marks)
    width, height = _number(area.right + MARGIN), _number(area.bottom + MARGIN)
    ident = f"convscope-{architecture.name}-{what}"
    title = f"{architecture.name}: {what}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="convscope-diagram" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{ident}-title {ident}-desc" font-family={quoteattr(FONTS)}>',
        f'<title id="{ident}-title">{escape(title)}</title>',
        f'<desc id="{ident}-desc">{escape(described(architecture, items))}</desc>',
        _style(),
        f'<rect class="paper" width="{width}" height="{height}" fill="{PAPER[0]}"/>',
        *(_mark(mark) for mark in marks if not isinstance(mark, Text)),
        *(_mark(mark) for mark in marks if isinstance(mark, Text)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _head(architecture: Architecture) -> list[Mark]:
    """Name, source and size of the network, at the top left."""
    totals = architecture.table().totals
    facts = f"{totals.parameters:,} parameters, {totals.macs:,} MACs"
    if architecture.paper:
        facts = f"{_shortened(architecture.paper.authors)} {architecture.paper.year} · {facts}"
    return [
        Text(0, TITLE, architecture.name, TITLE, "start", bold=True),
        Text(0, TITLE + 16, facts, SMALL, "start", muted=True),
    ]


def _shortened(authors: str) -> str:
    """The first author, where there are many."""
    first, *others = [name.strip() for name in authors.split(",")]
    plain = "".join(char for char in first if char.isprintable())[:40]
    return f"{plain} et al." if others else plain
