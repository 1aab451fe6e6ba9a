"""Measure the white level of the 16-bit images of a data set."""

from typing import NamedTuple

import numpy as np

from convscope.data.loading.photo_split import Files
from convscope.io.conversion import num_colours, white_level
from convscope.io.formats import file_kind
from convscope.io.image_header import read_header
from convscope.io.images import read_image
from convscope.io.photos import head, read

NUM_MEASURED = 512  # training images, chosen by a fixed seed
MEASURE_SEED = 1998
START_BYTES = 64
DEEP_KINDS = ("PNG", "TIFF", "PPM")
"""Formats that may have 16 bits per channel."""


class WhiteLevel(NamedTuple):
    """The 16-bit value that is white, measured on training images.

    Attributes:
        level: smallest of `conversion.LEVELS` that holds all values; None without 16-bit images.
        deep, measured: the number of images with 16 bits, and of all that were looked at.
    """

    level: int | None
    deep: int
    measured: int


def chosen_images(count: int) -> list[int]:
    """Return the indices of at most NUM_MEASURED images."""
    random = np.random.RandomState(MEASURE_SEED)
    chosen: list[int] = sorted(random.permutation(count)[:NUM_MEASURED].tolist())
    return chosen


def measure_white_level(files: Files) -> WhiteLevel:
    """Return the white level of training images, of at most NUM_MEASURED of them.

    Images that cannot be read are passed over: reading them for training reports them.
    """
    chosen = chosen_images(len(files))
    largest, deep = 0, 0
    for index in chosen:
        value = _largest_value(files, index)
        if value is not None:
            largest, deep = max(largest, value), deep + 1
    return WhiteLevel(white_level(largest) if deep else None, deep, len(chosen))


def _largest_value(files: Files, index: int) -> int | None:
    """Return the largest value of a 16-bit image; None for another, and for a damaged one."""
    reference = files.reference(index)
    try:
        if file_kind(head(reference, START_BYTES)).name not in DEEP_KINDS:
            return None
        data = read(reference).data
        if not read_header(data).is_deep:
            return None
        image_HWC = read_image(data)
    except ValueError:  # InputError, DataError, FormatError
        return None
    return int(image_HWC[..., : num_colours(image_HWC)].max())
