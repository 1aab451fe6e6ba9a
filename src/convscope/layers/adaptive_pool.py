"""Pooling to a chosen size: of whole feature maps, and of windows that follow the input."""

from convscope.layers.base import Example, Layer, Saved, Size, by, feature_maps, layer
from convscope.layers.call import ModuleCall, positional, short
from convscope.layers.emitter import Emitter, along, integers
from convscope.shapes import CHW, Reach, Shape, Spans, Whole, Window, pair

INDEX_BYTES = 8  # torch saves the position of each maximum as a 64-bit number


def _even_spans(size: int, places: int) -> tuple[tuple[int, int], ...]:
    return tuple((i * size // places, -(-(i + 1) * size // places)) for i in range(places))


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
        return ModuleCall("adaptive_pool.GlobalAvgPool2d")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("GlobalAveragePool", x)


GlobalAvgPool2d.examples = (
    Example(GlobalAvgPool2d(), CHW(8, 7, 7)),
    Example(GlobalAvgPool2d(), CHW(3, 1, 5)),
)


@layer
class GlobalMaxPool2d(Layer):
    """Maximum of each feature map.

    y[c] = max over i, j of x[c, i, j]

    (C, H, W) -> (C, 1, 1).

    Paper: Oquab et al. 2015.
    """

    role = "pooling"

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, 1, 1)

    def reach(self, input: Shape) -> Whole:
        return Whole()

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True, extra_bytes=INDEX_BYTES * feature_maps(self, input).channels)

    def label(self, input: Shape) -> str:
        return "global max pool"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.AdaptiveMaxPool2d", (positional("output_size", 1),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("GlobalMaxPool", x)


GlobalMaxPool2d.examples = (
    Example(GlobalMaxPool2d(), CHW(8, 7, 7)),
    Example(GlobalMaxPool2d(), CHW(3, 1, 5)),
)


class _AdaptivePool(Layer):
    """Base of the poolings with a chosen output size."""

    role = "pooling"
    output_size: Size

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, *pair(self.output_size))

    def _even(self, input: Shape) -> tuple[Window, Window] | None:
        """Return the windows where they all have one size and do not overlap."""
        maps, (rows, cols) = feature_maps(self, input), pair(self.output_size)
        if maps.height % rows or maps.width % cols:
            return None
        high, wide = maps.height // rows, maps.width // cols
        return Window(high, high), Window(wide, wide)

    def _spans(self, input: Shape) -> Spans:
        maps, (rows, cols) = feature_maps(self, input), pair(self.output_size)
        return Spans(_even_spans(maps.height, rows), _even_spans(maps.width, cols))

    def reach(self, input: Shape) -> Reach:
        return self._even(input) or self._spans(input)


@layer
class AdaptiveAvgPool2d(_AdaptivePool):
    """Mean of each window, for a chosen output size.

    y[c, i, j] = mean of x[c, u, v] over u from floor(i*H/H') to ceil((i+1)*H/H') - 1, v likewise

    (C, H, W) -> (C, H', W').
    """

    output_size: Size

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
        if pair(self.output_size) == (1, 1):
            return emit.node("GlobalAveragePool", x)
        if even := self._even(input):
            return emit.node("AveragePool", x, **along(*even))
        maps, (rows, cols) = feature_maps(self, input), self._spans(input)
        across = _mean_matrix(cols, maps.width)
        x = emit.node("MatMul", x, emit.node("Transpose", emit.constant(across), perm=[1, 0]))
        return emit.node("MatMul", emit.constant(_mean_matrix(rows, maps.height)), x)


AdaptiveAvgPool2d.examples = (
    Example(AdaptiveAvgPool2d(7), CHW(4, 14, 14)),
    Example(AdaptiveAvgPool2d((3, 2)), CHW(2, 7, 5)),
    Example(AdaptiveAvgPool2d(1), CHW(2, 3, 3)),
)


@layer
class AdaptiveMaxPool2d(_AdaptivePool):
    """Maximum of each window, for a chosen output size.

    y[c, i, j] = max of x[c, u, v] over u from floor(i*H/H') to ceil((i+1)*H/H') - 1, v likewise

    (C, H, W) -> (C, H', W').
    """

    output_size: Size

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True, extra_bytes=INDEX_BYTES * self.output_shape(input).numel)

    def label(self, input: Shape) -> str:
        if pair(self.output_size) == (1, 1):
            return "global max pool"
        return f"max pool to {by(self.output_size)}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "nn.AdaptiveMaxPool2d", (positional("output_size", short(self.output_size)),)
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        if even := self._even(input):
            return emit.node("MaxPool", x, **along(*even))
        rows, cols = self._spans(input)
        x = _max_of_spans(emit, x, 2, rows)
        return _max_of_spans(emit, x, 3, cols)


AdaptiveMaxPool2d.examples = (
    Example(AdaptiveMaxPool2d(7), CHW(4, 14, 14)),
    Example(AdaptiveMaxPool2d((3, 2)), CHW(2, 7, 5)),
    Example(AdaptiveMaxPool2d(1), CHW(2, 3, 3)),
)


def _max_of_spans(emit: Emitter, x: str, axis: int, spans: tuple[tuple[int, int], ...]) -> str:
    """Write the maximum of each span of an axis; shorter spans repeat their last place."""
    longest = max(end - start for start, end in spans)
    places = [[min(start + t, end - 1) for t in range(longest)] for start, end in spans]
    x = emit.node("Gather", x, emit.constant(places, "int64"), axis=axis)
    return emit.node("ReduceMax", x, integers(emit, axis + 1), keepdims=0)


def _mean_matrix(spans: tuple[tuple[int, int], ...], size: int) -> list[list[float]]:
    """Return the matrix whose rows take the mean of each span of an axis."""
    return [
        [1 / (last - first) if first <= place < last else 0.0 for place in range(size)]
        for first, last in spans
    ]
