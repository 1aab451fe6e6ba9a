"""Layer-wise relevance propagation: the score shared out among the pixels, layer by layer.

Papers: Bach et al. 2015, On pixel-wise explanations for non-linear classifier decisions;
Montavon, Binder, Lapuschkin, Samek and Müller 2019, Layer-wise relevance propagation: an overview.

Axes: N batch (1), C channels, H height, W width.
"""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.network.relevance import (
    Pass,
    Rules,
    first_inputs,
    relevance_rules,
    signal_graph,
)
from convscope.payload import Heatmap
from convscope.visuals.arguments import NotNegative
from convscope.visuals.attribution.maps import (
    attribution_heatmap,
    channel_sum,
    signed_scale,
)
from convscope.visuals.attribution.score import gradients_of, score_sentence, target_class
from convscope.visuals.cost import Cost
from convscope.visuals.forward import compute_logits, finite, prepared_image, run
from convscope.visuals.images import Preprocessing, normalisation

GAMMA, EPSILON = 0.25, 1e-6
Pixels = Literal["box", "layer"]
"""Rule of the layers that read the image: for bounded pixels, or that of every other layer."""


class Relevance(NamedTuple):
    """The class, its score, the relevance of each input number, and the rule of the pixels."""

    target: int
    value: float
    relevance_NCHW: Tensor
    is_boxed: bool


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    gamma: NotNegative = GAMMA,
    epsilon: NotNegative = EPSILON,
    pixels: Pixels = "box",
    labels: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The relevance of each pixel for a class: the gamma, epsilon and box rules.

    R[i] = sum over j of c[i, j] / (sum over i of c[i, j]) * R[j], from the score to the pixels,
    c[i, j] the contribution of number i to number j of the next layer (`network/relevance.py`).

    (1, C, H, W) -> (H, W), the sum over the channels. About three forward and backward passes.

    Args:
        gamma: how much more contributions of the output's sign count in convolutions; 0 is the
            epsilon rule everywhere.
        epsilon: added to the denominators.
        pixels: "box": pixels lie between black and white; "layer": the rule of other layers.

    Raises:
        InputError: an image, class or setting that does not fit, or an operation without a rule.
    """
    result = propagated(
        network,
        image_NCHW,
        target=target,
        rules=Rules(gamma, epsilon),
        pixels=pixels,
        preprocessing=preprocessing,
    )
    values_HW = channel_sum(result.relevance_NCHW)
    total = float(values_HW.sum(dtype=np.float64))
    sentences = [
        "Relevance of each pixel: red supports the class, blue opposes it.",
        f"Gamma rule ({gamma:g}) in convolutions." if gamma > 0 else "Epsilon rule in all layers.",
        "Box rule at the pixels." if result.is_boxed else "",
        score_sentence(result.target, result.value, labels, requested=target),
        f"The relevance of all pixels adds up to {total:.4g}; the rest is that of biases.",
    ]
    caption = " ".join(sentence for sentence in sentences if sentence)
    scale = signed_scale(values_HW, label="relevance")
    return attribution_heatmap(
        values_HW, scale, underlay, title="Layer-wise relevance propagation", caption=caption
    )


def cost() -> Cost:
    """The layers run once for black, once for white, and about twice under the rules."""
    return Cost(4, 4)


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The relevance with the default rules, (1, C, H, W)."""
    rules = Rules(GAMMA, EPSILON)
    result = propagated(network, image_NCHW, target=target, rules=rules, pixels="box")
    return result.relevance_NCHW


def propagated(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None,
    rules: Rules,
    pixels: Pixels,
    preprocessing: Preprocessing | None = None,
) -> Relevance:
    """The relevance of each input number for a class.

    Raises:
        InputError: as `compute`.
    """
    for name, value in rules._asdict().items():
        if not 0 <= value < 1e6:
            raise InputError(f"{name}={value:g}", expected="a number, at least 0", where=name)
    with frozen(network):
        leaf = prepared_image(network, image_NCHW).requires_grad_()
        ends = [end.requires_grad_() for end in _bounds(leaf.detach(), preprocessing)]
        state = Pass(rules, _boxes(network, ends) if pixels == "box" else {})
        with relevance_rules(network, state):
            logits_NK = compute_logits(network, leaf)
        index = target_class(logits_NK, target)
        with signal_graph(logits_NK):
            inputs = [leaf, *ends] if state.boxes else [leaf]
            gradients = gradients_of(logits_NK[0, index], inputs)
        parts = [
            (input * gradient).detach()
            for input, gradient in zip(inputs, gradients, strict=True)
            if gradient is not None
        ]
        if not parts:
            raise InputError("no relevance reaches the image: the score does not depend on it")
        relevance = finite(torch.stack(parts).sum(0), "the relevances")
    return Relevance(index, float(logits_NK[0, index].detach()), relevance, bool(state.boxes))


def _boxes(network: nn.Module, ends: list[Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """The inputs of the first layers for the lowest and the highest image."""
    seen = []
    for end in ends:
        with first_inputs(network) as inputs:
            run(network, end)
        seen.append(inputs)
    low, high = seen
    return {
        path: (inputs[0], high[path][0])
        for path, inputs in low.items()
        if len(inputs) == len(high.get(path, ())) == 1
    }


def _bounds(image: Tensor, preprocessing: Preprocessing | None) -> tuple[Tensor, Tensor]:
    """The network's input for black and for white, and for the image's range where it is larger."""
    low = image.amin((2, 3), keepdim=True)
    high = image.amax((2, 3), keepdim=True)
    scaling = normalisation(preprocessing)
    if scaling is not None:
        shift, scale = (each.to(image) for each in (scaling.shift_CHW, scaling.scale_CHW))
        black, white = shift[None], 255 * scale[None] + shift[None]
        low, high = torch.minimum(low, black), torch.maximum(high, white)
    return low.expand_as(image).clone(), high.expand_as(image).clone()
