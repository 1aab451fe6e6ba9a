"""Samples of tensors: as many numbers as figures and histograms need, without a pass over all.

Axes: N images, U units, C channels, H height, W width, P positions.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MOST_NUMBERS = 16_384  # of a layer's output
MOST_IMAGES = 64
MOST_WEIGHTS = 16_384  # of a parameter
FEWEST_POSITIONS = 4  # of a map, where a layer has many channels
SPREAD = (0.7548776662466927, 0.5698402909980532)
"""Steps of the R2 sequence (Roberts 2018), whose points cover a square evenly."""


class OutputSample:
    """Places of the units that are looked at in a layer's output, spread over all of them.

    A position of a map is looked at in many channels: they lie beside each other in memory.
    """

    def __init__(self) -> None:
        self._for: tuple[int, ...] = ()
        self._positions: Tensor | None = None
        self._units: Tensor | None = None

    def take(self, output: Tensor) -> Tensor:
        """Return numbers of the first images: (N, ...) -> (n, u), float32, a copy."""
        with torch.no_grad():
            few = output.detach()[:MOST_IMAGES]
            if tuple(few.shape) != self._for:
                self._choose(few)
            if few.ndim == 4:
                few = few.permute(0, 2, 3, 1).flatten(1, 2)  # (N, P, C), a view of channels_last
            if self._positions is not None:
                few = few.index_select(1, self._positions)
            if self._units is not None:
                few = few.index_select(few.ndim - 1, self._units)
            return few.reshape(len(few), -1).to(torch.float32, copy=True)

    def _choose(self, few: Tensor) -> None:
        self._for = tuple(few.shape)
        self._positions = self._units = None
        taken = max(1, MOST_NUMBERS // len(few))
        units = few.shape[1]
        if few.ndim == 4:
            height, width = few.shape[2:]
            positions = min(height * width, max(FEWEST_POSITIONS, taken // units))
            if positions < height * width:
                places = spread_positions(positions, height, width)
                self._positions = torch.from_numpy(places).to(few.device)
            taken = max(1, taken // positions)
        if taken < units:
            self._units = torch.from_numpy(evenly_spaced(units, taken)).to(few.device)


def spread_positions(count: int, height: int, width: int) -> NDArray[np.int64]:
    """Return places of a flattened map, spread evenly over it: the R2 sequence."""
    square = (0.5 + np.arange(1, count + 1)[:, None] * SPREAD) % 1
    rows = (square[:, 0] * height).astype(np.int64)
    columns = (square[:, 1] * width).astype(np.int64)
    return rows * width + columns


def evenly_spaced(count: int, taken: int) -> NDArray[np.int64]:
    """Return at most `taken` of `count` places, evenly spaced."""
    taken = min(count, taken)
    return np.arange(taken, dtype=np.int64) * count // taken


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
