"""Interface to which layers write their ONNX nodes. `export/onnx/` implements it with `onnx`.

Tensors are referred to by name. Shapes in a graph begin with a free batch dimension, so no
constant may hold the number of images.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from convscope.shapes import CHW, Window, window_output

Attribute = int | float | str | Sequence[int] | Sequence[float]
Number = int | float
Nested = Number | Sequence["Nested"]
FLOAT = 1
"""TensorProto.FLOAT, for Cast."""
INT64 = 7
"""TensorProto.INT64, for Cast."""
DOUBLE = 11
"""TensorProto.DOUBLE, for Cast."""
LOWEST = -3.4028234663852886e38
"""The lowest float32: padding that max pooling never chooses."""


class Emitter(Protocol):
    """Writer of the ONNX nodes of one layer."""

    def node(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node with one output and return the output's name. Empty inputs are omitted."""

    def constant(self, values: Nested, kind: Literal["float32", "int64"] = "float32") -> str:
        """Add a constant tensor and return its name."""

    def weight(self, name: str) -> str:
        """Return the name of a tensor of the layer's state dict, as `weight` or `running_mean`."""


def integers(emit: Emitter, *values: int) -> str:
    """Return a vector of int64."""
    return emit.constant(values, "int64")


def along(
    rows: Window, cols: Window, *, ends: tuple[int, int] | None = None
) -> dict[str, list[int]]:
    """Return the attributes of a sliding window: kernel, strides and pads.

    Args:
        ends: padding at the bottom and on the right; by default that of the windows.
    """
    bottom, right = ends or (rows.end, cols.end)
    return {
        "kernel_shape": [rows.kernel, cols.kernel],
        "strides": [rows.stride, cols.stride],
        "pads": [rows.padding, cols.padding, bottom, right],
    }


def overhang(maps: CHW, rows: Window, cols: Window, *, ceil_mode: bool) -> tuple[int, int]:
    """Return how far the last windows reach beyond the padded input, below and on the right.

    Padding at the end by as much gives the windows of `ceil_mode` in an operator without it.
    """

    def beyond(size: int, window: Window) -> int:
        places = window_output(size, window, ceil_mode=ceil_mode)
        end = (places - 1) * window.stride + window.extent
        return max(0, end - size - window.padding - window.end)

    return beyond(maps.height, rows), beyond(maps.width, cols)


def pad(
    emit: Emitter,
    x: str,
    sides: Sequence[int],
    value: float | None = None,
    *,
    mode: Literal["constant", "reflect", "edge"] = "constant",
) -> str:
    """Pad height and width by (top, left, bottom, right); by zeros of any type, or a float.

    Args:
        mode: reflect mirrors the input, edge repeats its edge.
    """
    top, left, bottom, right = sides
    pads = integers(emit, 0, 0, top, left, 0, 0, bottom, right)
    values = [] if value is None else [emit.constant(value)]
    return emit.node("Pad", x, pads, *values, mode=mode)


def image_size(emit: Emitter, x: str) -> str:
    """Return [height, width] of a batch of images, as int64."""
    return emit.node("Shape", x, start=2)
