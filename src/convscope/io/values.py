"""Python values that stand for an image or a whole number, in the forms of the field's libraries.

`predict`, `look` and the filters share these conversions. torch and Pillow are not imported here:
a value of theirs can only exist once they are.

Legend: N images, H height, W width, C channels.
"""

import operator
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convscope.errors import FormatError, InputError, shortened
from convscope.io.conversion import Pixels
from convscope.io.image_limits import MAX_FILE_BYTES
from convscope.io.image_pixels import picture_pixels
from convscope.io.images import read_file, read_image

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = (1, 2, 3, 4)
AXES = "(H, W), (H, W, C) or (C, H, W) with 1 to 4 channels"
KINDS = "a path, bytes, an open file, a PIL image, a NumPy array, a torch tensor or nested lists"


def whole_number(value: Any, name: str) -> int:
    """Return a whole number of 1 or more, of any integer type, NumPy's and torch's included.

    Raises:
        InputError: another type, or less than 1.
    """
    number = whole(value)
    if number is None or number < 1:
        raise InputError(f"{name}={shortened(value)}", expected="a whole number of 1 or more")
    return number


def whole(value: Any) -> int | None:
    """Return a whole number of any integer type; None for another value.

    An array of one number is that number, as `logits.argmax(1)` of one image.
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value.reshape(()) if getattr(value, "size", 0) == 1 else value)
    except (TypeError, ValueError, RuntimeError):  # torch: a tensor of several values
        return None


def split_images(values: Any) -> tuple[Any, ...]:
    """Return the images in a value: one, those of a list, tuple or iterator, or of a batch."""
    if isinstance(values, list | tuple):
        if not _is_one_image(values):
            return tuple(values)
    elif (isinstance(values, Iterator) and not hasattr(values, "read")) or getattr(
        values, "ndim", 0
    ) == 4:
        return tuple(values)
    return (values,)


def as_pixels(value: Any) -> Pixels:
    """Return an image as 8 or 16 bits: any value -> (H, W, C), uint8 or uint16.

    Whole numbers are from 0 to 255 (uint16: to 65535), real numbers from 0 to 1, or whole from 0
    to 255.

    Raises:
        InputError: no image, other axes, or numbers outside of these ranges.
        FormatError: a file that cannot be read.
    """
    array = as_array(value)
    array_HWC = array[..., None] if array.ndim == 2 else _channels_last(array, first=False)
    if array_HWC.ndim != 3 or array_HWC.shape[2] not in CHANNELS or not array_HWC.size:
        raise InputError(f"an array of shape {array.shape}", expected=AXES)
    if array_HWC.dtype.kind == "f":
        return _from_real(array_HWC)
    return array_HWC


def as_array(value: Any) -> NDArray[Any]:
    """Return an image as an array: any value -> (H, W[, C]); the axes of an array are kept.

    Real numbers stay as they are; whole ones become uint8, or stay uint16. A tensor (C, H, W)
    becomes (H, W, C).

    Raises:
        InputError: no image, or whole numbers outside of 0 to 255.
        FormatError: a file that cannot be read.
    """
    data = encoded_bytes(value)
    if data is not None:
        try:
            return read_image(data)
        except FormatError as error:
            raise error.at(path_of(value)) from None
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(value, pillow.Image):
        return _numbers(np.asarray(value)) if value.mode == "F" else picture_pixels(value)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _numbers(_channels_last(_from_tensor(value), first=True))
    if not (isinstance(value, list | tuple) or hasattr(value, "__array__")):
        raise InputError(f"an image of type {type(value).__name__}", expected=KINDS)
    try:
        array = np.asarray(value)
    except Exception as error:  # rows of different lengths, or anything from `__array__`
        raise InputError(
            f"a {type(value).__name__} that is no array: {error}", expected=KINDS
        ) from None
    return _numbers(array)


def path_of(value: Any) -> str:
    """Return the path that a value is, or ""."""
    return os.fspath(value) if isinstance(value, str | os.PathLike) else ""


def encoded_bytes(value: Any) -> bytes | None:
    """Return the bytes of an image file: of a path, bytes or an open file; else None.

    Raises:
        InputError: no such file, or an open file that cannot be read.
        FormatError: too many bytes.
    """
    if isinstance(value, str | os.PathLike):
        return read_file(Path(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return _contents(value) if hasattr(value, "read") else None


def _is_one_image(values: "list[Any] | tuple[Any, ...]") -> bool:
    """Return whether nested lists of numbers are one image: (H, W) or (H, W, C)."""
    depth, part, length = 0, values, 0
    while isinstance(part, list | tuple) and part:
        depth, length, part = depth + 1, len(part), part[0]
    is_number = isinstance(part, int | float | np.number)
    return is_number and (depth <= 2 or (depth == 3 and length in CHANNELS))


def _contents(file: Any) -> bytes:
    """Return the rest of an open file."""
    try:
        data = file.read(MAX_FILE_BYTES + 1)
    except Exception as error:  # any object with a `read`
        raise InputError(f"the open file cannot be read: {error}", expected=KINDS) from None
    if not isinstance(data, bytes):
        raise InputError("a file that is open as text", fix="open it with mode 'rb'")
    if len(data) > MAX_FILE_BYTES:
        raise InputError("the open file is too large", expected=f"at most {MAX_FILE_BYTES:,} bytes")
    return data


def _from_tensor(tensor: "Tensor") -> NDArray[Any]:
    try:
        tensor = tensor.detach().cpu()
        array: NDArray[Any] = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:  # sparse, meta, quantised
        raise InputError(
            f"a tensor of {tensor.dtype}, {tensor.layout}, on {tensor.device}: {error}",
            expected="a dense tensor of numbers",
        ) from None
    return array


def _channels_last(array: NDArray[Any], *, first: bool) -> NDArray[Any]:
    """Return an array with its channels last; a batch of one image becomes that image.

    Args:
        first: the channels come first where both ends could be channels, as in torch.
    """
    if array.ndim == 4:
        if len(array) != 1:
            raise InputError(f"a batch of {len(array)} images", expected="one image")
        array = array[0]
    if array.ndim != 3:
        return array
    can_be_first, can_be_last = array.shape[0] in CHANNELS, array.shape[2] in CHANNELS
    return np.moveaxis(array, 0, 2) if can_be_first and (first or not can_be_last) else array


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers as uint8 or uint16, and real ones with at least 32 bits."""
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype in (np.uint8, np.uint16, np.float32, np.float64):
        return array
    if array.dtype.kind == "f" and array.dtype.itemsize == 2:
        return array.astype(np.float32)
    if array.dtype.kind not in "iu":
        raise InputError(f"an array of {array.dtype}", expected="whole or real numbers")
    if array.size and not (array.min() >= 0 and array.max() <= 255):
        raise InputError(
            f"{array.dtype} from {array.min()} to {array.max()}",
            expected="whole numbers from 0 to 255, or uint16 from 0 to 65535",
        )
    return array.astype(np.uint8)


def _from_real(array_HWC: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = float(array_HWC.min()), float(array_HWC.max())
    is_unit = low >= 0 and high <= 1
    is_byte = low >= 0 and high <= 255 and bool((array_HWC == np.rint(array_HWC)).all())
    if not (is_unit or is_byte):  # NaN too
        raise InputError(
            f"{array_HWC.dtype} from {low:g} to {high:g}",
            expected="real numbers from 0 to 1, or whole ones from 0 to 255",
            fix="pass the image without normalisation: the model's preprocessing does it",
        )
    pixels_HWC: NDArray[np.uint8] = np.rint(array_HWC * (255 if is_unit else 1)).astype(np.uint8)
    return pixels_HWC
