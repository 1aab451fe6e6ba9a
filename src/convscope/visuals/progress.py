"""Progress of a visual: whoever shows it installs functions, visuals report to them.

A visual reports its cost once before it starts (`convscope.visuals.cost`), and each step when it
is done.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Report = Callable[[int, int], None]
"""Takes the number of steps done, and of all."""


class Estimate(NamedTuple):
    """Cost of a visual, before it starts.

    Attributes:
        forward: images that go through the network.
        backward: images whose gradient is computed.
        seconds: from the measured time of one pass of this network; None where nothing was
            measured, since the visual is short.
    """

    visual: str
    forward: int
    backward: int
    seconds: float | None


Begin = Callable[[Estimate], None]
"""Takes the cost of a visual that is about to start."""

_report: ContextVar[Report | None] = ContextVar("report", default=None)
_begin: ContextVar[Begin | None] = ContextVar("begin", default=None)
_note: ContextVar[Callable[[str], None] | None] = ContextVar("note", default=None)


@contextmanager
def reported_to(
    report: Report, begin: Begin | None = None, note: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Report the visuals that are computed meanwhile to functions.

    Args:
        report: takes steps.
        begin: takes the cost of each visual before it starts.
        note: takes sentences, as on an engine that cannot be used.
    """
    tokens = _report.set(report), _begin.set(begin), _note.set(note)
    try:
        yield
    finally:
        _report.reset(tokens[0])
        _begin.reset(tokens[1])
        _note.reset(tokens[2])


def is_watched() -> bool:
    """Return whether somebody shows the cost and the steps."""
    return _report.get() is not None or _begin.get() is not None


def begin(estimate: Estimate) -> None:
    """Report the cost of a visual that is about to start."""
    receiver = _begin.get()
    if receiver is not None:
        receiver(estimate)


def note(sentence: str) -> None:
    """Report a sentence, as on an engine that cannot be used."""
    receiver = _note.get()
    if receiver is not None:
        receiver(sentence)


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
