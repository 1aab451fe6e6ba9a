"""Filtering of images with alpha, so that colours below transparent pixels never show.

Legend: H height, W width, C channels.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.filters.engine import Image, white
from convscope.io.conversion import DEFAULT, flattened

Run = Callable[[Image], Image]


def smoothed(image_HWC: Image, run: Run, *, keeps_values: bool) -> Image:
    """Filter premultiplied colours and alpha: (H, W, C) -> (H, W, C), C = 2 or 4.

    The filtered c a is divided by the filtered a, so that a pixel counts by its opacity. Without
    any transparency the colours are filtered as those of an image without alpha.

    Args:
        run: the filter, for an image without alpha.
        keeps_values: whether its results are values of the image, as those of a median.
    """
    alpha_HW1 = image_HWC[..., -1:]
    top = white(image_HWC)
    if (alpha_HW1 == top).all():
        colours_HWC = run(np.ascontiguousarray(image_HWC[..., :-1]))
        return np.concatenate([colours_HWC, alpha_HW1.astype(colours_HWC.dtype)], axis=2)
    real = np.float64 if image_HWC.dtype == np.float64 else np.float32
    planes_HWC: NDArray[Any] = np.divide(image_HWC, top, dtype=real)
    planes_HWC[..., :-1] *= planes_HWC[..., -1:]
    if keeps_values and image_HWC.dtype.kind == "u":
        whole_HWC = np.rint(planes_HWC * top).astype(image_HWC.dtype)
        planes_HWC = np.divide(run(whole_HWC), top, dtype=real)
    else:
        planes_HWC = run(planes_HWC)
    np.clip(planes_HWC, 0, 1, out=planes_HWC)
    opacity = planes_HWC[..., -1:]
    np.divide(planes_HWC[..., :-1], opacity, out=planes_HWC[..., :-1], where=opacity > 0)
    np.clip(planes_HWC, 0, 1, out=planes_HWC)
    planes_HWC *= top
    if image_HWC.dtype.kind == "u":
        np.rint(planes_HWC, out=planes_HWC)
    planes_HWC[..., :-1] *= opacity > 0
    result: Image = planes_HWC.astype(image_HWC.dtype)
    return result


def composited(image_HWC: Image, run: Run) -> Image:
    """Filter the image on white; the result is opaque: (H, W, C) -> (H, W, C), C = 2 or 4."""
    if image_HWC.dtype.kind == "u":
        flat_HWC = np.asarray(flattened(image_HWC, DEFAULT))
    else:
        alpha_HW1 = image_HWC[..., -1:]
        flat_HWC = np.ascontiguousarray(image_HWC[..., :-1] * alpha_HW1 + (1 - alpha_HW1))
    colours_HWC = run(flat_HWC)
    opaque_HW1 = np.full((*image_HWC.shape[:2], 1), white(image_HWC), colours_HWC.dtype)
    return np.concatenate([colours_HWC, opaque_HW1], axis=2)
