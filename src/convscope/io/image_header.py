"""Header of an image file: format, size, orientation and depth, without decoding the pixels.

A file is identified by its content, never by its name.
"""

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from struct import unpack_from
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from convscope.errors import FormatError
from convscope.extras import install_command
from convscope.io.formats import (
    FORMATS,
    HEIC_MISSING,
    HEIF,
    UNREAD_FORMAT,
    file_kind,
    heic_installed,
)

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage
    from PIL.ImageFile import ImageFile

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange rows and columns."""

REVERSED = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}
"""Steps along (rows, columns) that turn an image, after rows and columns were exchanged."""

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""Chunks that determine the pixels. Pillow refuses files with megabytes of text or profiles."""

DEEP_GREY_ALPHA = b"\x10\x04"
"""Bit depth and colour type of a PNG in 16-bit grey with alpha."""

GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")

SWAPPED = "B" if sys.byteorder == "little" else "L"
DEEP_COLOUR = {
    f"{colours};16{order}": f"{colours};16{other}"
    for colours in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", SWAPPED))
}
"""Pillow's layouts of 16-bit colour, of which it unpacks the high bytes, and those of the low."""


class Header(NamedTuple):
    """Header of an image file.

    Attributes:
        format, mode: Pillow's names; format is "" for a file that cannot be identified.
        size: (height, width) as stored.
        orientation: EXIF, 1 to 8.
        is_grey: whether it has no colours.
        is_deep: whether it has 16 bits per channel.
        frames: 2 for an animation or a document, whatever their number.
    """

    format: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    orientation: int = 1
    is_grey: bool = False
    is_deep: bool = False
    frames: int = 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """(height, width) after the EXIF orientation is applied."""
        return self.size[::-1] if self.orientation in SIDEWAYS else self.size


@contextmanager
def open_image(data: bytes) -> Iterator["ImageFile"]:
    """Open an image with Pillow without decoding its pixels; Pillow's warnings are suppressed."""
    from PIL import Image
    from PIL.ImageFile import ImageFile

    stream = io.BytesIO(_without_extras(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if file_kind(data[:64]).name == "HEIC":
            with _open_heic(stream) as picture:
                yield picture
            return
        names = [kind.pillow for kind in FORMATS if kind.pillow != HEIF]
        with Image.open(stream, formats=names) as picture:
            assert isinstance(picture, ImageFile)
            yield picture


def _open_heic(stream: io.BytesIO) -> "ImageFile":
    from PIL.ImageFile import ImageFile

    if not heic_installed():
        raise FormatError(HEIC_MISSING, fix=install_command("heic"), code=UNREAD_FORMAT)
    import pillow_heif

    picture = pillow_heif.HeifImageFile(stream)  # type: ignore[no-untyped-call]
    assert isinstance(picture, ImageFile)
    return picture


def _without_extras(data: bytes) -> bytes:
    """Return a PNG without text, profiles and further frames; other data as they are.

    EXIF data are moved to the front, where Pillow finds them without decoding the pixels.
    """
    if not data.startswith(PNG_START):
        return data
    parts, exif, place, dropped = [PNG_START], b"", 8, 0
    while place + 8 <= len(data):
        length, name = unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data) or not name.isalpha():
            break
        if name == b"eXIf":
            exif, dropped = data[place:end], dropped + 1
        elif name in PNG_KEPT:
            parts.append(data[place:end])
        else:
            dropped += 1
        place = end
        if name == b"IEND":
            break
    if not dropped:
        return data
    return b"".join((*parts[:2], exif, *parts[2:], data[place:]))


def read_header(data: bytes) -> Header:
    """Return the header of an image file's bytes; an empty one if it cannot be identified."""
    try:
        with open_image(data) as picture:
            return header_of(picture, data)
    except Exception:  # a hostile file can make a decoder raise anything
        return Header()


def header_of(picture: "ImageFile", data: bytes) -> Header:
    width, height = picture.size
    # Pillow turns a TIFF itself
    turn = 1 if picture.format == "TIFF" else orientation(picture)
    form = picture.format or ""
    return Header(
        format=form,
        mode=picture.mode,
        size=(height, width),
        orientation=turn,
        is_grey=_is_grey(picture, data),
        is_deep=_is_deep(picture, data),
        frames=_frames(picture, data),
    )


def _is_grey(picture: "ImageFile", data: bytes) -> bool:
    """Return whether an image has no colours; Pillow opens 16-bit grey with alpha as RGBA."""
    return picture.mode in GREY_MODES or (
        data.startswith(PNG_START) and data[24:26] == DEEP_GREY_ALPHA
    )


def _is_deep(picture: "ImageFile", data: bytes) -> bool:
    """Return whether an image has 16 bits per channel, as `read_image` returns them."""
    if data.startswith(PNG_START):
        return data[24:25] == b"\x10"
    if picture.mode.startswith("I"):
        return True
    return picture.format == "TIFF" and rawmode(picture) in DEEP_COLOUR


def _frames(picture: "ImageFile", data: bytes) -> int:
    """Return 2 for an animation or a document; of a photo with previews only the photo counts."""
    if data.startswith(PNG_START):
        return 1 + (b"acTL" in data[:4096])
    if picture.format in ("MPO", HEIF):
        return 1
    return 1 + bool(getattr(picture, "is_animated", False))


def rawmode(picture: "ImageFile") -> str:
    """Return Pillow's name of the pixels' layout in the file."""
    args = picture.tile[0].args if picture.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def orientation(picture: "PilImage") -> int:
    """Return the EXIF orientation, 1 to 8; 1 (upright) if it is missing or damaged."""
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # Pillow would decode the image to look for it behind the pixels
    try:
        number = int(picture.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF in an intact picture: browsers ignore it too
        return 1
    return number if 1 <= number <= 8 else 1


def apply_orientation(picture: "PilImage", number: int) -> "PilImage":
    """Return a decoded picture turned upright from an EXIF orientation; discards its metadata."""
    from PIL import ImageOps

    if number == 1:
        return picture
    picture.info = {}  # Pillow would write the other tags again, which fails if they are damaged
    picture.getexif()[EXIF_ORIENTATION] = number
    return ImageOps.exif_transpose(picture)


def upright(image_HWC: NDArray[Any], turn: int) -> NDArray[Any]:
    """Return an image turned from its EXIF orientation."""
    if turn in SIDEWAYS:
        image_HWC = image_HWC.swapaxes(0, 1)
    rows, columns = REVERSED.get(turn, (1, 1))
    return image_HWC[::rows, ::columns]
