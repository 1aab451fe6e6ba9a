"""`convscope list`: names of architectures, data sets, recipes, visuals and filters."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from convscope.cli.options import Json


class Kind(StrEnum):
    """Kind of names."""

    ARCHITECTURES = "architectures"
    DATASETS = "datasets"
    RECIPES = "recipes"
    VISUALS = "visuals"
    FILTERS = "filters"


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
        Sort | None,
        typer.Option(help="Sort architectures by this column, and print all columns."),
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
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


def _sorted(kind: Kind, sort: Sort, as_json: bool) -> None:
    from dataclasses import asdict

    from convscope.errors import InputError
    from convscope.zoo import list_architectures, load
    from convscope.zoo.catalogue import Order, catalogue

    if kind is not Kind.ARCHITECTURES:
        raise InputError("--sort works only with architectures", fix=f"convscope list {kind}")
    entries = catalogue([load(name) for name in list_architectures()], Order(sort))
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    view = Table(box=None, header_style="bold", pad_edge=False)
    for name in (
        "name",
        "year",
        "parameters",
        "MACs",
        "input",
        "published error",
        "(single model)",
    ):
        figure = name in ("year", "parameters", "MACs", "published error")
        view.add_column(name, justify="right" if figure else "left", no_wrap=figure)
    for entry in entries:
        error = "" if entry.error is None else f"{entry.error:g} %"
        year = "-" if entry.year is None else str(entry.year)
        figures = (year, f"{entry.parameters:,}", f"{entry.macs:,}")
        view.add_row(entry.name, *figures, entry.input, error, entry.measured)
    Console(width=None if sys.stdout.isatty() else 160).print(view)


def _names(kind: Kind) -> list[str]:
    match kind:
        case Kind.ARCHITECTURES:
            from convscope.zoo import list_architectures

            return list_architectures()
        case Kind.DATASETS:
            from convscope.data import list_datasets

            return list_datasets()
        case Kind.RECIPES:
            from convscope.recipes import list_recipes

            return list_recipes()
        case Kind.VISUALS:
            from convscope.visuals import list_visuals

            return list_visuals()
        case Kind.FILTERS:
            from convscope.filters import list_filters

            return list_filters()
