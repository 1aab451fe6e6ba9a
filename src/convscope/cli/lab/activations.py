"""`convscope lab activations`: activation functions and their slopes at one input."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.functions.activations import Activations


def activations_command(
    x: Annotated[float, typer.Option(help="Input of the functions.")] = 2.0,
    layers: Annotated[int, typer.Option(help="Layers that a gradient passes.")] = 5,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Compute activation functions and their slopes, and what a gradient keeps of them."""
    from convscope.labs.functions.activations import Activations
    from convscope.labs.pictures.activations import drawing

    lab = Activations(x, layers)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Activations", console: "Console") -> None:
    from convscope.labs.functions.activations import ACTIVATIONS
    from convscope.labs.numbers import number

    console.print(f"x = {number(lab.x)}")
    columns = [Column("function"), Column("f(x)", "number"), Column("f'(x)", "number")]
    columns += [Column(f"f'(x)^{lab.layers}", "number"), Column("law")]
    print_table(
        columns,
        [
            [
                point.function,
                *map(number, (point.value, point.slope, point.through)),
                ACTIVATIONS[point.function].law,
            ]
            for point in lab.points()
        ],
    )
    console.print(
        f"f'(x)^{lab.layers}: what is left of a gradient of 1 after {lab.layers} such layers"
    )
