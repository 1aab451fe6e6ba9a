"""`convscope lab pooling_windows`: pooling window by window, in two dimensions."""

from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json, Seed
from convscope.cli.lab.output import Output, show
from convscope.lang import label

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.pooling_windows import PoolingWindows


def pooling_windows_command(
    kind: Annotated[str, typer.Option(help="max or average.")] = "max",
    size: Annotated[int, typer.Option(help="Rows and columns of a window.")] = 2,
    stride: Annotated[
        int | None, typer.Option(help="Step between windows (default: the size).")
    ] = None,
    padding: Annotated[int, typer.Option(help="Positions on each side that never win.")] = 0,
    side: Annotated[
        int | None,
        typer.Option(help="Side of a random input; 4 without a seed is an example."),
    ] = None,
    step: Annotated[int | None, typer.Option(help="Show this window only.")] = None,
    seed: Seed = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Show pooling window by window: values, result, size formula and gradient."""
    from convscope.errors import InputError
    from convscope.labs.pictures.pooling_windows import drawing
    from convscope.labs.pooling_windows import EXAMPLE, PoolingWindows, drawn

    is_example = side in (None, len(EXAMPLE)) and seed is None
    x = EXAMPLE if is_example else drawn(len(EXAMPLE) if side is None else side, seed or 0)
    lab = PoolingWindows(x, kind, size, stride, padding)  # type: ignore[arg-type]  # it checks it
    if step is not None and not 1 <= step <= len(lab.windows):
        raise InputError(f"step {step}", expected=f"1 to {len(lab.windows)}")
    show(
        data=lab.to_dict,
        text=lambda console: _print(lab, step, console),
        drawing=lambda: drawing(lab, step or 1),
        as_json=as_json,
        output=output,
        force=force,
    )


def _print(lab: "PoolingWindows", only: int | None, console: "Console") -> None:
    from convscope.labs.numbers import number

    sizes = lab.sizes if lab.sizes[0][1:] != lab.sizes[1][1:] else lab.sizes[:1]
    for formula in sizes:
        axis = formula.axis if len(sizes) > 1 else "height and width"
        console.print(f"{axis}: {formula.formula} = {formula.substituted}")
        console.print(f"  {formula.note}", style="dim")
    console.print("channels: as many as the input has\n")
    for count, window in enumerate(lab.windows, start=1):
        if only not in (None, count):
            continue
        values = ", ".join(map(number, window.values))
        name = "max" if lab.kind == "max" else label("mean")
        i, j = window.at
        console.print(f"output[{i}, {j}] = {name}({values}) = {number(window.result)}")
    for name, matrix in (("output", lab.output), ("gradient", lab.gradient())):
        console.print(f"\n[bold]{label(name)}[/]")
        texts = [[number(round(float(value), 4)) for value in row] for row in matrix]
        wide = max(len(text) for row in texts for text in row)
        for row in texts:
            console.print("  " + " ".join(text.rjust(wide) for text in row), soft_wrap=True)
