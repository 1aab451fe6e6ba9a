"""`convscope lr-range`: which learning rates move a network, and which break it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.options import Force


def lr_range_command(
    architecture: Annotated[
        str,
        typer.Argument(
            metavar="ARCH", help="A name of the zoo, a JSON file, or a model to start from."
        ),
    ],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A data set.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Write the curve: .png, .svg, .html, .json ..."
        ),
    ] = None,
    low: Annotated[float, typer.Option("--from", help="The first learning rate.")] = 1e-6,
    high: Annotated[float, typer.Option("--to", help="The last one.")] = 10.0,
    steps: Annotated[
        int | None, typer.Option(help="Steps; by default an epoch, from 60 to 400.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A recipe's name, or a JSON file; chosen by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Replace a setting of the recipe."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the recipe's.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every number, as JSON.")] = False,
) -> None:
    """Raise the learning rate from step to step and watch the loss (Smith 2017).

    Prints two suggestions: where the loss falls fastest, and a tenth of where it is lowest.
    No run is begun, and nothing is written but the picture. Ctrl-C shows what there is so far.
    """
    from convscope.io import storage
    from convscope.render.files import ENDINGS

    if out is not None:
        storage.check_output(out, endings=ENDINGS, overwrite=force)

    from convscope import runs as begin
    from convscope.cli.live import say
    from convscope.training import stop_on_signals

    changes = [*(settings or []), *([f"seed={seed}"] if seed is not None else [])]
    planned = begin.plan(architecture, data, recipe=recipe, settings=changes)
    say(f"recipe: {planned.recipe_name}")
    for note in planned.notes:
        say(note)
    with stop_on_signals() as request:
        found = begin.range_test(
            planned, low=low, high=high, steps=steps, device=device, stop_requested=request
        )
    curves = found.curves(f"{planned.architecture.name} on {planned.data.name}")
    if out is not None:
        curves.save(out, overwrite=force)
        say(f"the curve is in {out}")
    if as_json:
        import json

        sys.stdout.write(json.dumps(found.to_dict()) + "\n")
    else:
        _show(found.advice(), found.steepest, found.tenth)
    if request():
        raise typer.Exit(request.exit_code)


def _show(advice: str, steepest: float | None, tenth: float | None) -> None:
    sys.stdout.write(advice + "\n")
    if steepest is not None and tenth is not None:
        sys.stdout.write(f"--set lr={min(steepest, tenth):.2g}\n")
