"""Colour maps for numbers, readable with any colour vision: tables of 256 entries.

`viridis` for quantities (van der Walt and Smith 2015, CC0; 18 of its colours, the rest
interpolated: within 5 levels of the original). `blue-white-red` for signed numbers, 0 in white
(ColorBrewer's RdBu by Cynthia Brewer, Apache-2.0, reversed, its middle made pure white).
`grey` for photographs.
"""

from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Colours = Literal["viridis", "blue-white-red", "grey"]
NAMES: tuple[str, ...] = get_args(Colours)
NUM_ENTRIES = 256

VIRIDIS = (
    "440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e "
    "1f978b 21a585 2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725"
)
BLUES = "053061 2166ac 4393c3 92c5de d1e5f0 ffffff"
REDS = "ffffff fddbc7 f4a582 d6604d b2182b 67001f"
GREY = "000000 ffffff"


@cache
def table(colours: Colours) -> NDArray[np.uint8]:
    """Return the 256 colours from the lowest value to the highest: (256, 3) uint8, read-only.

    Entries 127 and 128 of `blue-white-red` are both white: 0 lies between them.
    """
    match colours:
        case "viridis":
            colour_table = _between(VIRIDIS, NUM_ENTRIES)
        case "blue-white-red":
            half = NUM_ENTRIES // 2
            colour_table = np.concatenate([_between(BLUES, half), _between(REDS, half)])
        case "grey":
            colour_table = _between(GREY, NUM_ENTRIES)
    colour_table.flags.writeable = False
    return colour_table


def _between(points: str, num_entries: int) -> NDArray[np.uint8]:
    """Interpolate linearly between evenly spaced control points."""
    control = np.array([list(bytes.fromhex(p)) for p in points.split()], dtype=np.float64)
    where = np.linspace(0, len(control) - 1, num_entries)
    columns = [np.interp(where, np.arange(len(control)), column) for column in control.T]
    return np.round(np.stack(columns, axis=1)).astype(np.uint8)


def coloured(
    values: NDArray[np.float32], *, low: float, high: float, colours: Colours
) -> NDArray[np.uint8]:
    """Return numbers as colours: shape S -> (*S, 3). Values beyond the ends are clipped."""
    return table(colours)[levels(values, low=low, high=high)]


def levels(values: NDArray[np.float32], *, low: float, high: float) -> NDArray[np.uint8]:
    """Return numbers as levels 0 to 255, linear from `low` to `high`."""
    share = (values.astype(np.float64) - low) / (high - low)
    return np.clip(np.floor(share * NUM_ENTRIES), 0, NUM_ENTRIES - 1).astype(np.uint8)
