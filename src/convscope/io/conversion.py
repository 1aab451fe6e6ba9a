"""Conversion of the pixels of a file to 8-bit grey or RGB: transparency, 16 bits, channels.

One rule for training, evaluation, `predict`, `look`, sheets and labs, stored with the model:

- Transparent pixels are composited on a background: c a + b (1 - a), on the stored values, as
  browsers do. Colours below alpha 0 never show.
- 16-bit values are divided by a white level, since cameras of 10 or 12 bits write small numbers
  into 16-bit files; above it they are clipped.
- Colour becomes grey as 0.299 R + 0.587 G + 0.114 B, after the compositing.

Legend: H height, W width, C channels.
"""

import re
from typing import Annotated, Any

import numpy as np
import pydantic
from numpy.typing import NDArray
from pydantic import Field

from convscope.errors import InputError
from convscope.record import Record

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

NAMED = {"white": "#ffffff", "black": "#000000"}
HEX = re.compile(r"#[0-9a-f]{6}")

LEVELS = (255, 1023, 4095, 16383, 65535)
"""White levels of 16-bit files: the largest value of 8, 10, 12, 14 and 16 bits."""

LUMA = (19595, 38470, 7471)
"""ITU-R 601-2 in 16-bit fixed point, as Pillow computes it."""

BLOCK_PIXELS = 1 << 20


class Conversion(Record):
    """Background and white level, with which files become 8-bit grey or RGB.

    Attributes:
        background: colour below transparent pixels: "#rrggbb".
        white_level: 16-bit value that becomes 255, one of LEVELS; None: that of each image, see
            `white_level`.
    """

    background: str = NAMED["white"]
    white_level: Annotated[int, Field(ge=1, le=65535)] | None = None

    @pydantic.field_validator("background")
    @classmethod
    def _is_colour(cls, value: str) -> str:
        return parse_background(value)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The background, 0 to 255."""
        red, green, blue = bytes.fromhex(self.background[1:])
        return red, green, blue


DEFAULT = Conversion()


def parse_background(text: str) -> str:
    """Return a background colour as "#rrggbb", from white, black or #rrggbb.

    Raises:
        InputError: another text.
    """
    lower = text.lower()
    colour = NAMED.get(lower, lower)
    if not HEX.fullmatch(colour):
        raise InputError(
            f"background {text[:40]!r}", expected="white, black or a colour as #rrggbb"
        )
    return colour


def white_level(largest: int) -> int:
    """Return the smallest of LEVELS that is at least the largest value of 16-bit images."""
    return next(level for level in LEVELS if level >= largest)


def to_rgb(image_HWC: Pixels, conversion: Conversion = DEFAULT) -> NDArray[np.uint8]:
    """(H, W, 1..4) -> (H, W, 3), uint8."""
    if _is_plain(image_HWC, 3):
        return np.ascontiguousarray(image_HWC).astype(np.uint8, copy=False)
    return _in_blocks(image_HWC, 3, conversion)


def to_grey(image_HWC: Pixels, conversion: Conversion = DEFAULT) -> NDArray[np.uint8]:
    """(H, W, 1..4) -> (H, W, 1), uint8; of 8-bit RGB the same as Pillow's "L"."""
    if _is_plain(image_HWC, 1):
        return np.ascontiguousarray(image_HWC).astype(np.uint8, copy=False)
    return _in_blocks(image_HWC, 1, conversion)


def flattened(image_HWC: Pixels, conversion: Conversion = DEFAULT) -> Pixels:
    """Return the image without alpha, composited, in its own type: (H, W, C) -> (H, W, 1 or 3).

    Grey stays one channel unless the background has a colour.
    """
    channels = image_HWC.shape[2]
    if channels not in (2, 4):
        return image_HWC
    grey = channels == 2 and len(set(conversion.rgb)) == 1
    top = int(np.iinfo(image_HWC.dtype).max)
    colours = image_HWC if channels == 4 or grey else image_HWC[..., [0, 0, 0, 1]]
    result = np.empty((*image_HWC.shape[:2], 1 if grey else 3), image_HWC.dtype)
    for rows in _blocks(image_HWC):
        result[rows] = _composited(colours[rows], conversion.rgb, white=top, top=top)
    return result


def _is_plain(image_HWC: Pixels, channels: int) -> bool:
    return image_HWC.dtype == np.uint8 and image_HWC.shape[2] == channels


def _blocks(image_HWC: Pixels) -> list[slice]:
    """Return row blocks, so that wide intermediate types take little memory."""
    height, width = image_HWC.shape[:2]
    rows = max(1, BLOCK_PIXELS // max(1, width))
    return [slice(top, top + rows) for top in range(0, height, rows)]


def _in_blocks(image_HWC: Pixels, channels: int, conversion: Conversion) -> NDArray[np.uint8]:
    result = np.empty((*image_HWC.shape[:2], channels), np.uint8)
    white = 255
    if image_HWC.dtype != np.uint8:
        colours = image_HWC[..., : num_colours(image_HWC)]
        white = conversion.white_level or white_level(int(colours.max(initial=0)))
    for rows in _blocks(image_HWC):
        block = _eight_bits(image_HWC[rows], conversion, white, channels)
        result[rows] = _with_channels(block, channels)
    return result


def num_colours(image_HWC: Pixels) -> int:
    """Return the number of channels without alpha."""
    channels = int(image_HWC.shape[2])
    return channels - (channels in (2, 4))


def _eight_bits(
    block_HWC: Pixels, conversion: Conversion, white: int, channels: int
) -> NDArray[np.uint8]:
    if block_HWC.shape[2] in (2, 4):
        background = conversion.rgb
        if block_HWC.shape[2] == 2 and channels == 3:
            block_HWC = block_HWC[..., [0, 0, 0, 1]]
        return _composited(block_HWC, background, white=white, top=255).astype(np.uint8)
    if block_HWC.dtype == np.uint8:
        return block_HWC.astype(np.uint8, copy=False)
    values = np.minimum(block_HWC, white).astype(np.uint32)
    return ((2 * 255 * values + white) // (2 * white)).astype(np.uint8)


def _composited(
    block_HWC: Pixels, background: tuple[int, int, int], *, white: int, top: int
) -> NDArray[Any]:
    """Composite a block with alpha; rounded once from the exact value, halves up.

    Args:
        white: the value of white in the block's colours.
        top: the value of white in the result.
    """
    full = int(np.iinfo(block_HWC.dtype).max)  # alpha always has the full range of its type
    colours = np.minimum(block_HWC[..., :-1], white).astype(np.int64)
    alpha = block_HWC[..., -1:].astype(np.int64)
    shown = background if colours.shape[2] == 3 else (luma(background),)
    # top (c / white) (a / full) + top (b / 255) (1 - a / full), over the common denominator
    behind = np.array(shown, np.int64) * white * (full - alpha)
    above = 255 * colours * alpha
    whole = 255 * white * full
    return (2 * top * (above + behind) + whole) // (2 * whole)


def luma(rgb: tuple[int, int, int]) -> int:
    """Return the grey of a colour."""
    weighted = (int(c) * weight for c, weight in zip(rgb, LUMA, strict=True))
    return (sum(weighted) + 0x8000) >> 16


def _with_channels(block_HWC: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    if block_HWC.shape[2] == channels:
        return block_HWC
    if channels == 3:
        return np.repeat(block_HWC, 3, axis=2)
    weights = np.array(LUMA, np.uint32)
    total_HW = sum(block_HWC[..., c] * weights[c] for c in range(3))
    grey_HW: NDArray[np.uint8] = ((total_HW + 0x8000) >> 16).astype(np.uint8)
    return grey_HW[..., None]
