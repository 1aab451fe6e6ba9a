"""One object at three sizes, seen through three kernel sizes: why Inception has 1x1, 3x3 and 5x5.

A disc of each diameter is correlated with a disc-shaped kernel of each size. Kernels have the sum
0 and the norm 1, so that the response says how well sizes agree, and not how large they are.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

Array = NDArray[np.float64]

SIDE = 33
KERNELS = (3, 7, 13)
OBJECTS = (3, 7, 13)


class Response(NamedTuple):
    """Largest response of a kernel to an object, and as a share of the best kernel's."""

    object: int
    kernel: int
    response: float
    share: float


def disc(side: int, diameter: float) -> Array:
    """Return 1 inside a disc in the middle and 0 outside, smooth at its edge: (side, side)."""
    places = np.arange(side) - (side - 1) / 2
    distance = np.hypot(places[:, None], places[None, :])
    inside: Array = np.clip(diameter / 2 + 0.5 - distance, 0, 1)
    return inside


def detector(size: int) -> Array:
    """Return the kernel for discs of a diameter: a disc minus its surroundings, (size + 4) square.

    Its sum is 0 and its norm is 1.
    """
    kernel = disc(size + 4, size)
    kernel -= kernel.mean()
    result: Array = kernel / np.linalg.norm(kernel)
    return result


@final
@dataclass(frozen=True)
class ObjectSizes:
    """Diameters of the objects, and of the discs that the kernels look for, in pixels."""

    objects: tuple[int, ...] = OBJECTS
    kernels: tuple[int, ...] = KERNELS

    def __post_init__(self) -> None:
        for name, sizes in (("objects", self.objects), ("kernels", self.kernels)):
            if not 1 <= len(sizes) <= 6 or not all(1 <= s <= 25 and s % 2 for s in sizes):
                raise InputError(f"{name} {sizes}", expected="1 to 6 odd sizes from 1 to 25")

    def picture(self, diameter: int) -> Array:
        """Return the picture of an object, (33, 33)."""
        return disc(SIDE, diameter)

    def map(self, diameter: int, size: int) -> Array:
        """Return the response of a kernel at every place of an object's picture, (33, 33)."""
        kernel = detector(size)
        radius = len(kernel) // 2
        padded = np.pad(self.picture(diameter), radius)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        result: Array = np.einsum("ijuv,uv->ij", windows, kernel)
        return result

    def responses(self) -> tuple[Response, ...]:
        """Return the largest response of each kernel to each object."""
        rows = []
        for diameter in self.objects:
            largest = {size: float(self.map(diameter, size).max()) for size in self.kernels}
            best = max(largest.values())
            rows += [Response(diameter, s, value, value / best) for s, value in largest.items()]
        return tuple(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "object_sizes",
            "objects": list(self.objects),
            "kernels": list(self.kernels),
            "responses": [response._asdict() for response in self.responses()],
        }
