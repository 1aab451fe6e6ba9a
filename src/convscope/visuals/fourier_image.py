"""Images parametrised by Fourier coefficients, for activation maximisation.

Each coefficient is divided by its frequency, and colours are decorrelated as in photographs.
Optimiser steps of equal length then change all frequencies and colours alike, which suppresses
the high-frequency noise of plain gradient ascent.

Paper: Olah, Mordvintsev, Schubert 2017, "Feature visualization", Distill.

Axes: N images, C channels, H height, W width, F frequencies along the width.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

# square root of the covariance of colours over ImageNet, from the paper's code (Lucid,
# Apache-2.0); divided by the norm of its longest column
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
LONGEST = max(math.sqrt(sum(row[i] ** 2 for row in COLOURS)) for i in range(3))


class FourierImages:
    """A batch of images to be optimised; the optimiser changes `leaf`.

    Args:
        shape: (N, C, H, W).
        mean_C: the initial mean of each channel, 0 to 1: the mean of the training pixels.
        amplitude: of the initial noise.
    """

    def __init__(
        self,
        shape: tuple[int, int, int, int],
        *,
        generator: torch.Generator,
        mean_C: Tensor,
        amplitude: float = 0.01,
        device: torch.device | str = "cpu",
    ) -> None:
        n, channels, height, width = shape
        self.size = (height, width)
        self.base_C11 = mean_C.clamp(0.05, 0.95).logit()[:, None, None].to(device)
        rows = torch.fft.fftfreq(height)[:, None]
        columns = torch.fft.rfftfreq(width)[None, :]
        frequency_HF = (rows**2 + columns**2).sqrt().clamp(min=1 / max(height, width))
        self.weight_HF = (math.sqrt(height * width) / frequency_HF).to(device)
        noise = torch.randn(n, channels, height, width // 2 + 1, 2, generator=generator)
        self.leaf = (noise * amplitude).to(device).requires_grad_(True)

    def pixels(self) -> Tensor:
        """The images, (N, C, H, W), 0 to 1."""
        spectrum_NCHF = torch.view_as_complex(self.leaf) * self.weight_HF
        values_NCHW = torch.fft.irfft2(spectrum_NCHF, s=self.size) / 4
        if values_NCHW.shape[1] == 3:
            colours = torch.tensor(COLOURS).to(values_NCHW) / LONGEST
            values_NCHW = torch.einsum("nchw,kc->nkhw", values_NCHW, colours)
        pixels_NCHW: Tensor = (values_NCHW + self.base_C11).sigmoid()
        return pixels_NCHW


def randomly_transformed(
    images_NCHW: Tensor,
    *,
    generator: torch.Generator,
    shift: float = 0.06,
    degrees: float = 6.0,
    scale: float = 0.08,
) -> Tensor:
    """Each image randomly rotated, shifted and scaled a little.

    Args:
        shift: maximum in each direction, as a fraction of the side.
        scale: maximum fraction by which an image grows or shrinks.
    """
    random_N4 = torch.rand(len(images_NCHW), 4, generator=generator) * 2 - 1
    angle_N = random_N4[:, 0] * math.radians(degrees)
    zoom_N = 1 + random_N4[:, 1] * scale
    cos_N, sin_N = angle_N.cos() / zoom_N, angle_N.sin() / zoom_N
    shift_N2 = random_N4[:, 2:] * 2 * shift
    rows = [
        torch.stack([cos_N, -sin_N, shift_N2[:, 0]], 1),
        torch.stack([sin_N, cos_N, shift_N2[:, 1]], 1),
    ]
    grid = F.affine_grid(
        torch.stack(rows, 1).to(images_NCHW), list(images_NCHW.shape), align_corners=False
    )
    return F.grid_sample(images_NCHW, grid, padding_mode="reflection", align_corners=False)
