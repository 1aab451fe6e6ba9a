"""Sheet of images side by side, each below its title and a note.

Legend: H height, W width, C channels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.io.conversion import Conversion, Pixels, to_rgb, white_level
from convscope.render.marks import Drawing, Image, Mark, Text
from convscope.render.text import text_width

GAP, LINE, SIZE, NOTE_SIZE = 16.0, 24.0, 17.0, 14.0
MOST_COLUMNS = 3
TINY, ENLARGED = 160, 240  # pixels: images narrower than the first are enlarged to the second


class LabelledImage(NamedTuple):
    """Image, (H, W[, C]) uint8 or uint16, with a title and a note."""

    image: Pixels
    title: str
    note: str = ""


def drawing(images: Sequence[LabelledImage], *, width: int = 640) -> Drawing:
    """Draw images in rows of three.

    Args:
        width: largest side of one image; larger images are shrunk, tiny ones enlarged.

    Raises:
        InputError: no images.
    """
    if not images:
        raise InputError("a sheet of 0 images", expected="at least 1 image")
    conversion = _conversion(images)
    pictures = [_shown(item.image, conversion) for item in images]
    sizes = [_size(picture.shape[0], picture.shape[1], width) for picture in pictures]
    texts = [
        max(text_width(item.title, SIZE, bold=True), text_width(item.note, NOTE_SIZE))
        for item in images
    ]
    columns = min(len(images), MOST_COLUMNS)
    cell_width = max(max(size[1] for size in sizes), *texts) + GAP
    cell_height = max(size[0] for size in sizes) + 2 * LINE + GAP
    marks: list[Mark] = []
    for number, item in enumerate(images):
        left, top = GAP + number % columns * cell_width, GAP + number // columns * cell_height
        height, across = sizes[number]
        smooth = across <= pictures[number].shape[1]
        marks.append(Text(left, top + SIZE, item.title, size=SIZE, bold=True))
        marks.append(Text(left, top + LINE + NOTE_SIZE, item.note, size=NOTE_SIZE, colour="muted"))
        marks.append(Image(left, top + 2 * LINE, across, height, pictures[number], smooth))
    rows = -(-len(images) // columns)
    return Drawing(columns * cell_width + GAP, rows * cell_height + GAP, tuple(marks))


def _size(height: int, width: int, most: int) -> tuple[float, float]:
    """Return (height, width) on the sheet; tiny images are enlarged by a whole factor."""
    factor = min(1.0, most / width, most / height)
    if width < TINY:
        factor = float(max(1, ENLARGED // max(height, width)))
    return max(1.0, round(height * factor)), max(1.0, round(width * factor))


def _conversion(images: Sequence[LabelledImage]) -> Conversion:
    """Return the conversion of all images of a sheet: 16-bit images have one white level."""
    largest = [int(item.image.max()) for item in images if item.image.dtype == np.uint16]
    return Conversion(white_level=white_level(max(largest)) if largest else None)


def _shown(image: Pixels, conversion: Conversion) -> NDArray[np.uint8]:
    return to_rgb(image[..., None] if image.ndim == 2 else image, conversion)
