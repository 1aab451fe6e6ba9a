"""Image files to arrays: one reader for training, evaluation, filters and the labs.

A file is identified by its content, never by its name. Its size is read from the header and
checked before pixels are allocated. Arrays are (H, W, C):

| file | array |
|---|---|
| grey, 1-bit | uint8, C = 1 |
| grey with alpha | uint8, C = 2 |
| colour, palette, CMYK, YCbCr | uint8, C = 3 |
| colour or palette with transparency | uint8, C = 4 |
| 16-bit grey, grey with alpha, RGB, RGBA of PNG and TIFF; 16-bit grey of PNM | uint16, C = 1 to 4 |

The EXIF orientation is applied, as browsers do. Colour profiles are not applied. Of an animation
or a document the first frame is read. `io.conversion` makes 8-bit grey or RGB of the arrays.

Legend: H height, W width, C channels.
"""

import io
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.io.conversion import DEFAULT, Conversion, Pixels, to_grey, to_rgb
from convscope.io.formats import BY_CONTENT, FORMATS, HEIC_FIX, HEIF, file_kind, heic_installed
from convscope.io.image_limits import MAX_BYTES, MAX_FILE_BYTES, Cost, cost, divisor_for
from convscope.io.storage import open_file

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage
    from PIL.ImageFile import ImageFile

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange rows and columns."""

# Steps along (rows, columns) that turn an image, after rows and columns were exchanged
REVERSED = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}

STRIP_PIXELS = 1 << 18

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""Chunks that determine the pixels. Pillow refuses files with megabytes of text or profiles."""

GREY_ALPHA, DEEP_GREY_ALPHA = b"\x08\x06", b"\x10\x04"
"""Bit depth and colour type of PNG: 8-bit RGBA has as many bytes as 16-bit grey with alpha."""

GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")

SWAPPED = "B" if sys.byteorder == "little" else "L"
# Pillow unpacks 16-bit colour to its high bytes; the second name selects the low bytes
DEEP_COLOUR = {
    f"{colours};16{order}": f"{colours};16{other}"
    for colours in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", SWAPPED))
}

# TIFF tags and values
PHOTOMETRIC, BITS, SAMPLE_FORMAT, DNG_VERSION = 262, 258, 339, 50706
WHITE_IS_ZERO, SENSOR = 0, (32803, 34892)
SIGNED_OR_FLOAT = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}


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


class _Decoded(NamedTuple):
    pixels_HWC: Pixels
    header: Header
    divisor: int


def read_image(source: Path | str | bytes, *, max_pixels: int | None = None) -> Pixels:
    """Return the pixels of a file, or of a file's bytes. () -> (H, W, C), uint8 or uint16.

    Args:
        max_pixels: limit of height * width, instead of MAX_BYTES of memory.

    Raises:
        FormatError: not an image, of another format, truncated, damaged, or too large.
        InputError: no such file.
    """
    if isinstance(source, bytes):
        return _decode(source, max_pixels=max_pixels).pixels_HWC
    try:
        return _decode(read_file(source), max_pixels=max_pixels).pixels_HWC
    except FormatError as error:
        raise error if error.where else error.at(str(source)) from None


def read_file(source: Path | str) -> bytes:
    """Return the bytes of an image file.

    Raises:
        InputError: no such file, or a folder, pipe or device.
        FormatError: larger than MAX_FILE_BYTES.
    """
    path = Path(source)
    try:
        with open_file(path) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError("there is no such file", expected="an image", where=str(path)) from None
    except IsADirectoryError:
        raise InputError("this is a folder", expected="an image", where=str(path)) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise InputError(problem, expected="an image", where=str(path)) from None
    if len(data) > MAX_FILE_BYTES:
        raise FormatError(
            f"more than {MAX_FILE_BYTES:,} bytes",
            expected="an image",
            fix="remove it or make it smaller",
            where=str(path),
        )
    return data


def read_for_network(data: bytes) -> tuple[Pixels, Header]:
    """Return the pixels of a file as training and evaluation read them, and its header.

    A JPEG of more than MAX_INPUT_PIXELS is decoded at a part of its size.

    Raises:
        FormatError: as `read_image`.
    """
    decoded = _decode(data, reduces=True)
    return decoded.pixels_HWC, decoded.header


def decode_image(
    data: bytes, *, channels: int, where: str = "", conversion: Conversion = DEFAULT
) -> NDArray[np.uint8]:
    """Decode an image file to grey or RGB. bytes -> (H, W, channels), uint8.

    Args:
        channels: 1 or 3, whatever the file holds.

    Raises:
        FormatError: as `read_image`; `where` names the file.
    """
    return decode_with_note(data, channels=channels, where=where, conversion=conversion)[0]


def decode_with_note(
    data: bytes, *, channels: int, where: str = "", conversion: Conversion = DEFAULT
) -> tuple[NDArray[np.uint8], str]:
    """Decode as `decode_image`; also return a note about what was not read as it is, or ""."""
    try:
        return _converted_image(data, channels, conversion)
    except FormatError as error:
        raise error.at(where) from None


def _converted_image(
    data: bytes, channels: int, conversion: Conversion
) -> tuple[NDArray[np.uint8], str]:
    image_HWC, header, divisor = _decode(data, reduces=True)
    notes = []
    if header.frames > 1:
        notes.append("the first of several frames or pages")
    if image_HWC.dtype != np.uint8 and conversion.white_level is None:
        notes.append("16 bits per channel, and the model was trained on 8: scaled to 8 bits by ")
        notes[-1] += "the largest value's bits"
    convert = to_grey if channels == 1 else to_rgb
    result_HWC = convert(image_HWC, conversion)
    if divisor > 1:
        height, width = header.upright_size
        notes.append(f"{width} x {height} pixels: decoded at 1/{divisor} of its size")
        left = divisor_for(result_HWC.shape[0] * result_HWC.shape[1])
        result_HWC = _reduced(result_HWC, left)
    return result_HWC, "; ".join(notes)


def _reduced(image_HWC: NDArray[np.uint8], divisor: int) -> NDArray[np.uint8]:
    """Return the means of blocks of divisor x divisor pixels; 1 leaves the image unchanged."""
    from PIL import Image

    if divisor == 1:
        return image_HWC
    picture = Image.fromarray(image_HWC if image_HWC.shape[2] == 3 else image_HWC[..., 0])
    pixels = np.asarray(picture.reduce(divisor))
    return pixels if pixels.ndim == 3 else pixels[..., None]


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
        raise FormatError("a HEIC image, which needs an extra", fix=HEIC_FIX)
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
            return _header(picture, data)
    except Exception:  # a hostile file can make a decoder raise anything
        return Header()


def _header(picture: "ImageFile", data: bytes) -> Header:
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
    return picture.format == "TIFF" and _rawmode(picture) in DEEP_COLOUR


def _frames(picture: "ImageFile", data: bytes) -> int:
    """Return 2 for an animation or a document; of a photo with previews only the photo counts."""
    if data.startswith(PNG_START):
        return 1 + (b"acTL" in data[:4096])
    if picture.format in ("MPO", HEIF):
        return 1
    return 1 + bool(getattr(picture, "is_animated", False))


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


@contextmanager
def _clear_errors(data: bytes) -> Iterator[None]:
    """Turn whatever a decoder raises into FormatError."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except ConvscopeError:
        raise
    except (UnidentifiedImageError, SyntaxError):
        raise not_an_image(data) from None
    except Image.DecompressionBombError as error:
        raise FormatError(
            str(error), expected=f"at most {MAX_BYTES / 1e6:,.0f} MB", fix="make it smaller first"
        ) from None
    except MemoryError:
        raise FormatError("there is not enough memory for this image") from None
    except Exception as error:  # a hostile file can make a decoder raise anything
        raise FormatError(
            f"the image is truncated or damaged ({error})", fix="copy or download the file again"
        ) from None


def _decode(data: bytes, *, max_pixels: int | None = None, reduces: bool = False) -> _Decoded:
    """Decode an image, and a large JPEG at a part of its size if `reduces`."""
    with _clear_errors(data), open_image(data) as picture:
        header = _header(picture, data)
        width, height = picture.size
        divisor = divisor_for(height * width) if reduces else 1
        is_jpeg = header.format in ("JPEG", "MPO")
        check_size(data, header, max_pixels=max_pixels, divisor=divisor if is_jpeg else 1)
        if is_jpeg and divisor > 1:
            picture.draft(None, (max(1, width // divisor), max(1, height // divisor)))
        return _Decoded(_pixels(picture, data), header, divisor)


def not_an_image(data: bytes) -> FormatError:
    """Return the error for a file that no decoder takes; says what it is by its first bytes."""
    kind = file_kind(data)
    if not data:
        return FormatError("the file is empty", expected="an image", fix=kind.fix)
    readable = kind.name in [form.name for form in FORMATS]
    if readable:
        problem = f"the {kind.name} image is truncated or damaged (its header cannot be read)"
    elif kind.is_image:
        problem = f"{kind.name} images are not read"
    else:
        problem = f"this is {kind.name}, not an image"
    expected = "" if readable else BY_CONTENT
    return FormatError(problem, expected=expected, fix=kind.fix)


def check_size(
    data: bytes, header: Header, *, max_pixels: int | None = None, divisor: int = 1
) -> None:
    """Check an image's size, before it is decoded at 1/divisor of it.

    Raises:
        FormatError: more than `max_pixels`, or than MAX_BYTES of memory if that is None.
    """
    height, width = header.size
    pixels = height * width
    problem = f"the image has {width} x {height}, {pixels:,} pixels: too large to read"
    if max_pixels is not None:
        if pixels > max_pixels:
            expected = f"at most {max_pixels:,} pixels"
            raise FormatError(problem, expected=expected, fix="make it smaller first")
        return
    needed: Cost = cost(data, header.format, header.mode, pixels, is_deep=header.is_deep)
    total = needed.total(pixels, divisor)
    if total > MAX_BYTES:
        most = int(pixels * (MAX_BYTES - needed.fixed) / (total - needed.fixed))
        raise FormatError(
            f"{problem} ({total / 1e6:,.0f} MB of memory)",
            expected=f"at most {MAX_BYTES / 1e6:,.0f} MB, about {max(most, 0):,} pixels",
            fix="make it smaller first",
        )


def is_too_large(error: ConvscopeError) -> bool:
    """Return whether an error of this module is about the size of an image."""
    return error.expected.startswith("at most")


def _rawmode(picture: "ImageFile") -> str:
    """Return Pillow's name of the pixels' layout in the file."""
    args = picture.tile[0].args if picture.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _pixels(picture: "ImageFile", data: bytes) -> Pixels:
    """Decode, and convert every mode of Pillow to one of the arrays of the module's table."""
    if picture.format == "TIFF":
        _check_tiff(picture)
    if _rawmode(picture) in DEEP_COLOUR:
        return _deep_colour(picture, data)
    if data.startswith(PNG_START) and data[24:26] == DEEP_GREY_ALPHA:
        return _deep_grey_alpha(data)
    inverted = picture.format == "TIFF" and _tag(picture, PHOTOMETRIC) == WHITE_IS_ZERO
    key = picture.info.get("transparency")
    image_HWC = _sixteen_bits(_array(picture, _target_mode(picture)), key)
    if inverted and image_HWC.dtype == np.uint16:
        return 65535 - image_HWC
    return image_HWC


def picture_pixels(picture: "PilImage") -> Pixels:
    """Return the pixels of a Pillow image: (H, W, C), uint8 or uint16.

    Raises:
        FormatError: a mode that cannot be read, or a damaged file behind it.
    """
    try:
        picture.load()
        image_HWC = _upright(_stored_pixels(picture, _target_mode(picture)), orientation(picture))
        return _sixteen_bits(np.ascontiguousarray(image_HWC), picture.info.get("transparency"))
    except FormatError:
        raise
    except Exception as error:  # a lazily opened file may be damaged
        raise FormatError(
            f"the image is truncated or damaged ({error})",
            fix="copy or download the file again",
        ) from None


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
    return np.ascontiguousarray(_upright(image_HWC, turn))


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


def _upright(image_HWC: NDArray[Any], turn: int) -> NDArray[Any]:
    """Return an image turned from its EXIF orientation."""
    if turn in SIDEWAYS:
        image_HWC = image_HWC.swapaxes(0, 1)
    rows, columns = REVERSED.get(turn, (1, 1))
    return image_HWC[::rows, ::columns]


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
            fix="export it as JPEG, PNG or TIFF with the camera's program",
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
    if colours and isinstance(bits, int) and bits > 8 and _rawmode(picture) not in DEEP_COLOUR:
        raise FormatError(
            f"a TIFF with {bits} bits per channel in this layout ({_rawmode(picture)})",
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
    low = DEEP_COLOUR[_rawmode(picture)]
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
