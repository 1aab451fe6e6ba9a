"""`convscope lab depth_concat`: concatenation along channels."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show
from convscope.cli.terminal.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.shapes.depth_concat import DepthConcat, Size


def depth_concat_command(
    sizes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HxWxC...", help="Height x width x channels of each input (2 to 8 of them)."
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(help="pad: zeros up to the largest (Torch7); equal: sides must agree.")
    ] = "pad",
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Concatenate feature maps along channels, as Inception modules do."""
    from convscope.labs.pictures.depth_concat import drawing
    from convscope.labs.shapes.depth_concat import DepthConcat

    words = sizes or ["14x14x2", "16x16x3"]
    lab = DepthConcat(tuple(map(_size, words)), mode)  # type: ignore[arg-type]  # it checks it
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _size(text: str) -> "Size":
    from convscope.errors import InputError
    from convscope.labs.numbers import parse_sizes
    from convscope.labs.shapes.depth_concat import Size

    numbers = parse_sizes(text, "size")
    if len(numbers) != 3:
        raise InputError(f"size {text!r}", expected="HEIGHTxWIDTHxCHANNELS, such as 14x14x2")
    return Size(*numbers)


def _print(lab: "DepthConcat", console: "Console") -> None:
    names = ("input", "above", "below", "left", "right", "zeros", "channels")
    rows = [
        [
            str(placed.size),
            *map(str, (placed.top, placed.bottom, placed.left, placed.right)),
            f"{placed.zeros:,}",
            f"{placed.first} to {placed.first + placed.size.channels - 1}",
        ]
        for placed in lab.placed()
    ]
    print_table([Column(name, "number") for name in names], rows)
    console.print(f"output: {lab.output} (height x width x channels)")
