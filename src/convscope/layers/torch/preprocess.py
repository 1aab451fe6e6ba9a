"""Standardisation, resampling and cropping of images."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.shapes import crop_offset, resized


class Normalize(nn.Module):
    """(x / 255 - mean) / std, as one multiplication and one addition per number."""

    scale_CHW: Tensor
    shift_CHW: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        mean_C = torch.tensor(mean, dtype=torch.float64, device="cpu")
        std_C = torch.tensor(std, dtype=torch.float64, device="cpu")
        scale_CHW = (1 / (255 * std_C)).float()[:, None, None]
        shift_CHW = (-mean_C / std_C).float()[:, None, None]
        self.register_buffer("scale_CHW", scale_CHW, persistent=False)
        self.register_buffer("shift_CHW", shift_CHW, persistent=False)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        if x_NCHW.is_floating_point():
            x_NCHW = x_NCHW.to(self.scale_CHW.dtype)
        # bytes become floats in the product itself, without a copy of their own
        return (x_NCHW * self.scale_CHW).add_(self.shift_CHW)


def resize_weights(
    start_N: Tensor, length_N: Tensor, before: int, after: int, interpolation: str
) -> Tensor:
    """Return (N, after, before): weights that bring [start, start + length) to `after` pixels.

    Row i holds f(|j + 1/2 - start - (i + 1/2) s| / max(s, 1)), s = length / after, divided by
    its sum; f is the triangle or Keys' cubic kernel. Pixels beside the interval count where f
    reaches them.
    """
    scale_N11 = (length_N / after)[:, None, None]
    new = torch.arange(after, dtype=torch.float64)[:, None] + 0.5
    old = torch.arange(before, dtype=torch.float64) + 0.5
    centre = start_N[:, None, None] + new * scale_N11
    x = ((old - centre) / scale_N11.clamp(min=1)).abs()
    weight = (1 - x).clamp(min=0) if interpolation == "bilinear" else cubic(x)
    return weight / weight.sum(2, keepdim=True)


def cubic(x: Tensor) -> Tensor:
    """Return Keys' cubic convolution kernel with a = -0.5, for x >= 0."""
    a = -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


def resize_matrix(before: int, after: int, interpolation: str) -> Tensor:
    """Return the rows of a resize along one axis: (after, before), each row summing to 1."""
    start_1 = torch.zeros(1, dtype=torch.float64)
    length_1 = start_1 + before
    weights = resize_weights(start_1, length_1, before, after, interpolation)
    return weights[0].float()


def byte_weights(before: int, after: int, interpolation: str) -> Tensor:
    """Return Pillow's fixed-point weights of a resize of bytes: (after, before), whole numbers.

    Each is its weight times 2^22, rounded; operations and their order are Pillow's.
    """
    scale = before / after
    centre_A1 = (torch.arange(after, dtype=torch.float64)[:, None] + 0.5) * scale
    old_B = torch.arange(before, dtype=torch.float64)
    x = ((old_B - centre_A1 + 0.5) * (1 / max(scale, 1.0))).abs()
    weight = (1 - x).clamp(min=0) if interpolation == "bilinear" else cubic(x)
    fixed = weight / weight.sum(1, keepdim=True) * 2**22
    return (fixed.abs() + 0.5).floor() * fixed.sign()


def resize_bytes(x_NCHB: Tensor, after: int, interpolation: str) -> Tensor:
    """Resize bytes along the last axis, exactly as Pillow: (..., B) -> (..., after), float64.

    Pillow resizes along the width first; since version 13 along the height first where that is
    reduced much more. The products are whole numbers below 2^53, which float64 holds exactly.
    Blocks of outputs read the pixels that they need: a tenth of a large photo's products.
    """
    before = x_NCHB.shape[-1]
    if before == after:
        return x_NCHB.double()
    weights_AB = byte_weights(before, after, interpolation)
    sums = []
    for rows_AB in torch.split(weights_AB, 64):
        used = rows_AB.any(0).nonzero()
        inside = slice(int(used[0]), int(used[-1]) + 1)
        columns_BA = rows_AB[:, inside].T.to(x_NCHB.device)
        sums.append(x_NCHB[..., inside].double() @ columns_BA)
    return ((torch.cat(sums, -1) + 2**21) / 2**22).floor_().clamp_(0, 255)


class Resize(nn.Module):
    """Resampling without aliasing, as two matrix products. One number: the shorter side.

    With `rounding` "uint8" each product is rounded to whole numbers from 0 to 255, as in Pillow;
    the gradient is that of the resize without rounding.
    """

    def __init__(
        self, size: int | tuple[int, int], interpolation: str, rounding: str = "none"
    ) -> None:
        super().__init__()
        self.size, self.interpolation, self.rounding = size, interpolation, rounding

    def forward(self, x_NCHW: Tensor) -> Tensor:
        before = (x_NCHW.shape[2], x_NCHW.shape[3])
        after = resized(*before, self.size)
        kind = x_NCHW.dtype if x_NCHW.is_floating_point() else torch.float32
        if before == after:
            return x_NCHW.to(kind)
        if self.rounding == "none":
            return self.resampled(x_NCHW.to(kind), after)
        with torch.no_grad():
            wide_NCWH = resize_bytes(x_NCHW, after[1], self.interpolation).mT
            y_NCHW = resize_bytes(wide_NCWH, after[0], self.interpolation).mT.to(kind)
        if not x_NCHW.requires_grad:
            return y_NCHW
        linear_NCHW = self.resampled(x_NCHW, after)
        return y_NCHW + (linear_NCHW - linear_NCHW.detach())

    def resampled(self, x_NCHW: Tensor, after: tuple[int, int]) -> Tensor:
        """Return the resize in real numbers."""
        rows = resize_matrix(x_NCHW.shape[2], after[0], self.interpolation).to(x_NCHW)
        cols = resize_matrix(x_NCHW.shape[3], after[1], self.interpolation).to(x_NCHW)
        return rows @ (x_NCHW @ cols.T)


class ReverseChannels(nn.Module):
    """The channels in reverse order."""

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.flip(1)


class CenterCrop(nn.Module):
    """The centre of an image, with zeros where the image is smaller."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, x_NCHW: Tensor) -> Tensor:
        for axis, size in zip((2, 3), self.size, strict=True):
            offset = crop_offset(x_NCHW.shape[axis], size)
            if offset >= 0 and size <= x_NCHW.shape[axis]:
                x_NCHW = x_NCHW.narrow(axis, offset, size)
            else:
                before, after = -offset, size - x_NCHW.shape[axis] + offset
                sides = (before, after) if axis == 3 else (0, 0, before, after)
                x_NCHW = F.pad(x_NCHW, sides)
        return x_NCHW
