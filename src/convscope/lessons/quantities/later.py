"""Numbers of GoogLeNet, ResNet and the chapter beyond: modules, Table 1, gradients, gates."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convscope.lessons.quantities.classic import macs, network, parameters, pixels, step
from convscope.lessons.quantities.formats import Value

if TYPE_CHECKING:
    from convscope.arch.compare import Measured
    from convscope.zoo.printed import Compared

A, B = (14, 14, 2), (16, 16, 3)
HALVING_LAYERS = 20
GRADIENT_DEPTH = 30
# First over last norm of dL/dweight: convscope lab gradients --depth 30. The lab needs torch, which
# the studio's process does not load; tests/lessons/test_gradient_quantities.py runs it.
GRADIENTS = {
    "plain relu xavier": 1.99e-06,
    "plain relu he": 0.117,
    "plain relu BN he": 114.0,
    "residual relu BN he": 6.06,
}
CHANNELS, OUTPUTS = 64, 128  # of the figure `separable`
WINDOW, LARGE_WINDOW = 3, 7


@cache
def _modules() -> "tuple[Measured, Measured]":
    """Return the naive and the reduced module 3a."""
    from convscope.arch.compare_cases import compare_case

    naive, reduced = compare_case("inception_naive_or_reduced", load=network).entries
    return naive, reduced


def _widths() -> tuple[int, ...]:
    """Return 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5 and pool projection of module 3a."""
    from convscope.zoo.papers.inception.googlenet import MODULES

    return MODULES["inception3a"]


def _input_channels() -> int:
    return _modules()[0].input_shape[0]


def _sum_of_branches() -> str:
    ones, _, threes, _, fives, _ = _widths()
    branches = (ones, threes, fives, _input_channels())
    return f"{' + '.join(map(str, branches))} = {sum(branches)}"


@cache
def _responses() -> dict[tuple[int, int], float]:
    from convscope.labs.object_sizes import ObjectSizes

    return {(one.object, one.kernel): one.share for one in ObjectSizes().responses()}


@cache
def _table_one() -> "tuple[Compared, ...]":
    """Return the rows of parameters in GoogLeNet's Table 1, without the sum."""
    from convscope.zoo.printed import paper_table

    rows = paper_table(network("googlenet")).rows
    return tuple(row for row in rows if row.quantity == "weights" and "sum" not in row.row)


def _row(name: str) -> "Compared":
    return next(row for row in _table_one() if name in row.row)


def _first_row() -> str:
    channels = step("googlenet", "conv1.conv").output_shape[0]
    return f"7 · 7 · 3 · {channels} = {7 * 7 * 3 * channels:,}"


def _separable_first_row() -> str:
    """Return the weights of a separable 7 x 7 on 3 channels with the multiplier 8."""
    return f"7 · 7 · 3 · 8 + 24 · 64 = {7 * 7 * 3 * 8 + 24 * 64:,}"


def _kibi() -> int:
    from convscope.zoo.publication import KIBI

    return KIBI


def _auxiliary_weight() -> float:
    weights = {head.weight for head in network("googlenet").trace.heads}
    assert len(weights) == 1
    return weights.pop()


def _concat() -> tuple[int, int, int]:
    """Return the shape of Torch7's nn.DepthConcat: padded with zeros to the largest."""
    from convscope.labs.shapes.depth_concat import DepthConcat, Size

    height, width, channels = DepthConcat((Size(*A), Size(*B))).output
    return height, width, channels


def _separable() -> tuple[int, int]:
    """Return the weights of a full convolution, and of a depthwise and a pointwise one."""
    from convscope.labs.layers.separable import Separable

    lab = Separable(channels=CHANNELS, outputs=OUTPUTS, kernel=WINDOW)
    full, depthwise, pointwise = (cost.weights for cost in lab.costs())
    return full, depthwise + pointwise


def _share_more(quantity: Callable[[str], int]) -> float:
    return quantity("se_resnet50") / quantity("resnet50_v1") - 1


INCEPTION: dict[str, Callable[[], Value]] = {
    "sizes.small.middle": lambda: _responses()[3, 7],
    "sizes.large.small": lambda: _responses()[13, 3],
    "concat.a": lambda: A,
    "concat.b": lambda: B,
    "concat.result": _concat,
    "naive.input": lambda: (*_modules()[0].input_shape[1:], _input_channels()),
    "naive.channels_in": _input_channels,
    "naive.ones": lambda: _widths()[0],
    "naive.threes": lambda: _widths()[2],
    "naive.fives": lambda: _widths()[4],
    "naive.fives_weights": lambda: 5 * 5 * _input_channels() * _widths()[4],
    "naive.sum": _sum_of_branches,
    "naive.channels": lambda: _modules()[0].output_shape[0],
    "naive.macs": lambda: _modules()[0].macs,
    "naive.parameters": lambda: _modules()[0].parameters,
    "reduced.channels": lambda: _modules()[1].output_shape[0],
    "reduced.macs": lambda: _modules()[1].macs,
    "reduced.parameters": lambda: _modules()[1].parameters,
    "reduced.to": lambda: _widths()[3],
    "googlenet.3a.side": lambda: pixels("googlenet", "inception3a.b1.conv"),
    "googlenet.5b.side": lambda: pixels("googlenet", "inception5b.b1.conv"),
    "googlenet.conv1.product": _first_row,
    "googlenet.auxiliary_weight": _auxiliary_weight,
    "table1.conv1.printed": lambda: _row("7x7").printed,
    "table1.separable": _separable_first_row,
    "table1.4c.printed": lambda: _row("4c").printed,
    "table1.4c.ours": lambda: _row("4c").shown,
    "table1.rows": lambda: len(_table_one()),
    "table1.differ": lambda: sum(row.verdict == "differs" for row in _table_one()),
    "table1.kilo": _kibi,
}
"""GoogLeNet."""

RESIDUAL: dict[str, Callable[[], Value]] = {
    "halving.layers": lambda: HALVING_LAYERS,
    "halving.share": lambda: 0.5**HALVING_LAYERS,
    "flow.depth": lambda: GRADIENT_DEPTH,
    "flow.plain.xavier": lambda: GRADIENTS["plain relu xavier"],
    "flow.plain.he": lambda: GRADIENTS["plain relu he"],
    "flow.plain_bn.he": lambda: GRADIENTS["plain relu BN he"],
    "flow.residual_bn.he": lambda: GRADIENTS["residual relu BN he"],
}
"""ResNet."""

BEYOND: dict[str, Callable[[], Value]] = {
    "separable.channels": lambda: CHANNELS,
    "separable.outputs": lambda: OUTPUTS,
    "separable.full": lambda: _separable()[0],
    "separable.parts": lambda: _separable()[1],
    "separable.ratio": lambda: _separable()[0] / _separable()[1],
    "separable.large_window": lambda: LARGE_WINDOW**2,
    "separable.growth": lambda: LARGE_WINDOW**2 / WINDOW**2,
    "se.parameters_more": lambda: _share_more(parameters),
    "se.macs_more": lambda: _share_more(macs),
    "se.positions": lambda: (
        step("se_resnet50", "stage2.block1.body.conv3").output_shape.numel
        // step("se_resnet50", "stage2.block1.body.conv3").output_shape[0]
    ),
}
"""Separable convolutions and gates."""

LATER: dict[str, Callable[[], Value]] = {**INCEPTION, **RESIDUAL, **BEYOND}
"""Networks of the chapters 18 to 20."""
