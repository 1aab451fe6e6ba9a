"""Receptive fields: the pixels of the input that a unit can see, exact through branches.

Along each axis unit i sees pixels start + i*stride ... start + i*stride + size - 1, where
the windows advance evenly; pixels outside the image are counted, as the literature does
(Araujo, Norris and Sim 2019). Where windows do not advance evenly (adaptive pooling that
does not divide, resizing, branches with different strides) every unit has a span of its own.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from convscope.arch.trace import Trace
from convscope.layers import Layer
from convscope.shapes import CHW, Pair, Shape, Spans, Whole, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Even(NamedTuple):
    """One axis whose units advance evenly. A stride of 0: there is one unit only."""

    size: int
    stride: int
    start: int

    def span(self, unit: int) -> Pair:
        """Return the pixels of a unit: first, last + 1."""
        first = self.start + unit * self.stride
        return first, first + self.size


@dataclass(frozen=True, eq=False)
class Uneven:
    """One axis whose units have spans of their own: pixels first[i] ... last[i] - 1.

    The spans are arrays, so that a step costs the same few calls for every size of image.
    """

    first: "NDArray[np.int64]"
    last: "NDArray[np.int64]"
    stride: ClassVar[None] = None

    @cached_property
    def size(self) -> int:
        """The longest span."""
        return int((self.last - self.first).max())

    @property
    def start(self) -> int:
        return int(self.first[0])

    def span(self, unit: int) -> Pair:
        """Return the pixels of a unit: first, last + 1."""
        return int(self.first[unit]), int(self.last[unit])


Axis = Even | Uneven


class Field(NamedTuple):
    """The receptive field of the units of one tensor, along height and width."""

    rows: Axis
    cols: Axis


def receptive_fields(trace: Trace) -> dict[int, Field]:
    """Return the field of every tensor of a trace, by its number; 0 is the input itself."""
    pixel = Even(1, 1, 0)
    fields = {0: Field(pixel, pixel)}
    for step in trace.steps:
        before = [fields[tensor] for tensor in step.inputs]
        if step.layer is not None:
            field = _through(step.layer, step.input_shapes[0], step.output_shape, before[0])
        else:
            rows, cols = _places(step.output_shape)
            field = Field(
                _union([f.rows for f in before], rows), _union([f.cols for f in before], cols)
            )
        fields[step.output] = field
    return fields


def _places(shape: Shape) -> Pair:
    return (shape.height, shape.width) if isinstance(shape, CHW) else (1, 1)


def _through(layer: Layer, input: Shape, output: Shape, before: Field) -> Field:
    reach = layer.reach(input)
    if reach is None:
        return before
    ins, outs = _places(input), _places(output)
    rows = _reached(before.rows, _along(reach, 0), ins[0], outs[0])
    along = _along(reach, 1)
    if before.cols is before.rows and along == _along(reach, 0) and ins[0] == ins[1]:
        return Field(rows, rows)  # a square window on a square image
    return Field(rows, _reached(before.cols, along, ins[1], outs[1]))


def _along(
    reach: tuple[Window, Window] | Spans | Whole, axis: int
) -> Window | tuple[Pair, ...] | None:
    """Return the reach along one axis; None for all of it."""
    return None if isinstance(reach, Whole) else reach[axis]


def _reached(
    before: Axis, along: Window | tuple[Pair, ...] | None, inputs: int, outputs: int
) -> Axis:
    if along is None:
        ends = [before.span(unit) for unit in (0, inputs - 1)]
        first = min(a for a, _ in ends)
        return Even(max(b for _, b in ends) - first, 0, first)
    if isinstance(along, Window):
        return _window(before, along, outputs)
    return _spans(before, along, inputs)


def _window(before: Axis, window: Window, outputs: int) -> Axis:
    if window == Window(1):
        return before
    if isinstance(before, Even):
        return Even(
            before.size + (window.extent - 1) * before.stride,
            before.stride * window.stride,
            before.start - window.padding * before.stride,
        )
    import numpy as np

    # spans advance, so the first and the last tap that is not on padding decide
    begin, step = np.arange(outputs) * window.stride - window.padding, window.dilation
    first = np.maximum(0, -(begin // step))
    last = np.minimum(window.kernel - 1, (len(before.first) - 1 - begin) // step)
    seen = first <= last
    return Uneven(
        np.where(seen, before.first[np.where(seen, begin + first * step, 0)], 0),
        np.where(seen, before.last[np.where(seen, begin + last * step, 0)], 0),
    )


def _spans(before: Axis, spans: tuple[Pair, ...], inputs: int) -> Axis:
    import numpy as np

    first, last = _arrays(before, inputs)
    a, b = np.array(spans).T
    return Uneven(np.minimum(first[a], first[b - 1]), np.maximum(last[a], last[b - 1]))


def _union(axes: list[Axis], places: int) -> Axis:
    even = [axis for axis in axes if isinstance(axis, Even)]
    if len(even) == len(axes) and (places == 1 or len({axis.stride for axis in even}) == 1):
        first = min(axis.start for axis in even)
        last = max(axis.start + axis.size for axis in even)
        return Even(last - first, max(axis.stride for axis in even), first)
    import numpy as np

    arrays = [_arrays(axis, places) for axis in axes]
    return Uneven(
        np.min([first for first, _ in arrays], axis=0), np.max([last for _, last in arrays], axis=0)
    )


def _arrays(axis: Axis, places: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Return the first pixel, and the pixel after the last one, of every unit."""
    if isinstance(axis, Uneven):
        return axis.first[:places], axis.last[:places]
    import numpy as np

    first = axis.start + np.arange(places) * axis.stride
    return first, first + axis.size
