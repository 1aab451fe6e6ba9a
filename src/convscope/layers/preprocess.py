"""From pixels to what a network expects. These layers travel inside the model.

They take pixels as they are, 0 to 255 (uint8 or float), of any image size, and compute what
they need from the image itself; the same formulas stand in the exported graph.
"""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from convscope.errors import ArchitectureError
from convscope.layers.base import Example, Layer, Role, Size, by, feature_maps, layer
from convscope.shapes import CHW, Pair, Shape, Spans, Window, pair

if TYPE_CHECKING:
    from torch import nn

CUBIC_A = -0.5  # Catmull-Rom, as Pillow and torch's antialiased path have it
RADIUS = {"bilinear": 1.0, "bicubic": 2.0}


@final
@layer
class Normalize(Layer):
    """Pixels to numbers around zero: y[c] = (x[c] / 255 - mean[c]) / std[c].

    (C, H, W), 0 to 255 -> (C, H, W), float.

    Args:
        mean, std: one number a channel, in units of the full scale (0 to 1).
    """

    mean: tuple[float, ...]
    std: tuple[Annotated[float, Field(gt=0)], ...]
    type: Literal["Normalize"] = field(default="Normalize", kw_only=True)

    role: ClassVar[Role] = "preprocessing"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

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

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        self.output_shape(input)
        return modules.Normalize(self.mean, self.std)


Normalize.examples = (
    Example(Normalize((0.1307,), (0.3081,)), CHW(1, 28, 28)),
    Example(Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), CHW(3, 4, 5)),
)


@final
@layer
class Resize(Layer):
    """Another size, smoothly and without aliasing: Y = R_h X R_w^T, two matrix products.

    R[i, j] = f(((j + 1/2) - (i + 1/2) s) / max(s, 1)), each row divided by its sum, with
    s = size before / size after, and f the triangle (bilinear) or the cubic with a = -0.5.
    No rounding in between, unlike Pillow.

    (C, H, W) -> (C, H', W').

    Args:
        size: (height, width), or one number for the shorter side; the longer one keeps the
            proportion, rounded down.
    """

    size: Size
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    type: Literal["Resize"] = field(default="Resize", kw_only=True)

    role: ClassVar[Role] = "preprocessing"
    examples: ClassVar[tuple[Example, ...]]

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

    def label(self, input: Shape) -> str:
        return f"resize {by(self.size) if isinstance(self.size, tuple) else self.size}"

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        feature_maps(self, input)
        return modules.Resize(self.size, self.interpolation)


Resize.examples = (
    Example(Resize((28, 28)), CHW(1, 60, 41)),
    Example(Resize(9, interpolation="bicubic"), CHW(3, 20, 33)),
    Example(Resize(12), CHW(2, 5, 7)),
)


@final
@layer
class CenterCrop(Layer):
    """The middle of the image; black (0) is added where the image is smaller.

    (C, H, W) -> (C, h, w). Offsets round half to even, as torchvision's do.

    Args:
        size: one number for a square, or (height, width).
    """

    size: Size
    type: Literal["CenterCrop"] = field(default="CenterCrop", kw_only=True)

    role: ClassVar[Role] = "preprocessing"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return CHW(feature_maps(self, input).channels, *pair(self.size))

    def reach(self, input: Shape) -> tuple[Window, Window]:
        maps, (height, width) = feature_maps(self, input), pair(self.size)
        top, left = crop_offset(maps.height, height), crop_offset(maps.width, width)
        return Window(1, padding=-top), Window(1, padding=-left)

    def is_identity(self, input: Shape) -> bool:
        return self.output_shape(input) == input

    def label(self, input: Shape) -> str:
        return f"crop {by(self.size)}"

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        feature_maps(self, input)
        return modules.CenterCrop(pair(self.size))


CenterCrop.examples = (
    Example(CenterCrop(32), CHW(1, 28, 28)),
    Example(CenterCrop((4, 5)), CHW(3, 9, 8)),
    Example(CenterCrop(6), CHW(2, 9, 3)),
)


def resized(height: int, width: int, size: int | Pair) -> Pair:
    """(height, width) after a resize to `size`: exact, or the shorter side."""
    if isinstance(size, tuple):
        return size
    if height <= width:
        return size, size * width // height
    return size * height // width, size


def crop_offset(size: int, crop: int) -> int:
    """Where the middle crop begins; negative where it begins before the image."""
    if crop > size:
        return -((crop - size) // 2)
    return round((size - crop) / 2)


def _support(size: int, places: int, radius: float) -> tuple[Pair, ...]:
    """For each output, the inputs whose weight is not zero: (first, last + 1)."""
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
