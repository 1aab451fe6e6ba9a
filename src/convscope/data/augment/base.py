"""Base class of augmentations, and functions that several of them share."""

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

CHUNK_BYTES = 1 << 20  # fits into the cache of a core: measured best at 224x224


class Augment(Record, abc.ABC):
    """A random change of images that keeps their class: (N, C, H, W) -> (N, C, H, W).

    Raw pixels 0 to 255 in, uint8 or float; out float if values between are computed. The input
    is not modified. All random numbers come from the generator, which is on the CPU; they are
    then moved to the device of the images.
    """

    @abc.abstractmethod
    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        """Return the augmented images."""

    def check(self, channels: int) -> None:
        """Raise InputError if images with this number of channels are not supported."""


def uniform(count: int, bound: float, generator: torch.Generator) -> Tensor:
    """Return (count) numbers, uniform between -bound and +bound."""
    return (torch.rand(count, generator=generator) * 2 - 1) * bound


def per_image(numbers_N: Tensor, images_NCHW: Tensor) -> Tensor:
    """Return one number per image as (N, 1, 1, 1), on the device of the images."""
    return numbers_N[:, None, None, None].to(images_NCHW.device)


def float_copy(images_NCHW: Tensor) -> Tensor:
    """Return a copy of the pixels as floats."""
    kind = images_NCHW.dtype if images_NCHW.is_floating_point() else torch.float32
    return images_NCHW.to(kind, copy=True, memory_format=torch.contiguous_format)


def chunks(images_NCHW: Tensor) -> Iterator[slice]:
    """Yield slices of images that fit into a CPU cache; a single one on other devices."""
    num = len(images_NCHW)
    each = num
    if images_NCHW.device.type == "cpu" and num:
        each = max(1, CHUNK_BYTES // max(1, images_NCHW[0].nbytes))
    for begin in range(0, max(1, num), max(1, each)):
        yield slice(begin, min(begin + each, num))
