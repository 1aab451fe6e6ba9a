"""Perceptual hash and thumbnail of an image: the hash finds near-duplicates, the thumbnail checks.

The 64-bit hash (pHash) holds the signs of the lowest DCT coefficients of the luma, relative to
their median: scaling, JPEG and a change of brightness flip few of its bits. The thumbnail is
16 x 16 of luma and 4 x 4 of both colour differences.

Legend: N images, H height, W width, C channels, S thumbnail values.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32
LOW = 8  # frequencies kept per side
LUMA = 16 * 16
THUMBNAIL_BYTES = LUMA + 2 * 4 * 4
CHUNK = 1000
FLAT_STD = 2.0  # grey levels of 255: an image below it has a single colour
MAX_COLOUR_DIFFERENCE = 6.0  # levels of 255, mean

_n = np.arange(SIDE)
DCT = np.cos(np.pi * (2 * _n[None, :] + 1) * np.arange(LOW)[:, None] / (2 * SIDE))


def resize_square(image_HWC: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize an image to 32 x 32, ignoring its aspect ratio. (H, W, 3) -> (32, 32, 3)."""
    picture = Image.fromarray(image_HWC)
    small = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small)


def perceptual_hashes(
    squares_NHWC: NDArray[np.uint8],
) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Return hashes and thumbnails of 32 x 32 images. (N, 32, 32, 3) -> (N), (N, S)."""
    rgb = squares_NHWC.astype(np.float32)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma_NHW = 0.299 * red + 0.587 * green + 0.114 * blue
    dct_NHW = DCT @ luma_NHW @ DCT.T
    dct = dct_NHW.reshape(len(rgb), LOW * LOW)[:, 1:]  # without the mean
    bits = dct > np.median(dct, axis=1, keepdims=True)
    packed = np.packbits(np.pad(bits, ((0, 0), (0, 1))), axis=1)
    hashes = np.ascontiguousarray(packed).view(">u8")[:, 0].astype(np.uint64)
    colours = [128 + 0.564 * (blue - luma_NHW), 128 + 0.713 * (red - luma_NHW)]
    parts = [_block_means(luma_NHW, 2), *(_block_means(colour, 8) for colour in colours)]
    thumbnails = np.concatenate([part.reshape(len(rgb), -1) for part in parts], axis=1)
    return hashes, np.clip(np.rint(thumbnails), 0, 255).astype(np.uint8)


def _block_means(plane_NHW: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    n, height, width = plane_NHW.shape
    tiles = plane_NHW.reshape(n, height // by, by, width // by, by)
    means: NDArray[np.float32] = tiles.mean(axis=(2, 4))
    return means


def is_single_colour(thumbnails_NS: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which images have a single colour, (N). They cannot be told apart by their hash."""
    flat = np.zeros(len(thumbnails_NS), bool)
    for begin in range(0, len(thumbnails_NS), CHUNK):  # as floats: 1 KB per image
        luma = thumbnails_NS[begin : begin + CHUNK, :LUMA].astype(np.float32)
        flat[begin : begin + CHUNK] = luma.std(1) < FLAT_STD
    return flat


def similarity(first_NS: NDArray[np.uint8], second_NS: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the correlation of the luma of pairs of thumbnails; 0 if their colours differ. (N).

    1 means equal up to brightness and contrast.
    """
    luma = [x[:, :LUMA].astype(np.float32) for x in (first_NS, second_NS)]
    a, b = (x - x.mean(1, keepdims=True) for x in luma)
    norm = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    correlation = (a * b).sum(1) / np.maximum(norm, 1e-6)
    colours = [x[:, LUMA:].astype(np.float32) for x in (first_NS, second_NS)]
    difference = np.abs(colours[0] - colours[1]).mean(1)
    return np.where(difference <= MAX_COLOUR_DIFFERENCE, correlation, 0).astype(np.float32)
