"""Seeded random numbers that the labs of the page draw too (`web/src/labs/draws.ts`).

Generator: mulberry32, a counter of 32 bits and a mixing function, so that numbers are computed
at once. Normal numbers by Box and Muller, one for each two uniform ones.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

INCREMENT = 0x6D2B79F5


@final
class Draws:
    """Generator with a position: each call goes on where the last one ended."""

    def __init__(self, seed: int) -> None:
        self._seed = seed & 0xFFFFFFFF
        self._drawn = 0

    def uniform(self, count: int) -> Array:
        """Return numbers in [0, 1)."""
        numbers = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        state = (self._seed + numbers * INCREMENT).astype(np.uint32)
        mixed = (state ^ (state >> 15)) * (state | 1)
        mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
        values: Array = (mixed ^ (mixed >> 14)) / 2.0**32
        return values

    def normal(self, count: int) -> Array:
        """Return numbers of mean 0 and standard deviation 1."""
        pairs = self.uniform(2 * count).reshape(count, 2)
        values: Array = np.sqrt(-2 * np.log1p(-pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])
        return values
