"""`convscope lab connectivity`: counts of connections, parameters and receptive fields."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Input, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.connectivity import Connectivity


def connectivity_command(
    input_size: Input = None,
    maps: Annotated[int, typer.Option(help="Output channels.")] = 6,
    kernel: Annotated[int, typer.Option(help="Size of the kernel.")] = 5,
    stride: Annotated[int, typer.Option(help="Step between windows.")] = 1,
    padding: Annotated[int, typer.Option(help="Zeros on each side.")] = 0,
    depth: Annotated[int, typer.Option(help="Layers of the receptive field.")] = 5,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Compare fully connected, locally connected and convolutional layers."""
    from convscope.labs.connectivity import Connectivity
    from convscope.labs.pictures.connectivity import drawing
    from convscope.shapes import CHW, parse_chw

    shape = CHW(1, 28, 28) if input_size is None else parse_chw(input_size)
    lab = Connectivity(shape, maps, kernel, stride, padding, depth)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Connectivity", console: "Console") -> None:
    console.print(f"{lab.input} -> {lab.output} (channels x height x width)")
    columns = (
        Column(""),
        Column("parameters", "number"),
        Column("connections", "number"),
        Column("uses per weight", "number", rank=1),
        Column("inputs per output", "number", rank=1),
        Column("outputs per input", "number", rank=1),
    )
    rows = [
        (
            label(count.kind),
            f"{count.parameters:,}",
            f"{count.connections:,}",
            f"{count.sharing:,.1f}",
            f"{count.inputs_seen:,}",
            f"{count.outputs_reached:,}",
        )
        for count in lab.counts()
    ]
    print_table(columns, rows)
    console.print(f"\nReceptive field by depth (kernel {lab.kernel}, stride {lab.stride}):")
    for field in lab.fields()[1:]:
        console.print(f"  layer {field.depth}: {field.field} x {field.field}, stride {field.step}")
