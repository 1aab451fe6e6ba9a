"""Zeros around the maps, a number of its own on each side."""

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Literal, final

from convscope.errors import ArchitectureError
from convscope.layers.base import LARGEST, Example, Layer, Margin, Role, feature_maps, layer
from convscope.shapes import CHW, Shape, Window

if TYPE_CHECKING:
    from torch import nn


@final
@layer
class ZeroPad2d(Layer):
    """Zeros on four sides, for the padding that a convolution's own cannot be: an uneven one.

    y[c, i, j] = x[c, i - top, j - left] inside, else 0.

    (C, H, W) -> (C, top + H + bottom, left + W + right). No parameters.

    TensorFlow's "same" padding puts the odd zero at the bottom and on the right.
    """

    top: Margin = 0
    bottom: Margin = 0
    left: Margin = 0
    right: Margin = 0
    type: Literal["ZeroPad2d"] = field(default="ZeroPad2d", kw_only=True)

    role: ClassVar[Role] = "padding"
    examples: ClassVar[tuple[Example, ...]]

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

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        feature_maps(self, input)
        return nn.ZeroPad2d((self.left, self.right, self.top, self.bottom))


ZeroPad2d.examples = (
    Example(ZeroPad2d(bottom=1, right=1), CHW(3, 8, 8)),
    Example(ZeroPad2d(top=1, bottom=2, left=3), CHW(2, 5, 4)),
)
