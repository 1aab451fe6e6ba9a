"""`convscope list`: all names, each with a description and its state on this machine."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import echo, echo_json, echo_verbatim, say, styled
from convscope.cli.terminal.tables import Column, print_table
from convscope.errors import InputError, unknown_name
from convscope.text import byte_size

if TYPE_CHECKING:
    from convscope.cli.terminal.tables import Cell
    from convscope.listing import Entry


class Kind(StrEnum):
    """Kind of names."""

    ARCHITECTURES = "architectures"
    DATASETS = "datasets"
    RECIPES = "recipes"
    VISUALS = "visuals"
    FILTERS = "filters"
    LABS = "labs"
    LAYERS = "layers"
    WEIGHTS = "weights"
    RESULTS = "results"


PACKAGES = {
    Kind.ARCHITECTURES: "convscope.zoo",
    Kind.DATASETS: "convscope.data",
    Kind.RECIPES: "convscope.recipes",
    Kind.VISUALS: "convscope.visuals",
    Kind.FILTERS: "convscope.filters",
    Kind.LABS: "convscope.labs",
    Kind.LAYERS: "convscope.layers",
    Kind.WEIGHTS: "convscope.weights",
}
"""Package whose module `entries` has the names of a kind."""

NOUNS = {
    Kind.ARCHITECTURES: "architecture",
    Kind.DATASETS: "data set",
    Kind.RECIPES: "recipe",
    Kind.VISUALS: "visual",
    Kind.FILTERS: "filter",
    Kind.LABS: "lab",
    Kind.LAYERS: "layer",
    Kind.WEIGHTS: "published weights",
    Kind.RESULTS: "network with results",
}
"""What an error calls one name of a kind."""

USES = {
    Kind.ARCHITECTURES: "convscope show {name}; sorted, with numbers: convscope list --sort params",
    Kind.DATASETS: "convscope data show {name}; convscope train lenet5 {name}",
    Kind.RECIPES: "convscope train ARCH DATA --recipe {name}; without it one is chosen",
    Kind.VISUALS: "convscope look {name} MODEL IMAGE; with a data set: --data mnist",
    Kind.FILTERS: "convscope filter photo.jpg {name} -o out.png",
    Kind.LABS: "convscope lab {name}",
    Kind.LAYERS: "convscope list layers {name}; formula, arguments and an example",
    Kind.WEIGHTS: "convscope predict {name} photo.jpg",
    Kind.RESULTS: "convscope list results {name}",
}
"""What one does with a name, for the last line in a terminal."""


class Sort(StrEnum):
    """Sort key of architectures."""

    NAME = "name"
    PARAMS = "params"
    MACS = "macs"
    TOP5 = "top5"
    YEAR = "year"


def list_command(
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND",
            help="Kind of names: architectures, datasets, recipes, visuals, filters, labs, layers, "
            "weights or results (published error rates).",
        ),
    ] = Kind.ARCHITECTURES,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete.list_names,
            help="Print all about one name of that kind.",
        ),
    ] = None,
    sort: Annotated[
        Sort | None,
        typer.Option(
            "--sort", help="Sort architectures by this column, and print parameters and MACs."
        ),
    ] = None,
    names_only: Annotated[
        bool, typer.Option("--names", help="Print only the names, one on each line.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List architectures, datasets, recipes, visuals, filters, labs, layers, weights or results.

    Each name has a line of description. Data sets and weights say whether they are on this
    machine and how to get them.
    """
    if sort is not None:
        _sorted(kind, sort, as_json)
        return
    if kind is Kind.RESULTS:
        from convscope.cli.list_results import list_results

        list_results(name, as_json, names_only)
        return
    listed = entries(kind)
    if name is not None:
        _one(kind, name, listed, as_json)
    elif as_json:
        echo_json(json.dumps([_to_dict(kind, entry) for entry in listed], indent=2))
    elif names_only:
        echo("\n".join(entry.name for entry in listed))
    elif sys.stdout.isatty():
        _print_groups(kind, listed)
    else:
        columns = [Column("name"), Column("description"), Column("details")]
        print_table(columns, [(e.name, e.summary, _details(e)) for e in listed], header=False)


def entries(kind: Kind) -> "list[Entry]":
    """Return the names of a kind with their descriptions. Imports no torch."""
    from convscope.data.formats.cache import cache_folder

    if kind is Kind.RESULTS:
        from convscope.listing import Entry
        from convscope.zoo.results import names

        return [Entry(name=name, summary="published error rates") for name in names()]

    make: Callable[..., list[Entry]] = import_module(f"{PACKAGES[kind]}.entries").entries
    return make(cache_folder()) if kind is Kind.WEIGHTS else make()


def _print_groups(kind: Kind, listed: "list[Entry]") -> None:
    """Print the entries for a reader: headings, and details below each description."""
    columns = [Column("name"), Column("description", "prose")]
    rows: list[list[Cell]] = []
    group = ""
    for entry in listed:
        if entry.group != group:
            group = entry.group
            rows.append([styled((group.removesuffix("."), "bold"))])
        details = _details(entry)
        description = styled(entry.summary)
        if details:
            description.append("\n").append_text(styled((details, "dim")))
        rows.append([("  " if group else "") + entry.name, description])
    print_table(columns, rows, header=False)
    say(f"\nuse: {USES[kind].format(name='NAME')}")
    others = ", ".join(other for other in Kind if other != kind)
    say(f"other lists: {others}")


def _details(entry: "Entry") -> str:
    """Return state, origin and further facts of an entry in one line."""
    parts = [f"{head}: {value}" for head, value in entry.notes if value]
    state: str = entry.state
    if entry.get and entry.size_bytes is not None:
        state = f"{entry.state}: {entry.get} ({byte_size(entry.size_bytes)})"
    elif entry.get:
        state = f"{entry.state}: {entry.get}"
    return "; ".join([*([state] if state else []), *parts])


def _to_dict(kind: Kind, entry: "Entry") -> dict[str, object]:
    return {
        "kind": str(kind),
        "name": entry.name,
        "summary": entry.summary,
        "group": entry.group,
        "state": entry.state,
        "get": entry.get,
        "size_bytes": entry.size_bytes,
        "notes": dict(entry.notes),
    }


def _one(kind: Kind, name: str, listed: "list[Entry]", as_json: bool) -> None:
    """Print all about one name: its entry, and for a layer its formula, arguments and examples."""
    by_name = {entry.name.lower(): entry for entry in listed}
    if name.lower() not in by_name:
        names = [entry.name for entry in listed]
        ours = None
        if kind is Kind.LAYERS:
            from convscope.layers.entries import our_name

            ours = our_name(name)
        raise unknown_name(NOUNS[kind], name, names, see=f"convscope list {kind}", ours=ours)
    entry = by_name[name.lower()]
    content = _to_dict(kind, entry)
    if kind is Kind.LAYERS:
        from convscope.layers.entries import explained

        layer = explained(entry.name)
        if as_json:
            echo_json(json.dumps(content | layer._asdict(), indent=2))
            return
        summary, _, formula = layer.text.partition("\n\n")
        echo_verbatim(layer.signature + "\n")
        echo(" ".join(summary.split()) + "\n")
        echo_verbatim(formula + "\n")
        for example in layer.examples:
            echo(f"example: {example}")
        echo("in the JSON file of an architecture:")
        echo_verbatim(json.dumps(layer.block))
        return
    if as_json:
        echo_json(json.dumps(content, indent=2))
        return
    echo(f"{entry.name}: {entry.summary}")
    for line in filter(None, (entry.group, _details(entry))):
        echo(line)
    say(f"use: {USES[kind].format(name=entry.name)}")


def _sorted(kind: Kind, sort: Sort, as_json: bool) -> None:
    from dataclasses import asdict

    from convscope.zoo import list_architectures, load
    from convscope.zoo.catalogue import Order, catalogue

    if kind is not Kind.ARCHITECTURES:
        raise InputError("--sort works only with architectures", fix=f"convscope list {kind}")
    listed = catalogue([load(name) for name in list_architectures()], Order(sort))
    if as_json:
        echo_json(json.dumps([asdict(entry) for entry in listed], indent=2))
        return
    columns = [
        Column("name"),
        Column("year", "number", rank=2),
        Column("parameters", "number"),
        Column("MACs", "number"),
        Column("input", rank=3),
        Column("error", "number"),
        Column("published error of a single model", "prose", rank=1),
    ]
    rows = []
    for entry in listed:
        error = "" if entry.error is None else f"{entry.error:g} %"
        year = "-" if entry.year is None else str(entry.year)
        cost = (f"{entry.parameters:,}", f"{entry.macs:,}")
        rows.append((entry.name, year, *cost, entry.input, error, entry.measured))
    print_table(columns, rows)
    if sort is Sort.TOP5:
        say("sorted within each protocol: errors of different protocols cannot be compared")
