"""How a signal passes back through rectifiers: the gradient, deconvnet, guided.

R the signal from above, f the number before the rectifier:

    plain      R * [f > 0]              the gradient
    deconvnet  R * [R > 0]              Zeiler and Fergus 2013, section 2.1
    guided     R * [f > 0] * [R > 0]    Springenberg et al. 2014

[f > 0] is where the rectifier lets through: 0 < f < 6 for ReLU6. Everything else passes the
signal back as its gradient: convolutions by their transposed filters, max pooling to where each
maximum was (where windows overlap, the sum), normalisation by its derivative.

The rules are laid on the record of what ran (autograd's graph), not on modules. So a rectifier
counts as often as it ran, in place or not, as a module or as a function; and an operation that
nobody here knows, in which a rectifier could hide, is refused instead of passed by.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from convscope.errors import InputError

Rule = Literal["plain", "deconvnet", "guided"]

RECTIFIERS = ("Relu", "Hardtanh", "Threshold", "Clamp", "ClampMin")
CONVOLUTIONS = ("Convolution", "MkldnnConvolution", "CudnnConvolution", "Im2Col")
SWITCHES = ("MaxPool2DWithIndices", "AdaptiveMaxPool2D", "MkldnnMaxPool2D", "Max", "Amax")
_OTHER_ACTIVATIONS = """
Tanh Sigmoid LogSigmoid Softmax LogSoftmax Softplus Gelu Silu Mish Elu Celu LeakyRelu PreluKernel
Hardswish Hardsigmoid Glu Erf
"""
# what passes a signal back by its derivative, and holds no rectifier
_KNOWN = """
AccumulateGrad Add Sub Rsub Neg Mul Div Pow Sqrt Rsqrt Exp Log Sum Mean Var Std VarMean
Addmm Mm Bmm Baddbmm Addbmm Mv Dot Linear
NativeBatchNorm CudnnBatchNorm MiopenBatchNorm BatchNormWithUpdate NativeLayerNorm NativeGroupNorm
LinalgVectorNorm Norm
AvgPool2D AvgPool3D AdaptiveAvgPool2D MkldnnAdaptiveAvgPool2D ConstantPadNd ReflectionPad2D
ReplicationPad2D UpsampleBilinear2D UpsampleNearest2D UpsampleBicubic2D Col2Im
View UnsafeView ReshapeAlias T Transpose Permute Squeeze Unsqueeze Select Slice Index IndexSelect
Gather Cat Stack Split SplitWithSizes UnsafeSplit Chunk Unbind Expand Repeat Flip Roll Narrow
Unfold AsStrided Alias Clone ToCopy Contiguous PixelShuffle PixelUnshuffle ChannelShuffle
"""
NAMES = {
    "LeakyRelu": "LeakyReLU",
    "PreluKernel": "PReLU",
    "Elu": "ELU",
    "Celu": "CELU",
    "Gelu": "GELU",
    "Silu": "SiLU",
    "Glu": "GLU",
}
OTHER_ACTIVATIONS = frozenset(_OTHER_ACTIVATIONS.split())
KNOWN = frozenset(_KNOWN.split())


class Passed(NamedTuple):
    """What lies between an output and the image.

    Attributes:
        rectifiers, convolutions, switches: how often each ran.
        others: activations that are no rectifiers, by name; they keep their own derivative.
    """

    rectifiers: int
    convolutions: int
    switches: int
    others: tuple[str, ...]


@contextmanager
def backward_rule(output: Tensor, rule: Rule) -> Iterator[Passed]:
    """While it lasts, gradients pass back from `output` by the rule.

        with backward_rule(logits_NK, "guided") as passed:
            torch.autograd.grad(logits_NK[:, 3].sum(), image_NCHW)

    Raises:
        InputError: something ran, between here and the image, in which a rectifier could hide.
    """
    nodes = [(_kind(node), node) for node in _nodes(output)]
    rectifiers = [node for kind, node in nodes if kind in RECTIFIERS and _rectifies(kind, node)]
    others = {kind for kind, _ in nodes if kind in OTHER_ACTIVATIONS}
    bent = {kind for kind, node in nodes if kind == "Hardtanh" and not _rectifies(kind, node)}
    passed = Passed(
        len(rectifiers),
        sum(kind in CONVOLUTIONS for kind, _ in nodes),
        sum(kind in SWITCHES for kind, _ in nodes),
        tuple(sorted(NAMES.get(kind, kind) for kind in others | bent)),
    )
    handles: list[Any] = []
    try:
        if rule != "plain":
            _check(nodes, rule)
            change = {"guided": _guided, "deconvnet": _deconvnet}[rule]
            handles += [node.register_hook(change) for node in rectifiers]
        yield passed
    finally:
        for handle in handles:
            handle.remove()


def _guided(passed: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradient already holds [f > 0]; its sign is the signal's."""
    return (passed[0].clamp(min=0), *passed[1:])


def _deconvnet(passed: tuple[Any, ...], arrived: tuple[Any, ...]) -> tuple[Any, ...]:
    return (arrived[0].clamp(min=0), *passed[1:])


def _nodes(output: Tensor) -> list[Any]:
    """Every operation that the output was made by, once."""
    found: dict[Any, None] = {}
    waiting = [output.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in found:
            continue
        found[node] = None
        waiting += [before for before, _ in node.next_functions]
    return list(found)


def _kind(node: Any) -> str:
    """`ReluBackward0` -> `Relu`; what Python defined keeps its whole name."""
    name = str(node.name()).rpartition("::")[2]
    short = name.rstrip("0123456789")
    return short.removesuffix("Backward") if short != name or short == "AccumulateGrad" else name


def _rectifies(kind: str, node: Any) -> bool:
    """Hardtanh, Threshold and Clamp are rectifiers where their lower bend is at 0."""
    if kind == "Relu":
        return True
    field = {"Hardtanh": "min_val", "Threshold": "threshold"}.get(kind, "min")
    bend = getattr(node, f"_saved_{field}", None)
    return isinstance(bend, int | float) and bend == 0


def _check(nodes: list[tuple[str, Any]], rule: Rule) -> None:
    for kind, node in nodes:
        if _is_known(kind, node):
            continue
        what = "a product with a mask" if kind == "Mul" else f"the operation {node.name()}"
        raise InputError(
            f"the network runs {what}, in which a rectifier could hide, "
            f"so the {rule} rule cannot be exact there",
            expected="rectifiers that torch knows as such: nn.ReLU, F.relu, ReLU6, clamp(min=0)",
            fix="use a method without a rule of its own: saliency, integrated_gradients, grad_cam",
        )


def _is_known(kind: str, node: Any) -> bool:
    if kind in RECTIFIERS:  # a bend just beside 0 is neither a rectifier nor none
        return kind == "Hardtanh" or _rectifies(kind, node)
    if kind == "Mul":
        return not _masks(node)
    return kind in KNOWN or kind in OTHER_ACTIVATIONS or kind in CONVOLUTIONS or kind in SWITCHES


def _masks(node: Any) -> bool:
    """Whether a product is `x * (x > 0)` in one of its spellings."""
    return any(_is_mask(getattr(node, f"_saved_{side}", None)) for side in ("self", "other"))


def _is_mask(factor: Any) -> bool:
    """Booleans, or constants that are all 0 or 1 with both among them."""
    if not isinstance(factor, Tensor) or factor.requires_grad or factor.numel() < 2:
        return False
    if factor.dtype == torch.bool:
        return True
    zeros, ones = factor == 0, factor == 1
    return bool((zeros | ones).all()) and bool(zeros.any()) and bool(ones.any())
