"""Blocks that the papers of networks for phones share: inverted residuals, channel gates."""

from typing import NamedTuple

from convscope.arch import AnyBlock, Chain, Gate, Residual
from convscope.layers import (
    AnyLayer,
    BatchNorm2d,
    Conv2d,
    GlobalAvgPool2d,
    Identity,
    ReLU,
    ReLU6,
    Sigmoid,
    StochasticDepth,
)


class Style(NamedTuple):
    """Normalisation and activation of a network; `name` is the activation's in paths."""

    norm: BatchNorm2d = BatchNorm2d()
    activation: AnyLayer = ReLU6()
    name: str = "relu"


class Squeeze(NamedTuple):
    """Channels between the two layers of a gate, and its two activations."""

    width: int
    activation: AnyLayer = ReLU()
    gate: AnyLayer = Sigmoid()


class Bottleneck(NamedTuple):
    """One row of a paper's table: an inverted residual block.

    Attributes:
        wide: channels inside; equal to the input's: no expansion.
        after: channels of the output.
        drop: rate of stochastic depth, where the block has a shortcut.
    """

    kernel: int
    wide: int
    after: int
    stride: int = 1
    squeeze: Squeeze | None = None
    drop: float = 0.0


def rounded(width: float, multiple: int = 8) -> int:
    """Return channels as a multiple of 8, never less than nine tenths of `width`.

    Paper: Howard et al. 2017; the rule is that of the authors' code.
    """
    nearest = max(multiple, int(width + multiple / 2) // multiple * multiple)
    return nearest if nearest >= 0.9 * width else nearest + multiple


def unit(width: int, style: Style, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> Chain:
    """A convolution that keeps the size, normalisation, activation."""
    conv = Conv2d(width, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
    return Chain(conv=conv, norm=style.norm, **{style.name: style.activation})


def linear_unit(width: int, style: Style) -> Chain:
    """A 1x1 convolution and normalisation, without an activation (a linear bottleneck)."""
    return Chain(conv=Conv2d(width, 1, bias=False), norm=style.norm)


def excitation(width: int, squeeze: Squeeze) -> Gate:
    """Squeeze-and-excitation: each channel is scaled by a number from 0 to 1.

    Paper: Hu et al. 2018.
    """
    gate = Chain(
        average=GlobalAvgPool2d(),
        reduce=Conv2d(squeeze.width, 1),
        act=squeeze.activation,
        expand=Conv2d(width, 1),
        gate=squeeze.gate,
    )
    return Gate(body=Identity(), gate=gate)


def with_shortcut(body: dict[str, AnyBlock], before: int, row: Bottleneck) -> AnyBlock:
    """Return the parts as a block, with a shortcut where it keeps the shape."""
    if row.stride != 1 or before != row.after:
        return Chain(**body)
    if row.drop:
        body = {**body, "drop": StochasticDepth(row.drop)}
    return Residual(Chain(**body))


def inverted_residual(before: int, row: Bottleneck, style: Style) -> AnyBlock:
    """Expand, depthwise convolution, gate, project; no activation after the projection.

    Paper: Sandler et al. 2018, MobileNetV2; the gate: Tan et al. 2019, MnasNet.
    """
    parts: dict[str, AnyBlock] = {}
    if row.wide != before:
        parts["expand"] = unit(row.wide, style)
    parts["depthwise"] = unit(row.wide, style, row.kernel, stride=row.stride, groups=row.wide)
    if row.squeeze is not None:
        parts["squeeze"] = excitation(row.wide, row.squeeze)
    parts["project"] = linear_unit(row.after, style)
    return with_shortcut(parts, before, row)


def stage(before: int, rows: list[Bottleneck], style: Style) -> Chain:
    """Return inverted residual blocks one after another."""
    blocks: dict[str, AnyBlock] = {}
    for number, row in enumerate(rows, start=1):
        blocks[f"block{number}"] = inverted_residual(before, row, style)
        before = row.after
    return Chain(**blocks)
