"""`convscope data`: download, check, correct, index, pack and preview data sets."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.data.check import check_command
from convscope.cli.data.index import index_command
from convscope.cli.data.labels import correct_command, doubts_command
from convscope.cli.data.pack import pack_command, unpack_command
from convscope.cli.data.show import show_command
from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Json
from convscope.cli.terminal.output import echo, echo_json

if TYPE_CHECKING:
    from pathlib import Path

    from convscope.data import Published

data_app = typer.Typer(
    help="Download, preview, check, correct, pack and index data sets.", no_args_is_help=True
)


@data_app.callback()
def _root() -> None:
    """Download, preview, check, correct, pack and index data sets."""


@data_app.command("get")
def get_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete.datasets,
            help="A name from `convscope list datasets`.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Download a data set and verify it; nothing is done if it is already downloaded."""
    from convscope.data import find

    dataset = find(name)
    is_present = _is_downloaded(dataset)
    if not is_present:
        _download(dataset)
    folders = _folders(dataset)
    if as_json:
        texts = [str(folder) for folder in folders]
        echo_json(json.dumps({"name": dataset.name, "fetched": not is_present, "folders": texts}))
        return
    state = "is already downloaded" if is_present else "downloaded"
    echo(f"{dataset.name} {state}: {', '.join(str(folder) for folder in folders)}")


data_app.command("show")(show_command)
data_app.command("check")(check_command)
data_app.command("pack")(pack_command)
data_app.command("unpack")(unpack_command)
data_app.command("index")(index_command)
data_app.command("doubts")(doubts_command)
data_app.command("correct")(correct_command)


def _is_downloaded(dataset: "Published") -> bool:
    from convscope.errors import DataError

    try:
        _folders(dataset)
    except DataError:
        return False
    return True


def _folders(dataset: "Published") -> list["Path"]:
    """Return the folders of its files, without duplicates."""
    return list(dict.fromkeys(dataset.locate(file).parent for file in dataset.files))


def _download(dataset: "Published") -> None:
    """Download with a progress bar, if stderr is a terminal."""
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

        def update(name: str, received: int) -> None:
            if name not in tasks:
                finish()
                tasks[name] = bar.add_task(name, total=None)
            bar.update(tasks[name], completed=received)

        def finish() -> None:
            """Mark all files as complete; they are downloaded one after another."""
            for task in bar.tasks:
                bar.update(task.id, total=task.completed)

        fetch(dataset, progress=update)
        finish()
