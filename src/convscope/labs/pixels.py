"""A photo as numbers: one matrix for each channel.

Legend: H height, W width, C channels.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

MOST_SIDE = 32
CHANNELS = {1: ("grey",), 2: ("grey", "alpha"), 3: ("red", "green", "blue")}
CHANNELS[4] = (*CHANNELS[3], "alpha")


@final
@dataclass(frozen=True)
class Pixels:
    """A region of an image.

    Args:
        image: (H, W, C), C from 1 to 4; uint8 or uint16.
        top, left: first row and column of the region; by default in the middle.
        size: rows and columns of the region.
    """

    image: NDArray[Any]
    size: int = 8
    top: int | None = None
    left: int | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] not in CHANNELS or not self.image.size:
            raise InputError(
                f"an image of shape {self.image.shape}", expected="height, width, 1 to 4 channels"
            )
        if not 1 <= self.size <= MOST_SIDE:
            raise InputError(f"a region of {self.size}", expected=f"1 to {MOST_SIDE} pixels")
        for name, place, side in (
            ("row", self.top, self.image.shape[0]),
            ("column", self.left, self.image.shape[1]),
        ):
            if place is not None and not 0 <= place < side:
                raise InputError(f"{name} {place}", expected=f"0 to {side - 1} of this image")

    @property
    def corner(self) -> tuple[int, int]:
        """First row and column, moved so that the region lies inside."""
        places = []
        for place, side in zip((self.top, self.left), self.image.shape, strict=False):
            last = max(0, side - self.size)
            places.append(last // 2 if place is None else min(place, last))
        return places[0], places[1]

    @property
    def region(self) -> NDArray[Any]:
        """Pixels of the region, (rows, columns, C)."""
        top, left = self.corner
        return self.image[top : top + self.size, left : left + self.size]

    @property
    def channels(self) -> dict[str, NDArray[Any]]:
        """The matrix of each channel, by its name."""
        names = CHANNELS[self.image.shape[2]]
        return {name: self.region[..., c] for c, name in enumerate(names)}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        height, width, channels = self.image.shape
        top, left = self.corner
        return {
            "lab": "pixels",
            "height": height,
            "width": width,
            "channels": channels,
            "numbers": int(np.prod(self.image.shape)),
            "white": int(np.iinfo(self.image.dtype).max),
            "top": top,
            "left": left,
            "matrices": {name: matrix.tolist() for name, matrix in self.channels.items()},
        }
