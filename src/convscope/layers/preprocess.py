"""Preprocessing: from pixels to the input of a network. These layers are part of the model.

They take pixels from 0 to 255 (uint8 or float) of images of any size, and compute sizes from
the image itself, also in the exported graph.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

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
RADIUS = {"bilinear": 1.0, "bicubic": 2.0}


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
            aspect ratio, rounded down.
        rounding: "none", or "uint8": R in fixed point, and X R_w^T and Y each rounded to whole
            numbers from 0 to 255. That is Pillow's result, exactly: published accuracies were
            measured with it.

    Paper: Keys 1981 (the cubic).
    """

    size: Size
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    rounding: Literal["none", "uint8"] = "none"

    role = "preprocessing"
    framing = "resize"

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
        if self.rounding == "uint8":
            return self._rounded(emit, x, before, after)
        down, across = (self._matrix(emit, before, after, axis) for axis in (0, 1))
        wide = emit.node("MatMul", x, emit.node("Transpose", across, perm=[1, 0]))
        return emit.node("MatMul", down, wide)

    def _rounded(self, emit: Emitter, x: str, before: str, after: str) -> str:
        """Pillow's two passes, each in whole numbers: float64 holds them exactly."""
        down, across = (self._byte_matrix(emit, before, after, axis) for axis in (0, 1))
        wide = emit.node("Cast", x, to=DOUBLE)
        wide = emit.node("MatMul", wide, emit.node("Transpose", across, perm=[1, 0]))
        y = emit.node("MatMul", down, _to_bytes(emit, wide))
        return emit.node("Cast", _to_bytes(emit, y), to=FLOAT)

    def _byte_matrix(self, emit: Emitter, before: str, after: str, axis: int) -> str:
        """Return Pillow's fixed-point weights, (after, before), float64; see `byte_weights`."""
        index = emit.constant(axis, "int64")
        old, new = (emit.node("Gather", size, index, axis=0) for size in (before, after))
        half, one, fixed_point = (_double(emit, number) for number in (0.5, 1.0, FIXED_POINT))

        def places(size: str) -> str:
            zero, step = (emit.constant(number, "int64") for number in (0, 1))
            return emit.node("Cast", emit.node("Range", zero, size, step), to=DOUBLE)

        sizes = (emit.node("Cast", size, to=DOUBLE) for size in (old, new))
        scale = emit.node("Div", *sizes)
        centres = emit.node("Mul", emit.node("Add", places(new), half), scale)
        rows = emit.node("Unsqueeze", centres, integers(emit, 1))
        away = emit.node("Add", emit.node("Sub", places(old), rows), half)
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

    def _matrix(self, emit: Emitter, before: str, after: str, axis: int) -> str:
        """Return the rows of a resize along an axis, (after, before), computed in the graph.

        The argument of the kernel is |(2j + 1) after - (2i + 1) before| / (2 max(before, after)):
        whole numbers, exact up to the division.
        """
        index = emit.constant(axis, "int64")
        old, new = (emit.node("Gather", size, index, axis=0) for size in (before, after))
        zero, one, two = (emit.constant(number, "int64") for number in (0, 1, 2))

        def centres(places: str, scale: str) -> str:
            odd = emit.node("Mul", emit.node("Range", zero, places, one), two)
            return emit.node("Mul", emit.node("Add", odd, one), scale)

        rows = emit.node("Unsqueeze", centres(new, old), integers(emit, 1))
        away = emit.node("Abs", emit.node("Sub", centres(old, new), rows))
        width = emit.node("Mul", emit.node("Max", old, new), two)
        x = emit.node("Div", *(emit.node("Cast", size, to=FLOAT) for size in (away, width)))
        weights = _triangle(emit, x) if self.interpolation == "bilinear" else _cubic(emit, x)
        return emit.node("Div", weights, emit.node("ReduceSum", weights, integers(emit, 1)))


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


def _to_bytes(emit: Emitter, sums: str) -> str:
    """Divide fixed-point sums by 2^22, rounded, within 0 to 255."""
    half, unit, most = (_double(emit, number) for number in (FIXED_POINT / 2, FIXED_POINT, 255.0))
    whole = emit.node("Floor", emit.node("Div", emit.node("Add", sums, half), unit))
    return emit.node("Min", emit.node("Max", whole, _double(emit, 0.0)), most)


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
