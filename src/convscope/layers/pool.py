"""Pooling: each window of a channel is reduced to one number."""

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    Example,
    Layer,
    PoolPadding,
    Saved,
    Size,
    by,
    feature_maps,
    layer,
    nbytes,
    stride_label,
)
from convscope.layers.call import Argument, ModuleCall, positional, short
from convscope.layers.emitter import LOWEST, Emitter, along, integers, overhang, pad
from convscope.layers.pad import padded, padded_windows, unpadded
from convscope.shapes import CHW, Shape, Window, pair, slide, windows

INDEX_BYTES = 8  # torch saves the position of each maximum as a 64-bit number


class _WindowPool(Layer):
    """Base of the poolings with a sliding window."""

    role = "pooling"
    kernel_size: Size
    stride: Size | None
    padding: PoolPadding
    dilation: Size = 1
    ceil_mode: bool

    def __post_init__(self) -> None:
        """Raise for a window that would fit into the padding alone, as torch does."""
        if isinstance(self.padding, str):
            return
        for window in windows(self.kernel_size, self.step, self.padding):
            if window.padding > window.kernel // 2:
                raise ArchitectureError(
                    f"padding {window.padding} is more than half of the kernel's {window.kernel}",
                    expected=f"at most {window.kernel // 2}",
                )

    @property
    def step(self) -> Size:
        """The stride; the kernel size by default."""
        return self.kernel_size if self.stride is None else self.stride

    def _windows(self, input: Shape) -> tuple[Window, Window]:
        maps = feature_maps(self, input)
        return padded_windows(maps, self.kernel_size, self.step, self.padding, self.dilation)

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        return slide(maps, maps.channels, self._windows(input), ceil_mode=self.ceil_mode)

    def reach(self, input: Shape) -> tuple[Window, Window]:
        return self._windows(input)

    def _pooled(self, input: Shape) -> Saved:
        """Return what the pooling itself keeps: its input, which may be a padded copy."""
        shape = padded(feature_maps(self, input), *self._windows(input))
        if isinstance(self.padding, str) and shape != input:
            return Saved(extra_bytes=nbytes(shape))
        return Saved(input=True)

    def _arguments(self) -> tuple[Argument, ...]:
        if isinstance(self.padding, str):  # `ceil_mode` changes nothing: the windows fit
            kernel = positional("kernel_size", pair(self.kernel_size))
            return kernel, Argument("stride", pair(self.step))
        return (
            positional("kernel_size", short(self.kernel_size)),
            Argument("stride", short(self.stride), None),
            Argument("padding", short(self.padding), 0),
            Argument("ceil_mode", self.ceil_mode, False),
        )


def _misses_input(size: int, window: Window) -> bool:
    """Return whether all positions of some window are padding: its maximum would be -infinity."""
    if window.dilation == 1:  # the padding is at most half of the kernel
        return False
    starts = range(-window.padding, min(0, size), window.stride)
    firsts = ((start, -(start // window.dilation)) for start in starts)
    return any(
        tap >= window.kernel or start + tap * window.dilation >= size for start, tap in firsts
    )


@layer
class MaxPool2d(_WindowPool):
    """Maximum of each window; padding is never chosen.

    y[c, i, j] = max over u, v of x[c, i*s - p + u*d, j*s - p + v*d]

    (C, H, W) -> (C, H', W'). `ceil_mode` keeps a last window that hangs over the edge.

    Args:
        stride: None means the kernel size.
        padding: a number, (height, width), or "same_tensorflow": H' = ceil(H / s) as for
            `Conv2d`.

    Paper: Ranzato et al. 2007; overlapping windows in Krizhevsky et al. 2012.
    """

    kernel_size: Size
    stride: Size | None = None
    padding: PoolPadding = 0
    dilation: Size = 1
    ceil_mode: bool = False

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        for axis, size, window in zip(
            ("height", "width"), maps[1:], self._windows(input), strict=True
        ):
            if _misses_input(size, window):
                raise ArchitectureError(
                    f"a window of {window.kernel} with gaps of {window.dilation} reads padding "
                    f"alone, and the {axis} is {size}",
                    expected="windows that read at least one position of the input",
                    fix="a smaller dilation, or less padding",
                )
        return super().output_shape(input)

    def saved(self, input: Shape) -> Saved:
        pooled, indices = self._pooled(input), INDEX_BYTES * self.output_shape(input).numel
        return pooled._replace(extra_bytes=pooled.extra_bytes + indices)

    def label(self, input: Shape) -> str:
        return f"{by(self.kernel_size)} max pool" + stride_label(self.step)

    def module(self, input: Shape) -> ModuleCall:
        if isinstance(self.padding, str):
            dilation = Argument("dilation", pair(self.dilation), (1, 1))
            return ModuleCall("pool.SameMaxPool2d", (*self._arguments(), dilation))
        return ModuleCall(
            "nn.MaxPool2d",
            (*self._arguments(), Argument("dilation", short(self.dilation), 1)),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (rows, cols) = feature_maps(self, input), self._windows(input)
        below, beside = overhang(maps, rows, cols, ceil_mode=self.ceil_mode)
        ends = rows.end + below, cols.end + beside
        if ends[0] >= rows.kernel or ends[1] >= cols.kernel:  # more than the operator takes
            x = pad(emit, x, (rows.padding, cols.padding, *ends), LOWEST)
            rows, cols, ends = unpadded(rows), unpadded(cols), (0, 0)
        return emit.node(
            "MaxPool", x, **along(rows, cols, ends=ends), dilations=pair(self.dilation)
        )


MaxPool2d.examples = (
    Example(MaxPool2d(2), CHW(3, 8, 9)),
    Example(MaxPool2d(3, stride=2, ceil_mode=True), CHW(4, 112, 112)),
    Example(MaxPool2d((3, 2), stride=(1, 2), padding=(1, 1), dilation=(2, 1)), CHW(2, 9, 9)),
    Example(MaxPool2d(2, stride=2, padding=1, dilation=3, ceil_mode=True), CHW(2, 9, 7)),
    Example(MaxPool2d(3, stride=2, padding="same_tensorflow"), CHW(2, 8, 7)),
    Example(MaxPool2d(2, stride=1, padding="same_tensorflow", dilation=3), CHW(2, 6, 5)),
)


@layer
class AvgPool2d(_WindowPool):
    """Mean of each window.

    y[c, i, j] = (sum over u, v of x[c, i*s - p + u, j*s - p + v]) / n

    (C, H, W) -> (C, H', W'). n is kh * kw less what hangs over the padded edge in `ceil_mode`,
    or only the cells inside the input where `count_include_pad` is false.

    Args:
        stride: None means the kernel size.
        padding: a number, (height, width), or "same_tensorflow": H' = ceil(H / s) as for
            `Conv2d`; that padding is never counted, as in TensorFlow.
    """

    kernel_size: Size
    stride: Size | None = None
    padding: PoolPadding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def saved(self, input: Shape) -> Saved:
        pooled = self._pooled(input)
        if isinstance(self.padding, str):  # the number of inputs in each window
            places = self.output_shape(input).numel // feature_maps(self, input).channels
            return pooled._replace(extra_bytes=pooled.extra_bytes + 4 * places)
        return pooled

    def label(self, input: Shape) -> str:
        return f"{by(self.kernel_size)} avg pool" + stride_label(self.step)

    def module(self, input: Shape) -> ModuleCall:
        if isinstance(self.padding, str):
            return ModuleCall("pool.SameAvgPool2d", self._arguments())
        counted = Argument("count_include_pad", self.count_include_pad, True)
        return ModuleCall("nn.AvgPool2d", (*self._arguments(), counted))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (rows, cols) = feature_maps(self, input), self._windows(input)
        below, beside = overhang(maps, rows, cols, ceil_mode=self.ceil_mode)
        counted = self.count_include_pad and not isinstance(self.padding, str)
        if counted and (rows.padding or cols.padding):
            # zeros of our own count as input, which leaves the overhang alone uncounted
            x = pad(emit, x, (rows.padding, cols.padding, rows.padding, cols.padding))
            rows, cols = unpadded(rows), unpadded(cols)
        ends = rows.end + below, cols.end + beside
        return emit.node("AveragePool", x, **along(rows, cols, ends=ends), count_include_pad=0)


AvgPool2d.examples = (
    Example(AvgPool2d(2), CHW(6, 28, 28)),
    Example(AvgPool2d(5, stride=3, ceil_mode=True), CHW(4, 14, 13)),
    Example(AvgPool2d(3, stride=1, padding=1, count_include_pad=False), CHW(2, 7, 7)),
    Example(AvgPool2d((3, 2), stride=2, padding=1, ceil_mode=True), CHW(2, 8, 7)),
    Example(AvgPool2d(3, stride=2, padding="same_tensorflow"), CHW(2, 8, 7)),
)


@layer
class TrainableSubsample2d(Layer):
    """Trainable subsampling: sum of each window, scaled and shifted per channel.

    y[c, i, j] = a[c] * (sum over u, v of x[c, i*k + u, j*k + v]) + b[c]

    (C, H, W) -> (C, H', W'); windows do not overlap. Parameters: 2 C.

    Paper: LeCun et al. 1998 (layers S2 and S4 of LeNet-5).
    """

    kernel_size: Size

    role = "pooling"
    undecayed = frozenset({"weight", "bias"})

    def _windows(self) -> tuple[Window, Window]:
        return windows(self.kernel_size, self.kernel_size, 0)

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        return slide(maps, maps.channels, self._windows())

    def parameters(self, input: Shape) -> int:
        return 2 * feature_maps(self, input).channels

    def connections(self, input: Shape) -> int:
        kh, kw = pair(self.kernel_size)
        return (kh * kw + 1) * self.output_shape(input).numel

    def reach(self, input: Shape) -> tuple[Window, Window]:
        return self._windows()

    def saved(self, input: Shape) -> Saved:
        # the pooling saves its input, the scaling saves the pooled sums
        return Saved(input=True, extra_bytes=4 * self.output_shape(input).numel)

    def label(self, input: Shape) -> str:
        return f"{by(self.kernel_size)} subsampling" + stride_label(self.kernel_size)

    def module(self, input: Shape) -> ModuleCall:
        channels = positional("channels", feature_maps(self, input).channels)
        size = Argument("kernel_size", pair(self.kernel_size))
        return ModuleCall("pool.TrainableSubsample2d", (channels, size))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        axes = integers(emit, 1, 2)
        scale = emit.node("Unsqueeze", emit.weight("weight"), axes)
        shift = emit.node("Unsqueeze", emit.weight("bias"), axes)
        rows, cols = self._windows()
        means = emit.node("AveragePool", x, **along(rows, cols))
        sums = emit.node("Mul", means, emit.constant(float(rows.kernel * cols.kernel)))
        return emit.node("Add", emit.node("Mul", sums, scale), shift)


TrainableSubsample2d.examples = (
    Example(TrainableSubsample2d(2), CHW(6, 28, 28)),
    Example(TrainableSubsample2d((2, 3)), CHW(3, 9, 10)),
)
