"""`convscope data show`: what a data set looks like, and what augmentation makes of it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.options import Force


def show_command(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A folder of images or of shards, or a name.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.png", help="Where to.")],
    split: Annotated[str, typer.Option(help="train, val or test.")] = "train",
    num: Annotated[int, typer.Option(min=1, max=64, help="Images of each class.")] = 8,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Show what this recipe's augmentation makes of them."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which images, and which augmentation.")] = 0,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say as JSON what was drawn.")] = False,
) -> None:
    """Write a sheet of images of each class; with --recipe, as they are and as trained on."""
    from convscope import data as room
    from convscope.cli.data.sheet import check_png, sheet_of_split
    from convscope.cli.live import say
    from convscope.io import storage
    from convscope.recipes import load_recipe

    check_png(out, overwrite=force)
    found = load_recipe(recipe) if recipe is not None else None
    dataset = room.open(data)
    storage.write(out, [sheet_of_split(dataset, split, num=num, seed=seed, recipe=found)])
    if as_json:
        drawn = {"name": dataset.name, "split": split, "recipe": recipe, "file": str(out)}
        typer.echo(json.dumps(drawn))
        return
    say(f"written to {out}")
