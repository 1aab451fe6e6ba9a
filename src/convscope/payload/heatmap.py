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
    """A rectangle on a map, in the map's own places; it may reach beyond the edges."""

    top: Finite
    left: Finite
    height: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Heatmap(BasePayload):
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
