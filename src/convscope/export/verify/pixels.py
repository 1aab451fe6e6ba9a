"""Form of the images that an ONNX file takes: type, order of axes, and sizes.

Axes: N batch, C channels, H height, W width.
"""

from typing import Any, Literal, NamedTuple

import numpy as np

from convscope.errors import FormatError, InputError
from convscope.text import counted

Array = np.ndarray[Any, Any]
PIXEL_AXES = (1, 3)  # numbers of channels of images
Layout = Literal["NCHW", "NHWC"]
FLOATS = ("float32", "float16", "float64")


class Tensor(NamedTuple):
    """An input or output of a graph; free sizes have a name in place of a number."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype}, {' x '.join(map(str, self.shape)) or 'no shape'}"


class Form(NamedTuple):
    """The form of images in which a file takes them.

    Attributes:
        is_pixels: raw pixels from 0 to 255; otherwise the network's input, after preprocessing.
        layout: order of the axes.
        batch: number of images that the file always takes; 0 for any number.
    """

    tensor: Tensor
    layout: Layout

    @property
    def is_pixels(self) -> bool:
        return self.tensor.dtype == "uint8"

    @property
    def batch(self) -> int:
        first = self.tensor.shape[0]
        return first if isinstance(first, int) else 0

    def array(self, image_CHW: Array) -> Array:
        """Return one image as an input of the file: (C, H, W) -> with a batch axis.

        Raises:
            InputError: the file takes another size.
        """
        image = image_CHW.transpose(1, 2, 0) if self.layout == "NHWC" else image_CHW
        batch = np.repeat(image[None], max(self.batch, 1), axis=0)
        if not fits(batch.shape, self.tensor):
            raise InputError(
                f"the file takes {' x '.join(map(str, self.tensor.shape))} ({self.layout}), and "
                f"the image is {' x '.join(map(str, batch.shape))}",
                expected="a model with the same input, and images that the file takes",
            )
        return np.ascontiguousarray(batch, self.tensor.dtype)


def fits(shape: tuple[int, ...], tensor: Tensor) -> bool:
    """Return whether an array has the sizes that a file states."""
    pairs = zip(shape, tensor.shape, strict=False)
    same = all(not isinstance(own, int) or own == size for size, own in pairs)
    return same and len(shape) == len(tensor.shape)


def image_form(inputs: tuple[Tensor, ...], *, channels: int, model: str) -> Form:
    """Return how a file takes images of so many channels, those of a model.

    Raises:
        FormatError: it takes something else than a batch of images; says what.
        InputError: it takes images of other channels.
    """
    if len(inputs) != 1:
        names = "; ".join(map(str, inputs[:4])) or "none"
        raise FormatError(f"{len(inputs)} inputs: {names}", expected="one input, a batch of images")
    (tensor,) = inputs
    if len(tensor.shape) != 4 or tensor.dtype not in ("uint8", *FLOATS):
        raise FormatError(
            f"an input that is no batch of images: {tensor}",
            expected="4 axes, uint8 pixels or floating-point numbers",
        )
    first, last = tensor.shape[1], tensor.shape[3]
    if first == channels:
        return Form(tensor, "NCHW")
    if last == channels:
        return Form(tensor, "NHWC")
    layout: Layout = "NHWC" if tensor.dtype == "uint8" else "NCHW"
    if isinstance(last if layout == "NHWC" else first, int):
        raise InputError(
            f"the file takes {tensor}, and {model} images with {counted(channels, 'channel')}",
            expected="a model with the same input",
        )
    return Form(tensor, layout)
