"""Contrast normalisation and whitening."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class GlobalContrastNorm(nn.Module):
    """Each image minus its mean, scaled to one length."""

    def __init__(self, scale: float, epsilon: float) -> None:
        super().__init__()
        self.scale, self.epsilon = scale, epsilon

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        centred_NCHW = x_NCHW - x_NCHW.mean((1, 2, 3), keepdim=True)
        squares_N111 = centred_NCHW.square().sum((1, 2, 3), keepdim=True)
        # limited before the root, whose derivative at 0 is infinite
        length_N111 = squares_N111.clamp(min=self.epsilon**2).sqrt()
        return centred_NCHW / length_N111 * self.scale


class ZcaWhiten(nn.Module):
    """W (x - mean), x all numbers of an image; both are stored with the weights."""

    mean_D: Tensor
    matrix_DD: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean_D", torch.zeros(size))
        self.register_buffer("matrix_DD", torch.eye(size))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        x_NCHW = x_NCHW if x_NCHW.is_floating_point() else x_NCHW.float()
        # bfloat16 would leave 3 digits of the network's input
        with torch.autocast(x_NCHW.device.type, enabled=False):
            rows_ND = x_NCHW.flatten(1).to(self.mean_D.dtype) - self.mean_D
            white_ND = F.linear(rows_ND, self.matrix_DD)
        return white_ND.view(x_NCHW.shape)
