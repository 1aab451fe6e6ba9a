"""The shortcut without parameters, and the scale of a branch."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ZeroPadShortcut(nn.Module):
    """Every stride-th position, followed by `missing` channels of zeros."""

    def __init__(self, missing: int, stride: int) -> None:
        super().__init__()
        self.missing, self.stride = missing, stride

    def forward(self, x_NCHW: Tensor) -> Tensor:
        kept_NCHW = x_NCHW[:, :, :: self.stride, :: self.stride]
        return F.pad(kept_NCHW, (0, 0, 0, 0, 0, self.missing))


class LayerScale(nn.Module):
    """`weight` times each channel."""

    def __init__(self, channels: int, init: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW * self.weight[:, None, None]
