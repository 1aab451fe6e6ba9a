"""Decode a photo and resize a crop of it to the network's input size, for training only.

A JPEG is decoded at 1/2, 1/4 or 1/8 of its size if the crop is then still at least as large as
the output, which skips most of the decoder's work, and if the whole would take too much memory.
Uses simplejpeg if it is installed, else Pillow, which is a little slower. Evaluation and `predict`
decode in full (`io.images`).

Legend: H height, W width, C channels; K random numbers.
"""

import functools
import importlib
import io
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError
from convscope.io.conversion import DEFAULT, Conversion
from convscope.io.image_header import REVERSED, Header, apply_orientation, read_header
from convscope.io.image_limits import MAX_BYTES, cost
from convscope.io.images import check_size, decode_image
from convscope.io.photos.crops import AnyCrop, Box, Floats, Size
from convscope.io.photos.reference import Encoded

if TYPE_CHECKING:
    from types import ModuleType

    from PIL.Image import Image as Picture

Image = NDArray[np.uint8]

# The decoder's scales with fast code: measured, 5/8 to 7/8 take longer than the whole image,
# and 3/8 longer than 1/2.
EIGHTHS = (1, 2, 4)
SOI = b"\xff\xd8\xff"  # start of every JPEG


def decode_crop(
    encoded: Encoded,
    *,
    crop: AnyCrop,
    random_K: Floats,
    size: Size,
    channels: int,
    conversion: Conversion = DEFAULT,
) -> Image:
    """Decode a crop of a photo and resize it: -> (h, w, C), uint8.

    Bilinear, antialiased. A pure function of its arguments and of the decoder.

    Args:
        random_K: random numbers of one image, from `crop.draw`.
        channels: 1 or 3, whatever the file holds.
        conversion: of transparency and of 16 bits.

    Raises:
        FormatError: damaged, not an image, or too large; `where` names the file.
        InputError: the crop cannot have this size.
    """
    try:
        jpeg = _jpeg(encoded.data, crop, random_K, size, channels)
    except FormatError as error:
        raise error.at(encoded.where) from None
    if jpeg is not None:
        return jpeg
    image_HWC = decode_image(
        encoded.data, channels=channels, where=encoded.where, conversion=conversion
    )
    height, width = image_HWC.shape[:2]
    box = crop.box(height, width, random_K.tolist(), size=size)
    return _resized(_picture(image_HWC), box, size)


def decoder() -> str:
    """Return the name and version of the JPEG decoder: two decoders differ by about 1 of 255."""
    name = "Pillow" if _simplejpeg() is None else "simplejpeg"
    return f"{name} {metadata.version(name)}"


@functools.cache
def _simplejpeg() -> "ModuleType | None":
    try:
        return importlib.import_module("simplejpeg")
    except ImportError:
        return None


def _jpeg(data: bytes, crop: AnyCrop, random_K: Floats, size: Size, channels: int) -> Image | None:
    """Return None unless the data are an intact JPEG in grey or RGB: `decode_image` reads those."""
    if not data.startswith(SOI):
        return None
    header = read_header(data)
    stored_HW, turn = header.size, header.orientation
    if header.mode not in ("L", "RGB"):
        return None
    upright = header.upright_size
    top, left, tall, wide = crop.box(*upright, random_K.tolist(), size=size)
    needed = max(size[0] / tall, size[1] / wide)  # of the stored resolution
    eighths = _affordable(data, header, next((n for n in EIGHTHS if n / 8 >= needed), 8))
    picture = _decoded(data, stored_HW, eighths, channels)
    if picture is None:
        return None
    ratio = picture.height / stored_HW[0]
    zoom = min((*EIGHTHS, 8), key=lambda n: abs(n / 8 - ratio)) / 8
    top, left, tall, wide = (number * zoom for number in (top, left, tall, wide))
    picture = apply_orientation(picture, turn)
    # the decoder rounds sizes up: the last row and column, only part of a pixel, may now be first
    rows, columns = REVERSED.get(turn, (1, 1))
    if rows < 0:
        top += picture.height - upright[0] * zoom
    if columns < 0:
        left += picture.width - upright[1] * zoom
    return _resized(picture, (top, left, tall, wide), size)


def _affordable(data: bytes, header: Header, eighths: int) -> int:
    """Return the scale, smaller if decoding would take too much memory.

    Raises:
        FormatError: too large at any scale, or too many scans.
    """
    pixels = header.size[0] * header.size[1]
    needed = cost(data, header.format, header.mode, pixels, is_deep=False)
    while eighths > 1 and needed.total(pixels, 8 // eighths) > MAX_BYTES:
        eighths //= 2
    check_size(data, header, divisor=8 // eighths)
    return eighths


def _decoded(data: bytes, stored_HW: Size, eighths: int, channels: int) -> "Picture | None":
    """Decode at a scale, not turned; None if that fails."""
    try:
        if (fast := _simplejpeg()) is None:
            return _by_pillow(data, stored_HW, eighths, channels)
        height, width = (-(-side * eighths // 8) for side in stored_HW)
        colours = "RGB" if channels == 3 else "GRAY"
        pixels = fast.decode_jpeg(data, colorspace=colours, min_height=height, min_width=width)
        return _picture(pixels)
    except Exception:  # damaged, or a kind of JPEG that this decoder does not read
        return None


def _by_pillow(data: bytes, stored_HW: Size, eighths: int, channels: int) -> "Picture":
    from PIL import Image as Pillow

    height, width = (max(1, side * eighths // 8) for side in stored_HW)
    mode = "RGB" if channels == 3 else "L"
    with Pillow.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        picture.draft(mode, (width, height))
        return picture.convert(mode)


def _picture(image_HWC: Image) -> "Picture":
    from PIL import Image as Pillow

    return Pillow.fromarray(image_HWC if image_HWC.shape[2] == 3 else image_HWC[..., 0])


def _resized(picture: "Picture", box: Box, size: Size) -> Image:
    from PIL import Image as Pillow

    top, left, tall, wide = box
    # rounding errors must not move the box outside
    right, bottom = min(left + wide, picture.width), min(top + tall, picture.height)
    inside = (max(left, 0.0), max(top, 0.0), right, bottom)
    pixels = np.asarray(picture.resize(size[::-1], Pillow.Resampling.BILINEAR, box=inside))
    return pixels if pixels.ndim == 3 else pixels[..., None]
