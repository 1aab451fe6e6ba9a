"""Batch normalisation folded into the convolution before it: which pairs, and their weights.

y = gamma (conv(x) + b - mean) / sqrt(var + eps) + beta is a convolution with other weights. The
engines and the exports share this rule. Tensors are arrays of NumPy or tensors of torch.
"""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from convscope.arch.trace import Step, Trace
from convscope.layers import Layer


class Fold(NamedTuple):
    """A convolution and the normalisation that alone reads its output, by their paths.

    Attributes:
        layer: the convolution with a bias.
    """

    conv: str
    norm: str
    layer: Layer
    eps: float


def folds(steps: Trace, kept: Collection[str] = ()) -> tuple[Fold, ...]:
    """Return the pairs that can be folded, in the order in which they run.

    Args:
        kept: paths of convolutions whose outputs are needed, which are not folded.
    """
    readers = Counter(tensor for step in steps.steps for tensor in step.inputs)
    by_output = {step.output: step for step in steps.steps}
    pairs = []
    for step in steps.steps:
        before = by_output.get(step.inputs[0])
        if before is None or before.path in kept or readers[before.output] != 1:
            continue
        fold = _fold(before, step)
        if fold is not None and before.output != steps.output:
            pairs.append(fold)
    return tuple(pairs)


def folded_weights(fold: Fold, tensor: Callable[[str], Any]) -> tuple[Any, Any]:
    """Return weight and bias of the convolution that computes both layers.

    Args:
        tensor: returns a tensor of the state dict in float64, as `conv1.weight`, or None.
    """
    scale_K = 1 / (tensor(f"{fold.norm}.running_var") + fold.eps) ** 0.5
    gamma_K, beta_K = tensor(f"{fold.norm}.weight"), tensor(f"{fold.norm}.bias")
    if gamma_K is not None:
        scale_K = scale_K * gamma_K
    own_K = tensor(f"{fold.conv}.bias")
    mean_K = tensor(f"{fold.norm}.running_mean")
    bias_K = scale_K * (-mean_K if own_K is None else own_K - mean_K)
    if beta_K is not None:
        bias_K = bias_K + beta_K
    return fold.layer.scaled(tensor(f"{fold.conv}.weight"), scale_K), bias_K


def _fold(conv: Step, norm: Step) -> Fold | None:
    if conv.layer is None or norm.layer is None:
        return None
    form, layer = norm.layer.linearity(), conv.layer.with_bias()
    if layer is None or form is None or form.kind != "scale":
        return None
    return Fold(conv.path, norm.path, layer, form.eps)
