"""Squeeze-and-excitation: channels are weighted anew for every image.

    squeeze     z[c] = mean of map c
    excitation  h = relu(W1 z), s = sigmoid(W2 h)      W1 (C/r, C), W2 (C, C/r)
    scale       map c times s[c]

The maps are those of C oriented edge detectors on a drawn image; the weights are set by hand, so
that every number can be followed: each hidden unit belongs to r neighbouring channels, W1 compares
their mean with that of the others, and W2 opens their gates and closes the others. A network
learns its own. Paper: Hu et al. 2018.

Legend: C channels, r reduction.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name

Array = NDArray[np.float64]

EXAMPLES: tuple[str, ...] = ("vertical", "horizontal", "diagonal", "ring")
"""Images: stripes in three directions, and a ring with edges in all of them."""

SIDE = 16  # of the image; maps are smaller by 2
PERIOD, RADIUS = 8, 5.0
LEAST_CHANNELS, MOST_CHANNELS = 2, 32
GAIN = 8.0
"""Weight of the own hidden unit in W2; all others have -GAIN together."""


@final
@dataclass(frozen=True)
class SqueezeExcitation:
    """Channels, reduction and image.

    Args:
        channels: edge detectors of as many orientations, within 180 degrees.
        reduction: channels for each hidden unit; it divides the channels.
        example: a name of `EXAMPLES`, or its index.
    """

    channels: int = 8
    reduction: int = 4
    example: str = "vertical"

    def __post_init__(self) -> None:
        if not LEAST_CHANNELS <= self.channels <= MOST_CHANNELS:
            raise InputError(
                f"{self.channels} channels", expected=f"{LEAST_CHANNELS} to {MOST_CHANNELS}"
            )
        if self.reduction < 1 or self.channels % self.reduction:
            raise InputError(
                f"reduction {self.reduction} of {self.channels} channels",
                expected="a divisor of the number of channels",
            )
        if self.name not in EXAMPLES:
            raise unknown_name("example", self.example, EXAMPLES)

    @property
    def name(self) -> str:
        """Return the name of the image."""
        is_index = self.example.isdecimal() and int(self.example) < len(EXAMPLES)
        return EXAMPLES[int(self.example)] if is_index else self.example

    @property
    def hidden(self) -> int:
        return self.channels // self.reduction

    @cached_property
    def image(self) -> Array:
        """Return the image, 0 and 1: (16, 16)."""
        rows, columns = np.mgrid[:SIDE, :SIDE]
        if self.name == "ring":
            distance = np.hypot(rows - (SIDE - 1) / 2, columns - (SIDE - 1) / 2)
            ring: Array = (np.abs(distance - RADIUS) < 1.5).astype(np.float64)
            return ring
        along = {"vertical": columns, "horizontal": rows, "diagonal": rows + columns}[self.name]
        stripes: Array = (along % PERIOD < PERIOD // 2).astype(np.float64)
        return stripes

    @cached_property
    def maps(self) -> Array:
        """Return |cos(a) Gx + sin(a) Gy| / 4 with a = 180 (c + 1/2) / C - 45 degrees: (C, 14, 14).

        Gx and Gy are Sobel's, as correlations.
        """
        x = self.image
        smooth_rows = x[:-2] + 2 * x[1:-1] + x[2:]
        smooth_columns = x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]
        across = smooth_rows[:, 2:] - smooth_rows[:, :-2]
        down = smooth_columns[2:] - smooth_columns[:-2]
        steps = ((c + 0.5) / self.channels - 0.25 for c in range(self.channels))
        angles = [math.pi * step for step in steps]
        return np.stack([np.abs(math.cos(a) * across + math.sin(a) * down) / 4 for a in angles])

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Return W1 (C/r, C) and W2 (C, C/r)."""
        own = np.equal.outer(np.arange(self.hidden), np.arange(self.channels) // self.reduction)
        others = self.channels - self.reduction
        first = np.where(own, 1 / self.reduction, -1 / others if others else 0.0)
        return first, np.where(own.T, GAIN, -GAIN / max(1, self.hidden - 1))

    @cached_property
    def squeezed(self) -> Array:
        """Return the mean of each map: (C,)."""
        means: Array = self.maps.mean(axis=(1, 2))
        return means

    @cached_property
    def excited(self) -> Array:
        """Return the hidden units: (C/r,)."""
        return np.maximum(0.0, self.weights[0] @ self.squeezed)

    @cached_property
    def gates(self) -> Array:
        """Return the factor of each channel, from 0 to 1: (C,)."""
        gates: Array = 1 / (1 + np.exp(-(self.weights[1] @ self.excited)))
        return gates

    @property
    def scaled(self) -> Array:
        """Return the maps times their gates: (C, 14, 14)."""
        return self.maps * self.gates[:, None, None]

    @property
    def parameters(self) -> int:
        """Return the weights of both layers, 2 C^2 / r; no biases."""
        return 2 * self.channels * self.hidden

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "squeeze_excitation",
            "channels": self.channels,
            "reduction": self.reduction,
            "example": self.name,
            "image": self.image.tolist(),
            "maps": self.maps.tolist(),
            "squeezed": self.squeezed.tolist(),
            "excited": self.excited.tolist(),
            "gates": self.gates.tolist(),
            "parameters": self.parameters,
        }
