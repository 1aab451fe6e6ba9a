"""Random erasing: Cutout and RandomErasing."""

import math
from typing import Annotated, Literal, Self, final

import torch
from pydantic import Field, model_validator
from torch import Tensor

from convscope.data.augment.base import Augment, Pixels, Probability
from convscope.errors import InputError

Share = Annotated[float, Field(gt=0, le=1)]
Aspect = Annotated[float, Field(gt=0, le=100)]


def box_masks(corners_4N: Tensor, height: int, width: int) -> Tensor:
    """Return masks (N, 1, H, W), true for top <= row < bottom and left <= column < right."""
    top, bottom, left, right = corners_4N[:, :, None]
    rows, cols = torch.arange(height), torch.arange(width)
    in_rows = (rows >= top) & (rows < bottom)
    in_cols = (cols >= left) & (cols < right)
    inside: Tensor = in_rows[:, :, None] & in_cols[:, None, :]
    return inside[:, None]


@final
class Cutout(Augment):
    """A black square at a random position in each image; parts of it may be outside.

    (N, C, H, W) -> (N, C, H, W). Paper: DeVries and Taylor 2017.
    """

    type: Literal["Cutout"] = "Cutout"
    pixels: Pixels = 8

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, _, height, width = images_NCHW.shape
        middle = torch.rand(2, num, generator=generator)
        top = (middle[0] * height).long() - self.pixels // 2
        left = (middle[1] * width).long() - self.pixels // 2
        corners_4N = torch.stack([top, top + self.pixels, left, left + self.pixels])
        hidden = box_masks(corners_4N, height, width)
        return images_NCHW.masked_fill(hidden.to(images_NCHW.device), 0)


@final
class RandomErasing(Augment):
    """A random rectangle filled with noise, in a random part of the images.

    Its area is uniform within `area` (share of the image); log(height / width) is uniform between
    1/aspect and aspect. Sides are limited to those of the image. The noise is uniform from 0 to
    255, per channel.

    (N, C, H, W) -> (N, C, H, W). Paper: Zhong et al. 2020, "Random Erasing Data Augmentation".
    Differs from the paper: there, rectangles are drawn until one fits, and the aspect is uniform.
    """

    type: Literal["RandomErasing"] = "RandomErasing"
    probability: Probability = 0.5
    area: tuple[Share, Share] = (0.02, 0.4)
    aspect: Annotated[Aspect, Field(ge=1)] = 3.33

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.area[0] > self.area[1]:
            raise InputError(
                f"area from {self.area[0]} to {self.area[1]}", expected="the smaller number first"
            )
        return self

    def corners(self, num: int, height: int, width: int, generator: torch.Generator) -> Tensor:
        """Return (4, N): top, bottom, left, right; all 0 for images that are not changed."""
        low, high = self.area
        is_erased = torch.rand(num, generator=generator) < self.probability
        area = torch.rand(num, generator=generator) * (high - low) + low
        longer = math.log(self.aspect)
        aspect = torch.exp((torch.rand(num, generator=generator) * 2 - 1) * longer)
        pixels = area * (height * width)
        tall = (pixels * aspect).sqrt().round().clamp(1, height).long()
        wide = (pixels / aspect).sqrt().round().clamp(1, width).long()
        place = torch.rand(2, num, generator=generator)
        top = (place[0] * (height - tall + 1)).long()
        left = (place[1] * (width - wide + 1)).long()
        return torch.stack([top, top + tall, left, left + wide]) * is_erased

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, channels, height, width = images_NCHW.shape
        corners_4N = self.corners(num, height, width, generator)
        hidden = box_masks(corners_4N, height, width)
        # noise for the erased pixels only: a tenth of the image on average
        count = int(((corners_4N[1] - corners_4N[0]) * (corners_4N[3] - corners_4N[2])).sum())
        noise = torch.randint(256, (count * channels,), generator=generator, dtype=torch.uint8)
        hidden, noise = hidden.to(images_NCHW.device), noise.to(images_NCHW)
        return images_NCHW.masked_scatter(hidden.expand_as(images_NCHW), noise)
