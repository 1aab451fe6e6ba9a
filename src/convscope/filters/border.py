r"""Border modes, by the names of NumPy and OpenCV.

| here, as NumPy | OpenCV | SciPy | a b c d continues as |
|---|---|---|---|
| constant | BORDER_CONSTANT | constant | 0 0 \| a b c d \| 0 0 |
| edge | BORDER_REPLICATE | nearest | a a \| a b c d \| d d |
| reflect | BORDER_REFLECT_101 | mirror | c b \| a b c d \| c b |
| symmetric | BORDER_REFLECT | reflect | b a \| a b c d \| d c |
| wrap | BORDER_WRAP | grid-wrap | c d \| a b c d \| a b |

`reflect` alone is NumPy's; OpenCV's BORDER_REFLECT, a different mode, needs its full name.

Legend: H height, W width, C channels.
"""

import math
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError, unknown_name

Mode = Literal["constant", "edge", "reflect", "symmetric", "wrap"]

MODES: dict[str, Mode] = {
    "constant": "constant",
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "wrap": "wrap",
    "reflect_101": "reflect",
    "replicate": "edge",
    "BORDER_CONSTANT": "constant",
    "BORDER_REPLICATE": "edge",
    "BORDER_REFLECT_101": "reflect",
    "BORDER_REFLECT101": "reflect",
    "BORDER_DEFAULT": "reflect",
    "BORDER_REFLECT": "symmetric",
    "BORDER_WRAP": "wrap",
}
"""Accepted names, and the NumPy name of each."""


class Border(NamedTuple):
    """Border mode; `value` is the fill value of `constant`."""

    mode: Mode
    value: float = 0.0

    def pad(self, image_HWC: NDArray[Any], radius: tuple[int, int], fill: float) -> NDArray[Any]:
        """Return the padded image: (H, W, C) -> (H + 2 rows, W + 2 columns, C)."""
        rows, columns = radius
        width = ((rows, rows), (columns, columns), (0, 0))
        if self.mode == "constant":
            return np.pad(image_HWC, width, mode="constant", constant_values=cast(Any, fill))
        return np.pad(image_HWC, width, mode=self.mode)


def border(name: str, *, value: float | None = None) -> Border:
    """Return the border mode of a name.

    Raises:
        InputError: an unknown name, or a fill value that is not finite or would not be used.
    """
    mode = MODES.get(name) or MODES.get(name.upper())
    if mode is None:
        raise unknown_name("border mode", name, MODES)
    if value is not None and not math.isfinite(value):
        raise InputError(f"border value {value}", expected="a finite number")
    if value is not None and mode != "constant":
        raise InputError(
            f"border value {value} with the border mode {name!r}, which does not use it",
            fix='use border="constant", or leave the value out',
        )
    return Border(mode, 0.0 if value is None else value)
