"""LayerCAM: class activation maps from any layer, early ones included.

Paper: Jiang, Zhang, Hou, Cheng and Wei 2021, LayerCAM, equations 5 to 7.

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
    """Feature maps weighted at each position by the positive part of the gradient there.

    map = max(0, sum over k of max(0, d score / d A[k]) * A[k])

    Sharper than Grad-CAM in early layers, because each position has its own weight.

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
        title="LayerCAM",
        layer=layer,
        target=target,
        labels=labels,
        underlay=underlay,
    )


def weighting(maps_Khw: Tensor, gradient_Khw: Tensor) -> Tensor:
    """The sum over k of max(0, g[k]) A[k]."""
    return (gradient_Khw.clamp(min=0) * maps_Khw).sum(0)


attribute = partial(upsampled_cam, weighting=weighting)
"""The map at the image's size, (1, 1, H, W)."""
