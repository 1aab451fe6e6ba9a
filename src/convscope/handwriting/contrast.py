"""Ink: the difference of an image from its background, under uneven light.

Legend: H height, W width, C channels; h, w of the reduced image; s, t of the background's grid.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.io.conversion import Conversion, Pixels, flattened, num_colours, to_rgb

Ink = Literal["dark", "light"]
Reals = NDArray[np.float32]

SIDES = (256, 512)
"""Longer side of the reduced image, in pixels: enough for a digit of a tenth of a photo."""

GRID = 96  # longer side of the grid on which the background is estimated
WINDOW = 0.34  # of GRID: strokes are narrower, shadows and edges of a table are wider
LEAST = 0.08  # contrast of ink; the grain of paper has less
NOISE = 6.0  # deviations of the noise that contrast exceeds
COLOURED = 8  # of 255, between channels
EDGE = 2  # pixels on both sides of an outline
DARKEST = 24.0  # of 255, for the ratio to a dark background


class Contrast(NamedTuple):
    """Contrast of each pixel with its background, of one kind of ink.

    Attributes:
        ink_hw: contrast: 0 background, 1 black on white.
        scale: pixels of the image per pixel of `ink_hw`.
        kind: whether the ink is darker or lighter than the background.
        peak: contrast of the strongest ink; 0 if no contrast exceeds the noise.
        values_hw: the pixels, 255 minus them for light ink: ink has small values.
    """

    ink_hw: Reals
    scale: float
    kind: Ink
    peak: float
    values_hw: Reals


def find_contrast(image_HWC: Pixels) -> list[Contrast]:
    """Return the contrast of dark ink and that of light ink; of a drawing only its own.

    Args:
        image_HWC: 1 to 4 channels. On a transparent background, ink has any colour.
    """
    alpha_HW = _drawn(image_HWC)
    if alpha_HW is not None:
        reduced_hwC, scale = _reduced(alpha_HW[..., None])
        return [_strongest([255 - reduced_hwC[..., 0]], scale, "dark", None)]
    reduced_hwC, scale = _reduced(_opaque(image_HWC))
    grid = _grid_size(reduced_hwC.shape[:2])
    kinds: tuple[Ink, ...] = ("dark", "light")
    planes = _planes(reduced_hwC)
    return [
        _strongest([p if kind == "dark" else 255 - p for p in planes], scale, kind, grid)
        for kind in kinds
    ]


def _drawn(image_HWC: Pixels) -> NDArray[np.uint8] | None:
    """Return the alpha channel where it is the drawing: most of the border is transparent."""
    if image_HWC.shape[2] not in (2, 4):
        return None
    top = np.iinfo(image_HWC.dtype).max
    alpha_HW = image_HWC[..., -1]
    border = np.concatenate([alpha_HW[0], alpha_HW[-1], alpha_HW[:, 0], alpha_HW[:, -1]])
    if np.median(border) > top // 2 or (alpha_HW > top // 2).mean() > 0.5:
        return None
    return (alpha_HW.astype(np.uint32) * 255 // top).astype(np.uint8)


def _opaque(image_HWC: Pixels) -> NDArray[np.uint8]:
    """Return RGB; below transparent pixels the median colour, which has no contrast."""
    if num_colours(image_HWC) == image_HWC.shape[2]:
        return to_rgb(image_HWC)
    opaque_HWC = image_HWC[..., :-1]
    shown = image_HWC[..., -1] > 0
    rgb_HWC = to_rgb(opaque_HWC)
    colour = np.median(rgb_HWC[shown], axis=0) if shown.any() else (255, 255, 255)
    red, green, blue = (int(value) for value in colour)
    background = Conversion(background=f"#{red:02x}{green:02x}{blue:02x}")
    return to_rgb(flattened(image_HWC, background))


def _reduced(image_HWC: NDArray[np.uint8]) -> tuple[Reals, float]:
    """Resize the longer side into SIDES: (H, W, C) -> (h, w, C), 0 to 255, and the scale."""
    from PIL import Image

    height, width = image_HWC.shape[:2]
    longer = max(height, width)
    scale = longer / min(max(longer, SIDES[0]), SIDES[1])
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    method = Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC
    planes = [
        Image.fromarray(np.ascontiguousarray(image_HWC[..., c])).resize(size, method)
        for c in range(image_HWC.shape[2])
    ]
    return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=2), scale


def _grid_size(size: tuple[int, ...]) -> tuple[int, int]:
    height, width = size
    scale = max(height, width) / GRID
    return max(1, round(height / scale)), max(1, round(width / scale))


def _planes(image_hwC: Reals) -> list[Reals]:
    """Return grey, and the channels of an image that has colours."""
    grey_hw = image_hwC.mean(axis=2, dtype=np.float32)
    if np.abs(image_hwC - grey_hw[..., None]).max() <= COLOURED:
        return [grey_hw]
    return [grey_hw, *(image_hwC[..., c] for c in range(image_hwC.shape[2]))]


def _against_background(values_hw: Reals, grid: tuple[int, int]) -> Reals:
    """Return 1 - I / B, with the background B: what is left of I without narrow dark shapes."""
    small_st = _resized(values_hw, grid)
    reach = max(1, round(WINDOW * GRID / 2))
    closed_st = -_largest(-_largest(small_st, reach), reach)
    background_hw = np.maximum(_resized(closed_st, values_hw.shape), DARKEST)
    ratio_hw = 1 - values_hw / background_hw
    ratio_hw -= np.float32(np.median(ratio_hw))
    return np.clip(ratio_hw, 0, 1).astype(np.float32)


def _resized(plane: Reals, size: tuple[int, ...]) -> Reals:
    """Resize a plane; towards fewer pixels by means of areas."""
    from PIL import Image

    is_smaller = size[0] * size[1] < plane.size
    method = Image.Resampling.BOX if is_smaller else Image.Resampling.BILINEAR
    picture = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(picture.resize((size[1], size[0]), method), np.float32)


def _largest(plane: Reals, reach: int) -> Reals:
    """Return the maximum in a window of 2 * reach + 1 pixels along both sides."""
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach, reach)
        padded = np.pad(plane, padding, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=axis)
        plane = windows.max(axis=-1)
    return plane


def _strongest(
    planes: list[Reals], scale: float, kind: Ink, grid: tuple[int, int] | None
) -> Contrast:
    """Return the contrast in the plane in which that of ink is highest; no grid: drawings."""
    inks: list[Reals] = [
        (1 - p / 255).astype(np.float32) if grid is None else _against_background(p, grid)
        for p in planes
    ]
    peaks = [_peak(ink_hw) for ink_hw in inks]
    best = int(np.argmax(peaks))
    return Contrast(inks[best], scale, kind, peaks[best], planes[best])


def sharpness(contrast: Contrast, mask_hw: NDArray[np.bool_]) -> float:
    """Return the part of a mask's outline at which the image has an edge, 0 to 1.

    The outline of strokes is an edge everywhere; that of paper between strokes only in part.
    """
    padded = np.pad(mask_hw, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    outline = mask_hw & ~inner
    smooth_hw = _means(contrast.values_hw)
    high_hw = _largest(smooth_hw, EDGE)
    low_hw = -_largest(-smooth_hw, EDGE)
    least = max(0.4 * contrast.peak, LEAST)
    is_edge = high_hw - low_hw > least * np.maximum(high_hw, DARKEST)
    return float(is_edge[outline].mean()) if outline.any() else 0.0


def _means(plane: Reals) -> Reals:
    """Return the mean of 3 x 3 pixels, against the grain of the image."""
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (1, 1)
        padded = np.pad(plane, padding, mode="edge")
        first, middle, last = (
            np.take(padded, range(k, k + plane.shape[axis]), axis) for k in range(3)
        )
        plane = ((first + middle + last) / 3).astype(np.float32)
    return plane


def _peak(ink_hw: Reals) -> float:
    """Return the contrast of the strongest 0.1 % of the pixels; 0 if it is that of noise."""
    count = max(16, ink_hw.size // 1000)
    strongest = np.partition(ink_hw.ravel(), -count)[-count:]
    peak = float(np.median(strongest))
    noise = float(np.median(ink_hw[ink_hw > 0])) if (ink_hw > 0).any() else 0.0
    return peak if peak > max(LEAST, min(NOISE * noise, 2 * LEAST)) else 0.0
