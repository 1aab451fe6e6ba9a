"""What stands on the short side of a residual: nothing at all, or padding with zeros."""

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Literal, final

from convscope.errors import ArchitectureError
from convscope.layers.base import Count, Example, Layer, Role, feature_maps, layer, stride_label
from convscope.shapes import CHW, Features, Shape, Window, slide

if TYPE_CHECKING:
    from torch import nn


@final
@layer
class Identity(Layer):
    """y = x. Any shape -> the same shape."""

    type: Literal["Identity"] = field(default="Identity", kw_only=True)

    view: ClassVar[Literal["never", "inference", "always"]] = "always"
    role: ClassVar[Role] = "shortcut"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def is_identity(self, input: Shape) -> bool:
        return True

    def label(self, input: Shape) -> str:
        return "identity"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Identity()


Identity.examples = (Example(Identity(), CHW(3, 4, 4)), Example(Identity(), Features(2)))


@final
@layer
class ZeroPadShortcut(Layer):
    """Every stride-th place, and zeros for the channels that are missing.

    y[c, i, j] = x[c, i*s, j*s] for c < C, else 0.

    (C, H, W) -> (K, ceil(H / s), ceil(W / s)), K >= C. No parameters.

    Paper: He et al. 2016, option A.
    """

    out_channels: Count
    stride: Count = 1
    type: Literal["ZeroPadShortcut"] = field(default="ZeroPadShortcut", kw_only=True)

    role: ClassVar[Role] = "shortcut"
    examples: ClassVar[tuple[Example, ...]]

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

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        self.output_shape(input)
        return modules.ZeroPadShortcut(
            self.out_channels - feature_maps(self, input).channels, self.stride
        )


ZeroPadShortcut.examples = (
    Example(ZeroPadShortcut(8, stride=2), CHW(4, 9, 8)),
    Example(ZeroPadShortcut(4), CHW(4, 3, 3)),
)
