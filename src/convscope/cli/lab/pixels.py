"""`convscope lab pixels`: a photo as numbers, one matrix for each channel."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.pixels import Pixels


def pixels_command(
    image: Annotated[
        Path | None, typer.Argument(metavar="IMAGE", help="A photo; without it, the sample photo.")
    ] = None,
    size: Annotated[int, typer.Option(help="Rows and columns of the region.")] = 8,
    top: Annotated[int | None, typer.Option(help="First row (default: the middle).")] = None,
    left: Annotated[int | None, typer.Option(help="First column (default: the middle).")] = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Print a region of a photo as the computer has it: numbers, in one matrix per channel."""
    from convscope.io.images import read_image
    from convscope.labs.pictures.pixels import drawing
    from convscope.labs.pixels import Pixels
    from convscope.samples.photos import PHOTO

    pixels = read_image(PHOTO if image is None else image)
    lab = Pixels(pixels if pixels.ndim == 3 else pixels[..., None], size, top, left)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Pixels", console: "Console") -> None:
    height, width, channels = lab.image.shape
    count = height * width * channels
    console.print(
        f"{height} rows x {width} columns x {channels} channels = {count:,} numbers from 0 to "
        f"{lab.to_dict()['white']}"
    )
    top, left = lab.corner
    console.print(f"rows {top} to {top + len(lab.region) - 1}, columns from {left}")
    for name, matrix in lab.channels.items():
        console.print(f"\n[bold]{label(name)}[/]")
        wide = len(str(int(matrix.max())))
        for row in matrix:
            console.print("  " + " ".join(f"{int(value):>{wide}}" for value in row), soft_wrap=True)
