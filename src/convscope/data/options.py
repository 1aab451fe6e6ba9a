"""Choices of the user about how a folder is read as a data set.

They are recorded in the run that trains on it, so that resuming opens the same data again.
"""

import re
from dataclasses import dataclass, fields
from typing import Literal, get_args

from convscope.errors import InputError
from convscope.io.conversion import parse_background

LayoutKind = Literal["auto", "splits", "classes"]
BadImages = Literal["error", "skip", "replace"]

GROUP_HELP = r"a regular expression, for example '(patient\d+)'"


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Options of how a folder of images is read; the defaults suit most folders.

    Attributes:
        layout: of the top folders: "splits" as train/ and val/, "classes", or "auto" to tell
            them by their names.
        group_by: regular expression, searched in each image's path relative to the folder. Its
            first group, or without one the whole match, names the group of the image: all images
            of a group get the same split where convscope divides them.
        class_names: names of the classes in label order, where the labels are numbers: in tables,
            IDX and .npz files.
        bad_images: what training does with an image that cannot be read. "error" stops and names
            its file. "skip" leaves it out of its batch; "replace" takes the next readable image
            of its class instead. Validation and evaluation leave it out in both cases.
        partial: accept a folder with fewer classes than a network is trained on: a single one,
            empty ones, other ones in each split. For data that a trained model is evaluated on.
        background: colour below transparent pixels, "white", "black" or "#rrggbb"; by default
            white, or that with which shards were packed, or the model's.

    Raises:
        InputError: an unknown layout or policy, an invalid regular expression or colour.
    """

    layout: LayoutKind = "auto"
    group_by: str | None = None
    class_names: tuple[str, ...] = ()
    bad_images: BadImages = "error"
    partial: bool = False
    background: str | None = None

    def __post_init__(self) -> None:
        for name, kind in (("layout", LayoutKind), ("bad_images", BadImages)):
            if getattr(self, name) not in get_args(kind):
                raise InputError(
                    f"{name} {getattr(self, name)!r}",
                    expected=f"one of {', '.join(get_args(kind))}",
                )
        if self.group_by is not None:
            if not self.group_by:
                raise InputError("an empty group_by", expected=GROUP_HELP)
            try:
                re.compile(self.group_by)
            except (re.error, RecursionError, OverflowError) as error:
                raise InputError(
                    f"group_by '{self.group_by}' is not a regular expression: {error}",
                    expected=GROUP_HELP,
                ) from None
        if self.background is not None:
            object.__setattr__(self, "background", parse_background(self.background))

    def changed(self) -> tuple[str, ...]:
        """Return the names of the options that differ from their defaults."""
        default = DataOptions()
        names = [field.name for field in fields(self) if field.name != "partial"]
        return tuple(name for name in names if getattr(self, name) != getattr(default, name))
