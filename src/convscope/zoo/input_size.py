"""The nearest input size that an architecture accepts, for the message of an error."""

from collections.abc import Callable

from convscope.arch import Architecture
from convscope.errors import ArchitectureError
from convscope.shapes import CHW

Builder = Callable[[CHW], Architecture]


def with_fitting_size(
    error: ArchitectureError, build: Builder, size: CHW, known: CHW
) -> ArchitectureError:
    """Return the error of a rejected input with the nearest size that fits.

    Args:
        build: returns the architecture for an input.
        known: an input that it accepts.
    """
    fitting = nearest_fitting(build, size, known)
    if fitting is None:
        return error  # the size is not the reason
    return ArchitectureError(
        f"an input of {size} is too small: {error.given}",
        expected=f"an input of {fitting} or larger",
        fix=f"use {known}, the network's own input size",
        where=error.where,
    )


def nearest_fitting(build: Builder, size: CHW, known: CHW) -> CHW | None:
    """Return the nearest input above `size` that fits; None where no larger one helps.

    Windows have a minimum size and no maximum, so every size above a fitting one fits.
    """

    def grown(least: int) -> CHW:
        return CHW(size.channels, max(size.height, least), max(size.width, least))

    def fits(least: int) -> bool:
        try:
            build(grown(least))
        except ArchitectureError:
            return False
        return True

    low, high = 1, max(*known[1:], *size[1:])
    if not fits(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return grown(high)
