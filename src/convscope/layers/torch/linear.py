"""Radial basis functions."""

import torch
from torch import Tensor, nn


class EuclideanRBF(nn.Module):
    """Negative squared distance to each centre, a row of `centres`."""

    centres_KF: Tensor

    def __init__(self, centres: tuple[tuple[float, ...], ...]) -> None:
        super().__init__()
        centres_KF = torch.tensor(centres, device="cpu")
        self.register_buffer("centres_KF", centres_KF, persistent=False)

    def forward(self, x_NF: Tensor) -> Tensor:
        return -(x_NF[:, None, :] - self.centres_KF).square().sum(2)
