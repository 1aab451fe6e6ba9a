r"""What a window sees beyond the edge of an image, by NumPy's and OpenCV's names.

| here, as NumPy | OpenCV | SciPy | a b c d continues as |
|---|---|---|---|
| constant | BORDER_CONSTANT | constant | 0 0 \| a b c d \| 0 0 |
| edge | BORDER_REPLICATE | nearest | a a \| a b c d \| d d |
| reflect | BORDER_REFLECT_101 | mirror | c b \| a b c d \| c b |
| symmetric | BORDER_REFLECT | reflect | b a \| a b c d \| d c |
| wrap | BORDER_WRAP | grid-wrap | c d \| a b c d \| a b |

`reflect` alone is NumPy's; OpenCV's BORDER_REFLECT, which means something else, is taken only
with its full name.

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
"""Every name that is understood, and NumPy's name for it."""


class Border(NamedTuple):
    """A border mode; `value` is what `constant` fills in."""

    mode: Mode
    value: float = 0.0

    def pad(self, image_HWC: NDArray[Any], radius: tuple[int, int], fill: float) -> NDArray[Any]:
        """(H, W, C) -> (H + 2 rows, W + 2 columns, C)."""
        rows, columns = radius
        width = ((rows, rows), (columns, columns), (0, 0))
        if self.mode == "constant":
            return np.pad(image_HWC, width, mode="constant", constant_values=cast(Any, fill))
        return np.pad(image_HWC, width, mode=self.mode)


def border(name: str, *, value: float = 0.0) -> Border:
    """The border mode of that name.

    Raises:
        InputError: no such name, or a fill value that is no finite number or would not be used.
    """
    mode = MODES.get(name) or MODES.get(name.upper())
    if mode is None:
        raise unknown_name("border mode", name, MODES)
    if not math.isfinite(value):
        raise InputError(f"the border is filled with {value}", expected="a finite number")
    if value and mode != "constant":
        raise InputError(
            f"the border mode {name!r} fills nothing in, so the value {value} would be ignored",
            fix='border="constant", or no value',
        )
    return Border(mode, value)
