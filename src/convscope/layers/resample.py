"""Change of the size of feature maps without weights: interpolation, and channels to positions."""

from typing import Annotated, Literal

from pydantic import Field

from convscope.errors import ArchitectureError
from convscope.layers.base import Example, Layer, Size, feature_maps, layer
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Pair, Shape, Spans, Window, pair


def _repeated(size: int, factor: int) -> tuple[Pair, ...]:
    return tuple((unit // factor, unit // factor + 1) for unit in range(size * factor))


def _interpolated(size: int, factor: int) -> tuple[Pair, ...]:
    """Return the inputs of each output of bilinear interpolation: one or two neighbours."""
    spans = []
    for unit in range(size * factor):
        place, rest = divmod(max(0, 2 * unit + 1 - factor), 2 * factor)
        spans.append((place, min(place + 1 + bool(rest), size)))
    return tuple(spans)


@layer
class Upsample(Layer):
    """Enlargement by a whole factor, by repetition or by bilinear interpolation.

    nearest: y[c, i, j] = x[c, floor(i / s), floor(j / s)]

    bilinear: y[c, i, j] is x interpolated at ((i + 1/2) / s - 1/2, (j + 1/2) / s - 1/2), limited
    to the edges; torch calls it align_corners=False.

    (C, H, W) -> (C, s*H, s*W).

    Args:
        scale_factor: one whole number, or (height, width).
    """

    scale_factor: Size
    mode: Literal["nearest", "bilinear"] = "nearest"

    role = "shape"

    def output_shape(self, input: Shape) -> Shape:
        maps, (rows, cols) = feature_maps(self, input), pair(self.scale_factor)
        return CHW(maps.channels, maps.height * rows, maps.width * cols)

    def is_identity(self, input: Shape) -> bool:
        return pair(self.scale_factor) == (1, 1)

    def reach(self, input: Shape) -> Spans:
        maps, (rows, cols) = feature_maps(self, input), pair(self.scale_factor)
        spans = _repeated if self.mode == "nearest" else _interpolated
        return Spans(spans(maps.height, rows), spans(maps.width, cols))

    def label(self, input: Shape) -> str:
        height, width = pair(self.scale_factor)
        factor = f"{height}" if height == width else f"{height}×{width}"
        return f"{self.mode} upsample, ×{factor}"

    def module(self, input: Shape) -> ModuleCall:
        factors = tuple(map(float, pair(self.scale_factor)))
        scale = Argument("scale_factor", factors)
        return ModuleCall("nn.Upsample", (scale, Argument("mode", self.mode, "nearest")))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        scales = emit.constant([1.0, 1.0, *map(float, pair(self.scale_factor))])
        if self.mode == "bilinear":
            place = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
            return emit.node("Resize", x, "", scales, **place)
        place = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}
        return emit.node("Resize", x, "", scales, **place, nearest_mode="floor")


Upsample.examples = (
    Example(Upsample(2), CHW(3, 4, 5)),
    Example(Upsample((3, 1)), CHW(2, 3, 4)),
    Example(Upsample(2, mode="bilinear"), CHW(3, 4, 5)),
    Example(Upsample((3, 2), mode="bilinear"), CHW(2, 3, 1)),
)


@layer
class PixelShuffle(Layer):
    """Groups of r*r channels as blocks of r x r positions (sub-pixel convolution).

    y[c, i*r + u, j*r + v] = x[c*r*r + u*r + v, i, j]

    (C*r*r, H, W) -> (C, H*r, W*r).

    Paper: Shi et al. 2016.
    """

    upscale_factor: Annotated[int, Field(gt=0, le=1024)]

    role = "shape"

    def output_shape(self, input: Shape) -> Shape:
        maps, factor = feature_maps(self, input), self.upscale_factor
        if maps.channels % factor**2:
            raise ArchitectureError(
                f"{maps.channels} input channels cannot be divided into blocks of "
                f"{factor} x {factor}",
                expected=f"input channels divisible by {factor**2}",
                fix=f"put Conv2d({max(1, maps.channels // factor**2) * factor**2}, 1) before it",
            )
        return CHW(maps.channels // factor**2, maps.height * factor, maps.width * factor)

    def is_identity(self, input: Shape) -> bool:
        return self.upscale_factor == 1

    def reach(self, input: Shape) -> Spans:
        maps = feature_maps(self, input)
        factor = self.upscale_factor
        return Spans(_repeated(maps.height, factor), _repeated(maps.width, factor))

    def label(self, input: Shape) -> str:
        return f"pixel shuffle, ×{self.upscale_factor}"

    def module(self, input: Shape) -> ModuleCall:
        factor = positional("upscale_factor", self.upscale_factor)
        return ModuleCall("nn.PixelShuffle", (factor,))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return emit.node("DepthToSpace", x, blocksize=self.upscale_factor, mode="CRD")


PixelShuffle.examples = (
    Example(PixelShuffle(2), CHW(8, 3, 4)),
    Example(PixelShuffle(3), CHW(9, 2, 1)),
)


@layer
class PixelUnshuffle(Layer):
    """Blocks of r x r positions as groups of r*r channels: the inverse of `PixelShuffle`.

    y[c*r*r + u*r + v, i, j] = x[c, i*r + u, j*r + v]

    (C, H*r, W*r) -> (C*r*r, H, W).
    """

    downscale_factor: Annotated[int, Field(gt=0, le=1024)]

    role = "shape"

    def output_shape(self, input: Shape) -> Shape:
        maps, factor = feature_maps(self, input), self.downscale_factor
        if maps.height % factor or maps.width % factor:
            raise ArchitectureError(
                f"maps of {maps.height} x {maps.width} cannot be divided into blocks of "
                f"{factor} x {factor}",
                expected=f"height and width divisible by {factor}",
            )
        return CHW(maps.channels * factor**2, maps.height // factor, maps.width // factor)

    def is_identity(self, input: Shape) -> bool:
        return self.downscale_factor == 1

    def reach(self, input: Shape) -> tuple[Window, Window]:
        window = Window(self.downscale_factor, self.downscale_factor)
        return window, window

    def label(self, input: Shape) -> str:
        return f"pixel unshuffle, /{self.downscale_factor}"

    def module(self, input: Shape) -> ModuleCall:
        factor = positional("downscale_factor", self.downscale_factor)
        return ModuleCall("nn.PixelUnshuffle", (factor,))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        # the operator SpaceToDepth has the channels innermost
        maps, factor = feature_maps(self, input), self.downscale_factor
        high, wide = maps.height // factor, maps.width // factor
        shape = integers(emit, -1, maps.channels, high, factor, wide, factor)
        x = emit.node("Transpose", emit.node("Reshape", x, shape), perm=[0, 1, 3, 5, 2, 4])
        return emit.node("Reshape", x, integers(emit, -1, maps.channels * factor**2, high, wide))


PixelUnshuffle.examples = (
    Example(PixelUnshuffle(2), CHW(3, 4, 6)),
    Example(PixelUnshuffle(3), CHW(1, 3, 9)),
)
