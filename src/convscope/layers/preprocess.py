"""Preprocessing: from pixels to the input of a network. These layers are part of the model.

They take pixels from 0 to 255 (uint8 or float) of images of any size, and compute sizes from
the image itself, also in the exported graph.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, final

from convscope.errors import ArchitectureError, InputError
from convscope.layers.base import (
    Example,
    Layer,
    Positive,
    Real,
    Size,
    by,
    feature_maps,
    layer,
)
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import DOUBLE, FLOAT, INT64, Emitter, image_size, integers
from convscope.shapes import CHW, Pair, Shape, Spans, Window, crop_offset, pair, resized

MOST_WEIGHTS = 1 << 26  # of the matrix of a resize: 512 MB
FIXED_POINT = 2.0**22  # of Pillow's weights of a resize of bytes
COARSE = 2.0**11  # of the two parts that fixed-point weights are split into
RADIUS = {"bilinear": 1.0, "bicubic": 2.0}
MOST_BLOCKS = 8  # of the outputs of a resize along a side, in a graph
LEAST_BLOCK = 16  # outputs in a block
LONGEST = 16  # times the shorter side: more of the longer one is not computed in a graph


@layer
class Normalize(Layer):
    """Standardisation of pixels per channel.

    y[c] = (x[c] / 255 - mean[c]) / std[c]

    (C, H, W), 0 to 255 -> (C, H, W), float.

    Args:
        mean, std: one number per channel, in units of the full scale (0 to 1).
    """

    mean: tuple[Real, ...]
    std: tuple[Positive, ...]

    role = "preprocessing"
    pointwise = True

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.std):
            raise ArchitectureError(
                f"{len(self.mean)} means and {len(self.std)} standard deviations",
                expected="one of each for every channel",
            )

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.channels != len(self.mean):
            raise ArchitectureError(
                f"{len(self.mean)} means for an input of {maps.channels} channels",
                expected=f"{maps.channels} means and standard deviations",
            )
        return maps

    def label(self, input: Shape) -> str:
        return "normalise"

    def module(self, input: Shape) -> ModuleCall:
        arguments = Argument("mean", self.mean), Argument("std", self.std)
        return ModuleCall("preprocess.Normalize", arguments)

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        scale = [[[1 / (255 * std)]] for std in self.std]
        shift = [[[-mean / std]] for mean, std in zip(self.mean, self.std, strict=True)]
        scaled = emit.node("Mul", x, emit.constant(scale))
        return emit.node("Add", scaled, emit.constant(shift))


Normalize.examples = (
    Example(Normalize((0.1307,), (0.3081,)), CHW(1, 28, 28)),
    Example(Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), CHW(3, 4, 5)),
)


@layer
class Resize(Layer):
    """Resampling to another size without aliasing, as two matrix products.

    Y = R_h X R_w^T with R[i, j] = f(((j + 1/2) - (i + 1/2) s) / max(s, 1)), each row divided by
    its sum; s = size before / size after, f the triangle (bilinear) or the cubic with a = -0.5.

    (C, H, W) -> (C, H', W').

    Args:
        size: (height, width), or one number for the shorter side; the longer one keeps the
            aspect ratio, rounded down. In the ONNX graph of an image more than 16 times as long
            as wide only about 16 times the shorter side is computed, from the centre.
        rounding: "none", or "uint8": R in fixed point, and X R_w^T and Y each rounded to whole
            numbers from 0 to 255. That is the result of Pillow up to version 12, exactly:
            published accuracies were measured with it. Pillow 13 resizes the height first
            where H' < H and H - H' > 2 (W - W').

    Paper: Keys 1981 (the cubic).
    """

    size: Size
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    rounding: Literal["none", "uint8"] = "none"

    role = "preprocessing"
    framing = "resize"
    bytes_in_graph = "cast"

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        return CHW(maps.channels, *resized(maps.height, maps.width, self.size))

    def reach(self, input: Shape) -> Spans:
        maps = feature_maps(self, input)
        height, width = resized(maps.height, maps.width, self.size)
        return Spans(
            _support(maps.height, height, RADIUS[self.interpolation]),
            _support(maps.width, width, RADIUS[self.interpolation]),
        )

    def is_identity(self, input: Shape) -> bool:
        return self.output_shape(input) == input

    def with_size(self, size: int | Pair) -> "Resize":
        return replace(self, size=size)

    def label(self, input: Shape) -> str:
        return f"resize {by(self.size) if isinstance(self.size, tuple) else self.size}"

    def module(self, input: Shape) -> ModuleCall:
        arguments = (
            positional("size", self.size),
            positional("interpolation", self.interpolation),
            Argument("rounding", self.rounding, "none"),
        )
        return ModuleCall("preprocess.Resize", arguments)

    def check_image(self, height: int, width: int) -> None:
        """Raise InputError for an image so long and thin that resizing it takes gigabytes.

        The matrix of a side has (pixels before) x (pixels after) numbers: 384 x 6000 for a
        camera's photo, and 1,280,000 x 5000 for 1 x 5000 pixels whose shorter side becomes 256.
        """
        after = resized(height, width, self.size)
        if max(height * after[0], width * after[1]) > MOST_WEIGHTS:
            raise InputError(
                f"an image of {width}x{height} pixels, which would be resized to "
                f"{after[1]}x{after[0]}",
                expected="sides that differ less",
                fix="crop it first",
            )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        before = image_size(emit, x)
        if isinstance(self.size, tuple):
            after = integers(emit, *self.size)
        else:  # the shorter side becomes `size`: size * [h, w] / min(h, w), rounded down
            shorter = emit.node("ReduceMin", before, integers(emit, 0), keepdims=1)
            longer = emit.node("Mul", before, integers(emit, self.size))
            after = emit.node("Div", longer, shorter)
        kept = after if isinstance(self.size, tuple) else _centre(emit, after, self.size)
        for axis in (1, 0):  # Pillow's order
            x = self._along(emit, x, _Side(emit, before, after, kept, axis))
        return x

    def _along(self, emit: Emitter, x: str, side: "_Side") -> str:
        """Resample one side in blocks of outputs, each from the inputs that it reads.

        The matrix has a band of numbers beside zeros; blocks leave most of the zeros out, and
        only one block at a time is held in float32.
        """
        num_blocks = max(1, min(MOST_BLOCKS, pair(self.size)[side.axis] // LEAST_BLOCK))
        blocks = [self._block(emit, x, side, place, num_blocks) for place in range(num_blocks)]
        return blocks[0] if num_blocks == 1 else emit.node("Concat", *blocks, axis=2 + side.axis)

    def _block(self, emit: Emitter, x: str, side: "_Side", place: int, num_blocks: int) -> str:
        outputs = side.outputs(place, num_blocks)
        if num_blocks > 1:
            inputs = side.inputs(outputs, RADIUS[self.interpolation])
            x = emit.node(
                "Slice", x, *(side.vector(end) for end in inputs), integers(emit, 2 + side.axis)
            )
        else:
            inputs = emit.constant(0, "int64"), side.before
        x = emit.node("Cast", x, to=FLOAT)
        if self.rounding == "none":
            return side.product(x, self._weights(emit, side, outputs, inputs))
        # Pillow's fixed point in float32, exactly: with weights 2^11 high + low, both sums are
        # whole numbers below 2^24
        fixed = self._fixed_weights(emit, side, outputs, inputs)
        coarse = _double(emit, COARSE)
        high = emit.node("Floor", emit.node("Add", emit.node("Div", fixed, coarse), _half(emit)))
        low = emit.node("Sub", fixed, emit.node("Mul", high, coarse))
        high_sum, low_sum = (
            side.product(x, emit.node("Cast", weights, to=FLOAT)) for weights in (high, low)
        )
        return _to_bytes(emit, high_sum, low_sum)

    def _fixed_weights(
        self, emit: Emitter, side: "_Side", outputs: "_Span", inputs: "_Span"
    ) -> str:
        """Return Pillow's fixed-point weights, (outputs, inputs), float64; see `byte_weights`."""
        half, one, fixed_point = (_double(emit, number) for number in (0.5, 1.0, FIXED_POINT))

        def places(span: _Span) -> str:
            step = emit.constant(1, "int64")
            return emit.node("Cast", emit.node("Range", *span, step), to=DOUBLE)

        sizes = (emit.node("Cast", size, to=DOUBLE) for size in (side.before, side.after))
        scale = emit.node("Div", *sizes)
        centres = emit.node("Mul", emit.node("Add", places(outputs), half), scale)
        rows = emit.node("Unsqueeze", centres, integers(emit, 1))
        away = emit.node("Add", emit.node("Sub", places(inputs), rows), half)
        shrink = emit.node("Div", one, emit.node("Max", scale, one))
        x = emit.node("Abs", emit.node("Mul", away, shrink))
        if self.interpolation == "bilinear":
            weights = emit.node("Max", emit.node("Sub", one, x), _double(emit, 0.0))
        else:
            weights = _cubic(emit, x, _double)
        shares = emit.node("Div", weights, emit.node("ReduceSum", weights, integers(emit, 1)))
        fixed = emit.node("Mul", shares, fixed_point)
        rounded = emit.node("Floor", emit.node("Add", emit.node("Abs", fixed), half))
        return emit.node("Mul", rounded, emit.node("Sign", fixed))

    def _weights(self, emit: Emitter, side: "_Side", outputs: "_Span", inputs: "_Span") -> str:
        """Return the weights of a resize, (outputs, inputs), computed in the graph.

        The argument of the kernel is |(2j + 1) after - (2i + 1) before| / (2 max(before, after)):
        whole numbers, exact up to the division.
        """
        one, two = (emit.constant(number, "int64") for number in (1, 2))

        def centres(span: _Span, scale: str) -> str:
            odd = emit.node("Mul", emit.node("Range", *span, one), two)
            return emit.node("Mul", emit.node("Add", odd, one), scale)

        rows = emit.node("Unsqueeze", centres(outputs, side.before), integers(emit, 1))
        away = emit.node("Abs", emit.node("Sub", centres(inputs, side.after), rows))
        width = emit.node("Mul", side.longer, two)
        x = emit.node("Div", *(emit.node("Cast", size, to=FLOAT) for size in (away, width)))
        weights = _triangle(emit, x) if self.interpolation == "bilinear" else _cubic(emit, x)
        return emit.node("Div", weights, emit.node("ReduceSum", weights, integers(emit, 1)))


_Span = tuple[str, str]
"""First place and the place after the last one, as whole numbers of the graph."""


@final
class _Side:
    """Height (axis 0) or width (axis 1) of an image in the graph, before and after a resize."""

    def __init__(self, emit: Emitter, before: str, after: str, kept: str, axis: int) -> None:
        index = emit.constant(axis, "int64")
        self.axis = axis
        self.before, self.after = (
            emit.node("Gather", size, index, axis=0) for size in (before, after)
        )
        self._kept, self._start = self.after, ""
        if kept != after:
            self._kept = emit.node("Gather", kept, index, axis=0)
            extra = emit.node("Sub", self.after, self._kept)
            self._start = emit.node("Div", extra, emit.constant(2, "int64"))
        self.longer = emit.node("Max", self.before, self.after)
        self._emit = emit

    def outputs(self, place: int, num_blocks: int) -> _Span:
        """Return the outputs of a block: those kept, in `num_blocks` parts of about one size."""
        emit, count = self._emit, self._number(num_blocks)

        def border(number: int) -> str:
            end = emit.node("Div", emit.node("Mul", self._kept, self._number(number)), count)
            return emit.node("Add", end, self._start) if self._start else end

        return border(place), border(place + 1)

    def inputs(self, outputs: _Span, radius: float) -> _Span:
        """Return the inputs that outputs read, and up to two more at each end.

        Output i reads inputs from (i + 1/2) s - r max(s, 1) to (i + 1/2) s + r max(s, 1),
        s = before / after.
        """
        emit, one, two = self._emit, self._number(1), self._number(2)
        reach = emit.node("Mul", self.longer, self._number(2 * round(radius)))
        whole = emit.node("Mul", self.after, two)

        def at(output: str, change: str) -> str:
            odd = emit.node("Add", emit.node("Mul", output, two), one)
            ends = emit.node(change, emit.node("Mul", odd, self.before), reach)
            return emit.node("Div", ends, whole)

        first = emit.node("Sub", at(outputs[0], "Sub"), one)
        end = emit.node("Add", at(emit.node("Sub", outputs[1], one), "Add"), two)
        return (
            emit.node("Max", first, self._number(0)),
            emit.node("Min", end, self.before),
        )

    def vector(self, number: str) -> str:
        """Return a number as a vector of one."""
        return self._emit.node("Unsqueeze", number, integers(self._emit, 0))

    def product(self, x: str, weights: str) -> str:
        """Return the weighted sums of x along this side."""
        if self.axis == 0:
            return self._emit.node("MatMul", weights, x)
        return self._emit.node("MatMul", x, self._emit.node("Transpose", weights, perm=[1, 0]))

    def _number(self, number: int) -> str:
        return self._emit.constant(number, "int64")


Resize.examples = (
    Example(Resize((28, 28)), CHW(1, 60, 41)),
    Example(Resize(9, interpolation="bicubic"), CHW(3, 20, 33)),
    Example(Resize(12), CHW(2, 5, 7)),
    Example(Resize(9, rounding="uint8"), CHW(3, 12, 10)),
)


@layer
class CenterCrop(Layer):
    """Crop of the centre; a smaller image is padded with black (0).

    y[c, i, j] = x[c, i + top, j + left] inside, else 0; top = round((H - h) / 2), half to even

    (C, H, W) -> (C, h, w).

    Args:
        size: one number for a square, or (height, width).
    """

    size: Size

    role = "preprocessing"
    framing = "crop"
    bytes_in_graph = "kept"

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, *pair(self.size))

    def reach(self, input: Shape) -> tuple[Window, Window]:
        maps, (height, width) = feature_maps(self, input), pair(self.size)
        top, left = crop_offset(maps.height, height), crop_offset(maps.width, width)
        return Window(1, padding=-top), Window(1, padding=-left)

    def is_identity(self, input: Shape) -> bool:
        return self.output_shape(input) == input

    def with_size(self, size: int | Pair) -> "CenterCrop":
        return replace(self, size=size)

    def label(self, input: Shape) -> str:
        return f"crop {by(self.size)}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("preprocess.CenterCrop", (positional("size", pair(self.size)),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        size, nothing = integers(emit, *pair(self.size)), integers(emit, 0, 0)
        extra = emit.node("Sub", image_size(emit, x), size)
        half = emit.node("Mul", emit.node("Cast", extra, to=FLOAT), emit.constant(0.5))
        middle = emit.node("Cast", emit.node("Round", half), to=INT64)
        start = emit.node("Max", middle, nothing)
        missing = emit.node("Max", emit.node("Neg", extra), nothing)
        before = emit.node("Div", missing, integers(emit, 2))
        after = emit.node("Sub", missing, before)
        pads = emit.node("Concat", nothing, before, nothing, after, axis=0)
        end = emit.node("Add", start, size)
        return emit.node("Slice", emit.node("Pad", x, pads), start, end, integers(emit, 2, 3))


CenterCrop.examples = (
    Example(CenterCrop(32), CHW(1, 28, 28)),
    Example(CenterCrop((4, 5)), CHW(3, 9, 8)),
    Example(CenterCrop(6), CHW(2, 9, 3)),
)


@layer
class ReverseChannels(Layer):
    """The channels in reverse order: RGB becomes BGR, which networks of Caffe read.

    y[c] = x[C - 1 - c]

    (C, H, W) -> (C, H, W).
    """

    role = "preprocessing"
    bytes_in_graph = "kept"

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def label(self, input: Shape) -> str:
        return "reverse channels"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("preprocess.ReverseChannels")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        channels = feature_maps(self, input).channels
        order = integers(emit, *reversed(range(channels)))
        return emit.node("Gather", x, order, axis=1)


ReverseChannels.examples = (
    Example(ReverseChannels(), CHW(3, 4, 5)),
    Example(ReverseChannels(), CHW(1, 2, 2)),
)


def _centre(emit: Emitter, after: str, size: int) -> str:
    """Return how many places of each side are computed: all, or those of a long side in its centre.

    No network reads the others, since its own input is cropped from the centre. So that crops lie
    where they would in the whole, a multiple of 4 places is left out.
    """
    four = emit.constant(4, "int64")
    extra = emit.node("Sub", after, emit.constant(LONGEST * size, "int64"))
    left_out = emit.node("Mul", emit.node("Div", extra, four), four)
    return emit.node("Sub", after, emit.node("Max", left_out, emit.constant(0, "int64")))


def _support(size: int, places: int, radius: float) -> tuple[Pair, ...]:
    """Return for each output the inputs whose weight is not zero: (first, last + 1)."""
    scale = size / places
    reach = radius * max(scale, 1.0)
    spans = []
    for i in range(places):
        centre = (i + 0.5) * scale
        inside = [j for j in _around(centre, reach, size) if abs(j + 0.5 - centre) < reach]
        spans.append((inside[0], inside[-1] + 1))
    return tuple(spans)


def _around(centre: float, reach: float, size: int) -> range:
    return range(max(0, int(centre - reach) - 1), min(size, int(centre + reach) + 2))


def _triangle(emit: Emitter, x: str) -> str:
    return emit.node("Relu", emit.node("Sub", emit.constant(1.0), x))


def _float(emit: Emitter, number: float) -> str:
    return emit.constant(number)


def _double(emit: Emitter, number: float) -> str:
    """Return a float64 constant, of a number that float32 holds exactly."""
    return emit.node("Cast", emit.constant(number), to=DOUBLE)


def _half(emit: Emitter) -> str:
    return _double(emit, 0.5)


def _to_bytes(emit: Emitter, high: str, low: str) -> str:
    """Divide 2^11 high + low by 2^22, rounded, within 0 to 255: exact in float32."""
    part = emit.constant(1 / COARSE)
    carried = emit.node("Add", high, emit.node("Floor", emit.node("Mul", low, part)))
    half_up = emit.node("Add", carried, emit.constant(FIXED_POINT / COARSE / 2))
    whole = emit.node("Floor", emit.node("Mul", half_up, part))
    return emit.node("Clip", whole, emit.constant(0.0), emit.constant(255.0))


def _cubic(emit: Emitter, x: str, constant: Callable[[Emitter, float], str] = _float) -> str:
    """Keys' kernel with a = -0.5: 1.5 x^3 - 2.5 x^2 + 1, then -0.5 x^3 + 2.5 x^2 - 4 x + 2."""

    def polynomial(*coefficients: float) -> str:
        y = constant(emit, coefficients[0])
        for coefficient in coefficients[1:]:
            y = emit.node("Add", emit.node("Mul", y, x), constant(emit, coefficient))
        return y

    one, two, zero = (constant(emit, number) for number in (1.0, 2.0, 0.0))
    near, far = polynomial(1.5, -2.5, 0.0, 1.0), polynomial(-0.5, 2.5, -4.0, 2.0)
    outside = emit.node("Where", emit.node("Less", x, two), far, zero)
    return emit.node("Where", emit.node("LessOrEqual", x, one), near, outside)
