"""Grad-CAM++: Grad-CAM for several objects of one class.

Paper: Chattopadhay, Sarkar, Howlader and Balasubramanian 2018, Grad-CAM++, equations 10 and 19.

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
    """Feature maps weighted by position-dependent means of their positive gradients.

    map = max(0, sum over k of a[k] A[k])
    a[k] = sum over i, j of q[k, i, j] max(0, g[k, i, j]), with g = d score / d A
    q = g^2 / (2 g^2 + g^3 * (sum of A[k] over positions)), and 0 where g is 0

    The paper attributes exp(score), whose derivatives are exp(score) times powers of g; the common
    factor exp(score) is dropped, so the map has no unit.

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
        title="Grad-CAM++",
        layer=layer,
        target=target,
        labels=labels,
        underlay=underlay,
    )


def weighting(maps_Khw: Tensor, gradient_Khw: Tensor) -> Tensor:
    """The sum over k of a[k] A[k], in float64: squares and cubes of small gradients underflow."""
    maps, g = maps_Khw.double(), gradient_Khw.double()
    # g^2 is cancelled to avoid dividing by the square of a small number
    below = 2 + g * maps.sum((1, 2), keepdim=True)
    share = (1 / below.where(below != 0, 1)).where((below != 0) & (g != 0), 0)
    weight_K11 = (share * g.clamp(min=0)).sum((1, 2), keepdim=True)
    return (weight_K11 * maps).sum(0).to(maps_Khw.dtype)


attribute = partial(upsampled_cam, weighting=weighting)
"""The map at the image's size, (1, 1, H, W)."""
