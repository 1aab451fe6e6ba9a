"""Images turned, scaled, sheared and moved by parts of pixels.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import math
from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from convscope.data.augment.base import Augment, Degrees, even, pieces


def _middles(size: int) -> Tensor:
    """Where the middles of `size` pixels lie on a side that goes from -1 to 1."""
    return (torch.arange(size) * 2 + 1) / size - 1


def _rotation(angle_N: Tensor) -> Tensor:
    """(N, 2, 2), as (x, y)."""
    cos, sin = angle_N.cos(), angle_N.sin()
    return torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)


def sampled(images_NCHW: Tensor, a_N22: Tensor, t_N2: Tensor) -> Tensor:
    """Output pixel q (from the middle, in pixels, as x and y) shows input A q + t.

    Bilinear; outside is black. (N, C, H, W) -> (N, C, H, W), float.
    """
    height, width = images_NCHW.shape[2:]
    # from pixels to the units of grid_sample, in which each side of the image is 2 long
    ratio = torch.tensor([[1.0, height / width], [width / height, 1.0]])
    a, t = a_N22 * ratio, t_N2 * torch.tensor([2 / width, 2 / height])
    # A q + t as a part of the row plus a part of the column: a quarter of the time of
    # affine_grid, which multiplies a matrix for every pixel
    rows = (a[:, :, 1, None] * _middles(height) + t[:, :, None]).to(images_NCHW.device)
    cols = (a[:, :, 0, None] * _middles(width)).to(images_NCHW.device)
    moved = []
    for piece in pieces(images_NCHW):
        grid = (rows[piece, :, :, None] + cols[piece, :, None, :]).permute(0, 2, 3, 1)
        moved.append(F.grid_sample(images_NCHW[piece].float(), grid, align_corners=False))
    return torch.cat(moved) if len(moved) != 1 else moved[0]


@final
class Affine(Augment):
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
        angle = even(num, math.radians(self.degrees), generator)
        zoom = torch.exp(even(num, math.log1p(self.scale), generator))
        shear = torch.tan(even(num, math.radians(self.shear_degrees), generator))
        shift = even(2 * num, self.shift_pixels, generator).view(num, 2)
        cos, sin = angle.cos() / zoom, angle.sin() / zoom
        rows = [torch.stack([cos, cos * shear - sin], 1), torch.stack([sin, sin * shear + cos], 1)]
        return torch.stack(rows, 1), shift

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        return sampled(images_NCHW, *self.matrices(len(images_NCHW), generator))


@final
class Rotation(Augment):
    """Each image turned about its middle by up to `degrees`, either way.

    Output pixel q (from the middle, in pixels) shows input R(angle) q, the angle even within
    its bounds. Bilinear; outside is black. (N, C, H, W) -> (N, C, H, W), float.

    Paper: Simard, Steinkraus and Platt 2003.
    """

    type: Literal["Rotation"] = "Rotation"
    degrees: Degrees = 15.0

    def angles(self, num: int, generator: torch.Generator) -> Tensor:
        """(N), in radians; what is up goes left where the angle is positive."""
        return even(num, math.radians(self.degrees), generator)

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num = len(images_NCHW)
        return sampled(images_NCHW, _rotation(self.angles(num, generator)), torch.zeros(num, 2))
