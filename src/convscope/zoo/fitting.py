"""Which input sizes an architecture takes, to be told when another one was asked for."""

from collections.abc import Callable

from convscope.arch import Architecture
from convscope.errors import ArchitectureError
from convscope.shapes import CHW

Builder = Callable[[CHW], Architecture]


def with_fitting_size(
    error: ArchitectureError, build: Builder, given: CHW, known: CHW
) -> ArchitectureError:
    """The error of an input that was refused, with the nearest size that fits.

    Args:
        build: makes the architecture for an input.
        known: an input that it takes with its own number of channels.
    """
    fitting = nearest_fitting(build, given, known)
    if fitting is None:
        return error  # something else than the size is wrong
    return ArchitectureError(
        f"an input of {given} is too small: {error.given}",
        expected=f"an input of {fitting} or larger",
        fix=f"use {known}, the network's own input size",
        where=error.where,
    )


def nearest_fitting(build: Builder, given: CHW, known: CHW) -> CHW | None:
    """The nearest input above `given` that fits; None where no larger size helps.

    Windows have a least size and no greatest, so that what fits goes on fitting when it grows.
    """

    def grown(least: int) -> CHW:
        return CHW(given.channels, max(given.height, least), max(given.width, least))

    def fits(least: int) -> bool:
        try:
            build(grown(least))
        except ArchitectureError:
            return False
        return True

    low, high = 1, max(*known[1:], *given[1:])
    if not fits(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return grown(high)
