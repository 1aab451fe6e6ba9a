"""Curves: lines over a common axis."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from convscope.payload.base import Arrays, BasePayload, Finite, Text, unused
from convscope.record import Record
from convscope.text import counted

MOST_POINTS = 100_000


class Series(Record):
    """One line: points in the order in which they are connected; a y of None is a gap.

    `style`: a line from point to point, steps that hold a value until the next point, or points
    alone, where the values between two of them mean nothing.
    """

    name: Text
    style: Literal["line", "steps", "points"] = "line"
    x: tuple[Finite, ...] = Field(min_length=1, max_length=MOST_POINTS)
    y: tuple[Finite | None, ...] = Field(max_length=MOST_POINTS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} x values but {len(self.y)} y values")
        return self

    def points(self) -> tuple[tuple[float, float], ...]:
        """Return the points without the gaps."""
        return tuple((x, y) for x, y in zip(self.x, self.y, strict=True) if y is not None)


class Marker(Record):
    """One place on the horizontal axis, with its name."""

    x: Finite
    label: Text


class Curves(BasePayload):
    """Lines over a common horizontal axis; `markers` are places on it."""

    kind: Literal["curves"] = "curves"
    x_label: Text
    y_label: Text
    series: tuple[Series, ...] = Field(min_length=1, max_length=64)
    markers: tuple[Marker, ...] = Field(default=(), max_length=4)
    x_scale: Literal["linear", "log"] = "linear"
    y_scale: Literal["linear", "log"] = "linear"
    y_format: Literal["number", "percent"] = "number"

    @model_validator(mode="after")
    def _check(self) -> Self:
        points = [point for series in self.series for point in series.points()]
        for axis, scale in enumerate((self.x_scale, self.y_scale)):
            if scale == "log" and any(point[axis] <= 0 for point in points):
                raise ValueError("a logarithmic axis needs values above 0")
        if self.x_scale == "log" and any(marker.x <= 0 for marker in self.markers):
            raise ValueError("a logarithmic axis needs markers above 0")
        return self

    def __repr__(self) -> str:
        return self._brief(counted(len(self.series), "line"))

    def arrays(self) -> Arrays:
        """Return an array (points, 2) per series, under its name; a gap is NaN."""
        arrays: Arrays = {}
        for line in self.series:
            gaps = [np.nan if y is None else y for y in line.y]
            arrays[unused(line.name, arrays)] = np.array([line.x, gaps], np.float64).T
        return arrays
