"""The frame of every diagram: heading, margins, title and description for screen readers."""

from collections.abc import Sequence

from convscope.arch.architecture import Architecture
from convscope.render.diagram.description import described
from convscope.render.diagram.items import Items
from convscope.render.diagram.style import SMALL, TITLE, label
from convscope.render.marks import Drawing, Mark, Text, bounds, moved

MARGIN = 16.0
LEGEND_GAP = 6.0


def with_heading(
    architecture: Architecture,
    marks: list[Mark],
    items: Items,
    *,
    kind: str,
    legend: Sequence[Mark] = (),
) -> Drawing:
    """Return a drawing with the heading above the marks; texts are in front of other marks.

    Args:
        legend: marks that stand between the two.
    """
    heading = _heading(architecture)
    heading += moved(legend, 0, bounds(heading).bottom + LEGEND_GAP)
    area = bounds(marks)
    top = bounds(heading).bottom + MARGIN
    marks = [*heading, *moved(marks, -area.left, top - area.top)]
    area = bounds(marks)
    marks = moved(marks, MARGIN - area.left, MARGIN - area.top)
    return Drawing(
        area.right - area.left + 2 * MARGIN,
        area.bottom - area.top + 2 * MARGIN,
        tuple(sorted(marks, key=lambda mark: isinstance(mark, Text))),
        title=f"{architecture.name}: {kind}",
        description=described(architecture, items),
        css_class="convscope-diagram",
    )


def _heading(architecture: Architecture) -> list[Mark]:
    """Return name, source and size of the network, at the top left."""
    totals = architecture.table().totals
    facts = f"{totals.parameters:,} parameters, {totals.macs:,} MACs"
    if architecture.paper:
        facts = f"{_first_author(architecture.paper.authors)} {architecture.paper.year} · {facts}"
    return [
        label(0, TITLE, architecture.name, TITLE, "start", bold=True),
        label(0, TITLE + 16, facts, SMALL, "start", muted=True),
    ]


def _first_author(authors: str) -> str:
    first, *others = [name.strip() for name in authors.split(",")]
    plain = "".join(char for char in first if char.isprintable())[:40]
    return f"{plain} et al." if others else plain
