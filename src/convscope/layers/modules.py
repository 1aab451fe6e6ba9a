"""The torch modules that torch itself lacks. Imported only when a network is built.

Constants are made on the CPU by name, so that a network can be built on the meta device and
still have them.

Tensor names end in their axes: N batch, C input channels, K output channels, H height,
W width, F features, P places of a window, D all numbers of an image.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.layers.preprocess import CUBIC_A, crop_offset, resized
from convscope.shapes import CHW, Pair

MOST_WEIGHTS = 1 << 26  # of the matrix of a resize: 512 MB


def _uniform(shape: Sequence[int], fan_in: int) -> nn.Parameter:
    """Torch's own start for convolutions and linear layers: U(-1/sqrt(fan_in), ...)."""
    bound = 1 / math.sqrt(fan_in)
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


class PartialConv2d(nn.Module):
    """A convolution that holds only the kernels its table names: weight (links, kh, kw)."""

    rows: Tensor
    cols: Tensor

    def __init__(
        self,
        in_channels: int,
        table: tuple[tuple[int, ...], ...],
        kernel_size: Pair,
        stride: Pair,
        padding: Pair,
        bias: bool,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, len(table)
        self.stride, self.padding = stride, padding
        kh, kw = kernel_size
        links = [(k, c) for k, row in enumerate(table) for c in row]
        rows = torch.tensor([k for k, _ in links], device="cpu")
        cols = torch.tensor([c for _, c in links], device="cpu")
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("cols", cols, persistent=False)
        self.weight = nn.Parameter(torch.empty(len(links), kh, kw))
        self.bias = nn.Parameter(torch.empty(len(table))) if bias else None
        with torch.no_grad():
            fan_in = torch.bincount(rows, minlength=len(table)) * (kh * kw)
            bound = fan_in.float().rsqrt()
            self.weight.uniform_(-1, 1).mul_(bound[rows][:, None, None].to(self.weight.device))
            if self.bias is not None:
                self.bias.uniform_(-1, 1).mul_(bound.to(self.bias.device))

    def dense_weight(self) -> Tensor:
        """(K, C, kh, kw), with zeros where the table names no link."""
        kh, kw = self.weight.shape[1:]
        dense = self.weight.new_zeros(self.out_channels, self.in_channels, kh, kw)
        return dense.index_put((self.rows, self.cols), self.weight)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return F.conv2d(x_NCHW, self.dense_weight(), self.bias, self.stride, self.padding)


class LocallyConnected2d(nn.Module):
    """Unfold, then one small linear layer for each place: weight (P, K, C*kh*kw)."""

    def __init__(
        self,
        input: CHW,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair,
        padding: Pair,
        bias: bool,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
        self.height = (input.height + 2 * ph - kh) // sh + 1
        self.width = (input.width + 2 * pw - kw) // sw + 1
        fan_in = input.channels * kh * kw
        self.weight = _uniform((self.height * self.width, out_channels, fan_in), fan_in)
        self.bias = _uniform((out_channels, self.height, self.width), fan_in) if bias else None

    def forward(self, x_NCHW: Tensor) -> Tensor:
        windows_NFP = F.unfold(x_NCHW, self.kernel_size, padding=self.padding, stride=self.stride)
        y_NKP = torch.einsum("nfp,pkf->nkp", windows_NFP, self.weight)
        y_NKHW = y_NKP.view(len(y_NKP), -1, self.height, self.width)
        return y_NKHW if self.bias is None else y_NKHW + self.bias


class GlobalAvgPool2d(nn.Module):
    """The mean over height and width, kept as 1 x 1."""

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.mean((2, 3), keepdim=True)


class TrainableSubsample2d(nn.Module):
    """Sums of windows, times `weight`, plus `bias`, one of each for a channel."""

    def __init__(self, channels: int, kernel_size: Pair) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.full((channels,), 1 / math.prod(kernel_size)))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        sums_NCHW = F.avg_pool2d(x_NCHW, self.kernel_size, divisor_override=1)
        return sums_NCHW * self.weight[:, None, None] + self.bias[:, None, None]


class ScaledTanh(nn.Module):
    """amplitude * tanh(slope * x)."""

    def __init__(self, amplitude: float, slope: float) -> None:
        super().__init__()
        self.amplitude, self.slope = amplitude, slope

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x * self.slope) * self.amplitude


class EuclideanRBF(nn.Module):
    """Minus the squared distance to each centre; the centres are part of the architecture."""

    centres_KF: Tensor

    def __init__(self, centres: tuple[tuple[float, ...], ...]) -> None:
        super().__init__()
        self.register_buffer("centres_KF", torch.tensor(centres, device="cpu"), persistent=False)

    def forward(self, x_NF: Tensor) -> Tensor:
        return -(x_NF[:, None, :] - self.centres_KF).square().sum(2)


class ZeroPadShortcut(nn.Module):
    """Every stride-th place, with `missing` channels of zeros behind."""

    def __init__(self, missing: int, stride: int) -> None:
        super().__init__()
        self.missing, self.stride = missing, stride

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return F.pad(x_NCHW[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))


class Normalize(nn.Module):
    """(x / 255 - mean) / std, as one multiplication and one addition a number."""

    scale_CHW: Tensor
    shift_CHW: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        mean_C = torch.tensor(mean, dtype=torch.float64, device="cpu")
        std_C = torch.tensor(std, dtype=torch.float64, device="cpu")
        scale, shift = 1 / (255 * std_C), -mean_C / std_C
        self.register_buffer("scale_CHW", scale.float()[:, None, None], persistent=False)
        self.register_buffer("shift_CHW", shift.float()[:, None, None], persistent=False)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        if x_NCHW.is_floating_point():
            x_NCHW = x_NCHW.to(self.scale_CHW.dtype)
        # bytes become floats in the product itself, without a copy of their own
        return (x_NCHW * self.scale_CHW).add_(self.shift_CHW)


def check_sliver(before: Pair, after: Pair) -> None:
    """Refuse an image so long and thin that resizing it would take gigabytes.

    The matrix of a side has (pixels before) x (pixels after) numbers: 384 x 6000 for a camera's
    photo, and 1,280,000 x 5000 for 1 x 5000 pixels whose shorter side becomes 256.

    Raises:
        InputError: such an image.
    """
    if max(b * a for b, a in zip(before, after, strict=True)) > MOST_WEIGHTS:
        raise InputError(
            f"an image of {before[1]}x{before[0]} pixels, which would be resized to "
            f"{after[1]}x{after[0]}",
            expected="sides that differ less",
            fix="crop it first",
        )


def resize_matrix(before: int, after: int, interpolation: str) -> Tensor:
    """The rows of a resize along one axis: (after, before), each row summing to 1."""
    scale = before / after
    where = torch.arange(before, dtype=torch.float64) + 0.5
    centre = (torch.arange(after, dtype=torch.float64) + 0.5) * scale
    x = ((where[None, :] - centre[:, None]) / max(scale, 1.0)).abs()
    weight = (1 - x).clamp(min=0) if interpolation == "bilinear" else _cubic(x)
    return (weight / weight.sum(1, keepdim=True)).float()


def _cubic(x: Tensor) -> Tensor:
    """Keys' cubic convolution kernel, 1981."""
    a = CUBIC_A
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


class Resize(nn.Module):
    """Two matrix products whose weights follow from the image's own size."""

    def __init__(self, size: int | Pair, interpolation: str) -> None:
        super().__init__()
        self.size, self.interpolation = size, interpolation

    def forward(self, x_NCHW: Tensor) -> Tensor:
        before = (x_NCHW.shape[2], x_NCHW.shape[3])
        height, width = resized(*before, self.size)
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        if before == (height, width):
            return x_NCHW
        check_sliver(before, (height, width))
        rows = resize_matrix(before[0], height, self.interpolation).to(x_NCHW)
        cols = resize_matrix(before[1], width, self.interpolation).to(x_NCHW)
        return rows @ (x_NCHW @ cols.T)


class CenterCrop(nn.Module):
    """The middle, with zeros where the image ends before the crop does."""

    def __init__(self, size: Pair) -> None:
        super().__init__()
        self.size = size

    def forward(self, x_NCHW: Tensor) -> Tensor:
        (height, width), before = self.size, x_NCHW.shape[2:]
        top, left = crop_offset(before[0], height), crop_offset(before[1], width)
        inside = x_NCHW[:, :, max(top, 0) : max(top, 0) + height]
        inside = inside[:, :, :, max(left, 0) : max(left, 0) + width]
        if inside.shape[2:] == (height, width):
            return inside
        above, before_left = max(-top, 0), max(-left, 0)
        below, right = height - above - inside.shape[2], width - before_left - inside.shape[3]
        return F.pad(inside, (before_left, right, above, below))


class GlobalContrastNorm(nn.Module):
    """Each image less its mean, scaled to one length."""

    def __init__(self, scale: float, epsilon: float) -> None:
        super().__init__()
        self.scale, self.epsilon = scale, epsilon

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        centred_NCHW = x_NCHW - x_NCHW.mean((1, 2, 3), keepdim=True)
        squares_N111 = centred_NCHW.square().sum((1, 2, 3), keepdim=True)
        # the least length before the root, whose slope at 0 has no end
        length_N111 = squares_N111.clamp(min=self.epsilon**2).sqrt()
        return centred_NCHW / length_N111 * self.scale


class ZcaWhiten(nn.Module):
    """W (x - mean), with x the numbers of an image in a row; the identity until it is fitted."""

    mean_D: Tensor
    matrix_DD: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean_D", torch.zeros(size))
        self.register_buffer("matrix_DD", torch.eye(size))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        # in bfloat16 three digits would be left of what the network is trained on
        with torch.autocast(x_NCHW.device.type, enabled=False):
            rows_ND = x_NCHW.flatten(1).to(self.mean_D.dtype) - self.mean_D
            white_ND = F.linear(rows_ND, self.matrix_DD)
        return white_ND.view(x_NCHW.shape)
