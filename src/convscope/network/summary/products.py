"""Multiply-accumulates of torch's operators: its own table of FLOPs, and products that it lacks."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten
LAYERS_OF_WEIGHTS = (
    aten.convolution,
    aten._convolution,
    aten.mm,
    aten.addmm,
    aten._trilinear,
)
"""Operators of convolutions and linear layers; other products are those of attention."""


def _trilinear(arguments: Sequence[Any]) -> int:
    """Return the MACs of `nn.Bilinear`: one for each weight and sample."""
    sizes = []
    for tensor, expanded in zip(arguments[:3], arguments[3:6], strict=True):
        size = list(tensor.shape)
        for axis in sorted(expanded):
            size.insert(axis, 1)
        sizes.append(size)
    return math.prod(map(max, zip(*sizes, strict=True)))


FURTHER: dict[Any, Callable[[Sequence[Any]], int]] = {
    aten.mv: lambda arguments: arguments[0].numel(),
    aten.addmv: lambda arguments: arguments[1].numel(),
    aten.dot: lambda arguments: arguments[0].numel(),
    aten.vdot: lambda arguments: arguments[0].numel(),
    aten.addbmm: lambda arguments: arguments[1].numel() * arguments[2].shape[-1],
    aten._trilinear: _trilinear,
}
"""Products that torch's table lacks."""

UNCOUNTED = ("_cdist", "_euclidean", "_fft", "linalg", "_linalg", "cholesky", "triangular")
"""First letters of operators that multiply, by numbers that their shapes do not say."""
NO_PRODUCTS = ("_linalg_check_errors", "linalg_vector_norm")
TORCH = ("aten", "prim", "prims")


def is_counted(packet: Any) -> bool:
    """Return whether the MACs of an operator, an overload packet, are known."""
    return packet in flop_registry or packet in FURTHER


def is_uncounted(operator: Any) -> bool:
    """Return whether an operator may multiply, and its MACs are not known."""
    space, _, name = operator._schema.name.partition("::")
    if is_counted(operator._overloadpacket) or name in NO_PRODUCTS:
        return False
    return space not in TORCH or name.startswith(UNCOUNTED)


def macs_of(packet: Any, arguments: Sequence[Any], named: Mapping[str, Any], result: Any) -> int:
    """Return the MACs of a call of a counted operator."""
    if packet in FURTHER:
        return FURTHER[packet](arguments)
    return int(flop_registry[packet](*arguments, **named, out_val=result)) // 2
