"""LayerCAM: class activation maps from any layer, the early ones too.

Paper: Jiang, Zhang, Hou, Cheng and Wei 2021, LayerCAM, equations 5 to 7.

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
    """A layer's maps, each place weighted by its own gradient where that is above 0.

    map = max(0, sum over k of max(0, d score / d A[k]) * A[k])

    Sharper than Grad-CAM in early layers, as each place has a weight of its own.

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
        title="LayerCAM",
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
    """The sum over k of max(0, g[k]) A[k]."""
    return (gradient_Khw.clamp(min=0) * maps_Khw).sum(0)
