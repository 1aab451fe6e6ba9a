"""The zoo as a table sorted by size, cost, error or year."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from convscope.arch import Architecture


class Order(StrEnum):
    """Sort keys of the catalogue."""

    NAME = "name"
    PARAMS = "params"
    MACS = "macs"
    TOP5 = "top5"
    YEAR = "year"


@dataclass(frozen=True)
class Entry:
    """One architecture. Its error is that of a single network: ImageNet's top-5 if published.

    Attributes:
        year: of the paper; None for a network of our own.
        error: in per cent; None where none was published.
        measured: data, top-1 or top-5, and protocol of the error.
    """

    name: str
    year: int | None
    parameters: int
    macs: int
    input: str
    top5: float | None
    error: float | None
    measured: str


def catalogue(architectures: list[Architecture], order: Order = Order.NAME) -> list[Entry]:
    """Return sorted entries, unknown values last; `name` keeps the order of the argument.

    By error they are sorted within each protocol only, since errors of different protocols
    cannot be compared; the protocol with the most networks comes first.
    """
    entries = [_entry(architecture) for architecture in architectures]
    if order is Order.TOP5:
        return _by_protocol(entries)
    keys: dict[Order, Callable[[Entry], float]] = {
        Order.NAME: lambda _: 0,
        Order.PARAMS: lambda entry: entry.parameters,
        Order.MACS: lambda entry: entry.macs,
        Order.YEAR: lambda entry: 9999 if entry.year is None else entry.year,
    }
    return sorted(entries, key=keys[order])


def _by_protocol(entries: list[Entry]) -> list[Entry]:
    networks = Counter(entry.measured for entry in entries if entry.top5 is not None)

    def key(entry: Entry) -> tuple[bool, int, str, float]:
        if entry.top5 is None:
            return True, 0, "", 0
        return False, -networks[entry.measured], entry.measured, entry.top5

    return sorted(entries, key=key)


def _entry(architecture: Architecture) -> Entry:
    totals = architecture.table().totals
    best = architecture.plainest_result
    error, measured = None, ""
    if best is not None:
        error = best.top1 if best.top5 is None else best.top5
        kind = "top-1" if best.top5 is None else "top-5"
        measured = f"{best.data} {kind}, {best.protocol}"
    return Entry(
        name=architecture.name,
        year=architecture.paper.year if architecture.paper else None,
        parameters=totals.parameters,
        macs=totals.macs,
        input=str(architecture.input),
        top5=best.top5 if best is not None else None,
        error=error,
        measured=measured,
    )
