"""Selection of channels."""

from torch import Tensor, nn


class SelectChannels(nn.Module):
    """The channels from `start` to `stop` - 1."""

    def __init__(self, start: int, stop: int | None) -> None:
        super().__init__()
        self.start, self.stop = start, stop

    def forward(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW[:, self.start : self.stop]
