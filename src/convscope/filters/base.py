"""Base of every filter: a frozen description that maps an image to an image."""

import abc
import math
from typing import ClassVar, Literal

import numpy as np

from convscope.errors import InputError
from convscope.filters.border import Border
from convscope.filters.engine import Image
from convscope.filters.kernels import MAX_SIDE

View = Literal["same", "absolute", "scaled", "angle"]
"""Display of a result: unchanged; magnitude, clipped at white; magnitude, stretched to white;
a direction as a hue. See `picture`."""


class Filter(abc.ABC):
    """A filter with its settings. Subclasses are frozen dataclasses and final."""

    joins_channels: ClassVar[bool] = False
    """True if the channels are filtered together; alpha is then filtered alone."""

    keeps_values: ClassVar[bool] = False
    """True if every result is a value of the image, as that of a median."""

    def view(self) -> View:
        """Return the default display of the result."""
        return "same"

    @abc.abstractmethod
    def run(self, image_HWC: Image, border: Border) -> Image:
        """Return the filtered image, (H, W, C) -> (H, W, C); the image has been checked."""


def odd_size(size: int, name: str, *, most: int = MAX_SIDE) -> None:
    """Check a window size.

    Raises:
        InputError: even, below 1 or too large.
    """
    is_whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
    if not is_whole or not 1 <= size <= most:
        raise InputError(f"size {size!r}", expected=f"an odd number from 1 to {most}", where=name)
    if size % 2 == 0:
        raise InputError(
            f"size {size}: an even window has no centre",
            expected="an odd number",
            fix=f"size {size - 1} or {size + 1}",
            where=name,
        )


def positive(value: float, setting: str, name: str, *, most: float) -> None:
    """Check a width.

    Raises:
        InputError: not finite, not above 0, or too large.
    """
    if not math.isfinite(value) or not 0 < value <= most:
        expected = f"a number above 0 and at most {most:g}"
        raise InputError(f"{setting} {value!r}", expected=expected, where=name)
