"""Random removal of a residual branch."""

from torch import Tensor, nn


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
