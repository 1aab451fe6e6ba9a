"""Colour scales: which colour stands for which number."""

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from convscope.payload.base import Finite, Text
from convscope.payload.colour_scales import Colours, coloured, levels
from convscope.record import Record

PIXEL = "pixel"
"""Label of the scale of unchanged bytes, which needs no colour bar."""


class Scale(Record):
    """Mapping from numbers to colours, shared by all tiles of a grid.

    `rgb`: the last axis holds red, green and blue, each from `low` (dark) to `high` (full).
    """

    colours: Colours | Literal["rgb"]
    low: Finite
    high: Finite
    label: Text = ""
    """Quantity and unit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        if self.colours == "blue-white-red" and self.low != -self.high:
            raise ValueError("blue-white-red needs low = -high, so that 0 is white")
        return self

    @property
    def measures(self) -> bool:
        """Return whether colours stand for numbers: not those of photos, or of unlabelled `rgb`."""
        return self.label != PIXEL and (self.colours != "rgb" or bool(self.label))

    @staticmethod
    def around(values: NDArray[np.float32], *, label: str = "") -> "Scale":
        """Return a blue-white-red scale, symmetric around 0 up to the largest magnitude."""
        reach = float(np.abs(values).max()) or 1.0
        return Scale(colours="blue-white-red", low=-reach, high=reach, label=label)

    @staticmethod
    def spanning(values: NDArray[np.float32], *, label: str = "") -> "Scale":
        """Return a viridis scale from the smallest to the largest number."""
        low, high = float(values.min()), float(values.max())
        return Scale(colours="viridis", low=low, high=high if low < high else low + 1, label=label)

    @staticmethod
    def pixels(channels: int) -> "Scale":
        """Return the scale of unchanged bytes: grey, or red, green and blue."""
        return Scale(colours="rgb" if channels == 3 else "grey", low=0, high=255, label=PIXEL)

    def paint(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return colours: (..., H, W), or (..., H, W, 3) on `rgb` -> (..., H, W, 3) uint8."""
        if self.colours == "rgb":
            return levels(values, low=self.low, high=self.high)
        return coloured(values, low=self.low, high=self.high, colours=self.colours)
