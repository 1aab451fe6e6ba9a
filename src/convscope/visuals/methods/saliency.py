"""Saliency: how much a class's score changes with each pixel.

Paper: Simonyan, Vedaldi and Zisserman 2014, Deep inside convolutional networks.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap
from convscope.visuals.attribution.pictures import magnitudes, strongest
from convscope.visuals.attribution.score import class_words, score_gradient


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The gradient of the score, its largest magnitude among a pixel's channels.

    map[i, j] = max over c of |d score / d x[c, i, j]|

    (1, C, H, W) -> (H, W). One pass forward and one back.

    Raises:
        InputError: an image or a class that does not fit, numbers that are not finite.
    """
    score = score_gradient(network, image_NCHW, target=target)
    said = class_words(score.target, score.value, labels, asked=target)
    return magnitudes(
        strongest(score.gradient_NCHW),
        title="saliency",
        caption=f"How much the score changes with a pixel, up or down. {said}",
        label="|gradient|",
        underlay=underlay,
    )


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The gradient itself, with its signs: (1, C, H, W)."""
    return score_gradient(network, image_NCHW, target=target).gradient_NCHW
