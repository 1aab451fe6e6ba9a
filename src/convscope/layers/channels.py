"""Layers that select or reorder channels."""

from convscope.errors import ArchitectureError
from convscope.layers.base import Count, Example, Layer, Margin, feature_maps, layer
from convscope.layers.call import ModuleCall, positional
from convscope.layers.emitter import Emitter, integers
from convscope.shapes import CHW, Shape
from convscope.text import counted


def check_divisible(layer: Layer, channels: int, by: int, name: str) -> None:
    """Raise ArchitectureError if the channels cannot be divided evenly into `by` parts."""
    if channels % by:
        divisors = [n for n in range(1, min(channels, 64) + 1) if channels % n == 0]
        raise ArchitectureError(
            f"{layer.type}: {counted(channels, 'channel')} cannot be divided by {by}",
            expected=f"input channels divisible by {by}",
            fix=f"{name}={min(divisors, key=lambda n: abs(n - by))} would fit",
        )


@layer
class SelectChannels(Layer):
    """Range of the channels, as a slice: start, start + 1, ..., stop - 1.

    y[c, i, j] = x[start + c, i, j]

    (C, H, W) -> (stop - start, H, W). Two of them in the branches of a `Concat` split the
    channels, as in ShuffleNet v2.

    Args:
        start: first channel, counted from 0.
        stop: channel after the last one; None means all that follow.

    Paper: Ma et al. 2018, ShuffleNet v2 (channel split).
    """

    start: Margin = 0
    stop: Count | None = None

    view = "always"
    role = "shape"

    def __post_init__(self) -> None:
        if self.stop is not None and self.stop <= self.start:
            raise ArchitectureError(
                f"the range from {self.start} to {self.stop} holds no channel",
                expected=f"stop of at least {self.start + 1}",
            )

    def output_shape(self, input: Shape) -> Shape:
        channels, height, width = feature_maps(self, input)
        stop = channels if self.stop is None else self.stop
        if not self.start < stop <= channels:
            raise ArchitectureError(
                f"the range from {self.start} to {stop} does not fit an input of "
                f"{counted(channels, 'channel')}",
                expected=f"a range within 0 to {channels}",
            )
        return CHW(stop - self.start, height, width)

    def is_identity(self, input: Shape) -> bool:
        return self.output_shape(input) == input

    def label(self, input: Shape) -> str:
        stop = input[0] if self.stop is None else self.stop
        return f"channels {self.start}-{stop - 1}"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall(
            "channels.SelectChannels",
            (positional("start", self.start), positional("stop", self.stop)),
        )

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        stop = self.start + self.output_shape(input)[0]
        ranges = integers(emit, self.start), integers(emit, stop), integers(emit, 1)
        return emit.node("Slice", x, *ranges)


SelectChannels.examples = (
    Example(SelectChannels(0, 2), CHW(5, 4, 3)),
    Example(SelectChannels(2), CHW(5, 4, 3)),
)


@layer
class ChannelShuffle(Layer):
    """Channels of all groups interleaved: the first of each group, then the second of each.

    y[c*g + k, i, j] = x[k*(C/g) + c, i, j], g groups

    (C, H, W) -> (C, H, W).

    Paper: Zhang et al. 2018, ShuffleNet.
    """

    groups: Count

    role = "shape"

    def output_shape(self, input: Shape) -> Shape:
        maps = feature_maps(self, input)
        check_divisible(self, maps.channels, self.groups, "groups")
        return maps

    def is_identity(self, input: Shape) -> bool:
        return self.groups in (1, input[0])

    def label(self, input: Shape) -> str:
        return f"channel shuffle, {self.groups} groups"

    def module(self, input: Shape) -> ModuleCall:
        return ModuleCall("nn.ChannelShuffle", (positional("groups", self.groups),))

    def onnx(self, input: Shape, emit: Emitter, x: str) -> str:
        channels, height, width = feature_maps(self, input)
        groups = self.groups, channels // self.groups
        x = emit.node("Reshape", x, integers(emit, -1, *groups, height * width))
        x = emit.node("Transpose", x, perm=[0, 2, 1, 3])
        return emit.node("Reshape", x, integers(emit, -1, channels, height, width))


ChannelShuffle.examples = (
    Example(ChannelShuffle(2), CHW(6, 4, 3)),
    Example(ChannelShuffle(3), CHW(6, 1, 2)),
)
