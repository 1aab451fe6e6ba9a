"""Augmentation: whole batches at once, seeded; raw pixels 0 to 255 in, raw pixels out.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import math
from typing import Annotated, Literal, final

import pydantic
import torch
from pydantic import ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F

Pixels = Annotated[int, Field(ge=1, le=1024)]
Degrees = Annotated[float, Field(ge=0, le=180)]


class _Augment(pydantic.BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _uniform(count: int, most: float, generator: torch.Generator) -> Tensor:
    """(count), even between -most and +most."""
    return (torch.rand(count, generator=generator) * 2 - 1) * most


def _middles(size: int) -> Tensor:
    """Where the middles of `size` pixels lie on a side that goes from -1 to 1."""
    return (torch.arange(size) * 2 + 1) / size - 1


@final
class Shift(_Augment):
    """Each image moved by up to `pixels`, the same chance for every whole step; black moves in.

    (N, C, H, W) -> (N, C, H, W). Paper: Simard, Steinkraus and Platt 2003.
    """

    type: Literal["Shift"] = "Shift"
    pixels: Pixels = 1

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        p = self.pixels
        num, _, height, width = images_NCHW.shape
        padded = F.pad(images_NCHW, (p, p, p, p))
        down, right = torch.randint(2 * p + 1, (2, num), generator=generator)
        # every window there is, as a view: choosing one an image copies whole rows
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        return windows[torch.arange(num), :, down, right]


@final
class BatchShift(_Augment):
    """The whole batch moved by one random step of up to `pixels`: the cheapest shift there is.

    (N, C, H, W) -> (N, C, H, W); black moves in.
    """

    type: Literal["BatchShift"] = "BatchShift"
    pixels: Pixels = 1

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        p = self.pixels
        height, width = images_NCHW.shape[2:]
        down, right = torch.randint(2 * p + 1, (2,), generator=generator).tolist()
        padded = F.pad(images_NCHW, (p, p, p, p))
        return padded[:, :, down : down + height, right : right + width]


@final
class HorizontalFlip(_Augment):
    """Each image mirrored left to right with a probability. (N, C, H, W) -> (N, C, H, W).

    Paper: Krizhevsky et al. 2012.
    """

    type: Literal["HorizontalFlip"] = "HorizontalFlip"
    probability: Annotated[float, Field(ge=0, le=1)] = 0.5

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        flipped_N = torch.rand(len(images_NCHW), generator=generator) < self.probability
        flipped_N = flipped_N.to(images_NCHW.device)
        return torch.where(flipped_N[:, None, None, None], images_NCHW.flip(3), images_NCHW)


@final
class Affine(_Augment):
    """Each image turned, scaled, sheared and shifted a little, about its middle.

    Output pixel q (from the middle, in pixels) shows input A q + t, with
    A = R(angle) S(shear) / scale; angle, log(scale), shear and t are even within their bounds.
    Bilinear; outside is black. (N, C, H, W) -> (N, C, H, W), float.

    Paper: LeCun et al. 1998, section III-A (planar affine distortions).
    """

    type: Literal["Affine"] = "Affine"
    degrees: Degrees = 10.0
    scale: Annotated[float, Field(ge=0, le=1)] = 0.1
    shear_degrees: Annotated[float, Field(ge=0, lt=90)] = 5.0
    shift_pixels: Annotated[float, Field(ge=0, le=1024)] = 1.0

    def matrices(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(N, 2, 2) and (N, 2): A and t in pixels, as (x, y)."""
        angle = _uniform(num, math.radians(self.degrees), generator)
        zoom = torch.exp(_uniform(num, math.log1p(self.scale), generator))
        shear = torch.tan(_uniform(num, math.radians(self.shear_degrees), generator))
        shift = _uniform(2 * num, self.shift_pixels, generator).view(num, 2)
        cos, sin = angle.cos() / zoom, angle.sin() / zoom
        rows = [torch.stack([cos, cos * shear - sin], 1), torch.stack([sin, sin * shear + cos], 1)]
        return torch.stack(rows, 1), shift

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, _, height, width = images_NCHW.shape
        a, t = self.matrices(num, generator)
        # from pixels to the units of grid_sample, in which each side of the image is 2 long
        ratio = torch.tensor([[1.0, height / width], [width / height, 1.0]])
        a, t = a * ratio, t * torch.tensor([2 / width, 2 / height])
        # A q + t as a part of the row plus a part of the column: a quarter of the time of
        # affine_grid, which multiplies a matrix for every pixel
        rows = a[:, :, 1, None] * _middles(height) + t[:, :, None]
        cols = a[:, :, 0, None] * _middles(width)
        grid = (rows[:, :, :, None] + cols[:, :, None, :]).permute(0, 2, 3, 1)
        device = images_NCHW.device
        return F.grid_sample(images_NCHW.float(), grid.to(device), align_corners=False)


@final
class Cutout(_Augment):
    """One black square in each image, its middle anywhere; parts of it may lie outside.

    (N, C, H, W) -> (N, C, H, W). Paper: DeVries and Taylor 2017.
    """

    type: Literal["Cutout"] = "Cutout"
    pixels: Pixels = 8

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, _, height, width = images_NCHW.shape
        middle = torch.rand(2, num, generator=generator)
        top = (middle[0] * height).long() - self.pixels // 2
        left = (middle[1] * width).long() - self.pixels // 2
        rows, cols = torch.arange(height), torch.arange(width)
        in_rows = (rows >= top[:, None]) & (rows < top[:, None] + self.pixels)
        in_cols = (cols >= left[:, None]) & (cols < left[:, None] + self.pixels)
        hidden = (in_rows[:, :, None] & in_cols[:, None, :])[:, None]
        return images_NCHW.masked_fill(hidden.to(images_NCHW.device), 0)


AUGMENTS = (Shift, BatchShift, HorizontalFlip, Affine, Cutout)
AnyAugment = Annotated[
    Shift | BatchShift | HorizontalFlip | Affine | Cutout, Field(discriminator="type")
]
