"""`convscope data show`: contact sheet of a data set, also with augmentation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convscope.cli.grammar.options import (
    Background,
    ClassNames,
    Data,
    Force,
    GroupBy,
    Json,
    Layout,
    Seed,
    data_options,
    output_option,
)
from convscope.cli.terminal.output import echo, echo_json, say

if TYPE_CHECKING:
    from convscope.data import DataSet

NUM = 8  # images per class


def show_command(
    data: Data,
    output: Annotated[Path, output_option("Output file: .png", metavar="FILE.png")],
    split: Annotated[
        str, typer.Option("--split", metavar="NAME", help="train, val or test.")
    ] = "train",
    index: Annotated[
        int | None,
        typer.Option(metavar="N", help="Save the image of this number, with its original pixels."),
    ] = None,
    num: Annotated[
        int | None, typer.Option(min=1, max=64, help="Number of images per class (default: 8).")
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Also show the images with this recipe's augmentation."),
    ] = None,
    seed: Seed = None,
    layout: Layout = None,
    group_by: GroupBy = None,
    class_names: ClassNames = None,
    background: Background = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a contact sheet with images of each class; with --index, one image.

    With --recipe, the sheet also shows the images as augmented by that recipe.
    """
    from convscope import data as datasets
    from convscope.cli.data.sheet import sheet_of_split
    from convscope.errors import InputError
    from convscope.io import storage
    from convscope.recipes import load_recipe

    if index is not None and (recipe is not None or num is not None):
        raise InputError(
            "--index saves one image, --num and --recipe are for a contact sheet",
            expected="--index alone, or a contact sheet without --index",
        )
    storage.check_output(output, endings=(".png",), overwrite=force)
    loaded = load_recipe(recipe) if recipe is not None else None
    dataset = datasets.open(
        data, options=data_options(layout, group_by, class_names, background=background)
    )
    datasets.check_outside(output, dataset)
    if index is not None:
        _save_one(dataset, split, index, output, as_json)
        return
    sheet = sheet_of_split(dataset, split, num=num or NUM, seed=seed or 0, recipe=loaded)
    storage.write(output, [sheet])
    if as_json:
        summary = {"name": dataset.name, "split": split, "recipe": recipe, "file": str(output)}
        echo_json(json.dumps(summary))
        return
    say(f"written to {output}")


def _save_one(dataset: "DataSet", split_name: str, index: int, out: Path, as_json: bool) -> None:
    """Write one image as PNG and print its class."""
    from convscope.errors import InputError
    from convscope.io import storage
    from convscope.io.image_writing import encode_image

    split = dataset.split(split_name)
    if not 0 <= index < len(split):
        raise InputError(
            f"split {split_name} of {dataset.name} has no image {index:,}",
            expected=f"a number from 0 to {len(split) - 1:,}",
        )
    pixels_HWC = split.image(index).permute(1, 2, 0).contiguous().numpy()
    storage.write(out, [encode_image(pixels_HWC, ".png", where=str(out))])
    label = dataset.classes[int(split.labels_N[index])]
    if as_json:
        facts = {"name": dataset.name, "split": split_name, "index": index}
        echo_json(json.dumps({**facts, "class": label, "file": str(out)}))
        return
    echo(f"{out}: class {label} (image {index:,} of {dataset.name}, split {split_name})")
