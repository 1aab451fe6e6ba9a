"""What makes two pictures the same to the eye: a 64-bit hash to find them, a small copy to judge.

The hash is the signs of the lowest frequencies of the brightness about their median (the
"perceptual hash"): scaling, JPEG and a change of brightness flip few of its bits. The small copy
is 16 x 16 of brightness and 4 x 4 of both colour differences.

Legend: N images, H height, W width, C channels, S small copy.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32
LOW = 8  # frequencies a side that are kept
BRIGHTNESS = 16 * 16
SMALL_BYTES = BRIGHTNESS + 2 * 4 * 4
CHUNK = 1000
FLAT_STD = 2.0  # grey levels: less is one colour to the eye

_n = np.arange(SIDE)
DCT = np.cos(np.pi * (2 * _n[None, :] + 1) * np.arange(LOW)[:, None] / (2 * SIDE))


def squared(image_HWC: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image as 32 x 32, of any proportion. (H, W, 3) -> (32, 32, 3)."""
    picture = Image.fromarray(image_HWC)
    small = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small)


def signatures(
    squares_NHWC: NDArray[np.uint8],
) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Hashes and small copies of `squared` images. (N, 32, 32, 3) -> (N), (N, S)."""
    rgb = squares_NHWC.astype(np.float32)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    bright_NHW = 0.299 * red + 0.587 * green + 0.114 * blue
    waves_NHW = DCT @ bright_NHW @ DCT.T
    waves = waves_NHW.reshape(len(rgb), LOW * LOW)[:, 1:]  # without the mean brightness
    bits = waves > np.median(waves, axis=1, keepdims=True)
    packed = np.packbits(np.pad(bits, ((0, 0), (0, 1))), axis=1)
    hashes = np.ascontiguousarray(packed).view(">u8")[:, 0].astype(np.uint64)
    colours = [128 + 0.564 * (blue - bright_NHW), 128 + 0.713 * (red - bright_NHW)]
    parts = [_shrunk(bright_NHW, 2), *(_shrunk(colour, 8) for colour in colours)]
    small = np.concatenate([part.reshape(len(rgb), -1) for part in parts], axis=1)
    return hashes, np.clip(np.rint(small), 0, 255).astype(np.uint8)


def _shrunk(plane_NHW: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    n, height, width = plane_NHW.shape
    tiles = plane_NHW.reshape(n, height // by, by, width // by, by)
    shrunk: NDArray[np.float32] = tiles.mean(axis=(2, 4))
    return shrunk


def is_flat(small_NS: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which images have one colour to the eye: nothing to tell them apart by."""
    flat = np.zeros(len(small_NS), bool)
    for begin in range(0, len(small_NS), CHUNK):  # floats take a kilobyte an image
        bright = small_NS[begin : begin + CHUNK, :BRIGHTNESS].astype(np.float32)
        flat[begin : begin + CHUNK] = bright.std(1) < FLAT_STD
    return flat


def alike(first_NS: NDArray[np.uint8], second_NS: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How alike pairs of small copies are: 1 the same but for brightness and contrast, 0 not.

    The correlation of the brightness; 0 where the colours differ.
    """
    bright = [x[:, :BRIGHTNESS].astype(np.float32) for x in (first_NS, second_NS)]
    a, b = (x - x.mean(1, keepdims=True) for x in bright)
    norm = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    correlation = (a * b).sum(1) / np.maximum(norm, 1e-6)
    colours = [x[:, BRIGHTNESS:].astype(np.float32) for x in (first_NS, second_NS)]
    apart = np.abs(colours[0] - colours[1]).mean(1)
    found: NDArray[np.float32] = np.where(apart <= COLOURS_APART, correlation, 0).astype(np.float32)
    return found


COLOURS_APART = 6.0  # levels of 255, on average
