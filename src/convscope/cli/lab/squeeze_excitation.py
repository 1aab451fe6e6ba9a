"""`convscope lab squeeze_excitation`: a factor for each channel, with every number."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.layers.squeeze_excitation import SqueezeExcitation


def squeeze_excitation_command(
    channels: Annotated[int, typer.Option(help="Number of maps.")] = 8,
    reduction: Annotated[int, typer.Option(help="Channels for each hidden unit.")] = 4,
    example: Annotated[
        str, typer.Option(metavar="IMAGE", help="vertical, horizontal, diagonal or ring.")
    ] = "vertical",
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Squeeze each map to its mean, excite two small layers, and scale the maps."""
    from convscope.labs.layers.squeeze_excitation import SqueezeExcitation
    from convscope.labs.pictures.layers.squeeze_excitation import drawing

    lab = SqueezeExcitation(channels, reduction, example)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "SqueezeExcitation", console: "Console") -> None:
    columns = (
        Column(label("channel"), "number"),
        Column(label("mean"), "number"),
        Column(label("hidden unit"), "number"),
        Column(label("factor"), "number"),
    )
    rows = [
        (str(channel + 1), f"{mean:.3f}", str(channel // lab.reduction + 1), f"{gate:.3f}")
        for channel, (mean, gate) in enumerate(zip(lab.squeezed, lab.gates, strict=True))
    ]
    print_table(columns, rows)
    hidden = " ".join(f"{value:.3f}" for value in lab.excited)
    console.print(f"hidden units: {hidden}")
    console.print(
        f"weights: 2 * {lab.channels} * {lab.channels} / {lab.reduction} = {lab.parameters:,}"
    )
