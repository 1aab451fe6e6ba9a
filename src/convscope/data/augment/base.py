"""What every augmentation is, and what several of them draw.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import abc
from collections.abc import Iterator
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from convscope.record import Record

Pixels = Annotated[int, Field(ge=1, le=1024)]
Degrees = Annotated[float, Field(ge=0, le=180)]
Probability = Annotated[float, Field(ge=0, le=1)]

PIECE_BYTES = 1 << 20  # what a core keeps close to itself: measured best at 224x224


class Augment(Record, abc.ABC):
    """One way to make another image of the same thing: (N, C, H, W) -> (N, C, H, W).

    Raw pixels 0 to 255 in, uint8 or float; raw pixels out, float where new values arise. The
    images given are never written to. Every random number comes from the generator, which is
    the processor's; only then are the numbers moved to where the images are.
    """

    @abc.abstractmethod
    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        """Other images of the same things."""

    def check(self, channels: int) -> None:
        """Refuse images of so many channels, before the first batch.

        Raises:
            InputError: this cannot be done to them.
        """


def even(count: int, most: float, generator: torch.Generator) -> Tensor:
    """(count), even between -most and +most."""
    return (torch.rand(count, generator=generator) * 2 - 1) * most


def rows_of(numbers_N: Tensor, images_NCHW: Tensor) -> Tensor:
    """One number an image as (N, 1, 1, 1), beside the images."""
    return numbers_N[:, None, None, None].to(images_NCHW.device)


def float_copy(images_NCHW: Tensor) -> Tensor:
    """Pixels as floats of their own, to be written to."""
    kind = images_NCHW.dtype if images_NCHW.is_floating_point() else torch.float32
    return images_NCHW.to(kind, copy=True, memory_format=torch.contiguous_format)


def pieces(images_NCHW: Tensor) -> Iterator[slice]:
    """Runs of images that the cache of a processor holds; all at once anywhere else."""
    num = len(images_NCHW)
    each = num
    if images_NCHW.device.type == "cpu" and num:
        each = max(1, PIECE_BYTES // max(1, images_NCHW[0].nbytes))
    for begin in range(0, max(1, num), max(1, each)):
        yield slice(begin, min(begin + each, num))
