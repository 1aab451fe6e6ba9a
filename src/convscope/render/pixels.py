"""Image files of bare pixels, as drawings and pages contain them.

Pixels that are numbers stay exact: PNG. Smooth pictures, such as photos, are JPEG where that is
smaller: a page of a photo has a fifth of the bytes, and nobody sees the difference.

Axes: H height, W width.
"""

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 90  # of JPEG, with colours at full resolution
MOST_COLOURS = 256  # of a palette


def data_uri(pixels: NDArray[np.uint8], *, smooth: bool = False, effort: int = 6) -> str:
    """Return pixels as the address of an image inside a page.

    Args:
        smooth: whether the image is drawn smoothly, so that its pixels need not be exact.
        effort: zlib's compression level, 1 (fast) to 9 (small).
    """
    kind, file = "png", png_of_pixels(pixels, effort=effort)
    if smooth and pixels.ndim == 3 and pixels.shape[2] == 3:
        jpeg = _jpeg(pixels)
        if len(jpeg) < len(file):
            kind, file = "jpeg", jpeg
    return f"data:image/{kind};base64,{base64.b64encode(file).decode('ascii')}"


def png_of_pixels(pixels: NDArray[np.uint8], *, effort: int = 6) -> bytes:
    """Return a PNG file of (H, W), (H, W, 3) or (H, W, 4) pixels, with a palette of few colours.

    `effort`: zlib's compression level, 1 (fast) to 9 (small).
    """
    with io.BytesIO() as file:
        image = (effort > 1 and _with_palette(pixels)) or _plain(pixels)
        image.save(file, "PNG", compress_level=effort)
        return file.getvalue()


def interpolated(pixels: NDArray[np.uint8], size: tuple[float, float]) -> NDArray[np.uint8]:
    """Return pixels at a new width and height, with an antialiased cubic filter."""
    from PIL.Image import Resampling

    width, height = (max(1, round(side)) for side in size)
    return np.asarray(_plain(pixels).resize((width, height), Resampling.BICUBIC))


def _plain(pixels: NDArray[np.uint8]) -> "Image":
    from PIL.Image import fromarray

    return fromarray(np.ascontiguousarray(pixels))


def _jpeg(pixels_HW3: NDArray[np.uint8]) -> bytes:
    with io.BytesIO() as file:
        _plain(pixels_HW3).save(file, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
        return file.getvalue()


def _with_palette(pixels: NDArray[np.uint8]) -> "Image | None":
    """Return the same image with a palette; None if it has too many colours, or too few pixels."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size < 3 * MOST_COLOURS:
        return None
    codes_HW = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, places = np.unique(codes_HW, return_inverse=True)
    if len(colours) > MOST_COLOURS:
        return None
    image = _plain(places.reshape(codes_HW.shape).astype(np.uint8))
    image.putpalette(np.stack([colours >> 16, colours >> 8, colours], 1).astype(np.uint8).tobytes())
    return image
