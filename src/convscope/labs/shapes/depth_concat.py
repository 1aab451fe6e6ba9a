"""Concatenation along channels, when heights and widths agree, and when they do not.

equal  heights and widths have to agree, as in GoogLeNet and TensorFlow; channels are added
pad    nn.DepthConcat of Torch7: smaller ones get zeros around them, up to the largest

With `pad`, floor((largest - size) / 2) zeros stand above and on the left, the rest below and on the
right.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ArchitectureError, InputError, unknown_name

Array = NDArray[np.float64]
Mode = Literal["pad", "equal"]
MODES: tuple[Mode, ...] = ("pad", "equal")
MOST_SIDE = 512
MOST_CHANNELS = 4096
MOST_INPUTS = 8


class Size(NamedTuple):
    """Height, width and channels, in the order in which the lecture writes them."""

    height: int
    width: int
    channels: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.channels}"


class Placed(NamedTuple):
    """Position of an input in the output.

    Attributes:
        top, left, bottom, right: rows and columns of zeros on each side.
        first: its first channel in the output.
        zeros: number of zeros that were added.
    """

    size: Size
    top: int
    left: int
    bottom: int
    right: int
    first: int
    zeros: int


@final
@dataclass(frozen=True)
class DepthConcat:
    """Inputs that are concatenated along channels."""

    inputs: tuple[Size, ...] = (Size(14, 14, 2), Size(16, 16, 3))
    mode: Mode = "pad"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise unknown_name("mode", self.mode, MODES)
        if not 2 <= len(self.inputs) <= MOST_INPUTS:
            raise InputError(f"{len(self.inputs)} inputs", expected=f"2 to {MOST_INPUTS}")
        for size in self.inputs:
            if not (min(size) >= 1 and max(size[:2]) <= MOST_SIDE):
                raise InputError(f"a size of {size}", expected=f"sides of 1 to {MOST_SIDE}")
            if size.channels > MOST_CHANNELS:
                raise InputError(f"{size.channels} channels", expected=f"at most {MOST_CHANNELS:,}")
        if self.mode == "equal" and len({size[:2] for size in self.inputs}) > 1:
            raise ArchitectureError(
                "the heights and widths differ: " + ", ".join(map(str, self.inputs)),
                expected="the same height and width for every input",
                fix="padding in the branches, so that all keep the size; or the mode pad",
            )

    @property
    def output(self) -> Size:
        """Largest height, largest width, and the sum of the channels."""
        heights, widths, channels = zip(*self.inputs, strict=True)
        return Size(max(heights), max(widths), sum(channels))

    def placed(self) -> tuple[Placed, ...]:
        """Return where each input stands in the output."""
        height, width, _ = self.output
        rows: list[Placed] = []
        first = 0
        for size in self.inputs:
            top, left = (height - size.height) // 2, (width - size.width) // 2
            bottom, right = height - size.height - top, width - size.width - left
            zeros = (height * width - size.height * size.width) * size.channels
            rows.append(Placed(size, top, left, bottom, right, first, zeros))
            first += size.channels
        return tuple(rows)

    def concatenate(self, arrays: tuple[Array, ...]) -> Array:
        """Return arrays of these sizes as one: (H, W, C), with zeros where there is no input.

        Raises:
            InputError: arrays of other shapes.
        """
        shapes = [array.shape for array in arrays]
        if shapes != [tuple(size) for size in self.inputs]:
            raise InputError(f"arrays of {shapes}", expected=", ".join(map(str, self.inputs)))
        result = np.zeros(self.output)
        for array, (size, top, left, *_, first, _zeros) in zip(arrays, self.placed(), strict=True):
            rows, columns = slice(top, top + size.height), slice(left, left + size.width)
            result[rows, columns, first : first + size.channels] = array
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "depth_concat",
            "mode": self.mode,
            "inputs": [{**placed._asdict(), "size": list(placed.size)} for placed in self.placed()],
            "output": list(self.output),
            "zeros": sum(placed.zeros for placed in self.placed()),
        }
