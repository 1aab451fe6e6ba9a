"""Padding: a layer of zeros, and the padding of windows by the input's size or with its values."""

from typing import Literal

from convscope.errors import ArchitectureError
from convscope.layers import emitter
from convscope.layers.base import LARGEST, Example, Layer, Margin, feature_maps, layer
from convscope.layers.call import ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import (
    CHW,
    Pair,
    Reach,
    Shape,
    Spans,
    Window,
    same_padding,
    window_output,
    windows,
)

Mode = Literal["zeros", "reflect", "replicate", "circular"]
"""Values of the padding, by torch's names."""

MOST_COPIED = 2**28  # numbers of a padded copy of the input, 1 GiB


def padded_windows(
    maps: CHW,
    kernel: int | Pair,
    stride: int | Pair,
    padding: int | Pair | str,
    dilation: int | Pair = 1,
) -> tuple[Window, Window]:
    """Return the windows along height and width, of numbers or "same" padding.

    Raises:
        ArchitectureError: "same" padding whose padded input is very large.
    """
    if not isinstance(padding, str):
        return windows(kernel, stride, padding, dilation)
    rows, cols = (
        _same(size, window)
        for size, window in zip(maps[1:], windows(kernel, stride, 0, dilation), strict=True)
    )
    if rows.extra or cols.extra:
        _check_copy(padded(maps, rows, cols))
    return rows, cols


def _same(size: int, window: Window) -> Window:
    start, end = same_padding(size, window.extent, window.stride)
    return window._replace(padding=start, extra=end - start)


def padded(maps: CHW, rows: Window, cols: Window) -> CHW:
    """Return the shape of feature maps with their padding."""
    height = rows.padding + maps.height + rows.end
    return CHW(maps.channels, height, cols.padding + maps.width + cols.end)


def _check_copy(shape: CHW) -> None:
    if shape.numel > MOST_COPIED:
        raise ArchitectureError(
            f"the padded input is {shape}",
            expected=f"at most {MOST_COPIED:,} numbers",
            fix="a smaller kernel, dilation or padding",
        )


def unpadded(window: Window) -> Window:
    """Return a window over an input that already has its padding."""
    return window._replace(padding=0, extra=0)


def check_border(maps: CHW, rows: Window, cols: Window, mode: Mode) -> None:
    """Raise ArchitectureError if the padding needs more of the input than there is."""
    if mode == "zeros":
        return
    _check_copy(padded(maps, rows, cols))
    for axis, size, window in (("height", maps.height, rows), ("width", maps.width, cols)):
        most = {"reflect": size - 1, "circular": size}.get(mode, window.end)
        if max(window.padding, window.end) > most:
            raise ArchitectureError(
                f'padding_mode="{mode}" needs {window.end} of padding, and the {axis} is {size}',
                expected=f"padding of at most {most}",
                fix='padding_mode="replicate" would fit',
            )


def through_border(maps: CHW, rows: Window, cols: Window, mode: Mode) -> Reach:
    """Return which inputs units read, padding that repeats inputs included.

    Mirrored and repeated inputs are inputs of the window itself, unless it has gaps or is
    padded by half of its extent or more.
    """
    both = (maps.height, rows), (maps.width, cols)
    inside = all(2 * window.end < window.extent and window.dilation == 1 for _, window in both)
    plain = all(window.padding == window.end == 0 for _, window in both)
    if mode == "zeros" or plain or (inside and mode != "circular"):
        return rows, cols
    return Spans(*(_spans(size, window, mode) for size, window in both))


def _spans(size: int, window: Window, mode: Mode) -> tuple[Pair, ...]:
    spans = []
    for unit in range(window_output(size, window)):
        start = unit * window.stride - window.padding
        inside = start >= 0 and start + window.extent <= size
        taps = (0, window.kernel - 1) if inside else range(window.kernel)
        places = [_source(start + tap * window.dilation, size, mode) for tap in taps]
        spans.append((min(places), max(places) + 1))
    return tuple(spans)


def _source(place: int, size: int, mode: Mode) -> int:
    """Return the input at a place that may lie in the padding."""
    if mode == "circular":
        return place % size
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    return size - 1 - abs(size - 1 - abs(place))


def emit_border(emit: Emitter, x: str, maps: CHW, along: tuple[Window, Window], mode: Mode) -> str:
    """Write the nodes that pad by a mode; return the padded tensor."""
    rows, cols = along
    if mode == "circular":  # an operator of its own begins with opset 19
        x = _wrap(emit, x, 2, maps.height, rows)
        return _wrap(emit, x, 3, maps.width, cols)
    sides = rows.padding, cols.padding, rows.end, cols.end
    return emitter.pad(emit, x, sides, mode="reflect" if mode == "reflect" else "edge")


def _wrap(emit: Emitter, x: str, axis: int, size: int, window: Window) -> str:
    def part(start: int, stop: int) -> str:
        return emit.node(
            "Slice", x, integers(emit, start), integers(emit, stop), integers(emit, axis)
        )

    before = [part(size - window.padding, size)] if window.padding else []
    behind = [part(0, window.end)] if window.end else []
    return emit.node("Concat", *before, x, *behind, axis=axis) if before or behind else x


@layer
class ZeroPad2d(Layer):
    """Asymmetric zero padding.

    y[c, i, j] = x[c, i - top, j - left] inside, else 0

    (C, H, W) -> (C, top + H + bottom, left + W + right).

    TensorFlow's "same" padding puts the odd zero at the bottom and on the right.
    """

    top: Margin = 0
    bottom: Margin = 0
    left: Margin = 0
    right: Margin = 0

    role = "padding"

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        height = self.top + maps.height + self.bottom
        width = self.left + maps.width + self.right
        if max(height, width) > LARGEST:
            raise ArchitectureError(
                f"the padded maps are {height} x {width}", expected=f"at most {LARGEST} a side"
            )
        return CHW(maps.channels, height, width)

    def reach(self, input: Shape) -> tuple[Window, Window]:
        return Window(1, padding=self.top), Window(1, padding=self.left)

    def label(self, input: Shape) -> str:
        return "zero pad"

    def module(self, input: Shape) -> ModuleCall:
        sides = (self.left, self.right, self.top, self.bottom)  # torch has the width first
        return ModuleCall("nn.ZeroPad2d", (positional("padding", sides),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emitter.pad(emit, x, (self.top, self.left, self.bottom, self.right))


ZeroPad2d.examples = (
    Example(ZeroPad2d(bottom=1, right=1), CHW(3, 8, 8)),
    Example(ZeroPad2d(top=1, bottom=2, left=3), CHW(2, 5, 4)),
)
