"""Grad-CAM: where in a layer the evidence for a class lies.

Paper: Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks.

Axes: N batch (1), C channels, H height, W width, K channels of the layer, h and w its own.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap
from convscope.visuals.attribution.cam import cam, cam_heatmap, upsampled


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A layer's maps, each weighted by the mean of its gradient.

    map = max(0, sum over k of a[k] A[k]), a[k] = mean over i, j of d score / d A[k, i, j]

    (1, C, H, W) -> (h, w), the layer's own. One pass forward, and one back to the layer.

    Args:
        layer: a layer with maps; without it the last with spatial extent, before pooling.

    Raises:
        InputError: a layer that is not there or has no maps, an image or a class that does not
            fit, numbers that are not finite.
    """
    found, map_hw = cam(network, image_NCHW, weighted=weighted, layer=layer, target=target)
    return cam_heatmap(
        found,
        map_hw,
        title="Grad-CAM",
        layer=layer,
        target=target,
        labels=labels,
        underlay=underlay,
    )


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    layer: str | None = None,
) -> Tensor:
    """The map at the image's size, (1, 1, H, W)."""
    _, map_hw = cam(network, image_NCHW, weighted=weighted, layer=layer, target=target)
    return upsampled(map_hw, image_NCHW)


def weighted(maps_Khw: Tensor, gradient_Khw: Tensor) -> Tensor:
    """The sum over k of a[k] A[k]."""
    return (gradient_Khw.mean((1, 2), keepdim=True) * maps_Khw).sum(0)
