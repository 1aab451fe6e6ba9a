"""Correlation and convolution of images by OpenCV, for every border mode and type.

Types: the result has the type of the input, rounded to the nearest (ties to even) and clipped to
black and white. The result of a kernel whose values sum to 0 is signed: uint8 becomes int16, or
float32 if the values are not whole, and uint16 becomes float32.

Legend: H height, W width, C channels; h, w the kernel's.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.errors import InputError
from convscope.extras import install_command
from convscope.filters.border import Border
from convscope.filters.kernels import check_kernel
from convscope.io.values import as_array

Image = NDArray[Any]

# modes that OpenCV filters without padding first (no `wrap`; `constant` only with 0)
DIRECT = {
    "constant": "BORDER_CONSTANT",
    "edge": "BORDER_REPLICATE",
    "reflect": "BORDER_REFLECT_101",
    "symmetric": "BORDER_REFLECT",
}

STRIP_ROWS = 128
"""Rows per strip where a step needs a wider type than the image has."""


def opencv() -> ModuleType:
    """Return OpenCV.

    Raises:
        InputError: it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise InputError(
            f"OpenCV cannot be imported ({error})",
            expected="OpenCV, which the filters use",
            fix=install_command("filters"),
        ) from None
    return cv2


def check_image(image: Any) -> Image:
    """Return a checked image as OpenCV takes it: (H, W[, C]) -> (H, W, C), C from 1 to 4.

    Args:
        image: what `io.values.as_array` takes: an array, a path, a PIL image, a tensor ...

    Raises:
        InputError: wrong number of axes or channels, wrong type, no pixels, NaN or infinity.
    """
    image = as_array(image)
    image_HWC = image[..., None] if image.ndim == 2 else image
    if image_HWC.ndim != 3 or image_HWC.shape[2] not in (1, 2, 3, 4):
        raise InputError(
            f"an array of shape {' x '.join(map(str, image.shape))}",
            expected="height x width, or height x width x channels with 1 to 4 channels",
        )
    if not image_HWC.size:
        raise InputError("an image without pixels", expected="at least 1 x 1 pixel")
    if image.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise InputError(
            f"pixels of type {image.dtype}",
            expected="uint8, uint16, float32 or float64",
            fix="image.astype(...)",
        )
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise InputError(
            "NaN or infinity in the image", expected="finite values", fix="numpy.nan_to_num(image)"
        )
    return np.ascontiguousarray(image_HWC)


def white(image: Image) -> float:
    """Return the value of a white pixel: 255, 65535, or 1.0 for floats."""
    return float(np.iinfo(image.dtype).max) if image.dtype.kind == "u" else 1.0


def signed_type(image: Image, *, whole: bool, bound: float) -> np.dtype[Any]:
    """Return the type of a signed result.

    Args:
        whole: whether the values of the kernel are whole.
        bound: largest magnitude of the response to values from 0 to 1.
    """
    if image.dtype == np.uint8 and whole and bound * 255 <= np.iinfo(np.int16).max:
        return np.dtype(np.int16)
    return np.dtype(np.float64 if image.dtype == np.float64 else np.float32)


def is_signed(kernel: NDArray[np.float64]) -> bool:
    """Return whether the values of a kernel sum to 0, so that its results are signed."""
    magnitude = float(np.abs(kernel).sum())
    return magnitude > 0 and abs(float(kernel.sum())) <= 1e-9 * magnitude


def result_type(image: Image, kernel: NDArray[np.float64]) -> np.dtype[Any]:
    """Return the type of the result of filtering with a kernel."""
    if not is_signed(kernel):
        return image.dtype
    whole = bool((kernel == np.round(kernel)).all())
    return signed_type(image, whole=whole, bound=float(kernel[kernel > 0].sum()))


def depth(dtype: np.dtype[Any]) -> int:
    """Return OpenCV's number of a type."""
    cv2 = opencv()
    names = {"u1": "CV_8U", "u2": "CV_16U", "i2": "CV_16S", "f4": "CV_32F", "f8": "CV_64F"}
    return int(getattr(cv2, names[f"{dtype.kind}{dtype.itemsize}"]))


def with_border(
    image_HWC: Image, radius: tuple[int, int], border: Border, run: Callable[[Image, int], Image]
) -> Image:
    """Run an OpenCV function under any border mode: (H, W, C) -> (H, W, C).

    Args:
        radius: rows and columns from the centre of a window to its edge.
        run: takes an image and the border number of OpenCV.
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
    """Return the correlation, (H, W, C) -> (H, W, C).

    y[i, j] = sum over u, v of k[u, v] * x[i + u - h//2, j + v - w//2]

    Called convolution in deep learning; `filter2D` in OpenCV, `correlate` in SciPy.

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
    """Return the convolution, (H, W, C) -> (H, W, C).

    y[i, j] = sum over u, v of k[u, v] * x[i - u + h//2, j - v + w//2]

    Correlation with the kernel rotated by 180 degrees; `convolve` in SciPy.
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
    """Return the correlation with the outer product of two vectors, one axis after the other.

    Args:
        columns: vertical vector.
        rows: horizontal vector.
        dtype: type of the result.
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
    """Run a function strip by strip, so that its wide type is never allocated for the whole image.

    Each strip overlaps its neighbours by `radius` rows.

    Args:
        run: takes a strip and the border number of OpenCV, and returns a strip of the same size,
            which is rounded here.
        dtype: type of the result.
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
