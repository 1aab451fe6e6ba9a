"""ImageGrid: N tiles of one size, on one scale or each on its own.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Finite, Text
from convscope.payload.scale import Scale
from convscope.record import Record
from convscope.text import counted

MOST_TILES = 4096
MOST_ENTRIES = 16


class LegendEntry(Record):
    """A colour of the tiles, and its meaning."""

    colour: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]
    name: Text


class ImageGrid(BasePayload):
    """Tiles of one size: (N, H, W), or (N, H, W, 3) on an rgb scale."""

    kind: Literal["image_grid"] = "image_grid"
    tiles: Array
    scale: Scale
    labels: tuple[Text, ...] = ()
    """One label per tile, or no labels."""
    columns: Annotated[int, Field(ge=1, le=MOST_TILES)] | None = None
    """Tiles per row; None chooses about as many columns as rows."""
    units: tuple[Annotated[Finite, Field(gt=0)], ...] = ()
    """One number per tile that its values are divided by before they get the colours of the scale:
    each tile has its own scale then. Without them all tiles share the scale."""
    picture: Array | None = None
    """(H', W', 3) uint8: the image that the tiles were computed from, drawn beside them."""
    legend: tuple[LegendEntry, ...] = Field(default=(), max_length=MOST_ENTRIES)
    """Meanings of colours, for tiles whose colours are no numbers."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        shape = self.tiles.shape
        ndim = 4 if self.scale.colours == "rgb" else 3
        if len(shape) != ndim or (ndim == 4 and shape[3] != 3):
            axes = "(N, H, W, 3)" if ndim == 4 else "(N, H, W)"
            raise ValueError(f"tiles on a {self.scale.colours} scale must be {axes}, not {shape}")
        if shape[0] > MOST_TILES:
            raise ValueError(f"{shape[0]} tiles; at most {MOST_TILES} are allowed")
        if self.labels and len(self.labels) != shape[0]:
            raise ValueError(f"{len(self.labels)} labels for {shape[0]} tiles")
        if self.units and len(self.units) != shape[0]:
            raise ValueError(f"{len(self.units)} units for {shape[0]} tiles")
        side = self.picture
        if side is not None and (side.ndim != 3 or side.shape[2] != 3 or side.dtype != "u1"):
            raise ValueError(f"picture must be (H, W, 3) uint8, not {side.shape}")
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """Return the colours of the tiles, one pixel per number: (N, H, W, 3)."""
        if not self.units:
            return self.scale.paint(self.tiles)
        units_N = np.array(self.units, np.float64).reshape(-1, *[1] * (self.tiles.ndim - 1))
        return self.scale.paint((self.tiles / units_N).astype(np.float32))

    @property
    def num_columns(self) -> int:
        """Tiles per row: about as many as rows, so that few places of the last row are empty."""
        num = len(self.tiles)
        if self.columns is not None:
            return min(self.columns, num)
        square = int(np.ceil(np.sqrt(num)))
        return min(range(square, min(num, square * 3 // 2) + 1), key=lambda c: (-num % c, c))

    def __repr__(self) -> str:
        height, width = self.tiles.shape[1:3]
        return self._brief(f"{counted(len(self.tiles), 'tile')} of {height}x{width}")

    def arrays(self) -> Arrays:
        arrays: Arrays = {"tiles": self.tiles}
        return arrays if self.picture is None else {**arrays, "picture": self.picture}
