"""Guided backpropagation: gradient with negative signals set to zero at every ReLU.

Paper: Springenberg, Dosovitskiy, Brox and Riedmiller 2014, Striving for simplicity, section 3.4.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.backward_rules import Operations
from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.attribution.maps import pixel_space_image
from convscope.visuals.attribution.score import Score, score_gradient, score_sentence


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> ImageGrid | Heatmap:
    """The guided gradient of a class's score at the pixels.

    At each ReLU with input f the signal R from above becomes R * [f > 0] * [R > 0]; at a ReLU6
    R * [0 < f < 6] * [R > 0].

    (1, C, H, W) -> (1, C, H, W) as an image. One forward and one backward pass. The result
    depends little on the class (Adebayo et al. 2018) and shows mostly edges.

    Raises:
        InputError: an image or class that does not fit, a network without ReLUs, or an operation
            that could contain a ReLU.
    """
    score = guided(network, image_NCHW, target=target)
    sentence = score_sentence(score.target, score.value, labels, requested=target)
    return pixel_space_image(
        score.gradient_NCHW,
        underlay,
        title="Guided backpropagation",
        caption=f"Gradient of the score, negative gradients set to zero at "
        f"{score.operations.relus} ReLUs. {sentence}{other_activations_sentence(score.operations)}",
        label="signal",
    )


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The guided gradient, (1, C, H, W)."""
    return guided(network, image_NCHW, target=target).gradient_NCHW


def guided(network: nn.Module, image_NCHW: Tensor, *, target: int | None) -> Score:
    """The guided gradient of a class's score.

    Raises:
        InputError: the network has no ReLU.
    """
    score = score_gradient(network, image_NCHW, target=target, rule="guided")
    if score.operations.relus:
        return score
    others = ", ".join(score.operations.other_activations)
    has = f", only {others}" if others else ""
    raise InputError(
        f"guided backpropagation needs ReLUs; this network has none{has}",
        expected="a network with ReLUs",
        fix="use saliency: without ReLUs the two are equal",
    )


def other_activations_sentence(operations: Operations) -> str:
    """A sentence for captions about activation functions that the rule does not cover."""
    if not operations.other_activations:
        return ""
    return f" Ordinary gradient at {', '.join(operations.other_activations)}."
