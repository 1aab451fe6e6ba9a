"""Class activation maps: a layer's feature maps, weighted, summed, and clipped at 0.

Axes: N batch (1), H height, W width, K channels of the layer, h and w a layer's own.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.payload import Heatmap
from convscope.visuals.attribution.layers import (
    LayerScore,
    default_layer_sentence,
    layer_gradient,
    shape_text,
)
from convscope.visuals.attribution.maps import full_scale
from convscope.visuals.attribution.score import score_sentence
from convscope.visuals.forward import finite

Weighting = Callable[[Tensor, Tensor], Tensor]
"""(maps_Khw, gradient_Khw) -> (h, w), before negative values are set to 0."""


def cam(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    weighting: Weighting,
    layer: str | None,
    target: int | None,
) -> tuple[LayerScore, Tensor]:
    """The layer's score and map (h, w): one forward pass, one backward pass to the layer."""
    score = layer_gradient(network, image_NCHW, layer=layer, target=target)
    map_hw = weighting(score.maps_KHW, score.gradient_KHW).clamp(min=0)
    return score, finite(map_hw, f"the activations of {score.layer}")


def upsampled_cam(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    weighting: Weighting,
    layer: str | None = None,
    target: int | None = None,
) -> Tensor:
    """The layer's map at the image's size, (1, 1, H, W), by bilinear interpolation."""
    _, map_hw = cam(network, image_NCHW, weighting=weighting, layer=layer, target=target)
    return upsampled(map_hw, image_NCHW)


def upsampled(map_hw: Tensor, like_NCHW: Tensor) -> Tensor:
    """A layer's map at the image's size, (1, 1, H, W), by bilinear interpolation."""
    size = (like_NCHW.shape[2], like_NCHW.shape[3])
    return F.interpolate(map_hw[None, None], size=size, mode="bilinear", align_corners=False)


def cam_heatmap(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    weighting: Weighting,
    title: str,
    layer: str | None,
    target: int | None,
    labels: tuple[str, ...],
    underlay: NDArray[np.uint8] | None,
) -> Heatmap:
    """The map at the layer's own resolution; the caption names defaults."""
    score, map_hw = cam(network, image_NCHW, weighting=weighting, layer=layer, target=target)
    sentences = [
        f"Regions of {score.layer} ({shape_text(score.maps_KHW[None])}) that support the class.",
        score_sentence(score.target, score.value, labels, requested=target),
    ]
    if layer is None:
        sentences.append(default_layer_sentence(score.layer))
    if not bool(map_hw.any()):
        sentences.append("No region of this layer supports the class: the map is 0 everywhere.")
    label = "evidence for the class"
    return map_heatmap(map_hw, f"{title} at {score.layer}", sentences, underlay, label=label)


def map_heatmap(
    map_hw: Tensor,
    title: str,
    sentences: list[str],
    underlay: NDArray[np.uint8] | None,
    *,
    label: str,
) -> Heatmap:
    """A class activation map at the layer's own resolution as a heatmap over the image."""
    values_hw = map_hw.to("cpu").float().numpy()
    return Heatmap(
        title=title,
        caption=" ".join(sentences),
        values=values_hw,
        scale=full_scale(values_hw, label=label),
        underlay=underlay,
    )
