"""`convscope data index`: make tar shards of other programs readable as a data set."""

import json
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar.options import ClassNames, Json, names_in
from convscope.cli.terminal.output import echo, echo_json
from convscope.text import counted


def index_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of .tar files (WebDataset layout).")
    ],
    class_names: ClassNames = None,
    as_json: Json = False,
) -> None:
    """Read the shards in FOLDER once and write their index next to them.

    Each image KEY.jpg needs a label: KEY.cls, or KEY.json with `label`. The split of a shard is in
    its name or folder. Afterwards FOLDER is a data set for every command.
    """
    from convscope import data as datasets
    from convscope.cli.terminal.progress import progress_bar
    from convscope.data.shards.indexer import names_beside, names_in_index

    source = class_names or names_beside(folder)
    names = names_in(source) if source is not None else ()
    before = names_in_index(folder)
    with progress_bar("shards", "reading") as progress:
        index = datasets.index_shards(folder, classes=names, progress=progress)
    counts = {
        name: {"images": sum(shard.images for shard in shards), "shards": len(shards)}
        for name, shards in index.splits.items()
    }
    if as_json:
        content = {"folder": str(folder), "classes": list(index.classes), "splits": counts}
        echo_json(json.dumps(content))
        return
    for name, numbers in counts.items():
        echo(f"{name:<5} {numbers['images']:>9,} images  {counted(numbers['shards'], 'shard')}")
    shown = ", ".join(index.classes[:5]) + (", ..." if len(index.classes) > 5 else "")
    kept = " (names of the index that was there)" if index.classes == before else ""
    note = f" (from {source.name})" if source is not None else kept
    echo(f"{len(index.classes):,} classes: {shown}{note}")
    echo(f"index written; use it as DATA: convscope data check {folder}")
