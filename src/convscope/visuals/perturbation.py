"""Perturbations of pixels by degrees: shift, rotation, blur, noise, brightness.

They act on images before preprocessing, values 0 to 255, of any size. What comes in from outside of
the image repeats its edge. Every one of strength 0 returns the image unchanged.

Axes: N batch, C channels, H height, W width.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

WHITE = 255.0
MOST_PIXELS = 2**20  # of an image that is perturbed; networks read far fewer


def reduced(pixels_NCHW: Tensor) -> Tensor:
    """A photo of many megapixels as means of squares, about `MOST_PIXELS`; else the same."""
    height, width = pixels_NCHW.shape[2:]
    factor = round(math.sqrt(height * width / MOST_PIXELS))
    if factor < 2:
        return pixels_NCHW
    return F.avg_pool2d(pixels_NCHW.float(), factor)


class Perturbation(NamedTuple):
    """One kind of perturbation.

    Attributes:
        apply: (pixels_NCHW, strength, seed) -> pixels of the same shape, within 0 to 255.
        strengths: in order.
        unit, sign: of the strengths, in words, and short.
    """

    apply: Callable[[Tensor, float, int], Tensor]
    strengths: tuple[float, ...]
    unit: str
    sign: str


def shifted(pixels_NCHW: Tensor, strength: float, _: int) -> Tensor:
    """To the right by a percentage of the width, in whole pixels; the left edge is repeated."""
    columns = pixels_NCHW.shape[3]
    source = torch.arange(columns) - round(strength / 100 * columns)
    return pixels_NCHW[..., source.clamp(0, columns - 1).to(pixels_NCHW.device)]


def rotated(pixels_NCHW: Tensor, strength: float, _: int) -> Tensor:
    """By an angle in degrees about the centre, clockwise, with bilinear interpolation."""
    if strength == 0:
        return pixels_NCHW
    height, width = pixels_NCHW.shape[2:]
    angle = math.radians(strength)
    cosine, sine = math.cos(angle), math.sin(angle)
    # of the position in the output to that in the input; grid_sample scales each side to -1 ... 1
    rows = [[cosine, sine * height / width, 0], [-sine * width / height, cosine, 0]]
    turn = torch.tensor([rows], dtype=pixels_NCHW.dtype, device=pixels_NCHW.device)
    num = len(pixels_NCHW)
    grid = F.affine_grid(turn.expand(num, 2, 3), list(pixels_NCHW.shape), align_corners=False)
    return F.grid_sample(pixels_NCHW, grid, padding_mode="border", align_corners=False)


def blurred(pixels_NCHW: Tensor, strength: float, _: int) -> Tensor:
    """By a Gaussian whose standard deviation is a percentage of the shorter side."""
    height, width = pixels_NCHW.shape[2:]
    sigma = strength / 100 * min(height, width)
    if sigma == 0:
        return pixels_NCHW
    rows, columns = (_gaussian(side, sigma).to(pixels_NCHW) for side in (height, width))
    return rows @ pixels_NCHW @ columns.T


def _gaussian(side: int, sigma: float) -> Tensor:
    """The blur of a line as a matrix (side, side); a long convolution would be far slower."""
    radius = math.ceil(3 * sigma)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    sources = (torch.arange(side)[:, None] + offsets.long()).clamp(0, side - 1)
    matrix = torch.zeros(side, side, dtype=torch.float64)
    return matrix.scatter_add(1, sources, (weights / weights.sum()).expand_as(sources))


def noisy(pixels_NCHW: Tensor, strength: float, seed: int) -> Tensor:
    """With Gaussian noise of a standard deviation in grey levels, clipped to 0 ... 255.

    Every image gets the same noise, whatever the size of its batch.
    """
    generator = torch.Generator().manual_seed(seed)
    noise_CHW = torch.randn(pixels_NCHW.shape[1:], generator=generator).to(pixels_NCHW)
    return (pixels_NCHW + strength * noise_CHW).clamp(0, WHITE)


def brightened(pixels_NCHW: Tensor, strength: float, _: int) -> Tensor:
    """By a number of grey levels, clipped to 0 ... 255."""
    return (pixels_NCHW + strength).clamp(0, WHITE)


PERTURBATIONS: dict[str, Perturbation] = {
    "shift": Perturbation(
        shifted, (-20, -16, -12, -8, -4, 0, 4, 8, 12, 16, 20), "percent of the width", " %"
    ),
    "rotation": Perturbation(
        rotated,
        (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60),
        "degrees, clockwise",
        "°",
    ),
    "blur": Perturbation(
        blurred, (0, 0.5, 1, 2, 3, 4, 6, 8), "percent of the shorter side (sigma)", " %"
    ),
    "noise": Perturbation(noisy, (0, 10, 20, 40, 60, 80, 120), "grey levels (sigma)", " levels"),
    "brightness": Perturbation(
        brightened,
        (-150, -100, -60, -30, 0, 30, 60, 100, 150),
        "grey levels",
        " levels",
    ),
}
