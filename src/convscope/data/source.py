"""The images that an evaluation measured, as data: how many of how many, and of what."""

from typing import Annotated

from pydantic import Field

from convscope.record import Record

ALL = "all"
"""Name of all splits together."""

Total = Annotated[int, Field(ge=0)]


class Source(Record):
    """Images that were measured, of a data set.

    Attributes:
        num, total: images that were measured, and images of the data set; of a published set,
            whose splits are never mixed, of the split.
        name: of the data set; that of a folder ends in "/".
        split: train, val, test or all.
        splits: those that `all` stands for; empty for data without splits of their own.
        is_divided: whether convscope made the splits.
        unread: images that cannot be read and were left out.
        reduced: of the measured images, those decoded at a part of their size.
    """

    num: Total
    total: Total
    name: str
    split: str
    splits: tuple[str, ...] = ()
    is_divided: bool = False
    unread: Total = 0
    reduced: Total = 0

    def sentence(self) -> str:
        """Return "100 of 500 images of photos/ (test, divided by convscope)"."""
        if self.split == ALL and not self.splits:
            return f"{self.num:,} of {self.total:,} images of {self.name} (no splits)"
        if self.split != ALL and self.is_divided:
            return (
                f"{self.num:,} of {self.total:,} images of {self.name} "
                f"({self.split}, divided by convscope)"
            )
        splits = ", ".join(self.splits) if self.split == ALL else self.split
        return f"{self.num:,} of {self.total:,} images of {self.name} ({splits})"

    def notes(self) -> tuple[str, ...]:
        """Return sentences about the images that were left out or reduced."""
        unread = f"{self.unread:,} cannot be read and are left out"
        reduced = f"{self.reduced:,} decoded at a part of their size"
        return (unread,) * bool(self.unread) + (reduced,) * bool(self.reduced)
