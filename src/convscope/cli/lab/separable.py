"""`convscope lab separable`: a convolution beside a depthwise and a pointwise one."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.layers.separable import Separable


def separable_command(
    channels: Annotated[int, typer.Option(help="Channels of the input.")] = 64,
    outputs: Annotated[int, typer.Option(help="Channels of the output.")] = 128,
    kernel: Annotated[int, typer.Option(help="Side of the window, odd.")] = 3,
    size: Annotated[int, typer.Option(help="Height and width of input and output.")] = 56,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Count weights and multiply-accumulates of a convolution and of its separable counterpart."""
    from convscope.labs.layers.separable import Separable
    from convscope.labs.pictures.layers.separable import drawing

    lab = Separable(channels, outputs, kernel, size)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Separable", console: "Console") -> None:
    from convscope.labs.numbers import number

    columns = (Column(""), Column("weights", "number"), Column("MACs", "number"))
    rows = [(label(cost.part), f"{cost.weights:,}", f"{cost.macs:,}") for cost in lab.costs()]
    print_table(columns, rows)
    console.print(
        f"depthwise + pointwise over standard: 1/{lab.outputs} + 1/{lab.kernel**2} "
        f"= {number(lab.ratio)}"
    )
