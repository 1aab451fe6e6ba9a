"""Receptive fields: which pixels of the input a unit can see, exact through branches.

Along each axis unit i sees pixels start + i*stride ... start + i*stride + size - 1, where
the windows advance evenly; pixels outside the image are counted, as the literature does
(Araujo, Norris and Sim 2019). Where windows do not advance evenly (adaptive pooling that
does not divide, resizing, branches with different strides) every unit has its own span.
"""

from collections.abc import Iterable
from typing import NamedTuple

from convscope.arch.trace import Trace
from convscope.layers import Layer
from convscope.shapes import CHW, Pair, Shape, Spans, Whole, Window


class Even(NamedTuple):
    """One axis whose units advance evenly. A stride of 0: there is one unit only."""

    size: int
    stride: int
    start: int

    def span(self, unit: int) -> Pair:
        """(first, last + 1) pixel of a unit."""
        first = self.start + unit * self.stride
        return first, first + self.size


class Uneven(NamedTuple):
    """One axis whose units have spans of their own."""

    spans: tuple[Pair, ...]

    @property
    def size(self) -> int:
        """The longest span."""
        return max(last - first for first, last in self.spans)

    @property
    def stride(self) -> None:
        return None

    @property
    def start(self) -> int:
        return self.spans[0][0]

    def span(self, unit: int) -> Pair:
        return self.spans[unit]


Axis = Even | Uneven


class Field(NamedTuple):
    """The receptive field of the units of one tensor, along height and width."""

    rows: Axis
    cols: Axis


def receptive_fields(trace: Trace) -> dict[int, Field]:
    """The field of every tensor of a trace, by its number; 0 is the input itself."""
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
    (in_rows, in_cols), (out_rows, out_cols) = _places(input), _places(output)
    match reach:
        case None:
            return before
        case Whole():
            return Field(_whole(before.rows, in_rows), _whole(before.cols, in_cols))
        case Spans():
            return Field(_spans(before.rows, reach.rows), _spans(before.cols, reach.cols))
        case _:
            rows, cols = reach
            return Field(
                _window(before.rows, rows, out_rows),
                _window(before.cols, cols, out_cols),
            )


def _window(before: Axis, window: Window, outputs: int) -> Axis:
    if isinstance(before, Even):
        return Even(
            before.size + (window.extent - 1) * before.stride,
            before.stride * window.stride,
            before.start - window.padding * before.stride,
        )
    return Uneven(tuple(_seen(before.spans, window, unit) for unit in range(outputs)))


def _seen(spans: tuple[Pair, ...], window: Window, unit: int) -> Pair:
    """What a window on uneven units sees: spans advance, so its ends decide, not its inside."""
    begin, step = unit * window.stride - window.padding, window.dilation
    first = max(0, -(begin // step))  # the first tap that is not on padding
    last = min(window.kernel - 1, (len(spans) - 1 - begin) // step)
    if first > last:
        return 0, 0
    return spans[begin + first * step][0], spans[begin + last * step][1]


def _whole(before: Axis, places: int) -> Axis:
    first, last = _hull(before.span(unit) for unit in {0, places - 1})
    return Even(last - first, 0, first)


def _spans(before: Axis, spans: tuple[Pair, ...]) -> Axis:
    return Uneven(tuple(_hull((before.span(a), before.span(b - 1))) for a, b in spans))


def _union(axes: list[Axis], places: int) -> Axis:
    even = [axis for axis in axes if isinstance(axis, Even)]
    if len(even) == len(axes) and (places == 1 or len({axis.stride for axis in even}) == 1):
        first, last = _hull(axis.span(0) for axis in even)
        return Even(last - first, max(axis.stride for axis in even), first)
    return Uneven(tuple(_hull(axis.span(unit) for axis in axes) for unit in range(places)))


def _hull(spans: Iterable[Pair]) -> Pair:
    """The shortest span that holds them all; nothing seen at all is (0, 0)."""
    found = list(spans)
    return (min(a for a, _ in found), max(b for _, b in found)) if found else (0, 0)
