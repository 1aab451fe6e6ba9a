"""The scaled hyperbolic tangent."""

import torch
from torch import Tensor, nn


class ScaledTanh(nn.Module):
    """amplitude * tanh(slope * x)."""

    def __init__(self, amplitude: float, slope: float) -> None:
        super().__init__()
        self.amplitude, self.slope = amplitude, slope

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x * self.slope) * self.amplitude
