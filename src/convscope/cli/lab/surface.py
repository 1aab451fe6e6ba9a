"""`convscope lab surface`: a kernel as heights over the plane."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json
from convscope.cli.lab.output import Output, show

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.surface import Surface

BAR = 48  # characters of the largest weight


def surface_command(
    name: Annotated[
        str, typer.Argument(metavar="KERNEL", help="gaussian, log, or a kernel such as sobel_x.")
    ] = "gaussian",
    sigma: Annotated[float, typer.Option(help="Width in pixels, for gaussian and log.")] = 1.5,
    size: Annotated[
        int | None, typer.Option(help="Rows and columns of these two, odd (default: to 4 sigma).")
    ] = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Show a kernel as a surface: the hump of a Gaussian, the slope of Sobel."""
    from convscope.labs.pictures.surface import drawing
    from convscope.labs.surface import Surface

    lab = Surface(name, sigma, size)
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, console),
        drawing=lambda: drawing(lab),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "Surface", console: "Console") -> None:
    from convscope.labs.numbers import number

    kernel, section = lab.kernel, lab.section
    height, width = kernel.shape
    console.print(
        f"{lab.name}: {height} x {width} weights, sum {number(round(float(kernel.sum()), 9) + 0.0)}"
    )
    console.print("the middle row, as heights:")
    reach = float(abs(section).max()) or 1.0
    for place, value in enumerate(section):
        bar = ("+" if value > 0 else "-") * round(BAR * abs(float(value)) / reach)
        console.print(f"{place - len(section) // 2:>4}  {number(round(float(value), 5)):>9}  {bar}")
