"""`convscope list results`: published error rates, each with its protocol."""

import json
import sys
from typing import TYPE_CHECKING

from convscope.cli.terminal.output import echo, echo_json, say, styled
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from convscope.arch import Result
    from convscope.cli.terminal.tables import Cell

COLUMNS = (
    Column("data", "prose"),
    Column("top-1", "number"),
    Column("top-5", "number"),
    Column("networks", "number"),
    Column("protocol", "prose"),
    Column("weights", "prose", rank=1),
    Column("source", "prose", rank=2),
)


def list_results(name: str | None, as_json: bool, names_only: bool) -> None:
    """Print all published error rates, or those of one network or system."""
    from convscope.zoo.results import names, published

    listed = published(name)
    if as_json:
        echo_json(json.dumps([each.to_dict() for each in listed], indent=2))
        return
    if names_only:
        echo("\n".join(names()))
        return
    rows: list[list[Cell]] = []
    network = ""
    for each in listed:
        if sys.stdout.isatty() and each.network != network:
            network = each.network
            rows.append([styled((network, "bold"))])
        rows.append([*([] if sys.stdout.isatty() else [each.network]), *_cells(each.result)])
    first = () if sys.stdout.isatty() else (Column("network"),)
    print_table([*first, *COLUMNS], rows)
    say("errors in %; only errors of the same data and protocol can be compared")


def _cells(result: "Result") -> "list[Cell]":
    return [
        f"{result.data}, {result.split}",
        "" if result.top1 is None else f"{result.top1:g}",
        "" if result.top5 is None else f"{result.top5:g}",
        str(result.ensemble),
        result.protocol,
        result.weights,
        result.source,
    ]
