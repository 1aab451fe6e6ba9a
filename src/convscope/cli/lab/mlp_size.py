"""`convscope lab mlp_size`: parameters of an MLP and of a convolution on one image."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.shapes.mlp_size import MLPSize


def mlp_size_command(
    width: Annotated[int, typer.Option(help="Columns of the image.")] = 1920,
    height: Annotated[int, typer.Option(help="Rows of the image.")] = 1080,
    channels: Annotated[int, typer.Option(help="Channels of the image.")] = 3,
    hidden: Annotated[int, typer.Option(help="Units of the fully connected layer.")] = 100,
    kernel: Annotated[int, typer.Option(help="Size of the kernels, odd.")] = 3,
    kernels: Annotated[int, typer.Option(help="Number of kernels.")] = 100,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Count the parameters of a fully connected layer and of a convolution on one image."""
    from convscope.labs.pictures.mlp_size import drawing
    from convscope.labs.shapes.mlp_size import MLPSize

    lab = MLPSize(width, height, channels, hidden, kernel, kernels)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "MLPSize", console: "Console") -> None:
    console.print(
        f"{lab.width:,} x {lab.height:,} x {lab.channels} = {lab.inputs:,} inputs", highlight=False
    )
    names = ("weights", "biases", "parameters", "MB", "uses per weight")
    print_table(
        [Column(""), *(Column(name, "number") for name in names)],
        [
            [
                label(count.kind),
                f"{count.weights:,}",
                f"{count.biases:,}",
                f"{count.parameters:,}",
                f"{count.size_bytes / 1e6:,.4g}",
                f"{count.uses:,}",
            ]
            for count in (lab.fully_connected(), lab.convolution())
        ],
    )
    console.print(f"parameters, fully connected / convolution: {lab.ratio:,.4g}")
