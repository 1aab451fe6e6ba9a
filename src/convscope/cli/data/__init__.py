"""`convscope data`: bring data sets here, check them, pack them, look at them."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.data.check import check_command
from convscope.cli.data.pack import pack_command
from convscope.cli.data.show import show_command

if TYPE_CHECKING:
    from pathlib import Path

    from convscope.data import Published

data_app = typer.Typer(
    help="Data sets: bring them here, check them, pack them, look at them.", no_args_is_help=True
)


@data_app.callback()
def _root() -> None:
    """Data sets: bring them here, check them, pack them, look at them."""


data_app.command("check")(check_command)
data_app.command("pack")(pack_command)
data_app.command("show")(show_command)


@data_app.command("get")
def get_command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="`convscope list datasets` has them all.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Fetch a data set, check it, and say where it is; what is here already is left alone."""
    from convscope.data import find

    dataset = find(name)
    here = _is_here(dataset)
    if not here:
        _fetch(dataset)
    folders = _folders(dataset)
    if as_json:
        shown = [str(folder) for folder in folders]
        typer.echo(json.dumps({"name": dataset.name, "fetched": not here, "folders": shown}))
        return
    state = "is here already" if here else "is here now"
    typer.echo(f"{dataset.name} {state}: {', '.join(str(folder) for folder in folders)}")


def _is_here(dataset: "Published") -> bool:
    from convscope.errors import DataError

    try:
        _folders(dataset)
    except DataError:
        return False
    return True


def _folders(dataset: "Published") -> list["Path"]:
    """Where its files lie, each folder once."""
    return list(dict.fromkeys(dataset.locate(file).parent for file in dataset.files))


def _fetch(dataset: "Published") -> None:
    """With a bar on stderr where that is a terminal, and in silence where it is not."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TransferSpeedColumn,
    )

    from convscope.data import fetch

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def heard(name: str, received: int) -> None:
            if name not in tasks:
                fill()
                tasks[name] = bar.add_task(name, total=None)
            bar.update(tasks[name], completed=received)

        def fill() -> None:
            """Files come one after another: those before are done, their lengths known."""
            for task in bar.tasks:
                bar.update(task.id, total=task.completed)

        fetch(dataset, progress=heard)
        fill()
