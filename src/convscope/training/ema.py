"""Exponential moving average of the weights."""

import copy
from typing import Annotated, cast

import torch
from pydantic import Field
from torch import nn

from convscope.record import Record


class Ema(Record):
    """mean = d mean + (1 - d) w after step t = 1, 2, ...; d = min(decay, t / (t + 9)).

    The ramp reduces the weight of the initial values: at t = 1 nine tenths of the mean are
    already the new weights. Buffers (running averages of a normalisation) are copied, not
    averaged. Paper: Polyak and Juditsky 1992; the ramp is TensorFlow's (1 + n) / (10 + n).
    """

    decay: Annotated[float, Field(gt=0, lt=1)] = 0.999

    def at(self, step: int) -> float:
        """Return the factor d of step t = 1, 2, ..."""
        return min(self.decay, step / (step + 9))


class Average:
    """Copy of a network in training, with averaged weights."""

    def __init__(self, ema: Ema, network: nn.Module) -> None:
        self._ema = ema
        self.network = copy.deepcopy(network).requires_grad_(False)
        self._mean = list(self.network.parameters())
        self._live = list(network.parameters())
        self._buffers = list(zip(self.network.buffers(), network.buffers(), strict=True))

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Update the mean with the weights after step t = 1, 2, ..."""
        live = cast(list[torch.Tensor], self._live)
        torch._foreach_lerp_(cast(list[torch.Tensor], self._mean), live, 1 - self._ema.at(step))

    @torch.no_grad()
    def settled(self) -> nn.Module:
        """Return the averaged network, with the current buffers of the one in training."""
        for mine, theirs in self._buffers:
            mine.copy_(theirs)
        return self.network
