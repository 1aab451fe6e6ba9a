"""Convolutions: shared weights, a connection table, and unshared weights."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    SAME,
    SAME_TENSORFLOW,
    ConvPadding,
    Count,
    Example,
    Fans,
    Layer,
    Linearity,
    Margin,
    Padding,
    Saved,
    Size,
    by,
    feature_maps,
    layer,
    nbytes,
    stride_label,
)
from convscope.layers.call import Argument, ModuleCall, positional, short
from convscope.layers.emitter import Emitter, along, integers
from convscope.layers.pad import (
    Mode,
    check_border,
    emit_border,
    padded,
    padded_windows,
    through_border,
    unpadded,
)
from convscope.shapes import CHW, Pair, Reach, Shape, Window, pair, slide

if TYPE_CHECKING:
    from torch import Tensor, nn


MOST_STRIDE = 1024  # the backward pass on CPUs takes time with the square of it: 30 s for 4096


def _nearest_multiple(number: int, of: int) -> int:
    return max(of, round(number / of) * of)


class _Convolution(Layer):
    """Base of the convolutions: windows that slide over height and width, and a bias."""

    role = "convolution"
    undecayed = frozenset({"bias"})
    kernel_size: Size
    stride: Size
    padding: ConvPadding
    dilation: Size = 1
    bias: bool

    def _windows(self, input: Shape) -> tuple[Window, Window]:
        """Return the windows along height and width, for an input of this shape."""
        if max(pair(self.stride)) > MOST_STRIDE:
            raise ArchitectureError(
                f"stride {by(self.stride)}",
                expected=f"at most {MOST_STRIDE}",
                fix="pool first, or use a smaller stride",
            )
        size = self.kernel_size, self.stride, self.padding, self.dilation
        return padded_windows(feature_maps(self, input), *size)

    def connections(self, input: Shape) -> int:
        return self.macs(input) + self.bias * self.output_shape(input).numel

    def reach(self, input: Shape) -> Reach:
        return self._windows(input)

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)


def _centred(kernel: Pair) -> tuple[object, ...]:
    """Return the paddings that keep the middle of an odd kernel on the first position."""
    rows, cols = kernel[0] // 2, kernel[1] // 2
    return ((rows, cols), *((rows,) if rows == cols else ()))


@layer
class Conv2d(_Convolution):
    """Two-dimensional convolution (a cross-correlation, as is usual in deep learning).

    y[k, i, j] = b[k] + sum over c, u, v of w[k, c, u, v] * x[c, i*s - p + u*d, j*s - p + v*d]

    (C, H, W) -> (K, H', W') with H' = floor((H + 2p - d*(kh - 1) - 1) / s) + 1.

    Args:
        kernel_size, stride, padding, dilation: one number, or (height, width).
        padding: besides numbers "same", torch's, for stride 1: H' = H; or "same_tensorflow",
            TensorFlow's SAME: H' = ceil(H / s). In all max((H' - 1)*s + d*(kh - 1) + 1 - H, 0)
            rows are padded; of an odd number the additional one is at the bottom. Columns
            likewise, with the additional one on the right.
        groups: number of independent parts that input and output channels are divided into.
        padding_mode: values of the padding: zeros, the input mirrored without its edge
            ("reflect"), its edge repeated ("replicate"), or its opposite side ("circular").

    Paper: LeCun et al. 1989; groups from Krizhevsky et al. 2012.
    """

    out_channels: Count
    kernel_size: Size
    stride: Size = 1
    padding: ConvPadding = 0
    dilation: Size = 1
    groups: Count = 1
    bias: bool = True
    padding_mode: Mode = "zeros"

    def __post_init__(self) -> None:
        if self.padding == SAME and pair(self.stride) != (1, 1):
            raise ArchitectureError(
                f'padding="same" with stride {by(self.stride)}',
                expected='stride=1: torch defines "same" for no other stride',
                fix='padding="same_tensorflow" would fit',
            )
        if self.out_channels % self.groups:
            raise ArchitectureError(
                f"{self.out_channels} output channels cannot be divided into {self.groups} groups",
                expected="out_channels divisible by groups",
                fix=f"out_channels={_nearest_multiple(self.out_channels, self.groups)} would fit",
            )

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.channels % self.groups:
            raise ArchitectureError(
                f"{maps.channels} input channels cannot be divided into {self.groups} groups",
                expected="input channels divisible by groups",
                fix=f"groups={math.gcd(maps.channels, self.out_channels)} would fit",
            )
        rows, cols = self._windows(input)
        check_border(maps, rows, cols, self.padding_mode)
        return slide(maps, self.out_channels, (rows, cols))

    def linearity(self) -> Linearity | None:
        rows, cols = pair(self.kernel_size)
        centred = rows % 2 and cols % 2 and self.padding in _centred((rows, cols))
        plain = pair(self.dilation) == (1, 1) and self.padding_mode == "zeros"
        return Linearity("kernel", pair(self.stride), self.groups) if centred and plain else None

    def reach(self, input: Shape) -> Reach:
        return through_border(feature_maps(self, input), *self._windows(input), self.padding_mode)

    def saved(self, input: Shape) -> Saved:
        maps, (rows, cols) = feature_maps(self, input), self._windows(input)
        if self.padding_mode == "zeros" and not rows.extra and not cols.extra:
            return Saved(input=True)
        # the padded input; torch keeps the size of a mirrored or repeated one as the input itself
        keeps = self.padding_mode in ("reflect", "replicate")
        return Saved(input=keeps, extra_bytes=nbytes(padded(maps, rows, cols)))

    def _weights(self, input: Shape) -> int:
        kh, kw = pair(self.kernel_size)
        return self.out_channels * (feature_maps(self, input).channels // self.groups) * kh * kw

    def parameters(self, input: Shape) -> int:
        return self._weights(input) + self.bias * self.out_channels

    def macs(self, input: Shape) -> int:
        return self._weights(input) * (self.output_shape(input).numel // self.out_channels)

    def label(self, input: Shape) -> str:
        words = f"{by(self.kernel_size)} conv, {self.out_channels}" + stride_label(self.stride)
        if pair(self.dilation) != (1, 1):
            words += f", dilation {by(self.dilation)}"
        if self.groups > 1:
            depthwise = isinstance(input, CHW) and self.groups == input.channels
            words += ", depthwise" if depthwise else f", {self.groups} groups"
        return words

    def fans(self, input: Shape) -> Fans:
        window = math.prod(pair(self.kernel_size))
        channels = feature_maps(self, input).channels
        return Fans(channels // self.groups * window, self.out_channels // self.groups * window)

    def num_groups(self) -> int:
        return self.groups

    def kernels(self, module: "nn.Module") -> "Tensor":
        return module.get_parameter("weight")

    def with_outputs(self, number: int) -> "Conv2d":
        return replace(self, out_channels=number)

    def with_bias(self) -> "Conv2d":
        return replace(self, bias=True)

    def scaled(self, weight: Any, scale_K: Any) -> Any:
        return weight * scale_K.reshape(-1, 1, 1, 1)

    def module(self, input: Shape) -> ModuleCall:
        rows, cols = self._windows(input)
        strided = self.padding == SAME_TENSORFLOW and pair(self.stride) != (1, 1)
        # torch pads both ends alike, and not by the size of the input
        of_torch = not (strided or rows.extra or cols.extra)
        padding = SAME if self.padding == SAME else short((rows.padding, cols.padding))
        write = short if of_torch else pair
        one = write(1)
        return ModuleCall(
            "nn.Conv2d" if of_torch else "conv.SameConv2d",
            (
                positional("in_channels", feature_maps(self, input).channels),
                positional("out_channels", self.out_channels),
                Argument("kernel_size", write(self.kernel_size)),
                Argument("stride", write(self.stride), one),
                *([Argument("padding", padding, 0)] if of_torch else []),
                Argument("dilation", write(self.dilation), one),
                Argument("groups", self.groups, 1),
                Argument("bias", self.bias, True),
                Argument("padding_mode", self.padding_mode, "zeros"),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        bias = [emit.weight("bias")] if self.bias else []
        rows, cols = self._windows(input)
        if self.padding_mode != "zeros":
            x = emit_border(emit, x, feature_maps(self, input), (rows, cols), self.padding_mode)
            rows, cols = unpadded(rows), unpadded(cols)
        return emit.node(
            "Conv",
            x,
            emit.weight("weight"),
            *bias,
            **along(rows, cols),
            dilations=pair(self.dilation),
            group=self.groups,
        )


Conv2d.examples = (
    Example(Conv2d(6, 5), CHW(1, 32, 32)),
    Example(Conv2d(96, 11, stride=4), CHW(3, 227, 227)),
    Example(Conv2d(8, (1, 7), padding=(0, 3), bias=False), CHW(4, 17, 17)),
    Example(Conv2d(8, 3, stride=(2, 1), padding=(2, 0), dilation=(1, 2)), CHW(3, 11, 13)),
    Example(Conv2d(6, 3, groups=3), CHW(9, 8, 7)),
    Example(Conv2d(4, (3, 5), padding="same", dilation=(2, 1)), CHW(3, 7, 6)),
    Example(Conv2d(4, (2, 3), padding="same", padding_mode="circular"), CHW(3, 5, 6)),
    Example(Conv2d(8, 3, stride=2, padding="same_tensorflow"), CHW(4, 8, 7)),
    Example(Conv2d(4, 3, padding=1, padding_mode="reflect"), CHW(3, 6, 5)),
    Example(Conv2d(4, 3, padding=(2, 0), padding_mode="replicate"), CHW(3, 6, 5)),
    Example(Conv2d(4, 3, stride=2, padding=2, padding_mode="circular"), CHW(3, 6, 5)),
    Example(Conv2d(4, 3, padding=2, dilation=3, padding_mode="replicate"), CHW(3, 8, 7)),
)


@layer
class PartialConv2d(_Convolution):
    """Convolution with a connection table: each output channel reads some input channels only.

    y[k, i, j] = b[k] + sum over c in table[k], u, v of w[k, c, u, v] * x[c, i*s - p + u, ...]

    (C, H, W) -> (len(table), H', W'). Parameters: sum of len(row) * kh * kw, + one bias per row.

    Args:
        table: for each output channel, the input channels that it reads, counted from 0.

    Paper: LeCun et al. 1998, Table I (layer C3 of LeNet-5).
    """

    table: tuple[tuple[Margin, ...], ...]
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    bias: bool = True

    def __post_init__(self) -> None:
        if not self.table:
            raise ArchitectureError("the table has no row", expected="one row per output channel")
        for number, row in enumerate(self.table):
            if not row or list(row) != sorted(set(row)):
                raise ArchitectureError(
                    f"row {number} of the table is {list(row)}",
                    expected="at least one input channel, each once, in rising order",
                    fix=f"{sorted(set(row))} would fit" if row else "name an input channel",
                )

    @property
    def links(self) -> int:
        """Number of connected pairs of an input and an output channel."""
        return sum(len(row) for row in self.table)

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        highest = max(max(row) for row in self.table)
        if highest >= maps.channels:
            raise ArchitectureError(
                f"the table names input channel {highest} of an input of {maps.channels} channels",
                expected=f"numbers from 0 to {maps.channels - 1}",
            )
        return slide(maps, len(self.table), self._windows(input))

    def _weights(self) -> int:
        kh, kw = pair(self.kernel_size)
        return self.links * kh * kw

    def parameters(self, input: Shape) -> int:
        return self._weights() + self.bias * len(self.table)

    def macs(self, input: Shape) -> int:
        return self._weights() * (self.output_shape(input).numel // len(self.table))

    def label(self, input: Shape) -> str:
        words = f"{by(self.kernel_size)} partial conv, {len(self.table)}"
        return words + stride_label(self.stride)

    def fans(self, input: Shape) -> Fans:
        weights, channels = self._weights(), feature_maps(self, input).channels
        return Fans(weights / len(self.table), weights / channels)

    def kernels(self, module: "nn.Module") -> "Tensor":
        from convscope.layers.torch.conv import PartialConv2d as Module

        assert isinstance(module, Module)
        return module.dense_weight()

    def with_bias(self) -> "PartialConv2d":
        return replace(self, bias=True)

    def scaled(self, weight: Any, scale_K: Any) -> Any:
        of_link = [k for k, row in enumerate(self.table) for _ in row]
        return weight * scale_K[of_link].reshape(-1, 1, 1)

    def module(self, input: Shape) -> ModuleCall:
        channels = positional("in_channels", feature_maps(self, input).channels)
        arguments = (channels, positional("table", self.table), *_window_arguments(self))
        return ModuleCall("conv.PartialConv2d", arguments)

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, kernel = feature_maps(self, input), pair(self.kernel_size)
        shape = integers(emit, len(self.table), maps.channels, *kernel)
        zeros = emit.node("Expand", emit.constant(0.0), shape)
        links = [(k, c) for k, row in enumerate(self.table) for c in row]
        places = emit.constant(links, "int64")
        dense = emit.node("ScatterND", zeros, places, emit.weight("weight"))
        bias = [emit.weight("bias")] if self.bias else []
        return emit.node("Conv", x, dense, *bias, **along(*self._windows(input)))


PartialConv2d.examples = (
    Example(PartialConv2d(((0, 1, 2), (1, 2, 3), (0, 3)), 5), CHW(4, 14, 14)),
    Example(PartialConv2d(((0,), (1,)), 3, stride=2, padding=1, bias=False), CHW(2, 9, 8)),
)


@layer
class LocallyConnected2d(_Convolution):
    """Locally connected layer: a convolution whose weights differ at every position.

    y[k, i, j] = b[k, i, j] + sum over c, u, v of w[i, j, k, c, u, v] * x[c, i*s - p + u, ...]

    (C, H, W) -> (K, H', W'). Parameters: H' * W' times those of the convolution.

    Paper: LeCun 1989 (local connections without weight sharing).
    """

    out_channels: Count
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    bias: bool = True

    def output_shape(self, input: Shape) -> Shape:
        return slide(feature_maps(self, input), self.out_channels, self._windows(input))

    def parameters(self, input: Shape) -> int:
        return self.macs(input) + self.bias * self.output_shape(input).numel

    def macs(self, input: Shape) -> int:
        kh, kw = pair(self.kernel_size)
        return self.output_shape(input).numel * feature_maps(self, input).channels * kh * kw

    def saved(self, input: Shape) -> Saved:
        # the unfolded input
        kh, kw = pair(self.kernel_size)
        places = self.output_shape(input).numel // self.out_channels
        return Saved(extra_bytes=4 * places * feature_maps(self, input).channels * kh * kw)

    def label(self, input: Shape) -> str:
        words = f"{by(self.kernel_size)} local, {self.out_channels}"
        return words + stride_label(self.stride)

    def fans(self, input: Shape) -> Fans:
        window = math.prod(pair(self.kernel_size))
        return Fans(feature_maps(self, input).channels * window, self.out_channels * window)

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "conv.LocallyConnected2d",
            (
                positional("in_channels", feature_maps(self, input).channels),
                positional("out_channels", self.out_channels),
                Argument("output_size", tuple(self.output_shape(input)[1:])),
                *_window_arguments(self),
            ),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (kh, kw) = feature_maps(self, input), pair(self.kernel_size)
        _, height, width = slide(maps, self.out_channels, self._windows(input))
        size, places = kh * kw, height * width

        def one_hot(place: int) -> list[list[list[float]]]:
            return [[[float(i * kw + j == place) for j in range(kw)] for i in range(kh)]]

        # a depthwise convolution with one-hot kernels writes out every window
        kernels = emit.constant([one_hot(place) for place in range(size)] * maps.channels)
        attributes = along(*self._windows(input))
        windows = emit.node("Conv", x, kernels, **attributes, group=maps.channels)
        rows = emit.node("Reshape", windows, integers(emit, -1, maps.channels * size, places))
        by_place = emit.node("Transpose", rows, perm=[2, 1, 0])
        y = emit.node("MatMul", emit.weight("weight"), by_place)
        y = emit.node("Transpose", y, perm=[2, 1, 0])
        y = emit.node("Reshape", y, integers(emit, -1, self.out_channels, height, width))
        return emit.node("Add", y, emit.weight("bias")) if self.bias else y


LocallyConnected2d.examples = (
    Example(LocallyConnected2d(4, 3), CHW(2, 7, 6)),
    Example(LocallyConnected2d(3, (3, 2), stride=2, padding=1, bias=False), CHW(2, 8, 9)),
)


def _window_arguments(layer: PartialConv2d | LocallyConnected2d) -> tuple[Argument, ...]:
    return (
        Argument("kernel_size", pair(layer.kernel_size)),
        Argument("stride", pair(layer.stride), (1, 1)),
        Argument("padding", pair(layer.padding), (0, 0)),
        Argument("bias", layer.bias, True),
    )
