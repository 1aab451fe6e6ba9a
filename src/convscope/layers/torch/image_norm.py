"""Layer normalisation over channels, and global response normalisation."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LayerNorm2d(nn.Module):
    """Mean 0 and variance 1 over the channels at each position, then scale and shift."""

    def __init__(self, channels: int, eps: float = 1e-6, affine: bool = True) -> None:
        super().__init__()
        self.channels, self.eps = channels, eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NHWC = x_NCHW.permute(0, 2, 3, 1)
        size = (self.channels,)
        y_NHWC = F.layer_norm(x_NHWC, size, self.weight, self.bias, self.eps)
        return y_NHWC.permute(0, 3, 1, 2)


class GlobalResponseNorm(nn.Module):
    """x + weight * x * norm / mean norm + bias, with the norm of each channel."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        norm_NC11 = torch.linalg.vector_norm(x_NCHW, dim=(2, 3), keepdim=True)
        share_NC11 = norm_NC11 / (norm_NC11.mean(1, keepdim=True) + self.eps)
        weight_C11, bias_C11 = self.weight[:, None, None], self.bias[:, None, None]
        scaled_NCHW: Tensor = weight_C11 * (x_NCHW * share_NC11)
        return x_NCHW + scaled_NCHW + bias_C11
