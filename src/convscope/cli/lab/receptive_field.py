"""`convscope lab receptive_field`: what one unit of stacked layers reads."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.layers.receptive_field import ReceptiveField


def receptive_field_command(
    layers: Annotated[
        str, typer.Option(help="From the input up: conv3, conv3s2, conv3d2, pool2.")
    ] = "conv3 conv3 conv3",
    compare: Annotated[str, typer.Option(help="A second stack beside the first.")] = "",
    channels: Annotated[int, typer.Option(help="Input and output channels of each layer.")] = 64,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Compute the receptive field of stacked layers, and their weights."""
    from convscope.errors import InputError
    from convscope.labs.layers.receptive_field import ReceptiveField, parse_layers
    from convscope.labs.pictures.layers.receptive_field import drawing

    if not 1 <= channels <= 4096:
        raise InputError(f"{channels} channels", expected="1 to 4096")
    texts = [text for text in (layers, compare) if text.strip()]
    labs = [ReceptiveField(parse_layers(text)) for text in texts]
    if not labs:
        raise InputError("no layers", expected="conv3 conv3 pool2, or any others")
    show(
        data=lambda: {
            "lab": "receptive_field",
            "channels": channels,
            "stacks": [lab.to_dict(channels) for lab in labs],
        },
        text=lambda console: _print(labs, channels, console),
        drawing=lambda: drawing(labs, channels),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(labs: "list[ReceptiveField]", channels: int, console: "Console") -> None:
    for lab in labs:
        console.print(f"[bold]{lab.name}[/]")
        columns = (Column("layer"), Column("field"), Column("stride", "number"))
        rows = [
            (field.layer, f"{field.field} x {field.field}", f"{field.jump:,}")
            for field in lab.fields
        ]
        print_table(columns, rows)
        most = int(lab.paths().max()) ** 2
        console.print(f"Paths from the pixel that is read most often: {most:,}")
        console.print(f"Weights with {channels} channels: {lab.weights(channels):,}\n")
