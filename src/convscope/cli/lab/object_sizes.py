"""`convscope lab object_sizes`: objects of several sizes through kernels of several sizes."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.object_sizes import ObjectSizes


def object_sizes_command(
    objects: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Diameters of the objects, odd.")
    ] = "3 7 13",
    kernels: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Sizes that the kernels look for, odd.")
    ] = "3 7 13",
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Show one object at three sizes through three kernel sizes: why Inception has several."""
    from convscope.labs.numbers import parse_whole
    from convscope.labs.object_sizes import ObjectSizes
    from convscope.labs.pictures.object_sizes import drawing

    lab = ObjectSizes(parse_whole(objects, "objects"), parse_whole(kernels, "kernels"))
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "ObjectSizes", console: "Console") -> None:
    console.print("largest response of a kernel to an object, and its share of the best kernel's")
    responses = {(r.object, r.kernel): r for r in lab.responses()}
    columns = [Column(label("object"))]
    columns += [Column(f"{label('kernel')} {size} x {size}", "number") for size in lab.kernels]
    rows = []
    for diameter in lab.objects:
        cells = (responses[diameter, size] for size in lab.kernels)
        rows.append([str(diameter), *(f"{r.response:.2f} ({r.share:.0%})" for r in cells)])
    print_table(columns, rows)
    console.print("a kernel responds most to objects of its own size")
