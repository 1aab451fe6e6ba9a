"""ImageGrid: N tiles of one size on one scale.

Axes: N tiles, H height, W width, 3 red, green, blue.
"""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Text
from convscope.payload.scale import Scale

MOST_TILES = 4096


class ImageGrid(BasePayload):
    """Tiles of one size on one scale: (N, H, W), or (N, H, W, 3) on an rgb scale."""

    kind: Literal["image_grid"] = "image_grid"
    tiles: Array
    scale: Scale
    labels: tuple[Text, ...] = ()
    """One label per tile, or no labels."""
    columns: Annotated[int, Field(ge=1, le=MOST_TILES)] | None = None
    """Tiles per row; None chooses about as many columns as rows."""

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
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """Return the colours of the tiles, one pixel per number: (N, H, W, 3)."""
        return self.scale.paint(self.tiles)

    @property
    def num_columns(self) -> int:
        return min(self.columns or int(np.ceil(np.sqrt(len(self.tiles)))), len(self.tiles))

    def arrays(self) -> Arrays:
        return {"tiles": self.tiles}
