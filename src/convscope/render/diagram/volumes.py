"""Volumes from left to right, as LeNet's figure: sizes above, layers below.

A diagram that would be too wide to read is broken into lines; an arrow leads from the end of a
line to the start of the next. Where convolutions are cut into two groups, as in AlexNet, the
volumes stand in two rows, as the paper draws its two GPUs, and lines show which row reads which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convscope.arch.architecture import Architecture
from convscope.lang import label as translated
from convscope.render.diagram.breaks import even
from convscope.render.diagram.heading import with_heading
from convscope.render.diagram.items import (
    ConcatItem,
    HeadItem,
    Items,
    LayerItem,
    MergeItem,
    flattened,
)
from convscope.render.diagram.names import folded_names
from convscope.render.diagram.solids import Solid, faces, solid, window
from convscope.render.diagram.style import SMALL, TEXT, WIDEST, colour_of, label
from convscope.render.marks import Drawing, Line, Mark, Point, bounds, moved
from convscope.render.text import text_width
from convscope.shapes import CHW, Features, Pair, Shape

BETWEEN = 16.0
LINE = 15.0
ROW_GAP = 38.0
LABEL = 80.0  # labels that are wider are written in several lines, broken where a term ends
INDENT = 26.0  # room for the arrow that leads to a line of volumes
LINE_GAP = 44.0  # between two lines of volumes
DASH = "2 3"
VolumeItem = LayerItem | ConcatItem | MergeItem


@dataclass(frozen=True)
class Column:
    """One volume of the diagram, once per row.

    Attributes:
        texts: lines below the volume: those that name the layer, then those that follow it.
        num_names: number of lines that name the layer.
        window: what one unit reads of the volume before it; None for everything.
        cross: whether each row reads every row before it.
        time: milliseconds, below the other lines.
    """

    shape: Shape
    solid: Solid
    rows: int
    texts: tuple[str, ...]
    num_names: int = 1
    window: Pair | None = None
    cross: bool = True
    padding: bool = False
    time: str = ""

    @property
    def size(self) -> str:
        """The size of one volume, as LeNet's figure writes it."""
        if isinstance(self.shape, CHW):
            return f"{self.shape.channels}@{self.shape.height}×{self.shape.width}"
        return f"{self.shape.features}"

    @property
    def width(self) -> float:
        texts = [text_width(self.size, TEXT), *(text_width(t, SMALL) for t in self.texts)]
        return max(self.solid.width, text_width(self.time, SMALL, bold=True), *texts)


def volumes_drawing(
    architecture: Architecture, items: Items, *, legend: Sequence[Mark] = ()
) -> Drawing:
    """Return the volumes of an architecture; items: at least one that is no auxiliary head."""
    units = [item for item in flattened(items) if not isinstance(item, HeadItem)]
    columns = _columns(architecture.input, units)
    return with_heading(architecture, _laid_out(columns), items, kind="volumes", legend=legend)


def _num_rows(units: list[VolumeItem]) -> int:
    """Return 2 where convolutions have two groups and every volume can be halved, else 1."""
    groups = {unit.groups for unit in units if isinstance(unit, LayerItem) and unit.groups > 1}
    halved = all(unit.shape[0] % 2 == 0 for unit in units[:-1])
    return 2 if groups == {2} and halved else 1


def _columns(input: CHW, units: list[VolumeItem]) -> list[Column]:
    num_rows = _num_rows(units)
    largest = max(input.height, input.width)
    preparing = _preparing(input, units)
    first = solid("input", input, 1, largest)
    columns = [Column(input, first, 1, ("input", *_lines(preparing, ", ")))]
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
    follow = _lines(unit.follow, " · ")
    if not isinstance(unit, LayerItem):
        names = _lines(_name(unit).split(", "), ", ")
        names = (*names[:-1], names[-1] + times)
        volume = _coloured(solid("join", shape, unit.times, largest), unit)
        return Column(shape, volume, rows, (*names, *follow), len(names), time=_time(unit))
    text = unit.label.replace(f", {unit.shape[0]}", "")  # the channels are written above
    cross = True
    if rows > 1:
        text = text.replace(f", {rows} groups", "")
        weighted = unit.role in ("convolution", "linear")
        cross = weighted and unit.groups == 1
        if before.rows > 1 and weighted:
            follow += ("both towers",) if cross else ("own tower only",)
    names = _lines((text + times).split(", "), ", ")
    volume = _coloured(solid(colour_of(unit.role), shape, unit.times, largest), unit)
    return Column(
        shape,
        volume,
        rows,
        (*names, *follow),
        len(names),
        unit.window,
        cross,
        padding=unit.role == "padding",
        time=_time(unit),
    )


def _coloured(volume: Solid, unit: VolumeItem) -> Solid:
    """Return a volume in the colour of its time, where times are drawn."""
    return replace(volume, fill=unit.paint.fill) if unit.paint is not None else volume


def _time(unit: VolumeItem) -> str:
    return unit.paint.text if unit.paint is not None else ""


def _lines(terms: Sequence[str], between: str) -> tuple[str, ...]:
    """Return terms as lines, as many in one line as the width of a label allows."""
    lines: list[str] = []
    for term in terms:
        together = lines[-1] + between + term if lines else term
        if lines and text_width(together, SMALL) > LABEL:
            lines.append(term)
        else:
            lines[-1:] = [together]
    return tuple(lines)


def _name(item: ConcatItem | MergeItem) -> str:
    names = folded_names(item.paths) if item.times > 1 else item.name
    if isinstance(item, ConcatItem):
        return names or "branches"
    kind = "residual" if item.operation == "add" else "gate"
    return f"{names}, {kind}" if names else kind


def _share(shape: Shape, rows: int) -> Shape:
    """Return the part of a shape that one row holds."""
    if isinstance(shape, CHW):
        return shape._replace(channels=shape.channels // rows)
    return Features(shape.features // rows)


def _laid_out(columns: list[Column]) -> list[Mark]:
    """Return the lines of volumes below each other, with arrows from line to line."""
    lines = _broken(columns)
    marks: list[Mark] = []
    end: _Placed | None = None
    x = INDENT if len(lines) > 1 else 0.0
    for line in lines:
        drawn, placed = _line(line, x)
        top = bounds(drawn).top
        down = 0.0 if end is None else bounds(marks).bottom + LINE_GAP - top
        drawn, placed = moved(drawn, 0, down), [each.lower(down) for each in placed]
        if end is not None:
            marks += _turn(end, placed[0], bounds(marks).bottom + LINE_GAP / 2)
        marks += drawn
        end = placed[-1]
    return marks


def _broken(columns: list[Column]) -> list[list[Column]]:
    """Return the columns in as few lines as are narrow enough, all about equally wide.

    Padding stays with the layer that it pads, and two towers with the layer that joins them.
    """
    pieces: list[list[Column]] = []
    for number, column in enumerate(columns):
        before = columns[number - 1] if number else None
        stays = before is not None and (before.padding or before.rows > column.rows)
        pieces[-1:] = [[*pieces[-1], column]] if stays else [*pieces[-1:], [column]]
    widths = [sum(column.width + BETWEEN for column in piece) for piece in pieces]
    for number in range(1, len(pieces) + 1):
        groups = even(widths, number)
        room = WIDEST - (2 * INDENT if len(groups) > 1 else 0)
        if max(sum(widths[i] for i in group) for group in groups) <= room:
            break
    return [[column for i in group for column in pieces[i]] for group in groups]


def _line(columns: list[Column], x: float) -> tuple[list[Mark], list["_Placed"]]:
    """Return one line of volumes around y = 0, and the places of its columns."""
    number = max(column.rows for column in columns)
    tallest = max(-column.solid.top for column in columns)
    lowest = max(column.solid.height / 2 for column in columns)
    pitch = tallest + lowest + ROW_GAP
    floor = (number - 1) * pitch / 2 + lowest + 10 + (TEXT + 6) * (number > 1)
    marks: list[Mark] = []
    lines: list[Mark] = []
    before: _Placed | None = None
    every: list[_Placed] = []
    for column in columns:
        first = -(column.rows - 1) * pitch / 2
        middles = tuple(first + row * pitch for row in range(column.rows))
        placed = _Placed(column, x + (column.width - column.solid.width) / 2, x, middles)
        marks += _volume(placed, crowded=before is not None and len(before.middles) > 1)
        centre = placed.left + column.solid.width / 2
        for place, text in enumerate(column.texts):
            y = floor + LINE * (place + 1)
            name, times, count = text.partition(" ×")  # words of the field, never names
            shown = translated(name) + times + count
            marks.append(label(centre, y, shown, SMALL, muted=place >= column.num_names))
        if column.time:
            y = floor + LINE * (len(column.texts) + 1)
            marks.append(label(centre, y, column.time, SMALL, bold=True))
        lines += _connections(before, placed) if before else []
        before = placed
        every.append(placed)
        x += column.width + BETWEEN
    return marks + lines, every


def _turn(end: "_Placed", start: "_Placed", between: float) -> list[Mark]:
    """Return the lines from the end of a line of volumes to the start of the next.

    `between`: the height at which they lead back to the left.
    """
    marks: list[Mark] = []
    right, left = end.end + INDENT / 2, start.start - INDENT / 2
    for y in end.middles:
        u, v = end.column.solid.side(0.5, 0.5)
        tip = (u + end.left, v + y)
        marks.append(Line((tip, (right, tip[1]), (right, between), (left, between))))
        window_of = start.column.window
        if window_of is not None and isinstance(end.column.shape, CHW):
            outline, _ = window(end.column.solid, window_of, end.column.shape)
            marks += moved(outline, end.left, y)
    for z in start.middles:
        marks.append(Line(((left, between), (left, z), (start.left, z)), arrow=True))
    return marks


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

    def lower(self, down: float) -> "_Placed":
        """Return the column, moved down."""
        return replace(self, middles=tuple(y + down for y in self.middles))


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
