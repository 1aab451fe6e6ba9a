"""Parts of residual blocks: shortcuts without weights, and the scale of a branch."""

from convscope.errors import ArchitectureError
from convscope.layers.base import (
    Count,
    Example,
    Layer,
    Linearity,
    Real,
    Saved,
    feature_maps,
    layer,
    stride_label,
)
from convscope.layers.call import Argument, ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Features, Shape, Window, slide


@layer
class Identity(Layer):
    """Identity shortcut.

    y = x

    Any shape -> the same shape.
    """

    view = "always"
    role = "shortcut"
    pointwise = True

    def output_shape(self, input: Shape) -> Shape:
        return input

    def is_identity(self, input: Shape) -> bool:
        return True

    def linearity(self) -> Linearity:
        return Linearity("identity")

    def label(self, input: Shape) -> str:
        return "identity"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.Identity")

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        return x


Identity.examples = (Example(Identity(), CHW(3, 4, 4)), Example(Identity(), Features(2)))


@layer
class ZeroPadShortcut(Layer):
    """Shortcut without parameters: every stride-th position, zeros for the additional channels.

    y[c, i, j] = x[c, i*s, j*s] for c < C, else 0

    (C, H, W) -> (K, ceil(H / s), ceil(W / s)), K >= C.

    Paper: He et al. 2016, option A.
    """

    out_channels: Count
    stride: Count = 1

    role = "shortcut"

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        if maps.channels > self.out_channels:
            raise ArchitectureError(
                f"{maps.channels} channels cannot be padded to {self.out_channels}",
                expected=f"out_channels of at least {maps.channels}",
            )
        return slide(maps, self.out_channels, self.reach(input))

    def reach(self, input: Shape) -> tuple[Window, Window]:
        return Window(1, self.stride), Window(1, self.stride)

    def label(self, input: Shape) -> str:
        return f"zero pad, {self.out_channels}" + stride_label(self.stride)

    def _missing(self, input: Shape) -> int:
        return self.out_channels - feature_maps(self, input).channels

    def module(self, input: Shape) -> ModuleCall:
        missing = Argument("missing", self._missing(input))
        return ModuleCall("shortcut.ZeroPadShortcut", (missing, Argument("stride", self.stride)))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        maps = feature_maps(self, input)
        if self.stride > 1:
            ends = integers(emit, maps.height, maps.width)
            axes, steps = integers(emit, 2, 3), integers(emit, self.stride, self.stride)
            x = emit.node("Slice", x, integers(emit, 0, 0), ends, axes, steps)
        pads = integers(emit, 0, 0, 0, 0, 0, self._missing(input), 0, 0)
        return emit.node("Pad", x, pads)


ZeroPadShortcut.examples = (
    Example(ZeroPadShortcut(8, stride=2), CHW(4, 9, 8)),
    Example(ZeroPadShortcut(4), CHW(4, 3, 3)),
)


@layer
class LayerScale(Layer):
    """Trainable scale of each channel, small at first.

    y[c] = gamma[c] * x[c]

    (C, H, W) -> (C, H, W). Parameters: C, without weight decay.

    Args:
        init: initial scale of every channel.

    Paper: Touvron et al. 2021, CaiT; 1e-6 as in Liu et al. 2022, ConvNeXt.
    """

    init: Real = 1e-6

    role = "normalisation"
    pointwise = True
    undecayed = frozenset({"weight"})

    def output_shape(self, input: Shape) -> Shape:
        return feature_maps(self, input)

    def parameters(self, input: Shape) -> int:
        return feature_maps(self, input).channels

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return "layer scale"

    def module(self, input: Shape) -> ModuleCall:
        channels = positional("channels", feature_maps(self, input).channels)
        return ModuleCall("shortcut.LayerScale", (channels, Argument("init", self.init, 1e-6)))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        axes = integers(emit, 1, 2)
        return emit.node("Mul", x, emit.node("Unsqueeze", emit.weight("weight"), axes))


LayerScale.examples = (
    Example(LayerScale(), CHW(6, 5, 4)),
    Example(LayerScale(0.1), CHW(3, 1, 2)),
)
