"""Options that several commands share, so that each reads the same everywhere."""

from typing import Annotated

import typer

Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="Folder of images or shards, or a data set name.")
]
