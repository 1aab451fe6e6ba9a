"""What every visual returns: a small closed union of pictures as data.

A payload holds the numbers themselves, and can draw itself: `png()` for a file, `__rich__` for
a terminal, `_repr_html_` for a notebook (all text escaped), `to_json()` for a page, `arrays()`
for NumPy. It knows no network.

Axes: N tiles or points, H height, W width, 3 red, green, blue.
"""

import itertools
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from convscope.errors import FormatError, from_validation
from convscope.payload.arrays import Array
from convscope.payload.scale import Cell, Finite, Record, Scale, Text

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "Array",
    "Arrays",
    "Box",
    "Cell",
    "Curves",
    "Heatmap",
    "ImageGrid",
    "Item",
    "Payload",
    "Scale",
    "Scatter",
    "Series",
    "Sheet",
    "Table",
    "Text",
    "cell_text",
    "from_json",
]

MOST_TILES = 4096
MOST_POINTS = 100_000
MOST_ROWS = 10_000
MOST_ITEMS = 128

Arrays = dict[str, NDArray[Any]]


class _Payload(Record):
    title: Text = ""
    caption: Text = ""
    """What is seen, and what was chosen without being asked for."""

    def to_json(self) -> str:
        return self.model_dump_json()

    def png(self) -> bytes:
        """The picture as a file."""
        from convscope.render import drawing

        return drawing.png(self)  # type: ignore[arg-type]

    def __rich__(self) -> "RenderableType":
        from convscope.render import terminal

        return terminal.rendered(self)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        from convscope.render import notebook

        return notebook.html(self)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


class Box(Record):
    """A rectangle on a map, in the map's own places; it may reach beyond the edges."""

    top: Finite
    left: Finite
    height: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Heatmap(_Payload):
    """One map of numbers, (H, W), on a scale; `underlay` is the picture that it belongs to."""

    kind: Literal["heatmap"] = "heatmap"
    values: Array
    scale: Scale
    underlay: Array | None = None
    """(H', W', 3) uint8 at its own resolution: the region that the map covers, no more."""
    boxes: tuple[Box, ...] = Field(default=(), max_length=64)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.values.ndim != 2 or self.scale.colours == "rgb":
            raise ValueError(f"a heatmap is (H, W), not {self.values.shape}, and never rgb")
        under = self.underlay
        if under is not None and (under.ndim != 3 or under.shape[2] != 3 or under.dtype != "u1"):
            raise ValueError(f"an underlay is (H, W, 3) of uint8, not {under.shape}")
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """(H, W, 3): the map alone, one pixel a number."""
        return self.scale.paint(self.values)

    def arrays(self) -> Arrays:
        found = {"values": self.values}
        return found if self.underlay is None else {**found, "underlay": self.underlay}


class ImageGrid(_Payload):
    """Tiles of one size on one scale: (N, H, W), or (N, H, W, 3) under an rgb scale."""

    kind: Literal["image_grid"] = "image_grid"
    tiles: Array
    scale: Scale
    labels: tuple[Text, ...] = ()
    """One for each tile, or none at all."""
    columns: Annotated[int, Field(ge=1, le=MOST_TILES)] | None = None
    """Tiles in a row; None: about as many as there are rows."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        shape = self.tiles.shape
        wanted = 4 if self.scale.colours == "rgb" else 3
        if len(shape) != wanted or (wanted == 4 and shape[3] != 3):
            axes = "(N, H, W, 3)" if wanted == 4 else "(N, H, W)"
            raise ValueError(f"tiles on a scale of {self.scale.colours} are {axes}, not {shape}")
        if shape[0] > MOST_TILES:
            raise ValueError(f"{shape[0]} tiles are more than {MOST_TILES}")
        if self.labels and len(self.labels) != shape[0]:
            raise ValueError(f"{len(self.labels)} labels for {shape[0]} tiles")
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """(N, H, W, 3): one pixel a number."""
        return self.scale.paint(self.tiles)

    @property
    def num_columns(self) -> int:
        return min(self.columns or int(np.ceil(np.sqrt(len(self.tiles)))), len(self.tiles))

    def arrays(self) -> Arrays:
        return {"tiles": self.tiles}


class Series(Record):
    """One line: points in the order in which they are joined; a y of None is a gap."""

    name: Text
    x: tuple[Finite, ...] = Field(min_length=1, max_length=MOST_POINTS)
    y: tuple[Finite | None, ...] = Field(max_length=MOST_POINTS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} places and {len(self.y)} values")
        return self

    def points(self) -> tuple[tuple[float, float], ...]:
        """Without the gaps."""
        return tuple((x, y) for x, y in zip(self.x, self.y, strict=True) if y is not None)


class Curves(_Payload):
    """Lines over one axis."""

    kind: Literal["curves"] = "curves"
    x_label: Text
    y_label: Text
    series: tuple[Series, ...] = Field(min_length=1, max_length=64)
    x_scale: Literal["linear", "log"] = "linear"
    y_scale: Literal["linear", "log"] = "linear"
    y_format: Literal["number", "percent"] = "number"

    @model_validator(mode="after")
    def _check(self) -> Self:
        points = [point for series in self.series for point in series.points()]
        for axis, scale in enumerate((self.x_scale, self.y_scale)):
            if scale == "log" and any(point[axis] <= 0 for point in points):
                raise ValueError("a logarithmic axis needs values above 0")
        return self

    def arrays(self) -> Arrays:
        """(points, 2) under each series' name; a gap is NaN."""
        found: Arrays = {}
        for line in self.series:
            gaps = [np.nan if y is None else y for y in line.y]
            found[_unused(line.name, found)] = np.array([line.x, gaps], np.float64).T
        return found


class Table(_Payload):
    """Rows of text and numbers under named columns; None is a figure that is not defined."""

    kind: Literal["table"] = "table"
    columns: tuple[Text, ...] = Field(min_length=1, max_length=256)
    rows: tuple[tuple[Cell, ...], ...] = Field(max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns"
                )
        return self

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds nothing but numbers and gaps."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(isinstance(cell, int | float) for cell in cells)

    def arrays(self) -> Arrays:
        """A column each: numbers (a gap is NaN), or text."""
        found: Arrays = {}
        for i, name in enumerate(self.columns):
            cells, key = [row[i] for row in self.rows], _unused(name, found)
            if self.is_numeric(i):
                found[key] = np.array([np.nan if c is None else c for c in cells], np.float64)
            else:
                found[key] = np.array([cell_text(c) for c in cells], np.str_)
        return found


class Scatter(_Payload):
    """Points in the plane, each of one group; some of them with a picture."""

    kind: Literal["scatter"] = "scatter"
    x_label: Text
    y_label: Text
    points: Array
    """(N, 2): across, up."""
    groups: tuple[Annotated[int, Field(ge=0)], ...] = Field(max_length=MOST_POINTS)
    """The number of each point's group."""
    names: tuple[Text, ...] = Field(min_length=1, max_length=4096)
    thumbnails: Array | None = None
    """(M, H, W, 3) uint8: pictures of the points `pictured`."""
    pictured: tuple[Annotated[int, Field(ge=0)], ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        num, pictures = len(self.groups), self.thumbnails
        if self.points.shape != (num, 2):
            raise ValueError(f"points of shape {self.points.shape} for {num} groups")
        if max(self.groups) >= len(self.names):
            raise ValueError(f"group {max(self.groups)} of {len(self.names)} names")
        count = 0 if pictures is None else len(pictures)
        if count != len(self.pictured) or any(i >= num for i in self.pictured):
            raise ValueError(f"{count} thumbnails for {len(self.pictured)} of {num} points")
        if pictures is not None and (pictures.shape[3:] != (3,) or pictures.dtype != "u1"):
            raise ValueError(f"thumbnails are (M, H, W, 3) of uint8, not {pictures.shape}")
        return self

    def arrays(self) -> Arrays:
        found = {"points": self.points, "groups": np.array(self.groups, np.int64)}
        return found if self.thumbnails is None else {**found, "thumbnails": self.thumbnails}


Item = Heatmap | ImageGrid | Curves | Table | Scatter
"""What can stand on a sheet."""


class Sheet(_Payload):
    """Payloads that belong together, side by side; a sheet holds no sheets."""

    kind: Literal["sheet"] = "sheet"
    items: tuple[Annotated[Item, Field(discriminator="kind")], ...] = Field(
        min_length=1, max_length=MOST_ITEMS
    )
    columns: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 1

    def arrays(self) -> Arrays:
        """Everything of the items, under the item's number."""
        return {
            f"{number}/{name}": array
            for number, item in enumerate(self.items)
            for name, array in item.arrays().items()
        }


Payload = Item | Sheet
_ANY: TypeAdapter[Payload] = TypeAdapter(Annotated[Payload, Field(discriminator="kind")])


def from_json(text: str | bytes, *, where: str = "") -> Payload:
    """The payload that `to_json` wrote.

    Raises:
        FormatError: not a payload; the field is named.
    """
    try:
        return _ANY.validate_json(text)
    except ValidationError as error:
        raise from_validation(error, kind=FormatError, where=where) from None


def _unused(name: str, taken: Arrays) -> str:
    """The name, with a number behind it where it is taken."""
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(free for free in names if free not in taken)


def cell_text(cell: Cell) -> str:
    """How a cell is written everywhere: thousands marked, four digits behind the point."""
    match cell:
        case None:
            return "-"
        case int():
            return f"{cell:,}"
        case float() if cell and abs(cell) < 0.001:
            return f"{cell:.3g}"
        case float():
            return f"{cell:.4f}"
        case _:
            return cell
