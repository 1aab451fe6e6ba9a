"""What every filter is: a frozen description that turns an image into another."""

import abc
import math
from typing import ClassVar, Literal

from convscope.errors import InputError
from convscope.filters.border import Border
from convscope.filters.engine import Image
from convscope.filters.kernels import MAX_SIDE

View = Literal["same", "absolute", "scaled", "angle"]
"""How a result is shown: as it is; its size, held at white; its size, stretched to white;
a direction as a hue. See `picture`."""


class Filter(abc.ABC):
    """A filter with its settings. Subclasses are frozen dataclasses and final."""

    joins_channels: ClassVar[bool] = False
    """Whether a colour is looked at as a whole, so that alpha must be kept away from it."""

    def view(self) -> View:
        """How a person wants to see the result."""
        return "same"

    @abc.abstractmethod
    def run(self, image_HWC: Image, border: Border) -> Image:
        """(H, W, C) -> (H, W, C). The image has been checked."""


def odd_size(size: int, name: str, *, most: int = MAX_SIDE) -> None:
    """Say why a window size does not fit.

    Raises:
        InputError: even, below 1 or too large.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1 or size > most:
        raise InputError(
            f"size {size!r} does not fit", expected=f"an odd number from 1 to {most}", where=name
        )
    if size % 2 == 0:
        fix = f"size {size - 1} or {size + 1}"
        raise InputError(
            f"size {size} is even, and an even window has no middle",
            expected="an odd number",
            fix=fix,
            where=name,
        )


def positive(value: float, setting: str, name: str, *, most: float) -> None:
    """Say why a width does not fit.

    Raises:
        InputError: not finite, not above 0, or too large.
    """
    if not math.isfinite(value) or not 0 < value <= most:
        raise InputError(
            f"{setting} {value!r} does not fit",
            expected=f"a number above 0 and at most {most:g}",
            where=name,
        )
