"""From an encoded photo to a frame of the network's size, as fast as it goes; training only.

A JPEG is decoded at a half, a quarter or an eighth of its size where the box is still at least
as large as the frame: the decoder then skips most of its work, and the loss is below what the
resizing does anyway. Where simplejpeg is not installed, Pillow does the same, a little slower.
Evaluation and `predict` decode in full, through `convscope.io.images`.

Legend: H height, W width, C channels; K drawn numbers.
"""

import functools
import importlib
import io
import warnings
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError
from convscope.io.images import MAX_PIXELS, orientation, read_image, to_grey, to_rgb
from convscope.io.photos.frames import AnyFrame, Box, Floats, Size
from convscope.io.photos.reference import Encoded

if TYPE_CHECKING:
    from types import ModuleType

    from PIL.Image import Image as Picture

Image = NDArray[np.uint8]

# Of the decoder's eight scales the ones with fast code: measured, 5/8 to 7/8 take longer than
# the whole image, and 3/8 longer than a half.
EIGHTHS = (1, 2, 4)
# Pillow's name for what makes each EXIF orientation upright, and whether rows and columns then
# run the other way
TURNS = {
    2: ("FLIP_LEFT_RIGHT", (0, 1)),
    3: ("ROTATE_180", (1, 1)),
    4: ("FLIP_TOP_BOTTOM", (1, 0)),
    5: ("TRANSPOSE", (0, 0)),
    6: ("ROTATE_270", (0, 1)),
    7: ("TRANSVERSE", (1, 1)),
    8: ("ROTATE_90", (1, 0)),
}
SIDEWAYS = (5, 6, 7, 8)  # rows and columns change places
SOI = b"\xff\xd8\xff"  # how every JPEG begins


def decode_frame(
    encoded: Encoded, *, frame: AnyFrame, numbers_K: Floats, size: Size, channels: int
) -> Image:
    """A box of a photo, brought to (h, w): -> (h, w, C), uint8.

    Bilinear and without aliasing. A pure function of its arguments, and of the decoder.

    Args:
        numbers_K: as `frame.draw` gives them for one image.
        channels: 1 or 3, whatever the file holds.

    Raises:
        FormatError: damaged, no image, or too large; `where` names it.
        InputError: the frame cannot give this size.
    """
    jpeg = _jpeg(encoded.data, frame, numbers_K, size, channels)
    if jpeg is not None:
        return jpeg
    try:
        pixels_HWC = read_image(encoded.data)
    except ConvscopeError as error:
        raise error.at(encoded.where) from None
    image_HWC = to_grey(pixels_HWC) if channels == 1 else to_rgb(pixels_HWC)
    height, width = image_HWC.shape[:2]
    box = frame.box(height, width, numbers_K.tolist(), size=size)
    return _resized(_picture(image_HWC), box, size)


def decoder() -> str:
    """What decodes JPEGs here, with its version: two decoders differ by a grey level or so."""
    name = "Pillow" if _simplejpeg() is None else "simplejpeg"
    return f"{name} {metadata.version(name)}"


@functools.cache
def _simplejpeg() -> "ModuleType | None":
    try:
        return importlib.import_module("simplejpeg")
    except ImportError:
        return None


def _jpeg(
    data: bytes, frame: AnyFrame, numbers_K: Floats, size: Size, channels: int
) -> Image | None:
    """None for whatever is not a plain, sound JPEG: the reference reader judges the rest."""
    from PIL import Image as Pillow

    if not data.startswith(SOI):
        return None
    header = _header(data)
    if header is None:
        return None
    stored_HW, turn = header
    upright = stored_HW[::-1] if turn in SIDEWAYS else stored_HW
    top, left, tall, wide = frame.box(*upright, numbers_K.tolist(), size=size)
    need = max(size[0] / tall, size[1] / wide)  # of the photo's own resolution
    eighths = next((n for n in EIGHTHS if n / 8 >= need), 8)
    picture = _decoded(data, stored_HW, eighths, channels)
    if picture is None:
        return None
    ratio = picture.height / stored_HW[0]
    zoom = min((*EIGHTHS, 8), key=lambda n: abs(n / 8 - ratio)) / 8
    top, left, tall, wide = (number * zoom for number in (top, left, tall, wide))
    if turn in TURNS:
        how, (down, across) = TURNS[turn]
        picture = picture.transpose(Pillow.Transpose[how])
        # the last row and column, which are parts of a pixel, may be the first ones now
        top += down * (picture.height - upright[0] * zoom)
        left += across * (picture.width - upright[1] * zoom)
    return _resized(picture, (top, left, tall, wide), size)


def _header(data: bytes) -> tuple[Size, int] | None:
    """(height, width) as stored, and the EXIF orientation; None where it is not grey or colour."""
    from PIL import Image as Pillow

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(io.BytesIO(data), formats=("JPEG",)) as picture:
                width, height = picture.size
                if picture.mode not in ("L", "RGB") or width * height > MAX_PIXELS:
                    return None
                return (height, width), orientation(picture)
    except Exception:  # a hostile file can make a decoder raise anything
        return None


def _decoded(data: bytes, stored_HW: Size, eighths: int, channels: int) -> "Picture | None":
    """Decoded at a scale, in the wanted channels, as stored; None where it fails."""
    try:
        if (fast := _simplejpeg()) is None:
            return _by_pillow(data, stored_HW, eighths, channels)
        height, width = (-(-side * eighths // 8) for side in stored_HW)
        colours = "RGB" if channels == 3 else "GRAY"
        pixels = fast.decode_jpeg(data, colorspace=colours, min_height=height, min_width=width)
        return _picture(pixels)
    except Exception:  # damaged, or a kind that this decoder does not know
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
    # rounding must not let a box begin or end a hair outside
    right, bottom = min(left + wide, picture.width), min(top + tall, picture.height)
    inside = (max(left, 0.0), max(top, 0.0), right, bottom)
    kept = np.asarray(picture.resize(size[::-1], Pillow.Resampling.BILINEAR, box=inside))
    return kept if kept.ndim == 3 else kept[..., None]
