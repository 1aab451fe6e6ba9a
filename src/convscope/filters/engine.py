"""Correlation and convolution of real images, done by OpenCV where OpenCV is exact.

Types: what goes in comes out, rounded to the nearest (ties to even) and held between black
and white; only where the numbers of a kernel sum to 0 (edges: the result has a sign) uint8
becomes int16, or float32 if the numbers are not whole, and uint16 becomes float32.

Legend: H height, W width, C channels; h, w the kernel's.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.filters.border import Border
from convscope.filters.kernels import check_kernel

Image = NDArray[Any]

# what OpenCV filters without padding first; `wrap` it refuses, `constant` only with 0
DIRECT = {
    "constant": "BORDER_CONSTANT",
    "edge": "BORDER_REPLICATE",
    "reflect": "BORDER_REFLECT_101",
    "symmetric": "BORDER_REFLECT",
}

STRIP_ROWS = 128
"""Rows worked on at a time where a step needs wider numbers than the image has."""


def opencv() -> ModuleType:
    """OpenCV, or the sentence that says how to get it."""
    try:
        import cv2
    except ImportError as error:
        raise InputError(
            f"filters need OpenCV, which cannot be imported ({error})",
            fix="pip install 'convscope[filters]'",
        ) from None
    return cv2


def check_image(image: Image) -> Image:
    """An image as OpenCV can take it, unchanged. (H, W[, C]) -> (H, W, C), C from 1 to 4.

    Raises:
        InputError: another number of axes or channels, another type, no pixels, NaN or infinity.
    """
    image_HWC = image[..., None] if image.ndim == 2 else image
    if image_HWC.ndim != 3 or image_HWC.shape[2] not in (1, 2, 3, 4):
        raise InputError(
            f"an array of {' x '.join(map(str, image.shape))} is no image",
            expected="height x width, or height x width x channels with 1 to 4 channels",
        )
    if not image_HWC.size:
        raise InputError("the image has no pixels")
    if image.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise InputError(
            f"pixels of type {image.dtype} are not filtered",
            expected="uint8, uint16, float32 or float64",
            fix="image.astype(...)",
        )
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise InputError(
            "the image contains NaN or infinity",
            fix="numpy.nan_to_num(image) gives it finite numbers",
        )
    return np.ascontiguousarray(image_HWC)


def white(image: Image) -> float:
    """The value of a white pixel: 255, 65535, or 1.0 for floats."""
    return float(np.iinfo(image.dtype).max) if image.dtype.kind == "u" else 1.0


def signed_type(image: Image, *, whole: bool, bound: float) -> np.dtype[Any]:
    """The type of a result that has a sign.

    Args:
        whole: the kernel's numbers are whole.
        bound: the largest size of a response to values from 0 to 1.
    """
    if image.dtype == np.uint8 and whole and bound * 255 <= np.iinfo(np.int16).max:
        return np.dtype(np.int16)
    return np.dtype(np.float64 if image.dtype == np.float64 else np.float32)


def is_signed(kernel: NDArray[np.float64]) -> bool:
    """Whether a kernel finds edges: its numbers sum to 0, so its results have a sign."""
    size = float(np.abs(kernel).sum())
    return size > 0 and abs(float(kernel.sum())) <= 1e-9 * size


def result_type(image: Image, kernel: NDArray[np.float64]) -> np.dtype[Any]:
    """The type that filtering with this kernel gives."""
    if not is_signed(kernel):
        return image.dtype
    whole = bool((kernel == np.round(kernel)).all())
    return signed_type(image, whole=whole, bound=float(kernel[kernel > 0].sum()))


def depth(dtype: np.dtype[Any]) -> int:
    """OpenCV's number for a type."""
    cv2 = opencv()
    names = {"u1": "CV_8U", "u2": "CV_16U", "i2": "CV_16S", "f4": "CV_32F", "f8": "CV_64F"}
    return int(getattr(cv2, names[f"{dtype.kind}{dtype.itemsize}"]))


def with_border(
    image_HWC: Image, radius: tuple[int, int], border: Border, run: Callable[[Image, int], Image]
) -> Image:
    """Run something of OpenCV's under any border mode. (H, W, C) -> (H, W, C).

    Args:
        radius: rows and columns that a window reaches beyond its middle.
        run: takes an image and OpenCV's border number.
    """
    cv2 = opencv()
    if border.mode in DIRECT and not border.value:
        return _three_axes(run(image_HWC, getattr(cv2, DIRECT[border.mode])))
    fill = border.value
    if image_HWC.dtype.kind == "u":
        fill = float(np.clip(np.rint(fill), 0, white(image_HWC)))
    result = _three_axes(run(border.pad(image_HWC, radius, fill), cv2.BORDER_REPLICATE))
    rows, columns = radius
    height, width = image_HWC.shape[:2]
    return np.ascontiguousarray(result[rows : rows + height, columns : columns + width])


def _three_axes(image: Image) -> Image:
    return image[..., None] if image.ndim == 2 else image


def correlate(image_HWC: Image, kernel: object, border: Border) -> Image:
    """y[i, j] = sum over u, v of k[u, v] * x[i + u - h//2, j + v - w//2]. (H, W, C) -> (H, W, C).

    What deep learning calls convolution. OpenCV's `filter2D`, NumPy's and SciPy's `correlate`.

    Raises:
        InputError: see `check_kernel`.
    """
    matrix = check_kernel(kernel)
    cv2 = opencv()
    ddepth = depth(result_type(image_HWC, matrix))
    radius = (matrix.shape[0] // 2, matrix.shape[1] // 2)
    return with_border(
        image_HWC, radius, border, lambda x, edge: cv2.filter2D(x, ddepth, matrix, borderType=edge)
    )


def convolve(image_HWC: Image, kernel: object, border: Border) -> Image:
    """y[i, j] = sum over u, v of k[u, v] * x[i - u + h//2, j - v + w//2]. (H, W, C) -> (H, W, C).

    The convolution of mathematics: correlation with the kernel turned by 180 degrees. SciPy's
    `convolve`.
    """
    return correlate(image_HWC, check_kernel(kernel)[::-1, ::-1], border)


def separable(
    image_HWC: Image,
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
    border: Border,
    *,
    dtype: np.dtype[Any],
) -> Image:
    """Correlation with the outer product of two vectors, one axis after the other.

    Args:
        columns: what runs from top to bottom.
        rows: what runs from left to right.
        dtype: the type of the result.
    """
    cv2 = opencv()
    ddepth = depth(dtype)
    return with_border(
        image_HWC,
        (len(columns) // 2, len(rows) // 2),
        border,
        lambda x, edge: cv2.sepFilter2D(x, ddepth, rows, columns, borderType=edge),
    )


def in_strips(
    image_HWC: Image,
    radius: int,
    border: Border,
    run: Callable[[Image, int], Image],
    *,
    dtype: np.dtype[Any],
) -> Image:
    """Run something strip by strip, so that its wide numbers never exist for the whole image.

    Each strip sees `radius` rows of its neighbours.

    Args:
        run: takes a strip and OpenCV's border number, and gives a strip of the same size whose
            values are rounded here.
        dtype: the type of the result.
    """
    cv2 = opencv()
    height, width, channels = image_HWC.shape
    around = 0
    edge = getattr(cv2, DIRECT.get(border.mode, "BORDER_REPLICATE"))
    if border.mode not in DIRECT or border.value or height <= 2 * radius:
        image_HWC, around = border.pad(image_HWC, (radius, radius), border.value), radius
    result = np.empty((height, width, channels), dtype)
    step = max(STRIP_ROWS, 4 * radius)
    for top in range(0, height, step):
        bottom = min(height, top + step)
        first = max(0, top + around - radius)
        last = min(len(image_HWC), bottom + around + radius)
        strip = _three_axes(run(image_HWC[first:last], edge))
        start = top + around - first
        strip = strip[start : start + bottom - top, around : around + width]
        result[top:bottom] = np.rint(strip) if dtype.kind in "iu" else strip
    return result
