"""Pixels of a decoded image: every mode of Pillow as one of the arrays of `io.images`.

Pillow keeps 8 bits of 16-bit colour; such files are read in two halves.

Legend: H height, W width, C channels.
"""

import zlib
from struct import pack
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError
from convscope.io.conversion import Pixels
from convscope.io.formats import BY_CONTENT, COPY, DEVELOP, UNREAD_FORMAT
from convscope.io.image_header import (
    DEEP_COLOUR,
    DEEP_GREY_ALPHA,
    PNG_START,
    open_image,
    orientation,
    rawmode,
    upright,
)

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage
    from PIL.ImageFile import ImageFile

STRIP_PIXELS = 1 << 18
GREY_ALPHA = b"\x08\x06"
"""Bit depth and colour type of PNG: 8-bit RGBA has as many bytes as 16-bit grey with alpha."""

# TIFF tags and values
PHOTOMETRIC, BITS, SAMPLE_FORMAT, DNG_VERSION = 262, 258, 339, 50706
WHITE_IS_ZERO, SENSOR = 0, (32803, 34892)
SIGNED_OR_FLOAT = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}


def picture_pixels(picture: "PilImage") -> Pixels:
    """Return the pixels of a Pillow image: (H, W, C), uint8 or uint16.

    Raises:
        FormatError: a mode that cannot be read, or a damaged file behind it.
    """
    try:
        picture.load()
        image_HWC = upright(_stored_pixels(picture, _target_mode(picture)), orientation(picture))
        return _sixteen_bits(np.ascontiguousarray(image_HWC), picture.info.get("transparency"))
    except FormatError:
        raise
    except Exception as error:  # a lazily opened file may be damaged
        raise FormatError(
            f"the image is truncated or damaged ({error})",
            fix=COPY,
        ) from None


def decoded_pixels(picture: "ImageFile", data: bytes) -> Pixels:
    """Decode, and convert every mode of Pillow to one of the arrays of the module's table."""
    if picture.format == "TIFF":
        _check_tiff(picture)
    if rawmode(picture) in DEEP_COLOUR:
        return _deep_colour(picture, data)
    if data.startswith(PNG_START) and data[24:26] == DEEP_GREY_ALPHA:
        return _deep_grey_alpha(data)
    inverted = picture.format == "TIFF" and _tag(picture, PHOTOMETRIC) == WHITE_IS_ZERO
    key = picture.info.get("transparency")
    image_HWC = _sixteen_bits(_array(picture, _target_mode(picture)), key)
    if inverted and image_HWC.dtype == np.uint16:
        return 65535 - image_HWC
    return image_HWC


def _sixteen_bits(image_HWC: NDArray[Any], key: Any) -> Pixels:
    """Return 8 bits unchanged, and others as 16 bits; `key` is their transparent value."""
    if image_HWC.dtype == np.uint8:
        return image_HWC.astype(np.uint8, copy=False)
    low, high = int(image_HWC.min()), int(image_HWC.max())
    if low < 0 or high > 65535:
        raise FormatError(
            f"pixels from {low:,} to {high:,}", expected="0 to 65,535", fix="save it as 16-bit PNG"
        )
    deep_HWC = image_HWC.astype(np.uint16, copy=False)
    return _with_key(deep_HWC, (key,)) if isinstance(key, int) else deep_HWC


def _array(picture: "ImageFile", mode: str = "") -> NDArray[Any]:
    """Decode an image; return its pixels in a mode of Pillow, upright, and close it."""
    picture.load()
    turn = orientation(picture)
    image_HWC = _stored_pixels(picture, mode)
    picture.close()
    return np.ascontiguousarray(upright(image_HWC, turn))


def _stored_pixels(picture: "PilImage", mode: str) -> NDArray[Any]:
    """Return the pixels of a decoded image in a mode of Pillow.

    Copied in strips, since Pillow would convert and copy the whole image several times.
    """
    width, height = picture.size
    rows = max(1, STRIP_PIXELS // width)
    result: NDArray[Any] | None = None
    for top in range(0, height, rows):
        part: PilImage = picture.crop((0, top, width, min(top + rows, height)))
        strip = np.asarray(part.convert(mode) if mode and mode != part.mode else part)
        if result is None:
            result = np.empty((height, *strip.shape[1:]), strip.dtype)
        result[top : top + rows] = strip
    assert result is not None
    return result[..., None] if result.ndim == 2 else result


def _tag(picture: "ImageFile", number: int) -> Any:
    tags = getattr(picture, "tag_v2", {})
    value = tags.get(number)
    return value[0] if isinstance(value, tuple) and value else value


def _check_tiff(picture: "ImageFile") -> None:
    """Check that a TIFF holds unsigned pixels that Pillow decodes in full.

    Raises:
        FormatError: camera RAW, signed or floating-point pixels, or 16-bit planes.
    """
    if _tag(picture, DNG_VERSION) is not None or _tag(picture, PHOTOMETRIC) in SENSOR:
        raise FormatError(
            "camera RAW images are not read",
            expected=BY_CONTENT,
            fix=DEVELOP,
            code=UNREAD_FORMAT,
        )
    number = _tag(picture, SAMPLE_FORMAT)
    kind = SIGNED_OR_FLOAT.get(number if isinstance(number, int) else 1, "")
    if picture.mode == "F" or kind:
        raise FormatError(
            f"a TIFF with {kind or 'floating-point'} pixels",
            expected="8 or 16 bits, unsigned",
            fix="scale its values to 0 to 65,535 and save it as 16-bit PNG or TIFF",
        )
    bits, colours = _tag(picture, BITS), picture.mode not in ("1", "L", "P", "I", "I;16", "I;16B")
    if colours and isinstance(bits, int) and bits > 8 and rawmode(picture) not in DEEP_COLOUR:
        raise FormatError(
            f"a TIFF with {bits} bits per channel in this layout ({rawmode(picture)})",
            fix="save it as PNG, or as TIFF with interleaved channels",
        )


def _target_mode(picture: "PilImage") -> str:
    """Return the mode of Pillow that the pixels are converted to; "" for 16 bits."""
    transparent = "transparency" in picture.info
    match picture.mode:
        case "1" | "L":
            return "LA" if transparent else "L"
        case "LA" | "La":
            return "LA"
        case "RGB" | "P":
            return "RGBA" if transparent else "RGB"
        case "RGBA" | "RGBa" | "PA":
            return "RGBA"
        case "CMYK" | "YCbCr" | "LAB" | "HSV" | "RGBX":
            return "RGB"
        case "I;16" | "I;16B" | "I;16L" | "I":
            return ""
        case mode:
            raise FormatError(f"pixels of mode {mode} cannot be read", fix="save it as PNG first")


def _deep_colour(picture: "ImageFile", data: bytes) -> Pixels:
    """Read 16 bits per channel: decoded twice, since Pillow's colour modes have 8."""
    low = DEEP_COLOUR[rawmode(picture)]
    key = picture.info.get("transparency")
    deep_HWC = _array(picture).astype(np.uint16)
    deep_HWC <<= 8
    with open_image(data) as again:
        again.tile = [
            tile._replace(args=(low, *tile.args[1:]) if isinstance(tile.args, tuple) else low)
            for tile in again.tile
        ]
        deep_HWC |= _array(again)
    return _with_key(deep_HWC, key) if isinstance(key, tuple) else deep_HWC


def _deep_grey_alpha(data: bytes) -> Pixels:
    """Read 16-bit grey with alpha, of which Pillow keeps 8 bits: as the bytes of 8-bit RGBA."""
    header = data[12:24] + GREY_ALPHA + data[26:29]
    with open_image(data[:12] + header + pack(">I", zlib.crc32(header)) + data[33:]) as again:
        return _array(again).view(">u2").astype(np.uint16)


def _with_key(image_HWC: NDArray[np.uint16], key: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return the image with alpha: 0 where the colours are those of the key."""
    alpha_HW1 = np.where((image_HWC == key).all(2, keepdims=True), 0, 65535).astype(np.uint16)
    return np.concatenate([image_HWC, alpha_HW1], axis=2)
