"""A sheet of images keeps every image inside its cell, below its title."""

import itertools

import numpy as np
import pytest

from convscope.errors import InputError
from convscope.render import image_sheet
from convscope.render.image_sheet import LabelledImage
from convscope.render.marks import Image, Text

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (90, 120, 3)).astype(np.uint8)


def overlap(a, b):
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def test_images_and_texts_do_not_overlap() -> None:
    items = [
        LabelledImage(PHOTO, "photo"),
        LabelledImage(PHOTO, "a name that is much wider than its image " * 3, "PSNR 30.1 dB"),
        LabelledImage(PHOTO[..., 0], "grey"),
        LabelledImage(np.zeros((5, 5), np.uint8), "tiny"),
        LabelledImage(np.zeros((900, 1600, 3), np.uint8), "large"),
    ]
    drawing = image_sheet.drawing(items)
    boxes = [mark.bounds() for mark in drawing.marks if not isinstance(mark, Text) or mark.text]
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))
    assert max(box.right for box in boxes) <= drawing.width
    assert max(box.bottom for box in boxes) <= drawing.height
    sizes = [(m.height, m.width) for m in drawing.marks if isinstance(m, Image)]
    assert sizes[3] == (240, 240)  # enlarged by a whole factor
    assert sizes[4] == (360, 640)


def test_alpha_is_blended_on_white() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    (image,) = (
        m for m in image_sheet.drawing([LabelledImage(clear, "x")]).marks if isinstance(m, Image)
    )
    assert (image.pixels == 255).all()


def test_no_images() -> None:
    with pytest.raises(InputError, match="at least 1"):
        image_sheet.drawing([])
