"""Backward rules of ReLU: plain gradient, deconvnet and guided backpropagation.

R is the signal from the layer above, f the input of the ReLU in the forward pass:

    plain      R * [f > 0]              the gradient
    deconvnet  R * [R > 0]              Zeiler and Fergus 2013, section 2.1
    guided     R * [f > 0] * [R > 0]    Springenberg et al. 2014

"ReLU" includes ReLU6 (where [f > 0] becomes [0 < f < 6]), clamp(min=0) and a threshold at 0. All
other operations use their gradient: convolutions the transposed filters, max pooling the
position of each maximum (the sum where windows overlap), normalisation its derivative.

The rules are attached to autograd's graph, not to modules. A ReLU is therefore counted each time
it ran, in place or not, as a module or as a function. An unknown operation, which could contain a
ReLU, is refused.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from convscope.errors import InputError

Rule = Literal["plain", "deconvnet", "guided"]

RELUS = ("Relu", "Hardtanh", "Threshold", "Clamp", "ClampMin")
CONVOLUTIONS = ("Convolution", "MkldnnConvolution", "CudnnConvolution", "Im2Col")
MAX_POOLINGS = ("MaxPool2DWithIndices", "AdaptiveMaxPool2D", "MkldnnMaxPool2D", "Max", "Amax")
_OTHER_ACTIVATIONS = """
Tanh Sigmoid LogSigmoid Softmax LogSoftmax Softplus Gelu Silu Mish Elu Celu LeakyRelu PreluKernel
Hardswish Hardsigmoid Glu Erf
"""
# operations that use their derivative and contain no ReLU
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


class Operations(NamedTuple):
    """Operations between an output and the image.

    Attributes:
        relus, convolutions, max_poolings: how often each ran.
        other_activations: names of the activation functions that are not ReLUs; they keep their
            derivative.
    """

    relus: int
    convolutions: int
    max_poolings: int
    other_activations: tuple[str, ...]


@contextmanager
def backward_rule(output: Tensor, rule: Rule) -> Iterator[Operations]:
    """Apply a rule to the ReLUs below `output` for backward passes inside the context.

        with backward_rule(logits_NK, "guided") as operations:
            torch.autograd.grad(logits_NK[:, 3].sum(), image_NCHW)

    Raises:
        InputError: an operation between the output and the image could contain a ReLU.
    """
    nodes = [(node_kind(node), node) for node in _nodes(output)]
    relus = [node for kind, node in nodes if kind in RELUS and is_relu(kind, node)]
    others = {kind for kind, _ in nodes if kind in OTHER_ACTIVATIONS}
    hardtanhs = {kind for kind, node in nodes if kind == "Hardtanh" and not is_relu(kind, node)}
    operations = Operations(
        len(relus),
        sum(kind in CONVOLUTIONS for kind, _ in nodes),
        sum(kind in MAX_POOLINGS for kind, _ in nodes),
        tuple(sorted(NAMES.get(kind, kind) for kind in others | hardtanhs)),
    )
    with ExitStack() as hooks:
        if rule != "plain":
            _check(nodes, rule)
            hook = {"guided": _guided, "deconvnet": _deconvnet}[rule]
            for node in relus:
                hooks.enter_context(node.register_hook(hook))
        yield operations


def _guided(gradients: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradient already contains [f > 0], and its sign is that of R."""
    return (gradients[0].clamp(min=0), *gradients[1:])


def _deconvnet(gradients: tuple[Any, ...], signals: tuple[Any, ...]) -> tuple[Any, ...]:
    return (signals[0].clamp(min=0), *gradients[1:])


def _nodes(output: Tensor) -> list[Any]:
    """All nodes of the autograd graph below the output, each once."""
    nodes: dict[Any, None] = {}
    waiting = [output.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in nodes:
            continue
        nodes[node] = None
        waiting += [before for before, _ in node.next_functions]
    return list(nodes)


def node_kind(node: Any) -> str:
    """`ReluBackward0` -> `Relu`; a function defined in Python keeps its whole name."""
    name = str(node.name()).rpartition("::")[2]
    short = name.rstrip("0123456789")
    return short.removesuffix("Backward") if short != name or short == "AccumulateGrad" else name


def is_relu(kind: str, node: Any) -> bool:
    """Hardtanh, Threshold and Clamp are ReLUs where their lower bound is 0."""
    if kind == "Relu":
        return True
    field = {"Hardtanh": "min_val", "Threshold": "threshold"}.get(kind, "min")
    bound = getattr(node, f"_saved_{field}", None)
    return isinstance(bound, int | float) and bound == 0


def _check(nodes: list[tuple[str, Any]], rule: Rule) -> None:
    for kind, node in nodes:
        if _is_known(kind, node):
            continue
        operation = "a product with a mask" if kind == "Mul" else f"the operation {node.name()}"
        raise InputError(
            f"the network contains {operation}, which could hide a ReLU; "
            f"the {rule} rule would not be exact there",
            expected="ReLUs that autograd can identify: nn.ReLU, F.relu, ReLU6, clamp(min=0)",
            fix="use a method without a rule for ReLUs: saliency, integrated_gradients, grad_cam",
        )


def _is_known(kind: str, node: Any) -> bool:
    if kind in RELUS:  # a lower bound near 0 but not at 0 is ambiguous
        return kind == "Hardtanh" or is_relu(kind, node)
    if kind == "Mul":
        return not _masks(node)
    known = kind in KNOWN or kind in OTHER_ACTIVATIONS
    return known or kind in CONVOLUTIONS or kind in MAX_POOLINGS


def _masks(node: Any) -> bool:
    """Return whether a product has the form `x * (x > 0)`."""
    return any(_is_mask(getattr(node, f"_saved_{side}", None)) for side in ("self", "other"))


def _is_mask(factor: Any) -> bool:
    """Return whether a factor is boolean, or a constant of zeros and ones with both present."""
    if not isinstance(factor, Tensor) or factor.requires_grad or factor.numel() < 2:
        return False
    if factor.dtype == torch.bool:
        return True
    zeros, ones = factor == 0, factor == 1
    return bool((zeros | ones).all()) and bool(zeros.any()) and bool(ones.any())
