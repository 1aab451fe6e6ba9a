"""Eigen-CAM: the strongest pattern shared by all channels of a layer, for no class in particular.

Paper: Muhammad and Yeasin 2020, Eigen-CAM: class activation map using principal components.

Axes: N batch (1), C channels, H height, W width, K channels of the layer, h and w its own, P its
positions (h * w).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap
from convscope.visuals.attribution.cam import map_heatmap, upsampled
from convscope.visuals.attribution.layers import (
    default_layer_sentence,
    layer_maps,
    shape_text,
)
from convscope.visuals.cost import Cost


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The feature maps projected to their first principal component, without a class.

    map = max(0, A v), v the first right singular vector of A (P, K), signed so that the sum of
    the map is positive. The maps are not centred, as in the paper.

    (1, C, H, W) -> (h, w), the layer's own. One forward pass.

    Args:
        layer: a layer with spatial maps; default: the last one, before pooling.

    Raises:
        InputError: an unknown layer or one without spatial maps, an image that does not fit,
            values that are not finite.
    """
    path, maps_Khw = layer_maps(network, image_NCHW, layer=layer)
    map_hw, share = principal_map(maps_Khw)
    sentences = [
        f"First principal component of the {shape_text(maps_Khw[None])} of {path}: {share:.0%} of "
        "their sum of squares. It belongs to no class."
    ]
    if layer is None:
        sentences.append(default_layer_sentence(path))
    if not bool(map_hw.any()):
        sentences.append("All activations of this layer are 0.")
    label = "projection on the first component"
    return map_heatmap(map_hw, f"Eigen-CAM at {path}", sentences, underlay, label=label)


def cost() -> Cost:
    """One forward pass."""
    return Cost(1)


def attribute(network: nn.Module, image_NCHW: Tensor, *, layer: str | None = None) -> Tensor:
    """The map at the image's size, (1, 1, H, W), by bilinear interpolation."""
    _, maps_Khw = layer_maps(network, image_NCHW, layer=layer)
    return upsampled(principal_map(maps_Khw)[0], image_NCHW)


def principal_map(maps_Khw: Tensor) -> tuple[Tensor, float]:
    """The first principal component, clipped at 0, and its share of the sum of squares."""
    # on the CPU in float64: the sign and the last digits do not depend on the device
    features_PK = maps_Khw.flatten(1).T.to("cpu", torch.float64)
    left_PR, sizes_R, _ = torch.linalg.svd(features_PK, full_matrices=False)
    component_P = left_PR[:, 0] * sizes_R[0]
    if float(component_P.sum()) < 0:
        component_P = -component_P
    total = float(sizes_R.square().sum())
    map_hw = component_P.view(maps_Khw.shape[1:]).clamp(min=0).to(maps_Khw)
    return map_hw, float(sizes_R[0] ** 2) / total if total > 0 else 0.0
