"""Rotation, scaling, shear and subpixel shift of images."""

import math
from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from convscope.data.augment.base import Augment, Degrees, chunks, uniform


def _centres(size: int) -> Tensor:
    """Return the centres of `size` pixels on an axis from -1 to 1."""
    return (torch.arange(size) * 2 + 1) / size - 1


def _rotation(angle_N: Tensor) -> Tensor:
    """Return rotation matrices (N, 2, 2) for (x, y)."""
    cos, sin = angle_N.cos(), angle_N.sin()
    return torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)


def transform(images_NCHW: Tensor, a_N22: Tensor, t_N2: Tensor) -> Tensor:
    """Transform images: output pixel q (x and y from the centre, in pixels) shows input A q + t.

    Bilinear; black outside. (N, C, H, W) -> (N, C, H, W), float.
    """
    height, width = images_NCHW.shape[2:]
    # from pixels to the units of grid_sample, in which each side of the image has length 2
    ratio = torch.tensor([[1.0, height / width], [width / height, 1.0]])
    a, t = a_N22 * ratio, t_N2 * torch.tensor([2 / width, 2 / height])
    # A q + t is a row term plus a column term: 4 x faster than affine_grid, which multiplies a
    # matrix for every pixel
    rows = (a[:, :, 1, None] * _centres(height) + t[:, :, None]).to(images_NCHW.device)
    cols = (a[:, :, 0, None] * _centres(width)).to(images_NCHW.device)
    outputs = []
    for chunk in chunks(images_NCHW):
        grid = (rows[chunk, :, :, None] + cols[chunk, :, None, :]).permute(0, 2, 3, 1)
        outputs.append(F.grid_sample(images_NCHW[chunk].float(), grid, align_corners=False))
    return torch.cat(outputs) if len(outputs) != 1 else outputs[0]


@final
class Affine(Augment):
    """Random rotation, scaling, shear and shift of each image about its centre.

    Output pixel q (from the centre, in pixels) shows input A q + t, with
    A = R(angle) S(shear) / scale; angle, log(scale), shear and t are uniform within their bounds.
    Bilinear; black outside. (N, C, H, W) -> (N, C, H, W), float.

    Paper: LeCun et al. 1998, section III-A (planar affine distortions).
    """

    type: Literal["Affine"] = "Affine"
    degrees: Degrees = 10.0
    scale: Annotated[float, Field(ge=0, le=1)] = 0.1
    shear_degrees: Annotated[float, Field(ge=0, lt=90)] = 5.0
    shift_pixels: Annotated[float, Field(ge=0, le=1024)] = 1.0

    def matrices(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return A (N, 2, 2) and t (N, 2) in pixels, for (x, y)."""
        angle = uniform(num, math.radians(self.degrees), generator)
        zoom = torch.exp(uniform(num, math.log1p(self.scale), generator))
        shear = torch.tan(uniform(num, math.radians(self.shear_degrees), generator))
        shift = uniform(2 * num, self.shift_pixels, generator).view(num, 2)
        cos, sin = angle.cos() / zoom, angle.sin() / zoom
        rows = [torch.stack([cos, cos * shear - sin], 1), torch.stack([sin, sin * shear + cos], 1)]
        return torch.stack(rows, 1), shift

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        return transform(images_NCHW, *self.matrices(len(images_NCHW), generator))


@final
class Rotation(Augment):
    """Random rotation of each image about its centre by up to `degrees` in both directions.

    Output pixel q (from the centre, in pixels) shows input R(angle) q; the angle is uniform
    within its bounds. Bilinear; black outside. (N, C, H, W) -> (N, C, H, W), float.

    Paper: Simard, Steinkraus and Platt 2003.
    """

    type: Literal["Rotation"] = "Rotation"
    degrees: Degrees = 15.0

    def angles(self, num: int, generator: torch.Generator) -> Tensor:
        """Return the angles (N) in radians; positive is anticlockwise."""
        return uniform(num, math.radians(self.degrees), generator)

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num = len(images_NCHW)
        return transform(images_NCHW, _rotation(self.angles(num, generator)), torch.zeros(num, 2))
