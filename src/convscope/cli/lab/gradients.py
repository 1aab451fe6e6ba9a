"""`convscope lab gradients`: norm of the gradient at every layer of deep networks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json, Seed, Threads
from convscope.cli.lab.output import Output, check_picture, show
from convscope.cli.terminal.output import styled
from convscope.cli.terminal.tables import Cell, Column, print_table
from convscope.machine.cpus import use_threads

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.gradients import Flow, Gradients

COLOURS = {"stable": "green", "vanishing": "yellow", "exploding": "red", "overflow": "red"}


def gradients_command(
    depth: Annotated[int, typer.Option(help="Number of convolutions, even.")] = 30,
    width: Annotated[int, typer.Option(help="Channels of each convolution.")] = 8,
    images: Annotated[int, typer.Option(help="Random images of the batch.")] = 2,
    style: Annotated[str | None, typer.Option(help="plain or residual (default: both).")] = None,
    activation: Annotated[str | None, typer.Option(help="tanh or relu (default: both).")] = None,
    seed: Seed = None,
    threads: Threads = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Measure vanishing and exploding gradients before training."""
    use_threads(threads)
    from convscope.errors import unknown_name
    from convscope.labs.gradients import ACTIVATIONS, STYLES, Gradients, cases, to_dict
    from convscope.labs.pictures.gradients import drawing

    for kind, value, known in (("style", style, STYLES), ("activation", activation, ACTIVATIONS)):
        if value is not None and value not in known:
            raise unknown_name(kind, value, known)
    check_picture(output, force=force)
    lab = Gradients(depth, width, seed or 0, images)
    flows = tuple(
        lab.flow(case)
        for case in cases()
        if style in (None, case.style) and activation in (None, case.activation)
    )
    show(
        data=lambda: to_dict(lab, flows),
        text=lambda console: _print(lab, flows, console),
        drawing=lambda: drawing(lab, flows),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Gradients", flows: "Sequence[Flow]", console: "Console") -> None:

    from convscope.labs.numbers import number

    console.print(
        f"{lab.depth} convolutions of 3 x 3 with {lab.width} channels: norm of dL/dweight after "
        "one backward pass before training"
    )
    numbers = ("first layer", "middle", "last layer", "first / last")
    columns = (Column("network"), *(Column(name, "number") for name in numbers), Column(""))
    rows: list[list[Cell]] = []
    for flow in flows:
        middle = flow.norms[len(flow.norms) // 2]
        cells = (flow.norms[0], middle, flow.norms[-1], flow.ratio)
        verdict = styled((flow.verdict, COLOURS[flow.verdict]))
        rows.append([flow.case.name, *map(number, cells), verdict])
    print_table(columns, rows)
