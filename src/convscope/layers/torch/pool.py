"""Pooling with "same" padding, and subsampling with trainable factors."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.shapes import same_padding


class SameMaxPool2d(nn.Module):
    """Maximum of windows padded to ceil(size / stride); padding is never chosen."""

    def __init__(
        self,
        kernel_size: tuple[int, int],
        stride: tuple[int, int],
        dilation: tuple[int, int] = (1, 1),
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.dilation = dilation

    def forward(self, x_NCHW: Tensor) -> Tensor:
        (kh, kw), (sh, sw), (dh, dw) = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x_NCHW.shape[2], dh * (kh - 1) + 1, sh)
        left, right = same_padding(x_NCHW.shape[3], dw * (kw - 1) + 1, sw)
        if top or bottom or left or right:
            x_NCHW = F.pad(x_NCHW, (left, right, top, bottom), value=-torch.inf)
        return F.max_pool2d(x_NCHW, (kh, kw), (sh, sw), 0, (dh, dw))


class SameAvgPool2d(nn.Module):
    """Mean of windows padded to ceil(size / stride); padding is not counted."""

    def __init__(self, kernel_size: tuple[int, int], stride: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, x_NCHW: Tensor) -> Tensor:
        (kh, kw), (sh, sw) = self.kernel_size, self.stride
        height, width = x_NCHW.shape[2:]
        top, bottom = same_padding(height, kh, sh)
        left, right = same_padding(width, kw, sw)
        sides = (left, right, top, bottom)
        ones_11HW = F.pad(x_NCHW.new_ones(1, 1, height, width), sides)
        share_11HW = F.avg_pool2d(ones_11HW, (kh, kw), (sh, sw))
        if any(sides):
            x_NCHW = F.pad(x_NCHW, sides)
        return F.avg_pool2d(x_NCHW, (kh, kw), (sh, sw)) / share_11HW


class TrainableSubsample2d(nn.Module):
    """Sums of windows, times `weight`, plus `bias`, one of each per channel."""

    def __init__(self, channels: int, kernel_size: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        mean = 1 / (kernel_size[0] * kernel_size[1])
        self.weight = nn.Parameter(torch.full((channels,), mean))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        sums_NCHW = F.avg_pool2d(x_NCHW, self.kernel_size, divisor_override=1)
        return sums_NCHW * self.weight[:, None, None] + self.bias[:, None, None]
