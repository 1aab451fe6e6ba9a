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


class Perturbation(NamedTuple):
    """One kind of perturbation.

    Attributes:
        apply: (pixels_NCHW, strength, seed) -> pixels of the same shape, within 0 to 255.
        strengths: in order.
        unit, sign: of the strengths, in words, and short.
    """

    title: str
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
    radius = math.ceil(3 * sigma)
    if radius == 0:
        return pixels_NCHW
    x = torch.arange(-radius, radius + 1, dtype=pixels_NCHW.dtype, device=pixels_NCHW.device)
    weights = torch.exp(-0.5 * (x / sigma) ** 2)
    weights = (weights / weights.sum()).expand(pixels_NCHW.shape[1], 1, 1, -1)
    groups = pixels_NCHW.shape[1]
    padded = F.pad(pixels_NCHW, (radius, radius, radius, radius), mode="replicate")
    filtered = F.conv2d(padded, weights, groups=groups)
    return F.conv2d(filtered, weights.transpose(2, 3), groups=groups)


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
        "Shift", shifted, (-20, -16, -12, -8, -4, 0, 4, 8, 12, 16, 20), "% of the width", " %"
    ),
    "rotation": Perturbation(
        "Rotation",
        rotated,
        (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60),
        "degrees, clockwise",
        "°",
    ),
    "blur": Perturbation(
        "Blur", blurred, (0, 0.5, 1, 2, 3, 4, 6, 8), "% of the shorter side (sigma)", " %"
    ),
    "noise": Perturbation(
        "Noise", noisy, (0, 10, 20, 40, 60, 80, 120), "grey levels (sigma)", " levels"
    ),
    "brightness": Perturbation(
        "Brightness",
        brightened,
        (-150, -100, -60, -30, 0, 30, 60, 100, 150),
        "grey levels",
        " levels",
    ),
}
