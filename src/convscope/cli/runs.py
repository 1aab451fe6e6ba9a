"""`convscope runs`: list, compare and plot the runs on disk."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json, output_option
from convscope.cli.terminal.output import echo_json, say
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convscope.payload import Table
    from convscope.runs.listing import RunList


class Sort(StrEnum):
    """Sort key of runs."""

    DATE = "date"
    NAME = "name"
    ACCURACY = "accuracy"


def runs_command(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER",
            help="Run folders, folders of runs or sweeps; by default runs/ and sweeps/.",
            show_default=False,
        ),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Print settings that differ and results side by side."),
    ] = False,
    sort: Annotated[
        Sort | None,
        typer.Option(
            help="Newest first (the default), by name, or highest accuracy first.",
            show_default=False,
        ),
    ] = None,
    last: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N after sorting.")
    ] = None,
    output: Annotated[
        Path | None,
        output_option("Write the curves of the runs: .svg, .png, .html, .json ..."),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(
            "--note", metavar="TEXT", help="Replace the note of a run; an empty text removes it."
        ),
    ] = None,
    new_name: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Give a run another name.")
    ] = None,
    to_trash: Annotated[
        bool, typer.Option("--trash", help="Move a run to the folder .trash beside it.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """List runs: state, epochs, accuracy, time; compare them, plot their curves.

    convscope runs; convscope runs --compare runs/a runs/b; convscope runs -o curves.svg
    convscope runs runs/a --note "too high a learning rate"
    """
    from convscope.runs.listing import runs

    changes = {
        "--note": note is not None,
        "--rename": new_name is not None,
        "--trash": to_trash,
    }
    if any(changes.values()):
        others = {
            "--compare": compare,
            "--sort": sort is not None,
            "--last": last is not None,
            "--output": output is not None,
            "--force": force,
            "--json": as_json,
        }
        _check_change(
            folders or [], [name for name, is_given in changes.items() if is_given], others
        )
        _change((folders or [])[0], note, new_name)
        return

    if output is not None:
        from convscope.io.storage import check_output
        from convscope.render.files import ENDINGS

        check_output(output, endings=ENDINGS, overwrite=force)
    order = sort or (Sort.NAME if compare else Sort.DATE)  # compared in the order of the arguments
    listed = runs(*(folders or ())).sorted(order.value)[:last]
    if output is not None:
        listed.curves().save(output, overwrite=force)
        say(f"{output}: curves of {_count(listed)}")
    if compare:
        settings = {name for run in listed for name in run.settings}
        _print_comparison(listed.compare(), settings, as_json)
    elif as_json:
        echo_json(json.dumps(listed.to_dicts(), indent=2))
    elif output is None:
        _print(listed, folders or ())


def _check_change(folders: list[Path], changes: list[str], others: dict[str, bool]) -> None:
    """Check that one change is made to one run, and nothing else is wanted.

    Raises:
        InputError: more than one change, no run or several, or an option that has no effect.
    """
    from convscope.errors import InputError

    useless = next((name for name, is_given in others.items() if is_given), None)
    if useless is not None:
        raise InputError(f"{useless} has no effect with {changes[0]}", fix=f"leave out {useless}")
    if len(changes) > 1:
        raise InputError(f"{' and '.join(changes)} together", expected="one of them")
    if len(folders) != 1:
        raise InputError(
            f"{changes[0]} for {len(folders)} folders",
            expected="one run folder",
            fix=f"convscope runs runs/a {changes[0]}",
        )


def _change(folder: Path, note: str | None, new_name: str | None) -> None:
    from convscope.runs import keep

    if note is not None:
        keep.write_note(folder, note)
        say(f"{folder}: note written" if note.strip() else f"{folder}: note removed")
    elif new_name is not None:
        say(f"{folder} is now {keep.rename(folder, new_name)}")
    else:
        say(f"{folder} is now in {keep.trash(folder)}; move it back to restore it")


def _count(listed: "RunList") -> str:
    from convscope.text import counted

    return counted(len(listed), "run")


def _print(listed: "RunList", folders: "Sequence[Path]") -> None:
    from convscope.runs.table import HEAD, NUMERIC, columns, shown

    if not listed:
        where = ", ".join(map(str, folders)) or "runs/ and sweeps/"
        say(f"no runs in {where}; `convscope train lenet5 mnist` writes one to runs/")
        return
    kept = columns(listed)
    head = [_column(HEAD[i], is_number=i in NUMERIC) for i in kept]
    print_table(head, [[shown(run)[i] for i in kept] for run in listed])


RANKS = {"recipe": 4, "architecture": 3, "data": 3, "time": 2, "date": 1}
"""Columns that a narrow terminal leaves out, the highest first."""


def _column(name: str, *, is_number: bool) -> Column:
    if name == "state":  # with the reason of a run that failed
        return Column(name, "prose")
    return Column(name, "number" if is_number else "name", RANKS.get(name, 0))


def _print_comparison(table: "Table", settings: set[str], as_json: bool) -> None:
    """Print a comparison; names of settings stay as `--set` takes them."""
    if as_json:
        echo_json(table.to_json())
        return
    from rich.text import Text

    columns = [Column(table.columns[0]), *(Column(name, "value") for name in table.columns[1:])]
    rows = [
        [
            Text(name) if name in settings else label(str(name)),  # a Text is not translated
            *(label(str(v)) if name == "state" else str(v) for v in values),
        ]
        for name, *values in table.rows
    ]
    print_table(columns, rows, blocks=True)
    if table.caption:
        say(table.caption)
