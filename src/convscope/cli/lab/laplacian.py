"""`convscope lab laplacian`: the Laplacian from second differences."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.laplacian import Laplacian


def laplacian_command(
    row: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Brightness along a row of an image.")
    ] = "1 1 1 2 3 4 4 4 0 0",
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Compute first and second differences of a row, and the kernels that they make."""
    from convscope.labs.laplacian import Laplacian
    from convscope.labs.numbers import parse_numbers
    from convscope.labs.pictures.laplacian import drawing

    lab = Laplacian(parse_numbers(row))
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Laplacian", console: "Console") -> None:
    from convscope.labs.numbers import number

    names = ("x", "f(x)", "f(x+1) - f(x)", "f(x+1) - 2 f(x) + f(x-1)")
    print_table(
        [Column(name, "number") for name in names],
        [[str(d.place), *map(number, (d.value, d.first, d.second))] for d in lab.differences()],
    )
    edges = ", ".join(f"{first} - {last}" for first, last in lab.edges())
    console.print(f"sign changes of the second difference, where edges are: {edges or '-'}")
    console.print("\nsecond difference along x, plus the one along y: the Laplacian")
    console.print("  0  0  0     0  1  0     0  1  0")
    console.print("  1 -2  1  +  0 -2  0  =  1 -4  1")
    console.print("  0  0  0     0  1  0     0  1  0")
    console.print("plus the two diagonals: 1 1 1 / 1 -8 1 / 1 1 1")
