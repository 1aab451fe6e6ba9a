"""`convscope lab convolution`: each window in the terminal.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's.
"""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Input, Json, Seed
from convscope.cli.lab.output import Output, show
from convscope.lang import label, translate
from convscope.shapes import CHW, parse_chw
from convscope.text import counted

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from convscope.labs.convolution import Array, Convolution
    from convscope.labs.convolution_inputs import Settings
    from convscope.labs.pictures.marks import Position
    from convscope.labs.sums.products import Sum

MOST_MAPS = 8  # channels that are printed
INPUT = CHW(3, 5, 5)


def convolution_command(
    input_size: Input = None,
    kernel: Annotated[str, typer.Option(metavar="N|HxW", help="Size of the kernel.")] = "3",
    kernels: Annotated[int, typer.Option(help="Number of kernels: output channels.")] = 2,
    stride: Annotated[str, typer.Option(metavar="N|HxW", help="Step between windows.")] = "1",
    padding: Annotated[str, typer.Option(metavar="N|HxW", help="Zeros on each side.")] = "0",
    dilation: Annotated[str, typer.Option(metavar="N|HxW", help="Step inside a window.")] = "1",
    groups: Annotated[int, typer.Option(help="Independent groups of channels.")] = 1,
    transposed: Annotated[
        bool, typer.Option("--transposed", help="Use the transposed convolution.")
    ] = False,
    operation: Annotated[
        str,
        typer.Option(
            help="correlation, as networks compute, or convolution: kernels rotated by 180 degrees."
        ),
    ] = "correlation",
    output_padding: Annotated[
        str, typer.Option(metavar="N|HxW", help="Extra output size, for --transposed.")
    ] = "0",
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use the numbers of an example instead.")
    ] = None,
    step: Annotated[int | None, typer.Option(help="Show this window only.")] = None,
    delay: Annotated[float, typer.Option(help="Seconds per window, in a terminal.")] = 0.6,
    seed: Seed = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Show a convolution window by window: products, sums, gradients and the matrix form."""
    from convscope.errors import InputError
    from convscope.labs import convolution_inputs as labs
    from convscope.labs.examples import EXAMPLES
    from convscope.labs.numbers import parse_pair
    from convscope.labs.pictures.convolution import drawing

    settings = labs.Settings(
        kernels=kernels,
        kernel=parse_pair(kernel, "kernel"),
        stride=parse_pair(stride, "stride"),
        padding=parse_pair(padding, "padding", least=0),
        dilation=parse_pair(dilation, "dilation"),
        groups=groups,
        transposed=transposed,
        output_padding=parse_pair(output_padding, "output padding", least=0),
    )
    lab = _operated(_lab(example, input_size, settings, seed or 0), operation)
    if step is not None and not 1 <= step <= lab.output_shape.numel:
        raise InputError(f"step {step}", expected=f"1 to {lab.output_shape.numel}")

    def text(console: "Console") -> None:
        if example is not None:
            console.print(EXAMPLES[example].note + "\n")
        _play(lab, console, delay_s=max(0.0, delay), only=step)

    show(
        data=lab.to_dict,
        text=text,
        drawing=lambda: drawing(lab, 1 if step is None else step),
        as_json=as_json,
        output=output,
        force=force,
    )


def _lab(
    example: str | None, input_size: str | None, settings: "Settings", seed: int
) -> "Convolution":
    """Return the convolution of an example, or a random one with these settings."""
    from convscope.errors import InputError
    from convscope.labs import convolution_inputs as labs

    if example is None:
        shape = INPUT if input_size is None else parse_chw(input_size, channels=INPUT.channels)
        size = (shape.height, shape.width, shape.channels)
        return labs.random_convolution(size, settings, seed=seed)
    if (input_size, settings) != (None, labs.Settings()):
        raise InputError(
            "--example has its own input and settings",
            expected="no other option than --step, --delay, --json, --output and --force",
        )
    return labs.example(example)


def _operated(lab: "Convolution", operation: str) -> "Convolution":
    """Return the lab with rotated kernels for `convolution`: a correlation with them is one."""
    import dataclasses

    from convscope.errors import unknown_name
    from convscope.filters.linear import OPERATIONS

    if operation not in OPERATIONS:
        raise unknown_name("operation", operation, OPERATIONS)
    if operation == "correlation":
        return lab
    return dataclasses.replace(lab, w=lab.w[..., ::-1, ::-1])


def _grid(
    values: "Array", read: "set[Position]", margin: "Position", known: int | None = None
) -> "Text":
    """Return numbers in rows; the cells under the window stand in [ ] and in reverse."""
    import numpy as np
    from rich.text import Text

    from convscope.labs.numbers import number

    width = max(len(number(float(v))) for v in values.flat)
    text = Text()
    height, columns = values.shape
    for (row, column), value in np.ndenumerate(values):
        hidden = known is not None and row * columns + column >= known
        shown = ("." if hidden else number(float(value))).rjust(width)
        inside = margin[0] <= row < height - margin[0] and margin[1] <= column < columns - margin[1]
        if (row, column) in read:
            text.append(f"[{shown}]", style="bold reverse")
        else:
            text.append(f" {shown} ", style="" if inside else "dim")
        text.append("\n" if column == columns - 1 and row < height - 1 else "")
    return text


def _window(lab: "Convolution", step: "Sum", count: int) -> "RenderableType":
    """Return input, kernel and output of one window, and its sum."""
    from rich.console import Group
    from rich.table import Table

    from convscope.labs.pictures.convolution import frame
    from convscope.labs.sums.products import equation

    k, i, j = step.at
    grids, read, margin = frame(lab, step)
    view = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    for name in ("input", "kernel", "output"):
        view.add_column(label(name))
    weights: dict[int, tuple[Array, set[Position]]] = {}
    for product in step.products:
        at = product.right_at
        kernel = weights.setdefault(product.left_at[0], (lab.w[at[0], at[1]], set()))
        kernel[1].add((at[2], at[3]))
    channels = sorted(weights) or [0]
    for order in range(max(len(channels), min(MOST_MAPS, len(lab.output)))):
        cells: list[Text | str] = ["", ""]
        if order < len(channels):
            channel = channels[order]
            cells[0] = _grid(grids[channel], read[channel], margin)
            cells[1] = _grid(*weights[channel], (0, 0)) if weights else ""
        view.add_row(*cells, _output(lab, step, order))
        view.add_row("", "", "")
    head = f"step {count} of {lab.output_shape.numel}: output[{k}, {i}, {j}]"
    return Group(translate(head), "", view, equation(step), "")


def _output(lab: "Convolution", step: "Sum", channel: int) -> "Text | str":
    """Return one channel of the output as far as it is known after a step."""
    k, i, j = step.at
    if channel >= min(MOST_MAPS, len(lab.output)):
        return ""
    _, height, width = lab.output_shape
    known = height * width if channel < k else 0
    if channel == k:
        known = i * width + j + 1
    return _grid(lab.output[channel], {(i, j)} if channel == k else set(), (0, 0), known=known)


def _explain(lab: "Convolution", console: "Console") -> None:
    height, width = lab.sizes
    kind = "transposed convolution" if lab.transposed else "convolution"
    channels, rows, columns = lab.w.shape[1:]
    console.print(
        f"[bold]{kind}[/] {lab.input_shape} -> {lab.output_shape} (channels x height x width)"
    )
    console.print(f"  {counted(len(lab.w), 'kernel')} of {channels} x {rows} x {columns}")
    for size in (height,) if height[1:] == width[1:] else (height, width):
        axis = "height and width" if height[1:] == width[1:] else size.axis
        console.print(f"  {axis}: {size.formula} = {size.substituted}")
        console.print(f"    {size.note}", style="dim")


def _summary(lab: "Convolution", console: "Console") -> None:
    from rich.table import Table

    console.print("[bold]whole output[/], and the gradients for an upstream gradient of ones")
    view = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    parts = {
        "output": lab.output,
        "dL/dinput": lab.input_gradient(),
        "dL/dkernel": lab.kernel_gradient().reshape(-1, *lab.w.shape[2:]),
    }
    for name in parts:
        view.add_column(label(name))
    for row in range(min(MOST_MAPS, max(len(maps) for maps in parts.values()))):
        cells = (maps[row] if row < len(maps) else None for maps in parts.values())
        view.add_row(*("" if c is None else _grid(c, set(), (0, 0)) for c in cells))
        view.add_row("")
    console.print(view)
    rows, columns = lab.output_shape.numel, lab.x.size
    filled = int((lab.terms.input >= 0).sum())
    console.print(
        f"as a matrix: {rows:,} x {columns:,} with {filled:,} non-zero entries "
        f"({100 * filled / (rows * columns):.1f} %), {lab.w.size} distinct weights"
    )


def _play(
    lab: "Convolution", console: "Console", *, delay_s: float, only: int | None = None
) -> None:
    """Show the windows in turn: in place in a terminal, below each other elsewhere."""
    from rich.live import Live

    _explain(lab, console)
    console.print()
    steps = [(n, s) for n, s in enumerate(lab.steps(), start=1) if only in (None, n)]
    if console.is_terminal and only is None:
        with Live(console=console, auto_refresh=False) as live:
            for count, step in steps:
                live.update(_window(lab, step, count), refresh=True)
                time.sleep(delay_s)
    else:
        for count, step in steps:
            console.print(_window(lab, step, count))
    _summary(lab, console)
