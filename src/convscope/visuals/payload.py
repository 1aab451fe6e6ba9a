"""What every visual returns: a small closed union of pictures as data.

A payload holds the numbers themselves, and can draw itself: `png()` for a file, `__rich__` for
a terminal, `_repr_html_` for a notebook (all text escaped), `to_json()` for a page. It knows no
network.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from convscope.errors import FormatError, from_validation
from convscope.visuals.arrays import Array
from convscope.visuals.colormaps import Colours, coloured, levels

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_TILES = 4096
MOST_POINTS = 100_000
MOST_ROWS = 10_000

Text = Annotated[str, Field(max_length=2000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Cell = Text | int | Finite | None


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scale(_Record):
    """Which colour stands for which number; the same for every tile of a grid.

    `rgb`: the last axis holds red, green and blue, each from `low` (dark) to `high` (full).
    """

    colours: Colours | Literal["rgb"]
    low: Finite
    high: Finite
    label: Text = ""
    """What the numbers are, with their unit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        if self.colours == "blue-white-red" and self.low != -self.high:
            raise ValueError("blue-white-red needs low = -high, so that 0 is white")
        return self

    @staticmethod
    def around(values: NDArray[np.float32], *, label: str = "") -> "Scale":
        """Blue, white, red; as far to both sides as the largest magnitude."""
        reach = float(np.abs(values).max()) or 1.0
        return Scale(colours="blue-white-red", low=-reach, high=reach, label=label)

    @staticmethod
    def spanning(values: NDArray[np.float32], *, label: str = "") -> "Scale":
        """Viridis, from the smallest number to the largest."""
        low, high = float(values.min()), float(values.max())
        return Scale(colours="viridis", low=low, high=high if low < high else low + 1, label=label)

    def paint(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """(..., H, W), or (..., H, W, 3) under `rgb` -> (..., H, W, 3) uint8."""
        if self.colours == "rgb":
            return levels(values, low=self.low, high=self.high)
        return coloured(values, low=self.low, high=self.high, colours=self.colours)


class _Payload(_Record):
    title: Text = ""
    caption: Text = ""
    """What is seen, and what was chosen without being asked for."""

    def to_json(self) -> str:
        return self.model_dump_json()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


class Heatmap(_Payload):
    """One map of numbers, (H, W), on a scale; `underlay` is the picture that it belongs to."""

    kind: Literal["heatmap"] = "heatmap"
    values: Array
    scale: Scale
    underlay: Array | None = None
    """(H', W', 3) uint8 at its own resolution; the map is laid over it, half transparent."""

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

    def png(self) -> bytes:
        from convscope.visuals import drawing

        return drawing.heatmap_png(self)

    def __rich__(self) -> "RenderableType":
        from convscope.visuals import terminal

        return terminal.heatmap(self)

    def _repr_html_(self) -> str:
        from convscope.visuals import notebook

        return notebook.picture(self)


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

    def png(self) -> bytes:
        from convscope.visuals import drawing

        return drawing.grid_png(self)

    def __rich__(self) -> "RenderableType":
        from convscope.visuals import terminal

        return terminal.grid(self)

    def _repr_html_(self) -> str:
        from convscope.visuals import notebook

        return notebook.picture(self)


class Series(_Record):
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
    y_scale: Literal["linear", "log"] = "linear"
    y_format: Literal["number", "percent"] = "number"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.y_scale == "log" and any(y <= 0 for s in self.series for _, y in s.points()):
            raise ValueError("a logarithmic axis needs values above 0")
        return self

    def png(self) -> bytes:
        from convscope.visuals import drawing_curves

        return drawing_curves.curves_png(self)

    def __rich__(self) -> "RenderableType":
        from convscope.visuals import terminal

        return terminal.curves(self)

    def _repr_html_(self) -> str:
        from convscope.visuals import notebook

        return notebook.picture(self)


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

    def png(self) -> bytes:
        from convscope.visuals import drawing

        return drawing.table_png(self)

    def __rich__(self) -> "RenderableType":
        from convscope.visuals import terminal

        return terminal.table(self)

    def _repr_html_(self) -> str:
        from convscope.visuals import notebook

        return notebook.table(self)


Payload = Heatmap | ImageGrid | Curves | Table
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


def cell_text(cell: Cell) -> str:
    """How a cell is written everywhere: thousands marked, four digits behind the point."""
    match cell:
        case None:
            return "-"
        case int():
            return f"{cell:,}"
        case float():
            return f"{cell:.4f}"
        case _:
            return cell
