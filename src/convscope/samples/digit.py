"""A handwritten digit: one of MNIST's 10,000 test images, with its original pixels."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from convscope.errors import InputError
from convscope.io.conversion import Pixels

NUM_DIGITS = 10_000
DEFAULT_INDEX = 0  # a 7
MNIST = Path(str(resources.files("convscope.data.sets"))) / "files" / "mnist"


class Digit(NamedTuple):
    """Pixels (28, 28), uint8, white on black, and the label."""

    pixels_HW: Pixels
    label: int


def digit(index: int = DEFAULT_INDEX) -> Digit:
    """Return a test image of MNIST.

    Raises:
        InputError: the number is out of range.
    """
    return digits((index,))[0]


def digits(indices: Sequence[int]) -> list[Digit]:
    """Return test images of MNIST; the file is read once.

    Raises:
        InputError: a number is out of range.
    """
    from convscope.data.formats.idx import read_idx

    for index in indices:
        if not 0 <= index < NUM_DIGITS:
            raise InputError(
                f"MNIST has no test image {index:,}",
                expected=f"a number from 0 to {NUM_DIGITS - 1:,}",
            )
    images = read_idx(MNIST / "t10k-images-idx3-ubyte.xz", shape=(NUM_DIGITS, 28, 28))
    labels = read_idx(MNIST / "t10k-labels-idx1-ubyte.xz", shape=(NUM_DIGITS,))
    return [Digit(images[index], int(labels[index])) for index in indices]
