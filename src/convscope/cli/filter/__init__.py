"""`convscope filter`: classic filters on an image or a folder of images."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convscope.cli.grammar import complete
from convscope.cli.grammar.options import (
    Background,
    Force,
    Json,
    Kernel,
    MaxPixels,
    Seed,
    output_option,
)
from convscope.cli.terminal.output import echo, echo_json
from convscope.errors import InputError, unknown_name

if TYPE_CHECKING:
    from convscope.filters import Filter

NOISES = ("salt_and_pepper", "gaussian")


def filter_command(
    source: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="An image or a folder of images.")
    ],
    filter_name: Annotated[
        str | None,
        typer.Argument(
            metavar="FILTER",
            autocompletion=complete.filters,
            help="Name from `convscope list filters`; several with --compare: a,b.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option("Output file, or folder for a folder."),
    ] = None,
    kernel: Kernel = None,
    operation: Annotated[
        str, typer.Option(help="For --kernel: correlation or convolution (rotated kernel).")
    ] = "correlation",
    size: Annotated[int | None, typer.Option(help="Side of the window in pixels, odd.")] = None,
    sigma: Annotated[float | None, typer.Option(help="Width of the Gaussian in pixels.")] = None,
    sigma_value: Annotated[
        float | None, typer.Option(help="bilateral: width in value, as a share of black to white.")
    ] = None,
    border: Annotated[
        str,
        typer.Option(help="reflect, symmetric, edge, wrap, constant, or OpenCV's BORDER_ names."),
    ] = "reflect",
    value: Annotated[
        float | None, typer.Option(help="Fill value of --border constant (default: 0).")
    ] = None,
    noise: Annotated[
        str | None, typer.Option(help="Noise to add first: salt_and_pepper or gaussian.")
    ] = None,
    amount: Annotated[
        float | None,
        typer.Option(
            help="Amount of noise (default: 0.05): share of the pixels, or sigma as a share of "
            "black to white."
        ),
    ] = None,
    seed: Seed = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Write a labelled sheet of images before and after.")
    ] = False,
    view: Annotated[
        str | None,
        typer.Option(help="same, absolute, scaled or angle (default: depends on the filter)."),
    ] = None,
    background: Background = None,
    max_pixels: MaxPixels = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Filter a photo: median, gaussian, sobel, ... or any kernel.

    convscope filter photo.jpg median --size 5 -o out.png

    convscope filter photo.jpg median,mean --noise salt_and_pepper --compare -o sheet.png
    """
    if output is None:
        raise InputError("no output file", expected="--output FILE", fix="-o out.png")
    numbers = {"size": size, "sigma": sigma, "sigma_value": sigma_value}
    settings = {name: number for name, number in numbers.items() if number is not None}
    from convscope.cli.filter.image import Job, filter_image, sentence
    from convscope.io.conversion import parse_background

    filters = _filters(filter_name, kernel, operation, settings, compare)
    job = Job(
        filters,
        border,
        value,
        *_noise(noise, amount, seed),
        view,
        compare,
        force,
        max_pixels,
        None if background is None else parse_background(background),
    )
    if source.is_dir():
        from convscope.cli.filter.folder import filter_folder

        filter_folder(source, output, job, as_json)
        return
    from convscope.io.image_writing import WRITE_FORMATS
    from convscope.io.storage import check_output

    check_output(output, endings=WRITE_FORMATS, overwrite=force)
    facts = filter_image(source, output, job)
    if as_json:
        echo_json(json.dumps(facts, indent=2))
    else:
        echo(sentence(facts))


def _noise(
    kind: str | None, amount: float | None, seed: int | None
) -> tuple[str | None, float, int]:
    """Return the checked kind, amount and seed of the noise."""
    for name, setting in (("--amount", amount), ("--seed", seed)):
        if kind is None and setting is not None:
            raise InputError(f"{name} without --noise", fix=f"add --noise, or leave out {name}")
    if kind is not None and kind not in NOISES:
        raise unknown_name("noise", kind, NOISES)
    if amount is not None and not 0 <= amount < math.inf:
        raise InputError(f"--amount {amount:g}", expected="a number of at least 0")
    return kind, 0.05 if amount is None else amount, seed or 0


def _filters(
    names: str | None, kernel: str | None, operation: str, settings: dict[str, Any], compare: bool
) -> dict[str, "Filter"]:
    """Return the filters by the names that a sheet shows."""
    from convscope import filters

    if (names is None) == (kernel is None):
        raise InputError(
            "no filter is named" if names is None else "both a filter and a kernel",
            expected="a name from `convscope list filters`, or --kernel",
            fix="convscope filter photo.jpg median -o out.png" if names is None else "",
        )
    if kernel is not None:
        if settings:
            option = f"--{next(iter(settings)).replace('_', '-')}"
            raise InputError(f"{option} with --kernel", fix=f"leave out {option}")
        matrix = filters.parse_kernel(kernel)
        return {operation: filters.linear(matrix, operation=operation)}  # type: ignore[arg-type]
    if operation != "correlation":
        raise InputError(
            "--operation with a named filter",
            expected="--operation with --kernel",
            fix="leave out --operation, or type the kernel",
        )
    chosen = [name.strip() for name in (names or "").split(",")]
    if len(chosen) > 1 and not compare:
        raise InputError(f"{len(chosen)} filters without --compare", fix="add --compare")
    own = {name: _own(name, settings) if len(chosen) > 1 else settings for name in chosen}
    return {name: filters.named(name, own[name]) for name in chosen}


def _own(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a filter has."""
    from convscope.filters import SETTINGS

    return {key: value for key, value in settings.items() if key in SETTINGS.get(name, ())}
