"""`convscope list`: names of architectures, data sets, recipes, visuals and filters."""

import importlib
import json
from enum import StrEnum
from typing import Annotated

import typer

from convscope.cli.options import Json
from convscope.cli.output import console, echo, echo_json, table


class Kind(StrEnum):
    """Kind of names."""

    ARCHITECTURES = "architectures"
    DATASETS = "datasets"
    RECIPES = "recipes"
    VISUALS = "visuals"
    FILTERS = "filters"


PACKAGES = {
    Kind.ARCHITECTURES: "convscope.zoo",
    Kind.DATASETS: "convscope.data",
    Kind.RECIPES: "convscope.recipes",
    Kind.VISUALS: "convscope.visuals",
    Kind.FILTERS: "convscope.filters",
}
"""Package with the function `list_<kind>`."""


class Sort(StrEnum):
    """Sort key of architectures."""

    NAME = "name"
    PARAMS = "params"
    MACS = "macs"
    TOP5 = "top5"
    YEAR = "year"


def list_command(
    kind: Annotated[Kind, typer.Argument(help="Kind of names.")] = Kind.ARCHITECTURES,
    sort: Annotated[
        Sort | None, typer.Option(help="Sort architectures by this column, and print all columns.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List architectures, datasets, recipes, visuals or filters."""
    if sort is not None:
        _sorted(kind, sort, as_json)
        return
    names = _names(kind)
    if kind is Kind.VISUALS and not as_json:
        from convscope.visuals import summary

        names = [f"{name:<22}{summary(name)}" for name in names]
    if as_json:
        echo_json(json.dumps(names))
    else:
        echo("\n".join(names))


def _sorted(kind: Kind, sort: Sort, as_json: bool) -> None:
    from dataclasses import asdict

    from convscope.errors import InputError
    from convscope.zoo import list_architectures, load
    from convscope.zoo.catalogue import Order, catalogue

    if kind is not Kind.ARCHITECTURES:
        raise InputError("--sort works only with architectures", fix=f"convscope list {kind}")
    entries = catalogue([load(name) for name in list_architectures()], Order(sort))
    if as_json:
        echo_json(json.dumps([asdict(entry) for entry in entries], indent=2))
        return
    head = ("name", "year", "parameters", "MACs", "input", "published error", "(single model)")
    rows = []
    for entry in entries:
        error = "" if entry.error is None else f"{entry.error:g} %"
        year = "-" if entry.year is None else str(entry.year)
        cost = (f"{entry.parameters:,}", f"{entry.macs:,}")
        rows.append((entry.name, year, *cost, entry.input, error, entry.measured))
    console().print(table(head, rows, numeric=(1, 2, 3, 5)))


def _names(kind: Kind) -> list[str]:
    names: list[str] = getattr(importlib.import_module(PACKAGES[kind]), f"list_{kind}")()
    return names
