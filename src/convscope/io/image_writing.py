"""Arrays to image files.

Legend: H height, W width, C channels.
"""

import io
import zlib
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple

import numpy as np

from convscope.errors import InputError
from convscope.io import storage
from convscope.io.conversion import Pixels
from convscope.text import counted


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
        what = f"{'16' if deep else '8'}-bit, {counted(channels, 'channel')}"
        raise InputError(
            f"{kind.format} cannot hold this image ({what})",
            fix="write a .png" + (", or use --background white" if channels in (2, 4) else ""),
            where=where,
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
