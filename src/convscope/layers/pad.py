"""Zero padding."""

from convscope.errors import ArchitectureError
from convscope.layers import emitter
from convscope.layers.base import LARGEST, Example, Layer, Margin, feature_maps, layer
from convscope.layers.call import ModuleCall, positional
from convscope.shapes import CHW, Shape, Window


@layer
class ZeroPad2d(Layer):
    """Asymmetric zero padding.

    y[c, i, j] = x[c, i - top, j - left] inside, else 0

    (C, H, W) -> (C, top + H + bottom, left + W + right).

    TensorFlow's "same" padding puts the odd zero at the bottom and on the right.
    """

    top: Margin = 0
    bottom: Margin = 0
    left: Margin = 0
    right: Margin = 0

    role = "padding"

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

    def module(self, input: Shape) -> ModuleCall:
        sides = (self.left, self.right, self.top, self.bottom)  # torch has the width first
        return ModuleCall("nn.ZeroPad2d", (positional("padding", sides),))

    def onnx(self, input: Shape, emit: emitter.Emitter, x: str) -> str:
        return emitter.pad(emit, x, (self.top, self.left, self.bottom, self.right))


ZeroPad2d.examples = (
    Example(ZeroPad2d(bottom=1, right=1), CHW(3, 8, 8)),
    Example(ZeroPad2d(top=1, bottom=2, left=3), CHW(2, 5, 4)),
)
