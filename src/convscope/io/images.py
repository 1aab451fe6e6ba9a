"""Image files to arrays and back: one reader for filters, prediction, the studio and the labs.

A file is judged by its content, never by its name. Its size is read from the header and
refused before a single pixel is allocated. What comes out is always (H, W, C):

| file | array |
|---|---|
| grey, 1-bit | uint8, C = 1 |
| grey with alpha | uint8, C = 2 (16-bit files too) |
| colour, palette, CMYK, YCbCr | uint8, C = 3 |
| colour or palette with transparency | uint8, C = 4 |
| 16-bit grey, RGB, RGBA of PNG; 16-bit grey of PNM | uint16, C = 1, 3 or 4 |

The rotation that a camera wrote into EXIF is carried out, as browsers do. Colour profiles are
not applied. Of an animation the first frame is read.

Legend: H height, W width, C channels.
"""

import io
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError, InputError, StorageError
from convscope.io import storage

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage
    from PIL.ImageFile import ImageFile

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

READS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "PPM")
"""The decoders that a file may reach. Every other format is refused."""

MAX_PIXELS = 128_000_000
"""The largest image read unless the caller says otherwise: every telephone's, and 384 MB."""

HARD_MAX_PIXELS = 178_956_970
"""Pillow refuses more than this by itself, and its guard stays on."""

EXIF_ORIENTATION = 0x0112

# what must be done to the stored rows to stand upright, per EXIF orientation
UPRIGHT: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda image_HWC: image_HWC[:, ::-1],
    3: lambda image_HWC: image_HWC[::-1, ::-1],
    4: lambda image_HWC: image_HWC[::-1],
    5: lambda image_HWC: image_HWC.swapaxes(0, 1),
    6: lambda image_HWC: image_HWC[::-1].swapaxes(0, 1),
    7: lambda image_HWC: image_HWC[::-1, ::-1].swapaxes(0, 1),
    8: lambda image_HWC: image_HWC[:, ::-1].swapaxes(0, 1),
}

# Pillow unpacks 16-bit colour to its high bytes; the second name gives the low ones
DEEP_COLOUR = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}


class Writes(NamedTuple):
    """What a file format can hold."""

    format: str
    channels: tuple[int, ...]
    deep: bool  # 16 bits
    options: dict[str, Any]


WRITES = {
    ".png": Writes("PNG", (1, 2, 3, 4), True, {}),
    ".jpg": Writes("JPEG", (1, 3), False, {"quality": 95, "subsampling": 0}),
    ".jpeg": Writes("JPEG", (1, 3), False, {"quality": 95, "subsampling": 0}),
    ".webp": Writes("WEBP", (3, 4), False, {"lossless": True}),
    ".bmp": Writes("BMP", (1, 3), False, {}),
    ".pgm": Writes("PPM", (1,), True, {}),
    ".ppm": Writes("PPM", (3,), False, {}),
}


def read_image(source: Path | str | bytes, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The pixels of a file, or of a file's bytes. () -> (H, W, C), uint8 or uint16.

    Args:
        max_pixels: height * width above which the image is refused, from its header.

    Raises:
        FormatError: not an image, of another format, cut short, damaged, or too large.
        InputError: no such file.
    """
    where = "" if isinstance(source, bytes) else str(source)
    if not isinstance(source, bytes):
        _check_file(Path(source))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own words on large or odd files; ours follow
        image_HWC = _decode(source, where, min(max_pixels, HARD_MAX_PIXELS))
    return np.ascontiguousarray(image_HWC)


def format_of(data: bytes) -> str:
    """Pillow's name of what an image file's bytes hold, from its header; "" for no image."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=READS) as picture:
                return picture.format or ""
    except Exception:  # a hostile file can make a decoder raise anything
        return ""


def _check_file(path: Path) -> None:
    if not path.exists():
        raise InputError("there is no such file", expected="an image", where=str(path))
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        raise InputError(f"this is {kind}", expected="an image", where=str(path))


def _decode(source: Path | str | bytes, where: str, max_pixels: int) -> NDArray[Any]:
    from PIL import Image, UnidentifiedImageError
    from PIL.ImageFile import ImageFile

    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")  # noqa: SIM115
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=where) from None
    with stream:
        try:
            with Image.open(stream, formats=READS) as picture:
                assert isinstance(picture, ImageFile)
                _check_size(picture.size, where, max_pixels)
                image_HWC = _pixels(picture)
                turn = UPRIGHT.get(orientation(picture))
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
                f"the image is cut short or damaged ({error})",
                fix="copy or download the file again",
                where=where,
            ) from None
    return turn(image_HWC) if turn else image_HWC


def _not_an_image(stream: Any, where: str) -> FormatError:
    stream.seek(0)
    empty = not stream.read(1)
    return FormatError(
        "the file is empty" if empty else "this is not an image that convscope reads",
        expected="JPEG, PNG, WebP, BMP, GIF or PPM, by content",
        fix="save it as PNG or JPEG first",
        where=where,
    )


def _too_large(given: str, where: str, max_pixels: int) -> FormatError:
    return FormatError(
        given, expected=f"at most {max_pixels:,} pixels", fix="make it smaller first", where=where
    )


def _check_size(size: tuple[int, int], where: str, max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        given = f"the header says {width} x {height}, {width * height:,} pixels: too large to read"
        raise _too_large(given, where, max_pixels)


def _pixels(picture: "ImageFile") -> NDArray[Any]:
    """Decode, and bring every mode of Pillow to one of the arrays of this file's table."""
    tile = picture.tile[0] if picture.tile else None
    low_bytes = DEEP_COLOUR.get(tile.args) if tile and isinstance(tile.args, str) else None
    if low_bytes:
        return _deep_colour(picture, low_bytes)
    clear = "transparency" in picture.info
    match picture.mode:
        case "1" | "L":
            kept = picture.convert("LA" if clear else "L")
        case "LA" | "La":
            kept = picture.convert("LA")
        case "RGB" | "P":
            kept = picture.convert("RGBA" if clear else "RGB")
        case "RGBA" | "RGBa" | "RGBX" | "PA":
            kept = picture.convert("RGBA")
        case "CMYK" | "YCbCr" | "LAB" | "HSV":
            kept = picture.convert("RGB")
        case "I;16" | "I;16B" | "I;16L" | "I":
            deep_HW = np.asarray(picture)
            deep_HWC: NDArray[Any] = np.clip(deep_HW, 0, 65535).astype(np.uint16)[..., None]
            return deep_HWC
        case mode:
            raise FormatError(f"pixels of kind {mode} are not read", fix="save it as PNG first")
    image = np.array(kept)
    return image[..., None] if image.ndim == 2 else image


def _deep_colour(picture: "ImageFile", low_bytes: str) -> NDArray[np.uint16]:
    """16 bits a channel: decoded twice, since Pillow's colour has room for 8."""
    from PIL import Image
    from PIL.ImageFile import ImageFile

    stream = picture.fp
    tile = picture.tile[0]
    high_HWC = np.asarray(picture).astype(np.uint16)
    assert stream is not None
    stream.seek(0)
    with Image.open(stream, formats=("PNG",)) as again:
        assert isinstance(again, ImageFile)
        again.tile = [tile._replace(args=low_bytes)]
        low_HWC = np.asarray(again)
    deep_HWC: NDArray[np.uint16] = np.bitwise_or(high_HWC << 8, low_HWC)
    return deep_HWC


def orientation(picture: "PilImage") -> int:
    """EXIF's number, 1 to 8; 1, upright, where there is none."""
    try:
        return int(picture.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF beside a sound picture: upright, as browsers take it
        return 1


def to_rgb(image_HWC: Pixels) -> NDArray[np.uint8]:
    """(H, W, 1..4) -> (H, W, 3), uint8. Alpha is dropped, not blended; 16 bits are rounded to 8."""
    image = _eight_bits(image_HWC)
    colours = image.shape[2] - 1 if image.shape[2] in (2, 4) else image.shape[2]
    return (
        np.repeat(image[..., :1], 3, axis=2)
        if colours == 1
        else np.ascontiguousarray(image[..., :3])
    )


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
    """Write pixels whole or not at all. The format is the name's ending. (H, W[, C]) -> file.

    Nothing is lost on the way: what the format cannot hold is an error, not a conversion.

    Raises:
        InputError: an ending that is unknown or cannot hold this image.
        StorageError: the file exists and `overwrite` is not set, or the disk refuses.
    """
    path = Path(path)
    storage.check_output(path, endings=WRITES, overwrite=overwrite)
    image_HWC = image[..., None] if image.ndim == 2 else image
    storage.write(path, [encode_image(image_HWC, path.suffix.lower(), where=str(path))])
    return path


def encode_image(image_HWC: Pixels, suffix: str, *, where: str = "") -> bytes:
    """The bytes of an image file. (H, W, C) -> bytes.

    Raises:
        InputError: the format cannot hold this image.
    """
    from PIL import Image

    kind = WRITES[suffix]
    channels, deep = image_HWC.shape[2], image_HWC.dtype == np.uint16
    if channels not in kind.channels or (deep and not kind.deep):
        what = f"{'16' if deep else '8'}-bit, {channels} channel{'s' * (channels > 1)}"
        raise InputError(
            f"{kind.format} cannot hold this image ({what})",
            fix="write a .png, which holds all",
            where=where,
        )
    if deep and channels > 1:
        return _deep_png(image_HWC)
    picture = Image.fromarray(image_HWC[..., 0] if channels == 1 else image_HWC)
    stream = io.BytesIO()
    try:
        picture.save(stream, format=kind.format, **kind.options)
    except (OSError, ValueError) as error:  # WebP ends at 16,383 pixels a side, JPEG at 65,535
        raise InputError(
            f"{kind.format} cannot hold this image ({error})", fix="write a .png", where=where
        ) from None
    return stream.getvalue()


def _deep_png(image_HWC: Pixels) -> bytes:
    """A PNG of 16 bits a channel, which Pillow does not write for colour."""
    height, width, channels = image_HWC.shape
    colour_type = {2: 4, 3: 2, 4: 6}[channels]
    rows = image_HWC.astype(">u2").reshape(height, -1).view(np.uint8)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    filtered = np.full(
        (height, rows.shape[1] + 1), 2, np.uint8
    )  # filter 2 of PNG: minus the row above
    np.subtract(rows, above, out=filtered[:, 1:])

    def chunk(name: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))

    header = pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 6)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
