"""`convscope lab softmax`: scores, probabilities, loss and gradient, with every number."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.softmax import Softmax


def softmax_command(
    scores: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Score of each class, as the last layer has it.")
    ] = "2 1 0.1",
    correct: Annotated[int, typer.Option("--label", help="Index of the right class.")] = 1,
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 1.0,
    steps: Annotated[int, typer.Option(help="Steps of gradient descent on the scores.")] = 5,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Turn scores into probabilities, likelihood, loss and gradient, by hand."""
    from convscope.labs.numbers import parse_numbers
    from convscope.labs.pictures.softmax import drawing
    from convscope.labs.softmax import Softmax

    lab = Softmax(parse_numbers(scores), correct, lr, steps)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Softmax", console: "Console") -> None:
    from convscope.labs.numbers import number
    from convscope.labs.pictures.softmax import class_names

    states = lab.states()
    first = states[0]
    largest = max(first.scores)
    total = sum(first.exponentials)
    columns = [Column(label("class"))]
    columns += [
        Column(name, "number") for name in ("s", f"exp(s - {number(largest)})", "p", "dL/ds")
    ]
    cells = zip(
        class_names(lab),
        first.scores,
        first.exponentials,
        first.probabilities,
        first.gradient,
        strict=True,
    )
    print_table(columns, [[name, *(number(round(v, 6)) for v in rest)] for name, *rest in cells])
    likelihood = first.probabilities[lab.label]
    console.print(f"sum of the exponentials: {number(total)}")
    console.print(f"likelihood of the label: p = {number(likelihood)}")
    console.print(f"loss: L = -log p = {number(first.loss)}")
    console.print("gradient: dL/ds = p - 1 for the label, p for every other class")
    for state in states[1:]:
        shares = " ".join(number(round(p, 4)) for p in state.probabilities)
        console.print(f"step {state.step}: p = {shares}, L = {number(round(state.loss, 6))}")
