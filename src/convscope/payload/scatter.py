"""Scatter: points in the plane, each in one group, some with a thumbnail."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from convscope.payload.arrays import Array
from convscope.payload.base import Arrays, BasePayload, Text
from convscope.text import counted

MOST_POINTS = 100_000


class Scatter(BasePayload):
    """Points in the plane, each in one group, some with a thumbnail."""

    kind: Literal["scatter"] = "scatter"
    x_label: Text
    y_label: Text
    points: Array
    """(N, 2): x and y."""
    groups: tuple[Annotated[int, Field(ge=0)], ...] = Field(max_length=MOST_POINTS)
    """Group index of each point."""
    names: tuple[Text, ...] = Field(min_length=1, max_length=4096)
    thumbnails: Array | None = None
    """(M, H, W, 3) uint8: images of the points `pictured`."""
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
            raise ValueError(f"thumbnails must be (M, H, W, 3) uint8, not {pictures.shape}")
        return self

    def __repr__(self) -> str:
        return self._brief(counted(len(self.groups), "point"))

    def arrays(self) -> Arrays:
        arrays = {"points": self.points, "groups": np.array(self.groups, np.int64)}
        return arrays if self.thumbnails is None else {**arrays, "thumbnails": self.thumbnails}
