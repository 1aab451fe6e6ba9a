"""Heatmap: one map of numbers, (H, W), with an optional picture under it."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Finite
from convscope.payload.scale import Scale
from convscope.record import Record


class Box(Record):
    """Rectangle on a map, in rows and columns of the map; it may reach beyond the edges."""

    top: Finite
    left: Finite
    height: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Heatmap(BasePayload):
    """Map of numbers, (H, W), on a scale, with the picture that it describes as `underlay`."""

    kind: Literal["heatmap"] = "heatmap"
    values: Array
    scale: Scale
    underlay: Array | None = None
    """(H', W', 3) uint8 at its own resolution: exactly the region that the map covers."""
    beside: bool = True
    """Whether the underlay is drawn alone, too, at the left of the map."""
    boxes: tuple[Box, ...] = Field(default=(), max_length=64)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.values.ndim != 2 or self.scale.colours == "rgb":
            raise ValueError(f"values are (H, W), on any scale but rgb; not {self.values.shape}")
        under = self.underlay
        if under is not None and (under.ndim != 3 or under.shape[2] != 3 or under.dtype != "u1"):
            raise ValueError(f"underlay must be (H, W, 3) uint8, not {under.shape}")
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """Return the colours of the map, one pixel per number: (H, W, 3)."""
        return self.scale.paint(self.values)

    def arrays(self) -> Arrays:
        arrays = {"values": self.values}
        return arrays if self.underlay is None else {**arrays, "underlay": self.underlay}
