"""Progress of a visual: whoever shows it installs a function, visuals report their steps to it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Report = Callable[[int, int], None]
"""Takes the number of steps done, and of all."""

_report: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def reported_to(report: Report) -> Iterator[None]:
    """Report the steps of the visuals that are computed meanwhile to a function."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


def reported(items: Iterable[T], num: int) -> Iterator[T]:
    """Yield the items, and report each one when it is done.

    Args:
        num: how many there are, as far as is known.
    """
    report = _report.get()
    for done, item in enumerate(items, 1):
        yield item
        if report is not None:
            report(done, max(done, num))
