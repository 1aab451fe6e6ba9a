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

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.errors import ConvscopeError, FormatError, InputError
from convscope.io.conversion import DEFAULT, Conversion, Pixels, to_grey, to_rgb
from convscope.io.formats import BY_CONTENT, COPY, FORMATS, UNREAD_FORMAT, file_kind
from convscope.io.image_header import Header, header_of, open_image
from convscope.io.image_limits import (
    MAX_BYTES,
    MAX_FILE_BYTES,
    TOO_LARGE,
    Cost,
    cost,
    divisor_for,
)
from convscope.io.image_pixels import decoded_pixels
from convscope.io.storage import read_limited
from convscope.text import byte_size


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
        return read_limited(path, most=MAX_FILE_BYTES)
    except FileNotFoundError:
        from convscope.io.nearby import did_you_mean

        raise InputError(
            "there is no such file", expected="an image", fix=did_you_mean(path), where=str(path)
        ) from None
    except IsADirectoryError:
        raise InputError("this is a folder", expected="an image", where=str(path)) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise InputError(problem, expected="an image", where=str(path)) from None


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
        notes[-1] += "the number of bits of the largest value"
    convert = to_grey if channels == 1 else to_rgb
    result_HWC = convert(image_HWC, conversion)
    if image_HWC.shape[2] in (2, 4) and _has_one_colour(result_HWC) and np.ptp(image_HWC[..., -1]):
        shown = f"a single colour on the background {conversion.background}"
        notes.append(f"transparent, and {shown}: try another with --background")
    if divisor > 1:
        height, width = header.upright_size
        notes.append(f"{width} x {height} pixels: decoded at 1/{divisor} of its size")
        left = divisor_for(result_HWC.shape[0] * result_HWC.shape[1])
        result_HWC = _reduced(result_HWC, left)
    return result_HWC, "; ".join(notes)


def _has_one_colour(image_HWC: NDArray[np.uint8]) -> bool:
    """Return whether all pixels are equal."""
    return bool((image_HWC == image_HWC[:1, :1]).all())


def _reduced(image_HWC: NDArray[np.uint8], divisor: int) -> NDArray[np.uint8]:
    """Return the means of blocks of divisor x divisor pixels; 1 leaves the image unchanged."""
    from PIL import Image

    if divisor == 1:
        return image_HWC
    picture = Image.fromarray(image_HWC if image_HWC.shape[2] == 3 else image_HWC[..., 0])
    pixels = np.array(picture.reduce(divisor))  # writable, as torch wants it
    return pixels if pixels.ndim == 3 else pixels[..., None]


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
            str(error),
            expected=f"at most {byte_size(MAX_BYTES)}",
            fix="make it smaller first",
            code=TOO_LARGE,
        ) from None
    except MemoryError:
        raise FormatError("there is not enough memory for this image") from None
    except Exception as error:  # a hostile file can make a decoder raise anything
        raise FormatError(f"the image is truncated or damaged ({error})", fix=COPY) from None


def _decode(data: bytes, *, max_pixels: int | None = None, reduces: bool = False) -> _Decoded:
    """Decode an image, and a large JPEG at a part of its size if `reduces`."""
    with _clear_errors(data), open_image(data) as picture:
        header = header_of(picture, data)
        width, height = picture.size
        divisor = divisor_for(height * width) if reduces else 1
        is_jpeg = header.format in ("JPEG", "MPO")
        check_size(data, header, max_pixels=max_pixels, divisor=divisor if is_jpeg else 1)
        if is_jpeg and divisor > 1:
            picture.draft(None, (max(1, width // divisor), max(1, height // divisor)))
        return _Decoded(decoded_pixels(picture, data), header, divisor)


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
    if readable:
        return FormatError(problem, fix=kind.fix)
    return FormatError(problem, expected=BY_CONTENT, fix=kind.fix, code=UNREAD_FORMAT)


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
            raise FormatError(
                problem, expected=expected, fix="make it smaller first", code=TOO_LARGE
            )
        return
    needed: Cost = cost(data, header.format, header.mode, pixels, is_deep=header.is_deep)
    total = needed.total(pixels, divisor)
    if total > MAX_BYTES:
        most = int(pixels * (MAX_BYTES - needed.fixed) / (total - needed.fixed))
        raise FormatError(
            f"{problem} ({byte_size(total)} of memory)",
            expected=f"at most {byte_size(MAX_BYTES)}, about {max(most, 0):,} pixels",
            fix="make it smaller first",
            code=TOO_LARGE,
        )
