"""Grad-CAM: regions of a layer that support a class.

Paper: Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks.

Axes: N batch (1), C channels, H height, W width, K channels of the layer, h and w its own.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.payload import Heatmap
from convscope.visuals.attribution.cam import cam_heatmap, upsampled_cam


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """Feature maps weighted by the mean of their gradients, summed, and clipped at 0.

    map = max(0, sum over k of a[k] A[k]), a[k] = mean over i, j of d score / d A[k, i, j]

    (1, C, H, W) -> (h, w), the layer's own. One forward pass, and one backward pass to the layer.

    Args:
        layer: a layer with spatial maps; default: the last one, before pooling.

    Raises:
        InputError: an unknown layer or one without spatial maps, an image or class that does not
            fit, values that are not finite.
    """
    return cam_heatmap(
        network,
        image_NCHW,
        weighting=weighting,
        title="Grad-CAM",
        layer=layer,
        target=target,
        labels=labels,
        underlay=underlay,
    )


def weighting(maps_Khw: Tensor, gradient_Khw: Tensor) -> Tensor:
    """The sum over k of a[k] A[k]."""
    return (gradient_Khw.mean((1, 2), keepdim=True) * maps_Khw).sum(0)


attribute = partial(upsampled_cam, weighting=weighting)
"""The map at the image's size, (1, 1, H, W)."""
