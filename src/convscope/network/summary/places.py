"""Receptive fields along an axis, and the places of pixels in a tensor of any layout."""

import math
from collections.abc import Sequence
from typing import NamedTuple

IMAGE_AXES = 4


class Axis(NamedTuple):
    """Sizes along one axis; a stride of 0: all units read the same pixels."""

    size: int = 1
    stride: int = 1
    start: int = 0

    def over(self, units: int) -> "Axis":
        """Return the axis for a number of units: a single one has no stride."""
        return self._replace(stride=self.stride if units > 1 else 0)

    def window(self, kernel: int, stride: int, padding: int, dilation: int, units: int) -> "Axis":
        """Return the field after a window, of which there are `units`."""
        size = self.size + (kernel - 1) * dilation * self.stride
        start = self.start - padding * self.stride
        return Axis(size, self.stride * stride, start).over(units)

    def whole(self, units: int) -> "Axis":
        """Return the field of one unit that reads all units of the axis."""
        return Axis(self.size + (units - 1) * self.stride, 0, self.start)


Field = tuple[Axis, Axis]


class Place(NamedTuple):
    """Order of a tensor's numbers: `before`, height, width, `after`, whatever its axes are."""

    before: int
    height: int
    width: int
    after: int

    @classmethod
    def of_images(cls, shape: Sequence[int]) -> "Place":
        """Return the place of pixels in (N, C, H, W)."""
        return cls(shape[0] * shape[1], shape[2], shape[3], 1)

    @classmethod
    def at(cls, shape: Sequence[int], axis: int) -> "Place":
        """Return the place of pixels whose height is an axis of the shape, and width the next."""
        height, width = shape[axis : axis + 2]
        return cls(math.prod(shape[:axis]), height, width, math.prod(shape[axis + 2 :]))

    def axis(self, shape: Sequence[int]) -> int | None:
        """Return the axis of the height; None where height and width are no axes side by side."""
        before = 1
        for axis in range(len(shape) - 1):
            if (before, *shape[axis : axis + 2]) == self[:3]:
                return axis
            before *= shape[axis]
        return None


class Located(NamedTuple):
    """A field and the place of its units; no place where all units read the same pixels."""

    field: Field
    place: Place | None

    @classmethod
    def of(cls, field: Field, place: Place | None) -> "Located":
        return cls(field, place if any(axis.stride for axis in field) else None)

    @classmethod
    def whole(cls, field: Field, place: Place) -> "Located":
        """Return the field of units that read all pixels."""
        return cls((field[0].whole(place.height), field[1].whole(place.width)), None)

    def has_pixels_of(self, other: "Located") -> bool:
        """Return whether both have the same height and width."""
        if self.place is None or other.place is None:
            return self.place is other.place
        return self.place[1:3] == other.place[1:3]


def union(fields: Sequence[Field], place: Place | None) -> Field | None:
    """Return the field that covers several; None where units have fields of different sizes.

    Args:
        place: of the units; None where all read the same pixels.
    """
    numbers = (1, 1) if place is None else (place.height, place.width)
    axes = []
    for units, same in zip(numbers, zip(*fields, strict=True), strict=True):
        axis = _hull(same, units)
        if axis is None:
            return None
        axes.append(axis)
    return axes[0], axes[1]


def _hull(axes: Sequence[Axis], units: int) -> Axis | None:
    moving = {axis.stride for axis in axes} - {0}
    if len(moving) > 1:
        return None
    stride = moving.pop() if moving else 0
    first = min(axis.start for axis in axes)
    last = max(axis.start + axis.size for axis in axes)
    fixed = [axis for axis in axes if not axis.stride]
    if not stride or not fixed:
        return Axis(last - first, stride, first)
    # what moves must lie within what does not, or the size is that of no single unit
    end = max(axis.whole(units).size + axis.start for axis in axes)
    covered = (min(a.start for a in fixed), max(a.start + a.size for a in fixed))
    return Axis(end - first, 0, first) if covered == (first, end) else None
