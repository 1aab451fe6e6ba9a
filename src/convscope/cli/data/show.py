"""`convscope data show`: contact sheet of a data set, also with augmentation."""

import json
from pathlib import Path
from typing import Annotated

import typer

from convscope.cli.options import (
    Background,
    ClassNames,
    Data,
    Force,
    GroupBy,
    Json,
    Layout,
    Split,
    data_options,
)
from convscope.cli.output import echo_json, say


def show_command(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.png", help="Output file.")],
    split: Split = "train",
    num: Annotated[int, typer.Option(min=1, max=64, help="Number of images per class.")] = 8,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Also show the images with this recipe's augmentation."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Random seed for the images and the augmentation.")
    ] = 0,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a contact sheet with images of each class; with --recipe, also augmented."""
    from convscope import data as datasets
    from convscope.cli.data.sheet import sheet_of_split
    from convscope.io import storage
    from convscope.recipes import load_recipe

    storage.check_output(out, endings=(".png",), overwrite=force)
    loaded = load_recipe(recipe) if recipe is not None else None
    dataset = datasets.open(
        data, options=data_options(layout, group_by, class_names, background=background)
    )
    datasets.check_outside(out, dataset, option="-o")
    storage.write(out, [sheet_of_split(dataset, split, num=num, seed=seed, recipe=loaded)])
    if as_json:
        summary = {"name": dataset.name, "split": split, "recipe": recipe, "file": str(out)}
        echo_json(json.dumps(summary))
        return
    say(f"written to {out}")
