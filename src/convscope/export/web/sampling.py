"""Sample images of an exported folder: digits of MNIST, or photos."""

from collections.abc import Iterator
from typing import NamedTuple

from convscope.network.model_file import Card

DIGITS = (0, 1, 2, 3, 4, 7, 8, 11, 18, 61)
"""Test images of MNIST: one of each class."""


class SampleFile(NamedTuple):
    """Name, caption and bytes of an image file."""

    name: str
    label: str
    content: bytes


def sample_files(card: Card) -> Iterator[SampleFile]:
    """Yield images that a model of this input can be tried on."""
    if card.architecture.input.channels == 1:
        yield from _digits()
    else:
        yield from _photos()


def _digits() -> Iterator[SampleFile]:
    from convscope.io.image_writing import encode_image
    from convscope.samples.digit import digits

    chosen = sorted(digits(DIGITS), key=lambda one: one.label)
    for image in chosen:
        content = encode_image(image.pixels_HW[..., None], ".png")
        yield SampleFile(f"digit-{image.label}.png", str(image.label), content)


def _photos() -> Iterator[SampleFile]:
    from convscope.samples.photos import PHOTO, photo_bytes

    yield _photo("red-panda.jpg", PHOTO.read_bytes())
    for photo, content in photo_bytes().items():
        if photo.split == "test":
            yield _photo(photo.name, content)


def _photo(name: str, content: bytes) -> SampleFile:
    return SampleFile(name, name.rpartition(".")[0].replace("-", " "), content)
