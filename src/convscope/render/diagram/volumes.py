"""Volumes from left to right, as LeNet's figure: sizes above, layers below.

Where convolutions are cut into two groups, as in AlexNet, the volumes stand in two rows, as
the paper draws its two GPUs, and lines show which row reads which.
"""

from dataclasses import dataclass

from convscope.arch.architecture import Architecture
from convscope.render.diagram.heading import with_heading
from convscope.render.diagram.items import (
    ConcatItem,
    HeadItem,
    Items,
    LayerItem,
    MergeItem,
    flattened,
)
from convscope.render.diagram.solids import Solid, faces, solid, window
from convscope.render.diagram.style import SMALL, TEXT, colour_of, label
from convscope.render.marks import Drawing, Line, Mark, Point, moved
from convscope.render.text import text_width
from convscope.shapes import CHW, Features, Pair, Shape

BETWEEN = 22.0
LINE = 14.0
ROW_GAP = 34.0
DASH = "2 3"
VolumeItem = LayerItem | ConcatItem | MergeItem


@dataclass(frozen=True)
class Column:
    """One volume of the diagram, once per row.

    Attributes:
        texts: lines below the volume.
        window: what one unit reads of the volume before it; None for everything.
        cross: whether each row reads every row before it.
    """

    shape: Shape
    solid: Solid
    rows: int
    texts: tuple[str, ...]
    window: Pair | None = None
    cross: bool = True

    @property
    def size(self) -> str:
        """The size of one volume, as LeNet's figure writes it."""
        if isinstance(self.shape, CHW):
            return f"{self.shape.channels}@{self.shape.height}×{self.shape.width}"
        return f"{self.shape.features}"

    @property
    def width(self) -> float:
        texts = [text_width(self.size, TEXT), *(text_width(t, SMALL) for t in self.texts)]
        return max(self.solid.width, *texts)


def volumes_drawing(architecture: Architecture, items: Items) -> Drawing:
    """Return the volumes of an architecture; items: at least one that is no auxiliary head."""
    units = [item for item in flattened(items) if not isinstance(item, HeadItem)]
    columns = _columns(architecture.input, units)
    return with_heading(architecture, _laid_out(columns), items, kind="volumes")


def _num_rows(units: list[VolumeItem]) -> int:
    """Return 2 where convolutions have two groups and every volume can be halved, else 1."""
    groups = {unit.groups for unit in units if isinstance(unit, LayerItem) and unit.groups > 1}
    halved = all(unit.shape[0] % 2 == 0 for unit in units[:-1])
    return 2 if groups == {2} and halved else 1


def _columns(input: CHW, units: list[VolumeItem]) -> list[Column]:
    num_rows = _num_rows(units)
    largest = max(input.height, input.width)
    preparing = _preparing(input, units)
    columns = [Column(input, solid("input", input, 1, largest), 1, ("input", *preparing))]
    for unit in units[len(preparing) :]:
        rows = 1 if unit is units[-1] else num_rows
        columns.append(_column(unit, rows, columns[-1], largest))
    return columns


def _preparing(input: CHW, units: list[VolumeItem]) -> list[str]:
    """Return the labels of first layers that keep the image's size, as normalisation does."""
    labels: list[str] = []
    for unit in units[:-1]:
        if unit.shape != input or not isinstance(unit, LayerItem) or unit.window is not None:
            break
        labels.append(unit.label)
    return labels


def _column(unit: VolumeItem, rows: int, before: Column, largest: int) -> Column:
    shape = _share(unit.shape, rows)
    times = f" ×{unit.times}" if unit.times > 1 else ""
    follow: tuple[str, ...] = (" · ".join(unit.follow),) if unit.follow else ()
    if not isinstance(unit, LayerItem):
        name = _name(unit)
        volume = solid("join", shape, unit.times, largest)
        return Column(shape, volume, rows, (name + times, *follow))
    text = unit.label.replace(f", {unit.shape[0]}", "")  # the channels are written above
    cross = True
    if rows > 1:
        text = text.replace(f", {rows} groups", "")
        weighted = unit.role in ("convolution", "linear")
        cross = weighted and unit.groups == 1
        if before.rows > 1 and weighted:
            follow += ("both towers",) if cross else ("own tower only",)
    volume = solid(colour_of(unit.role), shape, unit.times, largest)
    return Column(shape, volume, rows, (text + times, *follow), unit.window, cross)


def _name(item: ConcatItem | MergeItem) -> str:
    if isinstance(item, ConcatItem):
        return item.name or "branches"
    return "residual" if item.operation == "add" else "gate"


def _share(shape: Shape, rows: int) -> Shape:
    """Return the part of a shape that one row holds."""
    if isinstance(shape, CHW):
        return shape._replace(channels=shape.channels // rows)
    return Features(shape.features // rows)


def _laid_out(columns: list[Column]) -> list[Mark]:
    """Return volumes, lines and texts, around y = 0."""
    number = max(column.rows for column in columns)
    tallest = max(-column.solid.top for column in columns)
    lowest = max(column.solid.height / 2 for column in columns)
    pitch = tallest + lowest + ROW_GAP
    floor = (number - 1) * pitch / 2 + lowest + 10 + (TEXT + 6) * (number > 1)
    marks: list[Mark] = []
    lines: list[Mark] = []
    x = 0.0
    before: _Placed | None = None
    for column in columns:
        first = -(column.rows - 1) * pitch / 2
        middles = tuple(first + row * pitch for row in range(column.rows))
        placed = _Placed(column, x + (column.width - column.solid.width) / 2, x, middles)
        marks += _volume(placed, crowded=before is not None and len(before.middles) > 1)
        centre = placed.left + column.solid.width / 2
        for number, text in enumerate(column.texts):
            y = floor + LINE * (number + 1)
            marks.append(label(centre, y, text, SMALL, muted=number > 0))
        lines += _connections(before, placed) if before else []
        before = placed
        x += column.width + BETWEEN
    return marks + lines


@dataclass(frozen=True)
class _Placed:
    """A column at its place: left side of its volumes, left side of the column, middle lines."""

    column: Column
    left: float
    start: float
    middles: tuple[float, ...]

    @property
    def end(self) -> float:
        return self.start + self.column.width


def _volume(placed: _Placed, *, crowded: bool) -> list[Mark]:
    """Return the volumes of a column with their sizes.

    The size stands above the volume, below it in a second row, and at its right where lines
    arrive from above and below.
    """
    column = placed.column
    centre = placed.left + column.solid.width / 2
    marks: list[Mark] = []
    for row, y in enumerate(placed.middles):
        marks += moved(faces(column.solid), placed.left, y)
        if row:
            marks.append(label(centre, y + column.solid.height / 2 + TEXT + 5, column.size))
        elif crowded and column.rows == 1:
            right = placed.left + column.solid.width + 6
            marks.append(label(right, y + TEXT / 3, column.size, anchor="start"))
        else:
            marks.append(label(centre, y + column.solid.top - 7, column.size))
    return marks


def _connections(before: _Placed, now: _Placed) -> list[Mark]:
    """Return lines from every row to the rows that read it."""
    own_row = len(before.middles) == len(now.middles) and not now.column.cross
    return [
        mark
        for row, y in enumerate(before.middles)
        for other, z in enumerate(now.middles)
        if row == other or not own_row
        for mark in _connection(before, y, now, z)
    ]


def _connection(before: _Placed, y: float, now: _Placed, z: float) -> list[Mark]:
    source, half = before.column, now.column.solid.height / 2
    if now.column.window is not None and isinstance(source.shape, CHW):
        outline, corners = window(source.solid, now.column.window, source.shape)
        starts = [(u + before.left, v + y) for u, v in corners]
        arrivals = _arrivals(starts, now, z)
        lines = [Line((start, *arrivals), dash=DASH) for start in starts]
        return [*lines, *moved(outline, before.left, y)]
    u, v = source.solid.side(0.5, 0.5)
    fan = ((u + before.left, v + y), (before.end + 3, v + y))
    ends = [(now.left, z)]
    if now.column.solid.colour == "linear":
        ends = [(now.left, z - half), (now.left, z + half)]
    return [Line((*fan, end), dash=DASH) for end in ends]


def _arrivals(starts: list[Point], now: _Placed, z: float) -> list[Point]:
    """Return the last points of lines: level where a straight line would meet the label."""
    tip, volume = (now.left, z), now.column.solid
    for x, y in starts:
        rise = (z - y) * (now.left - now.start) / (now.left - x)  # within this column
        label_above = z == now.middles[0]
        if rise > -volume.top if label_above else -rise > volume.height / 2:
            return [(now.start - 2, z), tip]
    return [tip]
