"""`convscope sample`: write inputs to try every other command on."""

import json
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import Force, Json, output_option
from convscope.cli.terminal.output import echo, echo_json, say
from convscope.cli.terminal.tables import Column, print_table


def sample_command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete.samples,
            help="digit, photo, photos, table or shards.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option(
            "Output file or folder; by default a fixed name in the current folder.",
            metavar="FILE|FOLDER",
        ),
    ] = None,
    index: Annotated[
        int | None,
        typer.Option(metavar="N", help="With digit: number of the image in MNIST's test split."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a sample input: a digit, a photo, or photos to train on; without NAME, list them."""
    from convscope.samples import write_sample

    if name is None:
        _list(as_json)
        return
    written = write_sample(name, output, index=index, overwrite=force)
    if as_json:
        texts = {name: str(value) for name, value in written._asdict().items()}
        echo_json(json.dumps(texts))
        return
    echo(f"{written.path}: {written.content}")
    say(f"authors and licences: {written.notice}")


def _list(as_json: bool) -> None:
    from convscope.samples import SAMPLES

    if as_json:
        rows = {name: {"path": s.path, "about": s.about} for name, s in SAMPLES.items()}
        echo_json(json.dumps(rows))
        return
    rows_shown = [[f"convscope sample {name}", s.path, s.about] for name, s in SAMPLES.items()]
    print_table([Column("command"), Column("writes"), Column("content", "prose")], rows_shown)
