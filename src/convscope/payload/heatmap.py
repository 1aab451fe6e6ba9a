"""Heatmap: one map of numbers, (H, W), with an optional picture under it."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Finite, Text
from convscope.payload.scale import Scale
from convscope.record import Record

MOST_NAMES = 1000


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
    rows: tuple[Text, ...] = Field(default=(), max_length=MOST_NAMES)
    """Names of the rows of a matrix, whose columns have names too; empty for pictures."""
    columns: tuple[Text, ...] = Field(default=(), max_length=MOST_NAMES)
    numbers: Array | None = None
    """(H, W): printed in the cells of a matrix, in place of `values`."""
    x_label: Text = ""
    y_label: Text = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.values.ndim != 2 or self.scale.colours == "rgb":
            raise ValueError(f"values are (H, W), on any scale but rgb; not {self.values.shape}")
        under = self.underlay
        if under is not None and (under.ndim != 3 or under.shape[2] != 3 or under.dtype != "u1"):
            raise ValueError(f"underlay must be (H, W, 3) uint8, not {under.shape}")
        shape = (len(self.rows), len(self.columns))
        if any(shape) and shape != self.values.shape:
            raise ValueError(f"{shape[0]} and {shape[1]} names for values {self.values.shape}")
        if self.numbers is not None and self.numbers.shape != self.values.shape:
            raise ValueError(f"numbers must be {self.values.shape}, not {self.numbers.shape}")
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """Return the colours of the map, one pixel per number: (H, W, 3)."""
        return self.scale.paint(self.values)

    def __repr__(self) -> str:
        return self._brief("{}x{} values".format(*self.values.shape))

    def arrays(self) -> Arrays:
        arrays = {"values": self.values, "underlay": self.underlay, "numbers": self.numbers}
        return {name: array for name, array in arrays.items() if array is not None}
