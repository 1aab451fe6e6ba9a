"""Global pooling, and subsampling with trainable factors."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class GlobalAvgPool2d(nn.Module):
    """The mean over height and width, kept as 1 x 1."""

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.mean((2, 3), keepdim=True)


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
