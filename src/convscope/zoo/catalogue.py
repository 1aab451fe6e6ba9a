"""The zoo as a table that can be sorted: size, cost, error, year."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from convscope.arch import Architecture


class Order(StrEnum):
    """What the catalogue can be sorted by."""

    NAME = "name"
    PARAMS = "params"
    MACS = "macs"
    TOP5 = "top5"
    YEAR = "year"


@dataclass(frozen=True)
class Entry:
    """One architecture. The error is that of a single network; ImageNet's top-5 where there is one.

    Attributes:
        year: of the paper; None for a network of our own.
        error: per cent; None where nothing was published.
        measured: what the error is: data, top-1 or top-5, protocol.
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
    """The entries, sorted; what is unknown comes last. `name` keeps the order that was given."""
    entries = [_entry(architecture) for architecture in architectures]
    keys: dict[Order, Callable[[Entry], float]] = {
        Order.NAME: lambda _: 0,
        Order.PARAMS: lambda entry: entry.parameters,
        Order.MACS: lambda entry: entry.macs,
        Order.TOP5: lambda entry: 1000 if entry.top5 is None else entry.top5,
        Order.YEAR: lambda entry: 9999 if entry.year is None else entry.year,
    }
    return sorted(entries, key=keys[order])


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
