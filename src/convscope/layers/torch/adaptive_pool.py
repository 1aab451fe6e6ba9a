"""Global pooling."""

from torch import Tensor, nn


class GlobalAvgPool2d(nn.Module):
    """The mean over height and width, kept as 1 x 1."""

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.mean((2, 3), keepdim=True)
