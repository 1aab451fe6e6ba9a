"""Pooling: each window of a channel is reduced to one number."""

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    Example,
    Layer,
    Padding,
    Saved,
    Size,
    by,
    feature_maps,
    layer,
    stride_label,
)
from convscope.layers.call import Argument, ModuleCall, positional, short
from convscope.layers.emitter import LOWEST, Emitter, along, integers, overhang, pad
from convscope.shapes import CHW, Reach, Shape, Spans, Whole, Window, pair, slide, windows

INDEX_BYTES = 8  # torch saves the position of each maximum as a 64-bit number


def _even_spans(size: int, places: int) -> tuple[tuple[int, int], ...]:
    return tuple((i * size // places, -(-(i + 1) * size // places)) for i in range(places))


class _WindowPool(Layer):
    """Base of the poolings with a sliding window."""

    role = "pooling"
    kernel_size: Size
    stride: Size | None
    padding: Padding
    dilation: Size = 1
    ceil_mode: bool

    def __post_init__(self) -> None:
        """Raise for a window that would fit into the padding alone, as torch does."""
        for window in self._windows():
            if window.padding > window.kernel // 2:
                raise ArchitectureError(
                    f"padding {window.padding} is more than half of the kernel's {window.kernel}",
                    expected=f"at most {window.kernel // 2}",
                )

    @property
    def step(self) -> Size:
        """The stride; the kernel size by default."""
        return self.kernel_size if self.stride is None else self.stride

    def _windows(self) -> tuple[Window, Window]:
        return windows(self.kernel_size, self.step, self.padding, self.dilation)

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        return slide(maps, maps.channels, self._windows(), ceil_mode=self.ceil_mode)

    def reach(self, input: Shape) -> tuple[Window, Window]:
        return self._windows()

    def _arguments(self) -> tuple[Argument, ...]:
        return (
            positional("kernel_size", short(self.kernel_size)),
            Argument("stride", short(self.stride), None),
            Argument("padding", short(self.padding), 0),
            Argument("ceil_mode", self.ceil_mode, False),
        )


@layer
class MaxPool2d(_WindowPool):
    """Maximum of each window; padding is never chosen.

    y[c, i, j] = max over u, v of x[c, i*s - p + u*d, j*s - p + v*d]

    (C, H, W) -> (C, H', W'). `ceil_mode` keeps a last window that hangs over the edge.

    Args:
        stride: None means the kernel size.

    Paper: Ranzato et al. 2007; overlapping windows in Krizhevsky et al. 2012.
    """

    kernel_size: Size
    stride: Size | None = None
    padding: Padding = 0
    dilation: Size = 1
    ceil_mode: bool = False

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True, extra_bytes=INDEX_BYTES * self.output_shape(input).numel)

    def label(self, input: Shape) -> str:
        return f"{by(self.kernel_size)} max pool" + stride_label(self.step)

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.MaxPool2d",
            (*self._arguments(), Argument("dilation", short(self.dilation), 1)),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (rows, cols) = feature_maps(self, input), self._windows()
        below, beside = overhang(maps, rows, cols, ceil_mode=self.ceil_mode)
        ends = rows.padding + below, cols.padding + beside
        if ends[0] >= rows.kernel or ends[1] >= cols.kernel:  # more than the operator takes
            x = pad(emit, x, (rows.padding, cols.padding, *ends), LOWEST)
            rows, cols, ends = rows._replace(padding=0), cols._replace(padding=0), (0, 0)
        return emit.node(
            "MaxPool", x, **along(rows, cols, ends=ends), dilations=pair(self.dilation)
        )


MaxPool2d.examples = (
    Example(MaxPool2d(2), CHW(3, 8, 9)),
    Example(MaxPool2d(3, stride=2, ceil_mode=True), CHW(4, 112, 112)),
    Example(MaxPool2d((3, 2), stride=(1, 2), padding=(1, 1), dilation=(2, 1)), CHW(2, 9, 9)),
    Example(MaxPool2d(2, stride=2, padding=1, dilation=3, ceil_mode=True), CHW(2, 9, 7)),
)


@layer
class AvgPool2d(_WindowPool):
    """Mean of each window.

    y[c, i, j] = (sum over u, v of x[c, i*s - p + u, j*s - p + v]) / n

    (C, H, W) -> (C, H', W'). n is kh * kw less what hangs over the padded edge in `ceil_mode`,
    or only the cells inside the input where `count_include_pad` is false.

    Args:
        stride: None means the kernel size.
    """

    kernel_size: Size
    stride: Size | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return f"{by(self.kernel_size)} avg pool" + stride_label(self.step)

    def module(self, input: Shape) -> ModuleCall:
        counted = Argument("count_include_pad", self.count_include_pad, True)
        return ModuleCall("nn.AvgPool2d", (*self._arguments(), counted))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (rows, cols) = feature_maps(self, input), self._windows()
        below, beside = overhang(maps, rows, cols, ceil_mode=self.ceil_mode)
        if self.count_include_pad and (rows.padding or cols.padding):
            # zeros of our own count as input, which leaves the overhang alone uncounted
            x = pad(emit, x, (rows.padding, cols.padding, rows.padding, cols.padding))
            rows, cols = rows._replace(padding=0), cols._replace(padding=0)
        ends = rows.padding + below, cols.padding + beside
        return emit.node("AveragePool", x, **along(rows, cols, ends=ends), count_include_pad=0)


AvgPool2d.examples = (
    Example(AvgPool2d(2), CHW(6, 28, 28)),
    Example(AvgPool2d(5, stride=3, ceil_mode=True), CHW(4, 14, 13)),
    Example(AvgPool2d(3, stride=1, padding=1, count_include_pad=False), CHW(2, 7, 7)),
    Example(AvgPool2d((3, 2), stride=2, padding=1, ceil_mode=True), CHW(2, 8, 7)),
)


@layer
class GlobalAvgPool2d(Layer):
    """Mean of each feature map.

    y[c] = mean over i, j of x[c, i, j]

    (C, H, W) -> (C, 1, 1).

    Paper: Lin, Chen and Yan 2013, Network in Network.
    """

    role = "pooling"

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, 1, 1)

    def reach(self, input: Shape) -> Whole:
        return Whole()

    def label(self, input: Shape) -> str:
        return "global avg pool"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("pool.GlobalAvgPool2d")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("GlobalAveragePool", x)


GlobalAvgPool2d.examples = (
    Example(GlobalAvgPool2d(), CHW(8, 7, 7)),
    Example(GlobalAvgPool2d(), CHW(3, 1, 5)),
)


@layer
class AdaptiveAvgPool2d(Layer):
    """Mean of each window, for a chosen output size.

    y[c, i, j] = mean of x[c, u, v] over u from floor(i*H/H') to ceil((i+1)*H/H') - 1, v likewise

    (C, H, W) -> (C, H', W').
    """

    output_size: Size

    role = "pooling"

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, *pair(self.output_size))

    def reach(self, input: Shape) -> Reach:
        maps, (rows, cols) = feature_maps(self, input), pair(self.output_size)
        if maps.height % rows == 0 and maps.width % cols == 0:
            high, wide = maps.height // rows, maps.width // cols
            return Window(high, high), Window(wide, wide)
        return Spans(_even_spans(maps.height, rows), _even_spans(maps.width, cols))

    def saved(self, input: Shape) -> Saved:
        # torch turns the case of one position into a mean, which saves nothing
        return Saved(input=pair(self.output_size) != (1, 1))

    def label(self, input: Shape) -> str:
        if pair(self.output_size) == (1, 1):
            return "global avg pool"
        return f"avg pool to {by(self.output_size)}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.AdaptiveAvgPool2d", (positional("output_size", short(self.output_size)),)
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps, (rows, cols) = feature_maps(self, input), pair(self.output_size)
        if (rows, cols) == (1, 1):
            return emit.node("GlobalAveragePool", x)
        if maps.height % rows == 0 and maps.width % cols == 0:
            size = [maps.height // rows, maps.width // cols]
            return emit.node("AveragePool", x, kernel_shape=size, strides=size)
        across = _mean_matrix(_even_spans(maps.width, cols), maps.width)
        x = emit.node("MatMul", x, emit.node("Transpose", emit.constant(across), perm=[1, 0]))
        down = _mean_matrix(_even_spans(maps.height, rows), maps.height)
        return emit.node("MatMul", emit.constant(down), x)


AdaptiveAvgPool2d.examples = (
    Example(AdaptiveAvgPool2d(7), CHW(4, 14, 14)),
    Example(AdaptiveAvgPool2d((3, 2)), CHW(2, 7, 5)),
    Example(AdaptiveAvgPool2d(1), CHW(2, 3, 3)),
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


def _mean_matrix(spans: tuple[tuple[int, int], ...], size: int) -> list[list[float]]:
    """Return the matrix whose rows take the mean of each span of an axis."""
    return [
        [1 / (last - first) if first <= place < last else 0.0 for place in range(size)]
        for first, last in spans
    ]
