"""Arrays as images (N, C, H, W), uint8, and as labels (N); what is not certain is refused."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convscope.errors import DataError

CHANNELS = (1, 3)
CHUNK = 1_000  # images
LARGEST = 255
AS_UINT8 = "convert it to whole numbers 0 to 255: array.astype('uint8')"

Images = NDArray[np.uint8]


def to_images(array: NDArray[Any], where: str) -> tuple[Images, str]:
    """Return images, and a note on what was converted, or "".

    Raises:
        DataError: another shape or type, or values whose range is not certain.
    """
    placed, note = _placed(array, where)
    pixels, more = _pixels(placed, where)
    return np.ascontiguousarray(pixels), "; ".join(part for part in (note, more) if part)


def _placed(array: NDArray[Any], where: str) -> tuple[NDArray[Any], str]:
    """Return the array as (N, C, H, W)."""
    shape = array.shape
    if not array.size:
        raise DataError(f"an empty array of shape {shape}", where=where)
    if len(shape) == 2:
        side = math.isqrt(shape[1])
        if side * side == shape[1] and side > 1:
            note = f"rows of {shape[1]:,} numbers are read as images of {side} x {side}"
            return array.reshape(shape[0], 1, side, side), note
    if len(shape) == 3:
        return array[:, None], ""
    if len(shape) == 4 and shape[3] in CHANNELS and shape[1] not in CHANNELS:
        return array.transpose(0, 3, 1, 2), ""
    if len(shape) == 4 and shape[1] in CHANNELS and shape[3] not in CHANNELS:
        return array, ""
    raise DataError(
        f"images of shape {shape}",
        expected="(N, height, width), (N, height, width, 3) or (N, 3, height, width); 1 or 3 "
        "channels",
        fix="save them in one of these shapes",
        where=where,
    )


def _pixels(array: NDArray[Any], where: str) -> tuple[NDArray[Any], str]:
    kind = array.dtype
    if kind == np.uint8:
        return array, ""
    if kind.kind == "b":
        return array.astype(np.uint8) * LARGEST, f"{where}: True is read as 255"
    if kind.kind not in "uif":
        raise DataError(f"images of {kind}", expected="uint8", fix=AS_UINT8, where=where)
    low, high = float(array.min()), float(array.max())
    is_unit = high <= 1
    scale = LARGEST if is_unit and kind.kind == "f" else 1
    in_range = low >= 0 and high <= LARGEST and (scale > 1 or not is_unit)  # False for NaN
    if not in_range or not _is_whole(array, scale):
        raise DataError(
            f"images of {kind} with values {low:g} to {high:g}",
            expected="uint8; or numbers that are certainly 0 to 255, or exactly n/255",
            fix=_scaling(low, high),
            where=where,
        )
    result = np.empty(array.shape, np.uint8)
    for begin in range(0, len(array), CHUNK):
        part = array[begin : begin + CHUNK]
        result[begin : begin + CHUNK] = np.rint(part * scale) if kind.kind == "f" else part
    note = f"{where}: {kind} 0 to 1 is read as 0 to 255" if scale > 1 else ""
    return result, note or f"{where}: {kind} is read as 0 to 255"


def _scaling(low: float, high: float) -> str:
    """Return how values of this range become uint8."""
    if not math.isfinite(high - low):
        return "replace the values that are not finite"
    if low == high:
        return AS_UINT8
    return (
        f"scale it: ((array - {low:g}) / {high - low:g} * 255).round().astype('uint8'), "
        "with the same numbers for all splits"
    )


def _is_whole(array: NDArray[Any], scale: int) -> bool:
    """Return whether all values, multiplied, are whole numbers but for rounding."""
    if array.dtype.kind != "f":
        return True
    tolerance = 1e-3 if array.dtype.itemsize > 2 else 0.13  # of float16 at 1
    parts = (array[begin : begin + CHUNK] for begin in range(0, len(array), CHUNK))
    return all(
        bool((np.abs((x := part.astype(np.float32) * scale) - np.rint(x)) < tolerance).all())
        for part in parts
    )


def to_labels(array: NDArray[Any], where: str) -> NDArray[Any]:
    """Return one label per image: whole numbers, or texts.

    (N, 1) and one-hot rows are accepted.

    Raises:
        DataError: several labels per image, or numbers that are not whole.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "buif":
        if not np.isin(array, (0, 1)).all() or not (array.sum(1) == 1).all():
            several = int((array != 0).sum(1).max(initial=0))
            raise DataError(
                f"labels of shape {array.shape}, up to {several} per image",
                expected="one class per image: (N,), (N, 1), or one-hot rows",
                fix="convscope trains classifiers with one label per image; choose one column",
                where=where,
            )
        indices: NDArray[np.int64] = array.argmax(1)
        return indices
    if array.ndim != 1 or not array.size:
        raise DataError(f"labels of shape {array.shape}", expected="(N,) or (N, 1)", where=where)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind == "f" and not np.array_equal(array, np.rint(array)):
        raise DataError(
            f"labels of {array.dtype}, such as {float(array[0]):g}",
            expected="whole numbers, one for each class",
            where=where,
        )
    if float(np.abs(array.astype(np.float64)).max()) >= 2**53:
        raise DataError("labels beyond 2^53", expected="numbers of classes", where=where)
    return array.astype(np.int64)
