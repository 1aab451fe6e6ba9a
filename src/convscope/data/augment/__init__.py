"""Augmentation of whole batches, seeded: raw pixels 0 to 255 in and out.

One family per file; the union below is the whole list. `mix.py` has Mixup and CutMix. Crops of
photos belong to `io.photos.crops`; preprocessing that also runs in `predict` is a layer.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from convscope.data.augment.affine import Affine, Rotation
from convscope.data.augment.colour import ColourJitter
from convscope.data.augment.flip import HorizontalFlip
from convscope.data.augment.hide import Cutout, RandomErasing
from convscope.data.augment.lighting import PcaLighting
from convscope.data.augment.shift import BatchShift, PadAndCrop, Shift
from convscope.errors import InputError

AnyAugment = Annotated[
    Shift
    | BatchShift
    | PadAndCrop
    | HorizontalFlip
    | Affine
    | Rotation
    | Cutout
    | RandomErasing
    | ColourJitter
    | PcaLighting,
    Field(discriminator="type"),
]


def check_augments(augments: Iterable[AnyAugment], channels: int) -> None:
    """Check before training that the augmentations support this number of channels.

    Raises:
        InputError: an augmentation does not; `where` names it.
    """
    for number, augment in enumerate(augments):
        try:
            augment.check(channels)
        except InputError as error:
            raise error.at(f"augment.{number}") from None
