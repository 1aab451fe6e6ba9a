"""Saliency: sensitivity of a class score to each pixel.

Paper: Simonyan, Vedaldi and Zisserman 2014, Deep inside convolutional networks.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap
from convscope.visuals.attribution.maps import (
    attribution_heatmap,
    channel_maximum,
    magnitude_scale,
)
from convscope.visuals.attribution.score import score_gradient, score_sentence


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The gradient of the score, its largest magnitude over the channels.

    map[i, j] = max over c of |d score / d x[c, i, j]|

    (1, C, H, W) -> (H, W). One forward and one backward pass.

    Raises:
        InputError: an image or class that does not fit, values that are not finite.
    """
    score = score_gradient(network, image_NCHW, target=target)
    sentence = score_sentence(score.target, score.value, labels, requested=target)
    values_HW = channel_maximum(score.gradient_NCHW)
    scale = magnitude_scale(values_HW, label="|gradient|")
    caption = f"Magnitude of the gradient of the score at each pixel. {sentence}"
    return attribution_heatmap(values_HW, scale, underlay, title="Saliency", caption=caption)


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The signed gradient, (1, C, H, W)."""
    return score_gradient(network, image_NCHW, target=target).gradient_NCHW
