"""`convscope lab descent`: gradient descent on a parabola."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.functions.descent import Descent, Verdict

MEANINGS: "dict[Verdict, str]" = {
    "slow": "slow: every update is a little smaller than the one before",
    "direct": "converges: every update is smaller than the one before",
    "oscillating": "converges, jumping across the minimum: updates become smaller",
    "circling": "jumps between two places: updates stay as large",
    "diverging": "diverges: every update is larger than the one before",
}


def descent_command(
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 0.3,
    steps: Annotated[int, typer.Option(help="Number of updates.")] = 8,
    start: Annotated[float, typer.Option(help="First x.")] = 5.0,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Follow gradient descent on f(x) = x^2 / 2: with a large learning rate, updates grow."""
    from convscope.labs.functions.descent import Descent
    from convscope.labs.pictures.descent import drawing

    lab = Descent(lr, steps, start)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Descent", console: "Console") -> None:
    from convscope.labs.numbers import number

    console.print("f(x) = x^2 / 2, x <- x - lr f'(x) = (1 - lr) x")
    names = ("step", "x", "f(x)", "f'(x)", "update")
    print_table(
        [Column(name, "number") for name in names],
        [[str(place.step), *map(number, place[1:])] for place in lab.path()],
    )
    console.print(f"each update is {number(round(lab.factor, 9))} times the one before")
    console.print(MEANINGS[lab.verdict])
