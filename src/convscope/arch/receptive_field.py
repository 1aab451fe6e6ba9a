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
        return _everything(before, inputs)
    if isinstance(along, Window):
        return _window(before, along, outputs)
    import numpy as np

    begin, end = np.array(along).T
    return _hulls(_Spans.of(before, inputs), begin, end - begin, 1)


def _everything(before: Axis, inputs: int) -> Axis:
    if isinstance(before, Even):
        ends = [before.span(unit) for unit in (0, inputs - 1)]
        first, last = min(a for a, _ in ends), max(b for _, b in ends)
    else:
        spans = _Spans.of(before, inputs)
        first, last = int(spans.first.min()), int(spans.last.max())
    return Even(last - first, 0, first)


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

    # the taps that are not on padding: spans need not advance, so each of them may be the widest
    begin, step = np.arange(outputs) * window.stride - window.padding, window.dilation
    first = np.maximum(0, -(begin // step))
    last = np.minimum(window.kernel - 1, (len(before.first) - 1 - begin) // step)
    count = np.maximum(0, last - first + 1)
    spans = _Spans.of(before, len(before.first))
    return _hulls(spans, np.where(count > 0, begin + first * step, 0), count, step)


_NONE = 2**62  # the first pixel of a unit that sees none


class _Spans(NamedTuple):
    """First and last + 1 pixel of every unit; `_NONE` and `-_NONE` where it sees no pixel."""

    first: "NDArray[np.int64]"
    last: "NDArray[np.int64]"

    @classmethod
    def of(cls, axis: Axis, places: int) -> "_Spans":
        import numpy as np

        if isinstance(axis, Even):
            first = axis.start + np.arange(places) * axis.stride
            return cls(first, first + axis.size)
        sees = axis.first < axis.last
        first, last = np.where(sees, axis.first, _NONE), np.where(sees, axis.last, -_NONE)
        return cls(first[:places], last[:places])

    def axis(self) -> Uneven:
        """Return the axis with these spans; 0 to 0 where a unit sees no pixel."""
        import numpy as np

        sees = self.first < self.last
        return Uneven(np.where(sees, self.first, 0), np.where(sees, self.last, 0))


def _hulls(
    before: _Spans, begin: "NDArray[np.int64]", count: "NDArray[np.int64]", step: int
) -> Uneven:
    """Return the spans of units that see `count` units of `before`, from `begin` on, by `step`.

    Runs of 1, 2, 4, ... units are combined once for all; two of them cover any count, so that
    a window of any size takes a few array operations.
    """
    import numpy as np

    first, last = np.full(len(begin), _NONE), np.full(len(begin), -_NONE)
    lows, highs, width = before.first, before.last, 1
    while True:
        fits = (count >= width) & (count < 2 * width)
        left = begin[fits]
        right = left + (count[fits] - width) * step
        first[fits] = np.minimum(lows[left], lows[right])
        last[fits] = np.maximum(highs[left], highs[right])
        if 2 * width > count.max():
            return _Spans(first, last).axis()
        shift = width * step
        lows = np.minimum(lows[:-shift], lows[shift:])
        highs = np.maximum(highs[:-shift], highs[shift:])
        width *= 2


def _union(axes: list[Axis], places: int) -> Axis:
    even = [axis for axis in axes if isinstance(axis, Even)]
    if len(even) == len(axes) and (places == 1 or len({axis.stride for axis in even}) == 1):
        first = min(axis.start for axis in even)
        last = max(axis.start + axis.size for axis in even)
        return Even(last - first, max(axis.stride for axis in even), first)
    import numpy as np

    spans = [_Spans.of(axis, places) for axis in axes]
    first, last = np.min([s.first for s in spans], axis=0), np.max([s.last for s in spans], axis=0)
    return _Spans(first, last).axis()
