"""Sparse connectivity and weight sharing: fully connected, locally connected, convolution.

The same input and the same number of outputs in three ways: connections, parameters, and uses
per parameter. Then the receptive field of stacked layers.

Legend: C channels, H height, W width, K output channels.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from convscope.errors import InputError
from convscope.layers import Conv2d, Layer, Linear, LocallyConnected2d
from convscope.shapes import CHW, Features

Kind = Literal["fully connected", "locally connected", "convolution"]
KINDS: tuple[Kind, ...] = ("fully connected", "locally connected", "convolution")

MAX_DEPTH = 20


class Count(NamedTuple):
    """Counts of one kind of layer.

    Attributes:
        parameters: trainable numbers, biases included.
        connections: uses of a weight or a bias for one image.
        sharing: uses per parameter (a mean).
        inputs_seen: inputs that one output reads.
        outputs_reached: outputs that read the input in the middle.
    """

    kind: Kind
    parameters: int
    connections: int
    sharing: float
    inputs_seen: int
    outputs_reached: int


class Link(NamedTuple):
    """Connection of an input with an output; equal numbers mean the same weight."""

    input: int
    output: int
    weight: int


class FieldStep(NamedTuple):
    """Receptive field after `depth` layers."""

    depth: int
    field: int
    step: int  # stride between the fields of two neighbours, in input pixels


@final
@dataclass(frozen=True)
class Connectivity:
    """The three kinds of layer on one input.

    Args:
        input: (C, H, W).
        maps: channels of the output.
        kernel, stride, padding: of the locally connected layer and the convolution.
        depth: stacked layers for the receptive field.
    """

    input: CHW
    maps: int = 6
    kernel: int = 5
    stride: int = 1
    padding: int = 0
    depth: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= MAX_DEPTH:
            raise InputError(f"depth {self.depth}", expected=f"1 to {MAX_DEPTH}")
        _ = self.output  # raises for a window that does not fit

    @property
    def output(self) -> CHW:
        """Output shape of all three."""
        shape = self._convolution().output_shape(self.input)
        assert isinstance(shape, CHW)
        return shape

    def _convolution(self) -> Conv2d:
        return Conv2d(self.maps, self.kernel, stride=self.stride, padding=self.padding)

    def counts(self) -> tuple[Count, ...]:
        """Return connections, parameters and sharing, as the layers state them."""
        flat, output = Features(self.input.numel), self.output
        local = LocallyConnected2d(self.maps, self.kernel, stride=self.stride, padding=self.padding)
        window = self.kernel**2 * self.input.channels
        reached = self._reached()
        layers: tuple[tuple[Kind, Layer, Any, int, int], ...] = (
            ("fully connected", Linear(output.numel), flat, flat.numel, output.numel),
            ("locally connected", local, self.input, window, reached),
            ("convolution", self._convolution(), self.input, window, reached),
        )
        return tuple(
            Count(
                kind,
                layer.parameters(shape),
                layer.connections(shape),
                layer.connections(shape) / layer.parameters(shape),
                seen,
                out,
            )
            for kind, layer, shape, seen, out in layers
        )

    def _reached(self) -> int:
        """Return the number of outputs that read the middle of the input."""
        _, height, width = self.input
        along = [
            sum(
                0 <= middle - place * self.stride + self.padding < self.kernel
                for place in range(places)
            )
            for middle, places in zip((height // 2, width // 2), self.output[1:], strict=True)
        ]
        return along[0] * along[1] * self.maps

    def fields(self) -> tuple[FieldStep, ...]:
        """Return the receptive field by depth: r + (kernel - 1) * step; step * stride."""
        fields, field, step = [FieldStep(0, 1, 1)], 1, 1
        for depth in range(1, self.depth + 1):
            field += (self.kernel - 1) * step
            step *= self.stride
            fields.append(FieldStep(depth, field, step))
        return tuple(fields)

    def links(self, kind: Kind) -> tuple[Link, ...]:
        """Return the connections of a row of inputs, wide enough for two windows."""
        units = max(7, 2 * self.kernel - 1)
        return links(kind, units=units, kernel=self.kernel, stride=self.stride)

    def to_dict(self) -> dict[str, Any]:
        return {
            "lab": "connectivity",
            "input": self.input,
            "output": self.output,
            "kernel": self.kernel,
            "stride": self.stride,
            "padding": self.padding,
            "counts": [count._asdict() for count in self.counts()],
            "receptive_field": [field._asdict() for field in self.fields()],
            "one_dimension": {
                kind: [link._asdict() for link in self.links(kind)] for kind in KINDS
            },
        }


def links(kind: Kind, *, units: int = 7, kernel: int = 3, stride: int = 1) -> tuple[Link, ...]:
    """Return the connections of `units` inputs in one dimension.

    Output i reads the kernel-wide window around input i * stride; connections to padding are
    left out. A window of even width has one more input at its right.
    """
    before = (kernel - 1) // 2
    connections = []
    for output in range(-(-units // stride)):
        if kind == "fully connected":
            connections += [
                Link(source, output, output * units + source) for source in range(units)
            ]
            continue
        for tap in range(kernel):
            source = output * stride - before + tap
            if 0 <= source < units:
                weight = tap if kind == "convolution" else output * kernel + tap
                connections.append(Link(source, output, weight))
    return tuple(connections)
