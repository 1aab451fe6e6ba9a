"""`convscope lab learnable_filter`: learn a filter from a photo and its filtered image."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import Force, Json, Kernel, Seed
from convscope.cli.lab.output import Output, check_picture, show

if TYPE_CHECKING:
    from rich.console import Console

    from convscope.labs.learnable_filter import Array, LearnableFilter, Step


def learnable_filter_command(
    photo: Annotated[
        Path | None, typer.Argument(metavar="IMAGE", help="An image; without it, a synthetic one.")
    ] = None,
    filter: Annotated[
        str | None, typer.Option(metavar="NAME", help="A filter with a kernel (default: sobel_x).")
    ] = None,
    kernel: Kernel = None,
    size: Annotated[int | None, typer.Option(help="Side of the learned kernel.")] = None,
    steps: Annotated[int, typer.Option(help="Upper limit of steps.")] = 20_000,
    lr: Annotated[
        float, typer.Option(help="Learning rate, as a multiple of 1 over the largest curvature.")
    ] = 1.0,
    plain: Annotated[
        bool, typer.Option("--plain", help="Plain gradient descent, without momentum.")
    ] = False,
    seed: Seed = None,
    as_json: Json = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Recover the kernel of a filter by gradient descent."""
    from convscope.errors import InputError, unknown_name
    from convscope.filters.kernels import KERNELS, parse_kernel
    from convscope.labs.learnable_filter import LearnableFilter, to_dict
    from convscope.labs.pictures.learnable_filter import drawing

    if filter is not None and kernel is not None:
        raise InputError("both --filter and --kernel", fix="leave out one of them")
    name = filter or "sobel_x"
    if name not in KERNELS:
        raise unknown_name("filter with a kernel", name, KERNELS)
    truth = KERNELS[name].matrix if kernel is None else parse_kernel(kernel)
    side = max(truth.shape) if size is None else size
    check_picture(output, force=force)
    lab = LearnableFilter(_photo(photo, seed or 0), truth, side, steps, seed or 0, lr, not plain)
    history = lab.learn()
    show(
        data=lambda: to_dict(lab, history),
        text=lambda console: _print(lab, history, console),
        drawing=lambda: drawing(lab, history),
        as_json=as_json,
        output=output,
        force=force,
    )


def _photo(path: Path | None, seed: int) -> "Array":
    if path is None:
        from convscope.labs.learnable_filter import drawn_photo

        return drawn_photo(seed=seed)
    from convscope.io.conversion import to_grey
    from convscope.io.images import read_image

    grey: Array = to_grey(read_image(path))[..., 0] / 255
    return grey


def _print(lab: "LearnableFilter", history: "Sequence[Step]", console: "Console") -> None:
    from convscope.labs.learnable_filter import selected
    from convscope.labs.numbers import number

    for step in selected(history, 7):
        rows = "; ".join(" ".join(f"{v:7.3f}" for v in row) for row in step.kernel)
        shown = f"  [{rows}]" if lab.size == 3 else ""
        console.print(
            f"step {step.step:>5}  loss {step.loss:9.3g}  error {step.error:9.3g}{shown}",
            markup=False,
            soft_wrap=True,
        )
    console.print("\nlearned kernel, and the kernel of the filter:")
    for learned, true in zip(history[-1].kernel, lab.target_kernel, strict=True):
        left = " ".join(f"{v:9.4f}" for v in learned)
        right = " ".join(f"{number(float(v)):>9}" for v in true)
        console.print(f"  {left}    filter: {right}", soft_wrap=True)
