"""Guided Grad-CAM: guided backpropagation multiplied by Grad-CAM.

Paper: Selvaraju et al. 2017, Grad-CAM, section 3.2.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.attribution.cam import cam, upsampled
from convscope.visuals.attribution.layers import default_layer_sentence
from convscope.visuals.attribution.maps import pixel_space_image
from convscope.visuals.attribution.score import score_sentence
from convscope.visuals.cost import Cost
from convscope.visuals.methods.prediction.grad_cam import weighting
from convscope.visuals.methods.prediction.guided_backprop import guided, other_activations_sentence


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> ImageGrid | Heatmap:
    """The product of guided backpropagation and Grad-CAM, element by element.

    Grad-CAM is upsampled to the image's size by bilinear interpolation.

    (1, C, H, W) -> (1, C, H, W) as an image. Two forward and backward passes, one per method.

    Raises:
        InputError: as `grad_cam` and `guided_backprop`.
    """
    score = guided(network, image_NCHW, target=target)
    cam_score, map_hw = cam(
        network, image_NCHW, weighting=weighting, layer=layer, target=score.target
    )
    default = f" {default_layer_sentence(cam_score.layer)}" if layer is None else ""
    return pixel_space_image(
        score.gradient_NCHW * upsampled(map_hw, image_NCHW),
        underlay,
        title=f"Guided Grad-CAM at {cam_score.layer}",
        caption="Guided gradient of the score in the regions that support the class. "
        + score_sentence(score.target, score.value, labels, requested=target)
        + default
        + other_activations_sentence(score.operations),
        label="signal",
    )


def cost() -> Cost:
    """Both passes, once for each of the two methods."""
    return Cost(2, 2)


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    layer: str | None = None,
) -> Tensor:
    """The product, (1, C, H, W)."""
    score = guided(network, image_NCHW, target=target)
    _, map_hw = cam(network, image_NCHW, weighting=weighting, layer=layer, target=score.target)
    return score.gradient_NCHW * upsampled(map_hw, image_NCHW)
