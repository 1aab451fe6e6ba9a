"""Samples of tensors: as many numbers as figures and histograms need, without a pass over all.

Axes: N images, U units, C channels, H height, W width.
"""

import math

import numpy as np
import torch
from torch import Tensor

MOST_NUMBERS = 32_768  # of a layer's output
MOST_IMAGES = 128
MOST_WEIGHTS = 16_384  # of a parameter


class OutputSample:
    """Places of the units that are looked at in a layer's output, evenly over all of them."""

    def __init__(self) -> None:
        self._for: tuple[int, ...] = ()
        self._places: tuple[Tensor, ...] | None = None

    def take(self, output: Tensor) -> Tensor:
        """Return numbers of the first images: (N, ...) -> (n, u), float32, a copy."""
        with torch.no_grad():
            count = min(len(output), MOST_IMAGES)
            if (count, *output.shape[1:]) != self._for:
                self._choose(count, output)
            few = output.detach()[:count]
            if self._places is None:
                return few.reshape(count, -1).float().clone()
            few = few[(slice(None), *self._places)]  # type: ignore[index]  # not typed in torch
            return few.float()

    def _choose(self, count: int, output: Tensor) -> None:
        shape = tuple(output.shape[1:])
        self._for = (count, *shape)
        units = math.prod(shape)
        taken = max(1, min(units, MOST_NUMBERS // count))
        if taken == units:
            self._places = None
            return
        flat = np.arange(taken, dtype=np.int64) * units // taken
        axes = np.unravel_index(flat, shape)
        self._places = tuple(torch.from_numpy(axis).to(output.device) for axis in axes)


class WeightSample:
    """Places that are looked at in a parameter; the same ones in every step."""

    def __init__(self, parameter: Tensor) -> None:
        size = parameter.numel()
        self._places: Tensor | None = None
        if size > MOST_WEIGHTS:
            # even steps would always meet the same place of each kernel; torch's generator is not
            # touched
            chosen = np.random.default_rng(size).integers(0, size, MOST_WEIGHTS)
            self._places = torch.from_numpy(np.sort(chosen)).to(parameter.device)

    def take(self, tensor: Tensor) -> Tensor:
        """Return numbers of the parameter or of its gradient, float32, a copy."""
        with torch.no_grad():
            flat = flattened(tensor.detach())
            return flat.float().clone() if self._places is None else flat[self._places].float()


def flattened(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor in the order of its memory: a view where there is one."""
    if tensor.ndim == 4 and not tensor.is_contiguous():
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.reshape(-1)
