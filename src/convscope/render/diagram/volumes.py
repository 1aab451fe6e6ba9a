"""LeNet's figure for any chain: volumes from left to right, the sizes above, the layers below.

Where convolutions are cut into two groups, as in AlexNet, the volumes stand in two rows, as
the paper draws its two GPUs, and the lines show which row sees which.
"""

from dataclasses import dataclass

from convscope.arch.architecture import Architecture
from convscope.errors import InputError
from convscope.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    GlobalAvgPool2d,
    LocallyConnected2d,
    MaxPool2d,
    PartialConv2d,
    TrainableSubsample2d,
)
from convscope.render.diagram.items import Aside, Join, Sum, Unit, flattened, items
from convscope.render.diagram.marks import SMALL, TEXT, Line, Mark, Point, Text, moved, text_width
from convscope.render.diagram.solids import Solid, faces, solid, window
from convscope.render.diagram.svg import page
from convscope.shapes import CHW, Features, Pair, Shape, pair

BETWEEN = 22.0
LINE = 14.0
ROW_GAP = 34.0
KEEPERS = ("norm", "other")


@dataclass(frozen=True)
class Column:
    """One volume of the drawing, once a row. `kernel`: what it sees of the volume before it,
    None where that is everything. `cross`: each row sees every row before it.
    """

    shape: Shape
    solid: Solid
    rows: int
    below: tuple[str, ...]
    kernel: Pair | None = None
    cross: bool = True

    @property
    def above(self) -> str:
        """The size of one volume, as LeNet's figure writes it."""
        if isinstance(self.shape, CHW):
            return f"{self.shape.channels}@{self.shape.height}×{self.shape.width}"
        return f"{self.shape.features}"

    @property
    def width(self) -> float:
        texts = [text_width(self.above, TEXT), *(text_width(t, SMALL) for t in self.below)]
        return max(self.solid.width, *texts)


def volumes(architecture: Architecture) -> str:
    """The volumes of an architecture as an SVG file.

    A residual or a set of branches is one volume; auxiliary heads are left out.

    Raises:
        InputError: nothing to draw: no layer but views of the input.
    """
    found = items(architecture)
    units = [item for item in flattened(found) if not isinstance(item, Aside)]
    if not units:
        raise InputError(f"{architecture.name} has no layer to draw")
    columns = _columns(architecture.input, units)
    return page(architecture, _drawn(columns), found, what="volumes")


def rows(units: list[Unit | Join | Sum]) -> int:
    """Two where convolutions are cut into two groups and every volume can be halved; else one."""
    groups = {
        unit.layer.groups
        for unit in units
        if isinstance(unit, Unit) and isinstance(unit.layer, Conv2d) and unit.layer.groups > 1
    }
    halved = all(unit.shape[0] % 2 == 0 for unit in units[:-1])
    return 2 if groups == {2} and halved else 1


def _columns(before: CHW, units: list[Unit | Join | Sum]) -> list[Column]:
    number = rows(units)
    largest = max(before.height, before.width)
    prepared = _prepared(before, units)
    made = solid("input", before, 1, largest)
    columns = [Column(before, made, 1, ("input", *prepared))]
    for unit in units[len(prepared) :]:
        count = 1 if unit is units[-1] else number
        columns.append(_column(unit, count, columns[-1], largest))
    return columns


def _prepared(before: CHW, units: list[Unit | Join | Sum]) -> list[str]:
    """Layers at the front that leave the image's size as it is: dropout, normalisation."""
    labels: list[str] = []
    for unit in units[:-1]:
        if unit.shape != before or not isinstance(unit, Unit) or unit.kind not in KEEPERS:
            break
        labels.append(unit.label)
    return labels


def _column(unit: Unit | Join | Sum, count: int, before: Column, largest: int) -> Column:
    shape = _part(unit.shape, count)
    times = f" ×{unit.times}" if unit.times > 1 else ""
    follow: tuple[str, ...] = (" · ".join(unit.follow),) if unit.follow else ()
    if not isinstance(unit, Unit):
        what = "residual" if isinstance(unit, Sum) else unit.name or "branches"
        made = solid("join", shape, unit.times, largest)
        return Column(shape, made, count, (what + times, *follow))
    label = unit.label.replace(f", {unit.shape[0]}", "")
    cross = True
    if count > 1:
        label = label.replace(f", {count} groups", "")
        whole = isinstance(unit.layer, Conv2d) and unit.layer.groups == 1
        cross = unit.kind == "linear" or whole
        if before.rows > 1 and unit.kind in ("conv", "linear"):
            follow += ("both towers",) if cross else ("own tower only",)
    made = solid(unit.kind, shape, unit.times, largest)
    return Column(shape, made, count, (label + times, *follow), _kernel(unit), cross)


def _part(shape: Shape, number: int) -> Shape:
    """One row's share of a shape."""
    if isinstance(shape, CHW):
        return shape._replace(channels=shape.channels // number)
    return Features(shape.features // number)


def _kernel(unit: Unit) -> Pair | None:
    """The window of a layer; the whole map where it gathers all of it."""
    match unit.layer:
        case (
            Conv2d()
            | PartialConv2d()
            | LocallyConnected2d()
            | MaxPool2d()
            | AvgPool2d()
            | TrainableSubsample2d()
        ):
            return pair(unit.layer.kernel_size)
        case GlobalAvgPool2d() | AdaptiveAvgPool2d() if isinstance(unit.before, CHW):
            return unit.before.height, unit.before.width
    return None


def _drawn(columns: list[Column]) -> list[Mark]:
    """Volumes, sights and texts, around y = 0."""
    number = max(column.rows for column in columns)
    tallest = max(-column.solid.top for column in columns)
    lowest = max(column.solid.height / 2 for column in columns)
    pitch = tallest + lowest + ROW_GAP
    floor = (number - 1) * pitch / 2 + lowest + 10 + (TEXT + 6) * (number > 1)
    marks: list[Mark] = []
    sights: list[Mark] = []
    x = 0.0
    past: _Placed | None = None
    for column in columns:
        first = -(column.rows - 1) * pitch / 2
        middles = tuple(first + row * pitch for row in range(column.rows))
        placed = _Placed(column, x + (column.width - column.solid.width) / 2, x, middles)
        marks += _volume(placed, crowded=past is not None and len(past.middles) > 1)
        centre = placed.left + column.solid.width / 2
        for line, text in enumerate(column.below):
            marks.append(Text(centre, floor + LINE * (line + 1), text, SMALL, muted=line > 0))
        sights += _sights(past, placed) if past else []
        past = placed
        x += column.width + BETWEEN
    return marks + sights


@dataclass(frozen=True)
class _Placed:
    """A column where it stands: its volumes' left side, its own left side, the middle lines."""

    column: Column
    left: float
    start: float
    middles: tuple[float, ...]

    @property
    def end(self) -> float:
        return self.start + self.column.width


def _volume(placed: _Placed, *, crowded: bool) -> list[Mark]:
    """The volumes of a column with their sizes: above, below in a second row, at the right
    where lines arrive from above and below.
    """
    column = placed.column
    centre = placed.left + column.solid.width / 2
    marks: list[Mark] = []
    for row, y in enumerate(placed.middles):
        marks += moved(faces(column.solid), placed.left, y)
        if row:
            low = y + column.solid.height / 2 + TEXT + 5
            marks.append(Text(centre, low, column.above))
        elif crowded and column.rows == 1:
            right = placed.left + column.solid.width + 6
            marks.append(Text(right, y + TEXT / 3, column.above, anchor="start"))
        else:
            marks.append(Text(centre, y + column.solid.top - 7, column.above))
    return marks


def _sights(past: _Placed, now: _Placed) -> list[Mark]:
    """Lines from what is seen to what sees it, for every row that does."""
    marks: list[Mark] = []
    apart = len(past.middles) == len(now.middles) and not now.column.cross
    for row, y in enumerate(past.middles):
        for other, z in enumerate(now.middles):
            if row == other or not apart:
                marks += _sight(past, y, now, z)
    return marks


def _arrivals(starts: list[Point], now: _Placed, z: float) -> list[Point]:
    """Straight to the volume; level at last where a straight line would meet its label."""
    tip, found = (now.left, z), now.column.solid
    for x, y in starts:
        rise = (z - y) * (now.left - now.start) / (now.left - x)  # within this column
        label_above = z == now.middles[0]
        if rise > -found.top if label_above else -rise > found.height / 2:
            return [(now.start - 2, z), tip]
    return [tip]


def _sight(past: _Placed, y: float, now: _Placed, z: float) -> list[Mark]:
    seen, half = past.column, now.column.solid.height / 2
    if now.column.kernel is not None and isinstance(seen.shape, CHW):
        drawn, corners = window(seen.solid, now.column.kernel, seen.shape)
        starts = [(u + past.left, v + y) for u, v in corners]
        arrivals = _arrivals(starts, now, z)
        lines = [Line((start, *arrivals), kind="sight") for start in starts]
        return [*lines, *moved(drawn, past.left, y)]
    u, v = seen.solid.middle()
    fan = ((u + past.left, v + y), (past.end + 3, v + y))
    ends = [(now.left, z)]
    if now.column.solid.kind == "linear":
        ends = [(now.left, z - half), (now.left, z + half)]
    return [Line((*fan, end), kind="sight") for end in ends]
