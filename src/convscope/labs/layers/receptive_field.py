"""Receptive field of stacked layers: its side, its stride, and how often each pixel is read.

    r[0] = 1, j[0] = 1;  r[l] = r[l-1] + D (K - 1) j[l-1];  j[l] = j[l-1] S

Legend: r side of the field in input pixels, j distance between the fields of two neighbours,
K kernel, S stride, D dilation of layer l.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError

MOST_LAYERS, MOST_SIDE = 12, 15

LAYER = re.compile(r"(conv|pool)(\d{1,2})(?:s(\d))?(?:d(\d))?")


class Window(NamedTuple):
    """A layer of the stack; pooling has the stride of its size."""

    kind: Literal["conv", "pool"]
    kernel: int
    stride: int
    dilation: int

    def __str__(self) -> str:
        usual = self.kernel if self.kind == "pool" else 1
        stride = "" if self.stride == usual else f"s{self.stride}"
        dilation = "" if self.dilation == 1 else f"d{self.dilation}"
        return f"{self.kind}{self.kernel}{stride}{dilation}"


class Field(NamedTuple):
    """Field of a unit after a layer.

    Attributes:
        layer: "input" or the layer.
        field: side in input pixels.
        jump: distance between the fields of two neighbours.
    """

    layer: str
    field: int
    jump: int


def parse_layers(text: str) -> tuple[Window, ...]:
    """Return the layers of a text as "conv3 conv3s2 conv3d2 pool2".

    Raises:
        InputError: a word that is no layer, or too many of them.
    """
    words = text.replace(",", " ").split()
    if not 1 <= len(words) <= MOST_LAYERS:
        raise InputError(f"{len(words)} layers", expected=f"1 to {MOST_LAYERS}")
    return tuple(_window(word) for word in words)


def _window(word: str) -> Window:
    match = LAYER.fullmatch(word)
    if match:
        kernel = int(match[2])
        stride = int(match[3] or (kernel if match[1] == "pool" else 1))
        window = Window(
            "pool" if match[1] == "pool" else "conv", kernel, stride, int(match[4] or 1)
        )
        if 1 <= kernel <= MOST_SIDE and window.stride >= 1 and window.dilation >= 1:
            return window
    raise InputError(
        f"'{word}' is no layer",
        expected="conv3, conv3s2 (stride 2), conv3d2 (dilation 2) or pool2",
    )


@final
@dataclass(frozen=True)
class ReceptiveField:
    """A stack of layers, from the input up."""

    layers: tuple[Window, ...] = (Window("conv", 3, 1, 1),) * 3

    @property
    def name(self) -> str:
        return " ".join(map(str, self.layers))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return the field after each layer; the first one is an input pixel."""
        fields, field, jump = [Field("input", 1, 1)], 1, 1
        for layer in self.layers:
            field += layer.dilation * (layer.kernel - 1) * jump
            jump *= layer.stride
            fields.append(Field(str(layer), field, jump))
        return tuple(fields)

    def paths(self) -> NDArray[np.int64]:
        """Return the paths from each input of the field to the unit, along one axis: (r,).

        A product of two is the number in the plane: pixels in the middle are read most often.
        """
        counts = np.ones(1, np.int64)
        for layer in reversed(self.layers):
            spread = np.zeros((len(counts) - 1) * layer.stride + 1, np.int64)
            spread[:: layer.stride] = counts
            taps = np.zeros(layer.dilation * (layer.kernel - 1) + 1, np.int64)
            taps[:: layer.dilation] = 1
            counts = np.convolve(spread, taps)
        return counts

    def weights(self, channels: int) -> int:
        """Return K^2 C^2 of all convolutions, for C channels in and out of each; no biases."""
        sides = (layer.kernel for layer in self.layers if layer.kind == "conv")
        return sum(side**2 for side in sides) * channels**2

    def to_dict(self, channels: int = 64) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "layers": self.name,
            "fields": [field._asdict() for field in self.fields],
            "paths": self.paths().tolist(),
            "weights": self.weights(channels),
        }
