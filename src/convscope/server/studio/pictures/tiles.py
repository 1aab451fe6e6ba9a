"""Sheets of thumbnails: tiles of equal size in rows of 16, in the order of the request.

An image keeps its shape; around it the tile is transparent. Small images stay as they are (PNG),
photos are reduced (WebP).

Axes: N images, C channels, H height, W width.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convscope.data.dataset import AnySplit, Split
from convscope.errors import ConvscopeError
from convscope.io.image_header import apply_orientation, open_image, orientation, read_header
from convscope.io.images import check_size, decode_image
from convscope.io.photos import read

COLUMNS = 16
MOST_IMAGES = 256
SMALL = 64  # pixels; sheets of tiles up to this side are lossless
MAX_PIXELS = 100_000_000
QUALITY = 82

Pixels = NDArray[np.uint8]


def sheet(
    split: AnySplit, indices: Sequence[int], side: int, progress: Callable[..., None]
) -> bytes:
    """Return a sheet as a PNG or WebP file; an image that cannot be read is an empty tile."""
    if isinstance(split, Split) and tuple(split.images_NCHW.shape[2:]) == (side, side):
        return _in_memory(split, indices)
    rows = -(-len(indices) // COLUMNS)
    whole = Image.new("RGBA", (COLUMNS * side, rows * side))
    for place, index in enumerate(indices):
        progress(place, len(indices))
        try:
            tile = thumbnail(split, index, side)
        except (ConvscopeError, MemoryError):
            continue
        paste(whole, tile, place, side)
    return encoded(whole, side)


def paste(whole: Image.Image, tile: Image.Image, place: int, side: int) -> None:
    """Put a thumbnail into the middle of its tile."""
    left = (place % COLUMNS) * side + (side - tile.width) // 2
    top = (place // COLUMNS) * side + (side - tile.height) // 2
    whole.paste(tile, (left, top))


def encoded(whole: Image.Image, side: int) -> bytes:
    """Return a sheet as a file."""
    file = io.BytesIO()
    if side <= SMALL:
        whole.save(file, "PNG", compress_level=1)
    else:
        whole.save(file, "WEBP", quality=QUALITY, method=0)
    return file.getvalue()


def _in_memory(split: Split, indices: Sequence[int]) -> bytes:
    """Return a sheet of small images of one size, pixel by pixel."""
    images_NCHW = split.images_NCHW[list(indices)]
    num, channels, height, width = images_NCHW.shape
    rows = -(-num // COLUMNS)
    filled = np.zeros((rows * COLUMNS, height, width, channels), np.uint8)
    filled[:num] = images_NCHW.permute(0, 2, 3, 1).numpy()
    grid = filled.reshape(rows, COLUMNS, height, width, channels).transpose(0, 2, 1, 3, 4)
    pixels = grid.reshape(rows * height, COLUMNS * width, channels)
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else np.ascontiguousarray(pixels))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def thumbnail(split: AnySplit, index: int, side: int) -> Image.Image:
    """Return an image of at most `side` pixels in each direction.

    Raises:
        DataError, FormatError: it cannot be read.
    """
    if isinstance(split, Split):
        return reduced(from_pixels(split.image(index).permute(1, 2, 0).numpy()), side)
    data = read(split.files.reference(index)).data
    return file_thumbnail(data, side, lambda: split.image(index).permute(1, 2, 0).numpy())


def file_thumbnail(data: bytes, side: int, decode: Callable[[], Any] | None = None) -> Image.Image:
    """Return an image file reduced to at most `side` pixels; JPEG is decoded at a lower scale.

    Args:
        decode: returns the pixels (H, W, C) of files that are no plain JPEG.

    Raises:
        FormatError: damaged, too large, or of another kind.
    """
    header = read_header(data)
    check_size(data, header, max_pixels=MAX_PIXELS)
    if header.format == "JPEG" and header.mode in ("L", "RGB"):
        try:
            with open_image(data) as picture:
                picture.draft(header.mode, (2 * side, 2 * side))
                turned = apply_orientation(picture, orientation(picture))
                return reduced(turned.convert("RGB"), side)
        except (OSError, ValueError, SyntaxError):
            pass  # the reader below says what is wrong, and reads what can be read
    pixels_HWC = decode() if decode else decode_image(data, channels=3)
    return reduced(from_pixels(pixels_HWC), side)


def from_pixels(pixels_HWC: Pixels) -> Image.Image:
    """(H, W, 1 or 3) -> a colour image."""
    if pixels_HWC.shape[2] == 1:
        return Image.fromarray(np.ascontiguousarray(pixels_HWC[..., 0])).convert("RGB")
    return Image.fromarray(np.ascontiguousarray(pixels_HWC))


def reduced(picture: Image.Image, side: int) -> Image.Image:
    """Return an image of at most `side` pixels in each direction; small ones stay as they are."""
    longest = max(picture.size)
    if longest <= side:
        # small images are enlarged by whole factors, so that tiles of a set look alike
        factor = max(1, side // longest)
        size = (picture.width * factor, picture.height * factor)
        return picture.resize(size, Image.Resampling.NEAREST) if factor > 1 else picture
    size = (
        max(1, round(picture.width * side / longest)),
        max(1, round(picture.height * side / longest)),
    )
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def png(picture: Image.Image) -> bytes:
    """Return an image as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()


def crossed(side: int) -> Image.Image:
    """Return the tile of an image that cannot be read."""
    pixels = np.full((side, side, 4), (128, 128, 128, 40), np.uint8)
    rows, columns = np.indices((side, side))
    inside = np.minimum(rows, columns) >= side // 3
    inside &= np.maximum(rows, columns) < side - side // 3
    lines = (abs(rows - columns) <= 1) | (abs(rows + columns - side + 1) <= 1)
    pixels[inside & lines] = (128, 128, 128, 255)
    return Image.fromarray(pixels)
