"""Images as waves: what `maximise` changes, so that no pixel is changed on its own.

An image is kept as its Fourier coefficients, each divided by its frequency, in colours that do
not go together in photographs. Steps of equal length then change all frequencies and colours
alike, and the high-frequency noise that plain gradients love does not come up.

Paper: Olah, Mordvintsev, Schubert 2017, "Feature visualization", Distill.

Axes: N images, C channels, H height, W width, F frequencies along the width.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

# How the colours of photographs go together: the root of their covariance over ImageNet, as the
# paper's code (Lucid, Apache-2.0) has it, by the norm of its longest column.
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
LONGEST = max(math.sqrt(sum(row[i] ** 2 for row in COLOURS)) for i in range(3))


class Waves:
    """A batch of images to be optimised; `leaf` is what an optimiser changes.

    Args:
        shape: (N, C, H, W).
        mean_C: what it begins around, in each channel, 0 to 1: the mean of the training pixels.
        amplitude: of the noise that it begins with.
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
        start = torch.randn(n, channels, height, width // 2 + 1, 2, generator=generator)
        self.leaf = (start * amplitude).to(device).requires_grad_(True)

    def images(self) -> Tensor:
        """(N, C, H, W), 0 to 1."""
        spectrum_NCHF = torch.view_as_complex(self.leaf) * self.weight_HF
        values_NCHW = torch.fft.irfft2(spectrum_NCHF, s=self.size) / 4
        if values_NCHW.shape[1] == 3:
            colours = torch.tensor(COLOURS).to(values_NCHW) / LONGEST
            values_NCHW = torch.einsum("nchw,kc->nkhw", values_NCHW, colours)
        made: Tensor = (values_NCHW + self.base_C11).sigmoid()
        return made


def moved(
    images_NCHW: Tensor,
    *,
    generator: torch.Generator,
    shift: float = 0.06,
    degrees: float = 6.0,
    scale: float = 0.08,
) -> Tensor:
    """Each image a little turned, shifted and zoomed, all drawn anew: what lasts is robust.

    Args:
        shift: of the side, to every direction, at most.
        scale: share of growing or shrinking, at most.
    """
    drawn_N4 = torch.rand(len(images_NCHW), 4, generator=generator) * 2 - 1
    angle_N = drawn_N4[:, 0] * math.radians(degrees)
    zoom_N = 1 + drawn_N4[:, 1] * scale
    cos_N, sin_N = angle_N.cos() / zoom_N, angle_N.sin() / zoom_N
    move_N2 = drawn_N4[:, 2:] * 2 * shift
    rows = [
        torch.stack([cos_N, -sin_N, move_N2[:, 0]], 1),
        torch.stack([sin_N, cos_N, move_N2[:, 1]], 1),
    ]
    grid = F.affine_grid(
        torch.stack(rows, 1).to(images_NCHW), list(images_NCHW.shape), align_corners=False
    )
    return F.grid_sample(images_NCHW, grid, padding_mode="reflection", align_corners=False)
