"""Image files to arrays and back: one reader for training, evaluation, filters and the labs.

A file is identified by its content, never by its name. Its size is read from the header and
checked before pixels are allocated. Arrays are (H, W, C):

| file | array |
|---|---|
| grey, 1-bit | uint8, C = 1 |
| grey with alpha | uint8, C = 2 (16-bit files too) |
| colour, palette, CMYK, YCbCr | uint8, C = 3 |
| colour or palette with transparency | uint8, C = 4 |
| 16-bit grey, RGB, RGBA of PNG; 16-bit grey of PNM | uint16, C = 1, 3 or 4 |

The EXIF orientation is applied, as browsers do. Colour profiles are not applied. Of an animation
the first frame is read.

Legend: H height, W width, C channels.
"""

import io
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError, InputError, StorageError
from convscope.io import storage

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage
    from PIL.ImageFile import ImageFile

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

READ_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "PPM")
"""Pillow's decoders that a file may reach; all other formats are refused."""

MAX_PIXELS = 128_000_000
"""Default limit of height * width: larger than the photos of any phone; 384 MB in RGB."""

HARD_MAX_PIXELS = 178_956_970
"""Pillow's own limit, which stays active."""

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange rows and columns."""

# Pillow unpacks 16-bit colour to its high bytes; the second name selects the low bytes
DEEP_COLOUR = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}


class WriteFormat(NamedTuple):
    """Channels and depth that a file format supports, and its encoder options."""

    format: str
    channels: tuple[int, ...]
    deep: bool  # 16 bits
    options: dict[str, Any]


WRITE_FORMATS = {
    ".png": WriteFormat("PNG", (1, 2, 3, 4), True, {}),
    ".jpg": WriteFormat("JPEG", (1, 3), False, {"quality": 95, "subsampling": 0}),
    ".jpeg": WriteFormat("JPEG", (1, 3), False, {"quality": 95, "subsampling": 0}),
    ".webp": WriteFormat("WEBP", (3, 4), False, {"lossless": True}),
    ".bmp": WriteFormat("BMP", (1, 3), False, {}),
    ".pgm": WriteFormat("PPM", (1,), True, {}),
    ".ppm": WriteFormat("PPM", (3,), False, {}),
}


class Header(NamedTuple):
    """Header of an image file.

    Attributes:
        format, mode: Pillow's names; format is "" for a file that cannot be identified.
        size: (height, width) as stored.
        orientation: EXIF, 1 to 8.
    """

    format: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    orientation: int = 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """(height, width) after the EXIF orientation is applied."""
        return self.size[::-1] if self.orientation in SIDEWAYS else self.size


def read_image(source: Path | str | bytes, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Return the pixels of a file, or of a file's bytes. () -> (H, W, C), uint8 or uint16.

    Args:
        max_pixels: limit of height * width, checked on the header.

    Raises:
        FormatError: not an image, of another format, truncated, damaged, or too large.
        InputError: no such file.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "", min(max_pixels, HARD_MAX_PIXELS))
    path = Path(source)
    if not path.exists():
        raise InputError("there is no such file", expected="an image", where=str(path))
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        raise InputError(f"this is {kind}", expected="an image", where=str(path))
    try:
        with path.open("rb") as stream:
            return _decode(stream, str(path), min(max_pixels, HARD_MAX_PIXELS))
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from None


def decode_image(data: bytes, *, channels: int, where: str = "") -> NDArray[np.uint8]:
    """Decode an image file in full, to grey or RGB. bytes -> (H, W, channels), uint8.

    Args:
        channels: 1 or 3, whatever the file holds.

    Raises:
        FormatError: as `read_image`; `where` names the file.
    """
    try:
        image_HWC = read_image(data)
    except FormatError as error:
        raise error.at(where) from None
    return to_grey(image_HWC) if channels == 1 else to_rgb(image_HWC)


@contextmanager
def open_image(source: bytes | IO[bytes]) -> Iterator["ImageFile"]:
    """Open an image with Pillow without decoding its pixels; Pillow's warnings are suppressed."""
    from PIL import Image
    from PIL.ImageFile import ImageFile

    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(stream, formats=READ_FORMATS) as picture:
            assert isinstance(picture, ImageFile)
            yield picture


def read_header(data: bytes) -> Header:
    """Return the header of an image file's bytes; an empty one if it cannot be identified."""
    try:
        with open_image(data) as picture:
            width, height = picture.size
            turn = orientation(picture)
            return Header(picture.format or "", picture.mode, (height, width), turn)
    except Exception:  # a hostile file can make a decoder raise anything
        return Header()


def orientation(picture: "PilImage") -> int:
    """Return the EXIF orientation, 1 to 8; 1 (upright) if it is missing or damaged."""
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


def _decode(stream: IO[bytes], where: str, max_pixels: int) -> Pixels:
    from PIL import Image, UnidentifiedImageError

    try:
        with open_image(stream) as picture:
            _check_size(picture.size, where, max_pixels)
            return _pixels(picture)
    except FormatError as error:
        raise error if error.where else error.at(where) from None
    except UnidentifiedImageError:
        raise _not_an_image(stream, where) from None
    except Image.DecompressionBombError as error:
        raise _too_large(str(error), where, max_pixels) from None
    except MemoryError:
        raise FormatError("there is not enough memory for this image", where=where) from None
    except Exception as error:  # a hostile file can make a decoder raise anything
        raise FormatError(
            f"the image is truncated or damaged ({error})",
            fix="copy or download the file again",
            where=where,
        ) from None


def _not_an_image(stream: IO[bytes], where: str) -> FormatError:
    stream.seek(0)
    empty = not stream.read(1)
    return FormatError(
        "the file is empty" if empty else "this is not an image that convscope reads",
        expected="JPEG, PNG, WebP, BMP, GIF or PPM, by content",
        fix="save it as PNG or JPEG first",
        where=where,
    )


def _too_large(problem: str, where: str, max_pixels: int) -> FormatError:
    return FormatError(
        problem, expected=f"at most {max_pixels:,} pixels", fix="make it smaller first", where=where
    )


def _check_size(size: tuple[int, int], where: str, max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        problem = f"the image has {width} x {height}, {width * height:,} pixels: too large to read"
        raise _too_large(problem, where, max_pixels)


def _pixels(picture: "ImageFile") -> Pixels:
    """Decode, and convert every mode of Pillow to one of the arrays of the module's table."""
    tile = picture.tile[0] if picture.tile else None
    low_bytes = DEEP_COLOUR.get(tile.args) if tile and isinstance(tile.args, str) else None
    if low_bytes:
        return _deep_colour(picture, low_bytes)
    return _upright_pixels(picture)


def picture_pixels(picture: "PilImage") -> Pixels:
    """Return the pixels of a Pillow image: (H, W, C), uint8 or uint16.

    Raises:
        FormatError: a mode that cannot be read, or a damaged file behind it.
    """
    try:
        return _upright_pixels(picture)
    except FormatError:
        raise
    except Exception as error:  # a lazily opened file may be damaged
        raise FormatError(
            f"the image is truncated or damaged ({error})",
            fix="copy or download the file again",
        ) from None


def _upright_pixels(picture: "PilImage") -> Pixels:
    image: NDArray[Any] = np.array(apply_orientation(_converted(picture), orientation(picture)))
    if image.dtype not in (np.uint8, bool):
        image = np.clip(image, 0, 65535).astype(np.uint16)
    return image[..., None] if image.ndim == 2 else image


def _converted(picture: "PilImage") -> "PilImage":
    transparent = "transparency" in picture.info
    match picture.mode:
        case "1" | "L":
            return picture.convert("LA" if transparent else "L")
        case "LA" | "La":
            return picture.convert("LA")
        case "RGB" | "P":
            return picture.convert("RGBA" if transparent else "RGB")
        case "RGBA" | "RGBa" | "RGBX" | "PA":
            return picture.convert("RGBA")
        case "CMYK" | "YCbCr" | "LAB" | "HSV":
            return picture.convert("RGB")
        case "I;16" | "I;16B" | "I;16L" | "I":
            picture.load()
            return picture
        case mode:
            raise FormatError(f"pixels of mode {mode} cannot be read", fix="save it as PNG first")


def _deep_colour(picture: "ImageFile", low_bytes: str) -> NDArray[np.uint16]:
    """Read 16 bits per channel: decoded twice, since Pillow's colour modes have 8."""
    stream, tile = picture.fp, picture.tile[0]
    picture.load()
    turn = orientation(picture)
    high_HWC = np.asarray(apply_orientation(picture, turn)).astype(np.uint16)
    assert stream is not None
    stream.seek(0)
    with open_image(stream) as again:
        again.tile = [tile._replace(args=low_bytes)]
        again.load()
        low_HWC = np.asarray(apply_orientation(again, turn))
    deep_HWC: NDArray[np.uint16] = np.bitwise_or(high_HWC << 8, low_HWC)
    return deep_HWC


def to_rgb(image_HWC: Pixels) -> NDArray[np.uint8]:
    """(H, W, 1..4) -> (H, W, 3), uint8. Alpha is dropped, not blended; 16 bits are rounded to 8."""
    image = _eight_bits(image_HWC)
    if image.shape[2] <= 2:
        return np.repeat(image[..., :1], 3, axis=2)
    return np.ascontiguousarray(image[..., :3])


def to_grey(image_HWC: Pixels) -> NDArray[np.uint8]:
    """(H, W, 1..4) -> (H, W, 1), uint8: 0.299 R + 0.587 G + 0.114 B, the same as Pillow's "L"."""
    image = _eight_bits(image_HWC)
    if image.shape[2] <= 2:
        return np.ascontiguousarray(image[..., :1])
    # ITU-R 601-2 in 16-bit fixed point, as Pillow computes it
    weights = np.array([19595, 38470, 7471], np.uint32)
    total_HW = image[..., 0] * weights[0] + image[..., 1] * weights[1] + image[..., 2] * weights[2]
    grey_HW: NDArray[np.uint8] = ((total_HW + 0x8000) >> 16).astype(np.uint8)
    return grey_HW[..., None]


def _eight_bits(image_HWC: Pixels) -> NDArray[np.uint8]:
    if image_HWC.dtype == np.uint8:
        return image_HWC.astype(np.uint8, copy=False)
    return ((image_HWC.astype(np.uint32) + 128) // 257).astype(np.uint8)


def write_image(path: Path | str, image: Pixels, *, overwrite: bool = False) -> Path:
    """Write pixels atomically, in the format of the file's ending. (H, W[, C]) -> file.

    Raises:
        InputError: the ending is unknown, or the format cannot hold this image without a loss.
        StorageError: the file exists and `overwrite` is not set, or it cannot be written.
    """
    path = Path(path)
    storage.check_output(path, endings=WRITE_FORMATS, overwrite=overwrite)
    image_HWC = image[..., None] if image.ndim == 2 else image
    storage.write(path, [encode_image(image_HWC, path.suffix.lower(), where=str(path))])
    return path


def encode_image(image_HWC: Pixels, suffix: str, *, where: str = "") -> bytes:
    """Encode pixels as an image file. (H, W, C) -> bytes.

    Raises:
        InputError: the format cannot hold this image.
    """
    from PIL import Image

    kind = WRITE_FORMATS[suffix]
    channels, deep = image_HWC.shape[2], image_HWC.dtype == np.uint16
    if channels not in kind.channels or (deep and not kind.deep):
        what = f"{'16' if deep else '8'}-bit, {channels} channel{'s' * (channels > 1)}"
        raise InputError(
            f"{kind.format} cannot hold this image ({what})", fix="write a .png", where=where
        )
    if deep and channels > 1:
        return _deep_png(image_HWC)
    picture = Image.fromarray(image_HWC[..., 0] if channels == 1 else image_HWC)
    stream = io.BytesIO()
    try:
        picture.save(stream, format=kind.format, **kind.options)
    except (OSError, ValueError) as error:  # WebP: 16,383 pixels a side at most, JPEG: 65,535
        raise InputError(
            f"{kind.format} cannot hold this image ({error})", fix="write a .png", where=where
        ) from None
    return stream.getvalue()


def _deep_png(image_HWC: Pixels) -> bytes:
    """Encode 16 bits per channel, which Pillow does not write for colour."""
    height, width, channels = image_HWC.shape
    colour_type = {2: 4, 3: 2, 4: 6}[channels]
    rows = image_HWC.astype(">u2").reshape(height, -1).view(np.uint8)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    # filter 2 of PNG: each row minus the row above
    filtered = np.full((height, rows.shape[1] + 1), 2, np.uint8)
    np.subtract(rows, above, out=filtered[:, 1:])

    def chunk(name: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))

    header = pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 6)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
