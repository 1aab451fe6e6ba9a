"""Augmented images of a data set, and the form for their settings.

Axes: N images, C channels, H height, W width.
"""

from functools import cache
from typing import Any

import torch
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from convscope.data.augment import AnyAugment, check_augments
from convscope.data.augment.mix import AnyMix
from convscope.data.augment.preview import augmented
from convscope.errors import InputError, from_validation
from convscope.io.photos.crops import AnyCrop, RandomResizedCrop
from convscope.recipes import list_recipes, load_recipe
from convscope.record import Record
from convscope.server.studio.pictures.opened import image_at, opened, split_of
from convscope.server.studio.pictures.tiles import COLUMNS, encoded, from_pixels, paste, reduced
from convscope.server.studio.worker.child import Report

MOST_DRAWS = 32


class Augmentation(Record):
    """Augmentation of a recipe: crop, changes in order, mix of two images.

    Attributes:
        frame: the crop; photos of different sizes need one.
    """

    frame: AnyCrop | None = None
    augment: tuple[AnyAugment, ...] = ()
    mix: AnyMix | None = None


@cache
def form(_: None = None) -> dict[str, Any]:
    """Return the JSON Schema of an augmentation, and that of every recipe."""
    recipes = {}
    for name in list_recipes():
        recipe = load_recipe(name)
        own = Augmentation(frame=recipe.frame, augment=recipe.augment, mix=recipe.mix)
        recipes[name] = own.model_dump(mode="json")
    return {"form": TypeAdapter(Augmentation).json_schema(), "recipes": recipes}


def describe(_args: dict[str, Any], _progress: Report) -> dict[str, Any]:
    """Return the form of augmentations, and those of the recipes."""
    return form()


def draw(args: dict[str, Any], progress: Report) -> bytes:
    """Return a sheet: one image as it is, then random draws of its augmentation.

    With a mix the second image of each pair is the next one of the split.

    Raises:
        InputError: settings that do not fit, or a crop that is missing.
    """
    try:
        chosen = Augmentation.model_validate_json(args["augmentation"])
    except ValidationError as error:
        raise from_validation(error, kind=InputError, where="augmentation") from None
    dataset = opened(args["source"])
    split = split_of(dataset, args["split"])
    image_CHW = image_at(split, args["index"])
    check_augments(chosen.augment, image_CHW.shape[0])
    frame = chosen.frame or (RandomResizedCrop() if dataset.shape is None else None)
    side, draws = args["side"], args["draws"]
    rows = -(-(draws + 1) // COLUMNS)
    whole = Image.new("RGBA", (COLUMNS * side, rows * side))
    original = from_pixels(image_CHW.permute(1, 2, 0).numpy())
    paste(whole, reduced(original, side), 0, side)
    images, labels = [image_CHW], [int(split.labels_N[args["index"]])]
    if chosen.mix is not None:
        partner = (args["index"] + 1) % len(split)
        images.append(image_at(split, partner))
        labels.append(int(split.labels_N[partner]))
    for number in range(draws):
        progress(number, draws)
        seen_NCHW = augmented(
            images,
            torch.tensor(labels),
            crop=frame,
            augment=chosen.augment,
            mix=chosen.mix,
            seed=args["seed"] + number,
        )
        tile = from_pixels(seen_NCHW[0].permute(1, 2, 0).numpy())
        paste(whole, reduced(tile, side), number + 1, side)
    return encoded(whole, side)
