"""Transposed convolution: the gradient of a convolution, used to enlarge feature maps."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    Count,
    Example,
    Fans,
    Layer,
    Padding,
    Saved,
    Size,
    by,
    feature_maps,
    layer,
)
from convscope.layers.call import Argument, ModuleCall, positional, short
from convscope.layers.channels import check_divisible
from convscope.layers.emitter import Emitter, along, integers, pad
from convscope.shapes import CHW, MOST_PADDED, Pair, Reach, Shape, Spans, Window, pair, windows

if TYPE_CHECKING:
    from torch import Tensor, nn

MOST_STRIDE = 1024


@layer
class ConvTranspose2d(Layer):
    """Transposed convolution, also named deconvolution or fractionally strided convolution.

    y[k, i*s - p + u*d, j*s - p + v*d] = b[k] + sum of w[c, k, u, v] * x[c, i, j] over all terms
    that fall on that place

    (C, H, W) -> (K, H', W') with H' = (H - 1)*s - 2p + d*(kh - 1) + output_padding + 1.

    Args:
        kernel_size, stride, padding, output_padding, dilation: one number, or (height, width).
        padding: rows and columns removed at each side of the output.
        output_padding: rows added at the bottom and columns added on the right, which the kernel
            may not reach; less than the stride or the dilation.
        groups: number of independent parts that input and output channels are divided into.

    Paper: Zeiler et al. 2010; Long, Shelhamer and Darrell 2015.
    """

    out_channels: Count
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    output_padding: Padding = 0
    dilation: Size = 1
    groups: Count = 1
    bias: bool = True

    role = "convolution"
    undecayed = frozenset({"bias"})

    def __post_init__(self) -> None:
        if max(pair(self.stride)) > MOST_STRIDE:
            raise ArchitectureError(
                f"stride {by(self.stride)}",
                expected=f"at most {MOST_STRIDE}",
                fix="use several layers, or a smaller stride",
            )
        if self.out_channels % self.groups:
            raise ArchitectureError(
                f"{self.out_channels} output channels cannot be divided into {self.groups} groups",
                expected="out_channels divisible by groups",
                fix=f"groups={math.gcd(self.out_channels, self.groups)} would fit",
            )
        sizes = zip(pair(self.output_padding), pair(self.stride), pair(self.dilation), strict=True)
        for number, stride, dilation in sizes:
            if number >= max(stride, dilation):
                raise ArchitectureError(
                    f"output_padding {number} with stride {stride} and dilation {dilation}",
                    expected=f"output_padding of at most {max(stride, dilation) - 1}",
                )

    def _windows(self) -> tuple[Window, Window]:
        """Return the windows of the convolution whose gradient this is."""
        return windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        check_divisible(self, maps.channels, self.groups, "groups")
        height, width = (
            _enlarged(size, window, more, axis)
            for size, window, more, axis in zip(
                maps[1:],
                self._windows(),
                pair(self.output_padding),
                ("height", "width"),
                strict=True,
            )
        )
        return CHW(self.out_channels, height, width)

    def _weights(self, input: Shape) -> int:
        kh, kw = pair(self.kernel_size)
        return feature_maps(self, input).channels * (self.out_channels // self.groups) * kh * kw

    def parameters(self, input: Shape) -> int:
        return self._weights(input) + self.bias * self.out_channels

    def macs(self, input: Shape) -> int:
        maps = feature_maps(self, input)
        return self._weights(input) * maps.height * maps.width

    def connections(self, input: Shape) -> int:
        return self.macs(input) + self.bias * self.output_shape(input).numel

    def reach(self, input: Shape) -> Reach:
        rows, cols = self._windows()
        if (rows.stride, cols.stride) == (1, 1):  # a convolution with the kernel turned round
            return tuple(w._replace(padding=w.extent - 1 - w.padding) for w in (rows, cols))  # type: ignore[return-value]
        maps, output = feature_maps(self, input), feature_maps(self, self.output_shape(input))
        return Spans(
            _sources(maps.height, output.height, rows), _sources(maps.width, output.width, cols)
        )

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        height, width = pair(self.stride)
        larger = "" if (height, width) == (1, 1) else f", ×{height}"
        larger += "" if height == width else f"×{width}"
        return f"{by(self.kernel_size)} transposed conv, {self.out_channels}{larger}"

    def fans(self, input: Shape) -> Fans:
        window, step = math.prod(pair(self.kernel_size)), math.prod(pair(self.stride))
        inputs = feature_maps(self, input).channels // self.groups
        # a unit of the output reads one in `step` of the positions of the kernel
        return Fans(inputs * window / step, self.out_channels // self.groups * window)

    def num_groups(self) -> int:
        return self.groups

    def kernels(self, module: "nn.Module") -> "Tensor":
        weight = module.get_parameter("weight")
        kh, kw = pair(self.kernel_size)
        outputs = self.out_channels // self.groups
        by_group = weight.reshape(self.groups, -1, outputs, kh, kw).transpose(1, 2)
        return by_group.reshape(self.out_channels, -1, kh, kw)

    def with_outputs(self, number: int) -> "ConvTranspose2d":
        return replace(self, out_channels=number)

    def with_bias(self) -> "ConvTranspose2d":
        return replace(self, bias=True)

    def scaled(self, weight: Any, scale_K: Any) -> Any:
        by_group = weight.reshape(self.groups, -1, *weight.shape[1:])
        return (by_group * scale_K.reshape(self.groups, 1, -1, 1, 1)).reshape(weight.shape)

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.ConvTranspose2d",
            (
                positional("in_channels", feature_maps(self, input).channels),
                positional("out_channels", self.out_channels),
                Argument("kernel_size", short(self.kernel_size)),
                Argument("stride", short(self.stride), 1),
                Argument("padding", short(self.padding), 0),
                Argument("output_padding", short(self.output_padding), 0),
                Argument("groups", self.groups, 1),
                Argument("bias", self.bias, True),
                Argument("dilation", short(self.dilation), 1),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        bias = [emit.weight("bias")] if self.bias else []
        rows, cols = self._windows()
        settings: dict[str, Any] = {"dilations": pair(self.dilation), "group": self.groups}
        more = pair(self.output_padding)
        if more[0] < rows.stride and more[1] < cols.stride:
            window = settings | along(rows, cols) | {"output_padding": more}
            return emit.node("ConvTranspose", x, emit.weight("weight"), *bias, **window)
        # the operator takes an output padding below the stride alone: remove less at the end,
        # and add the rows and columns that the kernel does not reach
        ends = max(0, rows.padding - more[0]), max(0, cols.padding - more[1])
        beyond = max(0, more[0] - rows.padding), max(0, more[1] - cols.padding)
        window = settings | along(rows, cols, ends=ends)
        if not any(beyond):
            return emit.node("ConvTranspose", x, emit.weight("weight"), *bias, **window)
        y = emit.node("ConvTranspose", x, emit.weight("weight"), **window)
        y = pad(emit, y, (0, 0, *beyond))
        if not self.bias:
            return y
        return emit.node("Add", y, emit.node("Unsqueeze", *bias, integers(emit, 1, 2)))


ConvTranspose2d.examples = (
    Example(ConvTranspose2d(4, 2, stride=2), CHW(6, 5, 4)),
    Example(ConvTranspose2d(4, 3, stride=2, padding=1, output_padding=1), CHW(3, 4, 5)),
    Example(ConvTranspose2d(6, (3, 2), stride=(3, 1), dilation=2, groups=3), CHW(9, 4, 5)),
    Example(ConvTranspose2d(2, 3, padding=1, bias=False), CHW(3, 4, 5)),
    Example(ConvTranspose2d(2, 3, dilation=3, padding=1, output_padding=2), CHW(3, 4, 5)),
)


def _enlarged(size: int, window: Window, more: int, axis: str) -> int:
    whole = (size - 1) * window.stride + window.extent + more
    if 2 * window.padding > MOST_PADDED or window.extent > MOST_PADDED:
        raise ArchitectureError(
            f"the {axis} has a padding of {window.padding} and a kernel that covers "
            f"{window.extent}",
            expected=f"padding of at most {MOST_PADDED // 2:,}, kernels of at most {MOST_PADDED:,}",
        )
    if whole <= 2 * window.padding:
        raise ArchitectureError(
            f"padding {window.padding} removes the whole {axis} of {whole}",
            expected=f"padding of at most {(whole - 1) // 2}",
        )
    return whole - 2 * window.padding


def _sources(inputs: int, outputs: int, window: Window) -> tuple[Pair, ...]:
    """Return first and last + 1 input of each output unit; (0, 0) for a unit that reads none.

    A tap t of the kernel brings input i to output i*stride - padding + t*dilation, so a unit is
    reached by the taps of one remainder.
    """
    period = window.stride // math.gcd(window.stride, window.dilation)
    first_tap: dict[int, int] = {}
    for tap in range(min(window.kernel, period)):
        first_tap[tap * window.dilation % window.stride] = tap
    spans = []
    for unit in range(outputs):
        place = unit + window.padding
        remainder = place % window.stride
        span = (0, 0)
        if remainder in first_tap:
            tap = first_tap[remainder]
            beyond = place - (inputs - 1) * window.stride  # a smaller tap needs an input too far
            least = max(tap, -(-beyond // window.dilation))
            low = tap + -(-(least - tap) // period) * period
            most = min(window.kernel - 1, place // window.dilation)
            high = tap + (most - tap) // period * period
            if low <= high:
                first, last = (
                    (place - end * window.dilation) // window.stride for end in (high, low)
                )
                span = (first, last + 1)
        spans.append(span)
    return tuple(spans)
