"""Scale and random removal of a residual branch."""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """`weight` times each channel."""

    def __init__(self, channels: int, init: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW * self.weight[:, None, None]


class StochasticDepth(nn.Module):
    """In training, zeros for an image with probability p, else x / (1 - p)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = x.new_empty(len(x), *(1 for _ in x.shape[1:]))
        return x * kept.bernoulli_(1 - self.p).div_(1 - self.p)
