"""`convscope lab convolution` in the terminal, and its pictures.

Legend: C input channels, K output channels, H height, W width, h, w the kernel's.
"""

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name
from convscope.labs import drawing, terminal
from convscope.labs.convolution import Convolution, Sum
from convscope.labs.drawing import Canvas
from convscope.labs.examples import EXAMPLES
from convscope.labs.terminal import number
from convscope.shapes import Pair

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console, RenderableType
    from rich.text import Text

Array = NDArray[np.float64]
Cell = tuple[int, int]


def random_lab(
    input_HWC: tuple[int, ...],
    *,
    kernels: int = 2,
    kernel: Pair = (3, 3),
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    transposed: bool = False,
    output_padding: Pair = (0, 0),
    seed: int = 0,
) -> Convolution:
    """Small whole numbers, as the CS231n demo draws them: input 0..2, kernel -1..1, bias 1, 0, 0.

    Args:
        input_HWC: height, width, channels, as the lecture writes 5 x 5 x 3.
        kernels: channels of the output.
    """
    if len(input_HWC) == 2:
        input_HWC = (*input_HWC, 1)
    if len(input_HWC) != 3 or max(input_HWC) > 4096:
        raise InputError(f"input {'x'.join(map(str, input_HWC))}", expected="HEIGHTxWIDTHxCHANNELS")
    height, width, channels = input_HWC
    if groups < 1 or channels % groups or kernels % groups:
        raise InputError(
            f"{channels} channels and {kernels} kernels cannot be cut into {groups} groups",
            expected="a number that divides both",
        )
    rng = np.random.default_rng(seed)
    shape = (channels, kernels // groups) if transposed else (kernels, channels // groups)
    bias = np.zeros(kernels)
    bias[0] = 1
    return Convolution(
        rng.integers(0, 3, (channels, height, width)).astype(np.float64),
        rng.integers(-1, 2, (*shape, *kernel)).astype(np.float64),
        bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        transposed=transposed,
        output_padding=output_padding if transposed else 0,
    )


def example(name: str) -> Convolution:
    """One of the lecture's, or of the demo's.

    Raises:
        InputError: no such name.
    """
    if name not in EXAMPLES:
        raise unknown_name("example", name, EXAMPLES)
    found = EXAMPLES[name]
    return Convolution(found.x, found.w, found.b, stride=found.stride, padding=found.padding)


def frame(lab: Convolution, step: Sum) -> tuple[list[Array], list[set[Cell]], Cell]:
    """The input with its padding, the cells that a step looks at, by channel, and the margin."""
    margin = (0, 0)
    if not lab.transposed:
        rows, columns = lab.geometry.rows, lab.geometry.columns
        margin = (rows.padding, columns.padding)
    padded = np.pad(lab.x, ((0, 0), (margin[0],) * 2, (margin[1],) * 2))
    seen: list[set[Cell]] = [set() for _ in padded]
    for product in step.products:
        channel, row, column = product.left_at
        seen[channel].add((row + margin[0], column + margin[1]))
    return list(padded), seen, margin


def equation(step: Sum, *, most: int = 12) -> str:
    """`1*1 + 0*1 + ... + 1 = 4`, without what is 0 where it gets long."""
    shown = list(step.products)
    if len(shown) > most:
        shown = [product for product in shown if product.value]
    words = [f"{number(p.left)}*{_bracketed(p.right)}" for p in shown[: 3 * most]]
    words += ["..."] * (len(shown) > 3 * most)
    words += [f"{_bracketed(step.bias)} (bias)"] * bool(step.bias)
    return f"{' + '.join(words) or '0'} = {number(step.value)}"


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _grid(values: Array, seen: set[Cell], margin: Cell, known: int | None = None) -> "Text":
    """Numbers in rows; what the window sees stands in [ ] and in reverse."""
    from rich.text import Text

    width = max(len(number(float(v))) for v in values.flat)
    text = Text()
    height, columns = values.shape
    for (row, column), value in np.ndenumerate(values):
        hidden = known is not None and row * columns + column >= known
        shown = ("." if hidden else number(float(value))).rjust(width)
        inside = margin[0] <= row < height - margin[0] and margin[1] <= column < columns - margin[1]
        if (row, column) in seen:
            text.append(f"[{shown}]", style="bold reverse")
        else:
            text.append(f" {shown} ", style="" if inside else "dim")
        text.append("\n" if column == columns - 1 and row < height - 1 else "")
    return text


def _frame_table(lab: Convolution, step: Sum, count: int, total: int) -> "RenderableType":
    from rich.console import Group
    from rich.table import Table

    k, i, j = step.at
    grids, seen, margin = frame(lab, step)
    view = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    for name in ("input", "kernel", "output"):
        view.add_column(name)
    weights: dict[int, tuple[Array, set[Cell]]] = {}
    for product in step.products:
        at = product.right_at
        kernel = weights.setdefault(product.left_at[0], (lab.w[at[0], at[1]], set()))
        kernel[1].add((at[2], at[3]))
    output = _grid(lab.output[k], {(i, j)}, (0, 0), known=i * lab.output_shape.width + j + 1)
    for order, channel in enumerate(sorted(weights) or [0]):
        kernel_grid = _grid(*weights[channel], (0, 0)) if weights else ""
        view.add_row(
            _grid(grids[channel], seen[channel], margin), kernel_grid, output if not order else ""
        )
        view.add_row("", "", "")
    head = f"step {count} of {total}: output[{k}, {i}, {j}]"
    return Group(head, "", view, equation(step), "")


def _explain(lab: Convolution, console: "Console") -> None:
    height, width = lab.sizes
    kind = "transposed convolution" if lab.transposed else "convolution"
    console.print(
        f"[bold]{kind}[/] of {lab.input_shape} (channels x height x width) with {len(lab.w)} x "
        f"{lab.w.shape[1]} kernels of {lab.w.shape[2]} x {lab.w.shape[3]} -> {lab.output_shape}"
    )
    for size in (height,) if height[1:] == width[1:] else (height, width):
        axis = "height and width" if height[1:] == width[1:] else size.axis
        console.print(f"  {axis}: {size.formula} = {size.substituted}")
        console.print(f"    {size.note}", style="dim")


def _summary(lab: Convolution, console: "Console") -> None:
    from rich.table import Table

    console.print("[bold]the whole output[/], and the gradients for a gradient of ones from above")
    view = Table(box=None, header_style="dim", padding=(0, 3, 0, 0))
    parts = {
        "output": lab.output,
        "dL/dinput": lab.input_gradient(),
        "dL/dkernel": lab.kernel_gradient().reshape(-1, *lab.w.shape[2:]),
    }
    for name in parts:
        view.add_column(name)
    for row in range(min(8, max(len(maps) for maps in parts.values()))):
        cells = (maps[row] if row < len(maps) else None for maps in parts.values())
        view.add_row(*("" if c is None else _grid(c, set(), (0, 0)) for c in cells))
        view.add_row("")
    console.print(view)
    rows, columns = lab.output_shape.numel, lab.x.size
    products = int((lab.terms.input >= 0).sum())
    console.print(
        f"as one matrix: {rows:,} x {columns:,} with {products:,} weights that are not missing "
        f"({products / (rows * columns):.1%}), only {lab.w.size} different ones"
    )


def play(lab: Convolution, console: "Console", *, delay_s: float, only: int | None = None) -> None:
    """Show every window in turn: in place on a terminal, one below the other elsewhere."""
    from rich.live import Live

    _explain(lab, console)
    console.print()
    total = lab.output_shape.numel
    steps = enumerate(lab.steps(), start=1)
    if only is not None:
        steps = ((n, step) for n, step in steps if n == only)  # type: ignore[assignment]
    if console.is_terminal and only is None:
        with Live(console=console, auto_refresh=False) as live:
            for count, step in steps:
                live.update(_frame_table(lab, step, count, total), refresh=True)
                time.sleep(delay_s)
    else:
        for count, step in steps:
            console.print(_frame_table(lab, step, count, total))
    _summary(lab, console)


def step_picture(lab: Convolution, step: Sum) -> "Image":
    """One window: input, kernel, products added up, output."""
    grids, seen, margin = frame(lab, step)
    k, i, j = step.at
    cell, gap = drawing.CELL, 30
    kernels = {p.left_at[0]: p.right_at[:2] for p in step.products}
    height, width = grids[0].shape
    kernel_height, kernel_width = lab.w.shape[2:]
    block = max(height, kernel_height) * cell + 24
    left = [gap, 2 * gap + width * cell, 3 * gap + (width + kernel_width) * cell]
    words = equation(step)
    out_height, out_width = lab.output_shape[1:]
    canvas = Canvas(
        max(left[2] + out_width * cell + gap, drawing.text_width(words) + 2 * gap),
        84 + max(len(kernels) * block, out_height * cell + 24) + 40,
    )
    canvas.text(gap, 18, f"output[{k}, {i}, {j}] = {number(step.value)}", size=19)
    canvas.text(gap, 46, words, colour=drawing.QUIET)
    window = drawing.mix(drawing.BLUE, 0.25)
    for order, (channel, at) in enumerate(sorted(kernels.items())):
        top = 104 + order * block
        fills = {
            (r, c): drawing.SHADE
            for r, c in np.ndindex(height, width)
            if not (margin[0] <= r < height - margin[0] and margin[1] <= c < width - margin[1])
        }
        fills |= dict.fromkeys(seen[channel], window)
        canvas.text(left[0], top - 20, f"input {channel}", colour=drawing.QUIET, size=13)
        canvas.grid(left[0], top, grids[channel], fills=fills)
        canvas.text(left[1], top - 20, f"kernel {at[0]}, {at[1]}", colour=drawing.QUIET, size=13)
        used = {p.right_at[2:]: drawing.mix(drawing.AMBER, 0.3) for p in step.products}
        canvas.grid(left[1], top, lab.w[at[0], at[1]], fills=used)  # type: ignore[arg-type]
    canvas.text(left[2], 84, f"output {k}", colour=drawing.QUIET, size=13)
    fills = {(i, j): drawing.mix(drawing.GREEN, 0.35)}
    canvas.grid(left[2], 104, lab.output[k], fills=fills)
    return canvas.image


def matrix_picture(lab: Convolution) -> "Image":
    """The convolution as one matrix: a colour for each weight, white where there is none."""
    shared = lab.shared()
    cell = max(1, min(14, 900 // max(shared.shape)))
    palette = drawing.many_colours(lab.w.size)

    def colour(weight: float) -> drawing.Colour:
        return drawing.PAPER if weight < 0 else palette[int(weight)]

    body = drawing.heat(shared.astype(np.float64), cell=cell, colour=colour)
    canvas = Canvas(max(body.width + 60, 660), body.height + 110)
    rows, columns = shared.shape
    filled = int((shared >= 0).sum())
    canvas.text(30, 18, f"the same convolution as a matrix: {rows} x {columns}", size=18)
    canvas.text(
        30,
        48,
        f"{filled:,} of {rows * columns:,} places are filled, with {lab.w.size} different "
        "weights: one colour each",
        colour=drawing.QUIET,
    )
    canvas.image.paste(body, (30, 84))
    canvas.box(29, 83, body.width + 2, body.height + 2, colour=drawing.LINE, thick=1)
    return canvas.image


def picture(lab: Convolution, step: int = 1) -> "Image":
    """One step, and the matrix below it."""
    found = next((s for n, s in enumerate(lab.steps(), start=1) if n == step), None)
    if found is None:
        raise InputError(f"there is no step {step}", expected=f"1 to {lab.output_shape.numel}")
    parts = [step_picture(lab, found)]
    if lab.output_shape.numel * lab.x.size <= 1_000_000:
        parts.append(matrix_picture(lab))
    return drawing.stack(parts)


def _pair(text: str, what: str, *, least: int) -> Pair:
    found = terminal.numbers(text, what, least=least)
    if len(found) > 2:
        raise InputError(f"{text!r} is no {what}", expected="one number, or height x width")
    return (found[0], found[-1])


def _lab(options: argparse.Namespace) -> Convolution:
    if options.example:
        return example(options.example)
    return random_lab(
        terminal.numbers(options.input, "input"),
        kernels=options.kernels,
        kernel=_pair(options.kernel, "kernel", least=1),
        stride=_pair(options.stride, "stride", least=1),
        padding=_pair(options.padding, "padding", least=0),
        dilation=_pair(options.dilation, "dilation", least=1),
        groups=options.groups,
        transposed=options.transposed,
        output_padding=_pair(options.output_padding, "output padding", least=0),
        seed=options.seed,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Play a convolution in the terminal."""
    parser = terminal.parser("convolution", "Convolution, one window at a time.")
    parser.add_argument("--input", default="5x5x3", metavar="HxWxC", help="height, width, channels")
    parser.add_argument("--kernel", default="3", metavar="N or HxW")
    parser.add_argument("--kernels", default=2, type=int, help="how many: channels of the output")
    parser.add_argument("--stride", default="1")
    parser.add_argument("--padding", default="0")
    parser.add_argument("--dilation", default="1")
    parser.add_argument("--groups", default=1, type=int)
    parser.add_argument("--transposed", action="store_true", help="the transposed convolution")
    parser.add_argument("--output-padding", default="0", help="for --transposed")
    parser.add_argument("--example", metavar="NAME", help=f"instead: {', '.join(EXAMPLES)}")
    parser.add_argument("--seed", default=0, type=int, help="decides the numbers")
    parser.add_argument("--step", type=int, help="only this window")
    parser.add_argument("--delay", default=0.6, type=float, help="seconds a window, on a terminal")
    options = parser.parse_args(arguments)
    lab = _lab(options)
    if options.step is not None and not 1 <= options.step <= lab.output_shape.numel:
        raise InputError(
            f"there is no step {options.step}", expected=f"1 to {lab.output_shape.numel}"
        )

    def text(console: "Console") -> None:
        if options.example:
            console.print(EXAMPLES[options.example].note + "\n")
        play(lab, console, delay_s=max(0.0, options.delay), only=options.step)

    terminal.show(
        options, data=lab.to_dict, text=text, picture=lambda: picture(lab, options.step or 1)
    )
