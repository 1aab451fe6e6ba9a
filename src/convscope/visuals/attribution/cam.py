"""What class activation maps share: a layer's maps, weighted, added up, and what is below 0 cut.

Axes: N batch (1), H height, W width, K channels of the layer, h and w a layer's own.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.payload import Heatmap
from convscope.visuals.attribution.layers import PICKED, LayerScore, layer_gradient, shape_words
from convscope.visuals.attribution.pictures import whole
from convscope.visuals.attribution.score import class_words, finite

Weighted = Callable[[Tensor, Tensor], Tensor]
"""(maps_Khw, gradient_Khw) -> (h, w), before what is below 0 is cut."""


def cam(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    weighted: Weighted,
    layer: str | None,
    target: int | None,
) -> tuple[LayerScore, Tensor]:
    """The layer's answer and its map (h, w), from one pass forward and one back to the layer."""
    found = layer_gradient(network, image_NCHW, layer=layer, target=target)
    map_hw = weighted(found.maps_KHW, found.gradient_KHW).clamp(min=0)
    return found, finite(map_hw, f"the numbers of {found.layer}")


def upsampled(map_hw: Tensor, like_NCHW: Tensor) -> Tensor:
    """A layer's map at the image's size, (1, 1, H, W): straight lines between its places."""
    size = (like_NCHW.shape[2], like_NCHW.shape[3])
    return F.interpolate(map_hw[None, None], size=size, mode="bilinear", align_corners=False)


def cam_heatmap(
    found: LayerScore,
    map_hw: Tensor,
    *,
    title: str,
    layer: str | None,
    target: int | None,
    labels: tuple[str, ...],
    underlay: NDArray[np.uint8] | None,
) -> Heatmap:
    """The map at the layer's own resolution, with what was picked in its caption."""
    parts = [
        f"Where {found.layer} ({shape_words(found.maps_KHW[None])}) speaks for the class.",
        class_words(found.target, found.value, labels, asked=target),
    ]
    if layer is None:
        parts.append(f"{found.layer} was picked: {PICKED}.")
    if not bool(map_hw.any()):
        parts.append("Nothing in this layer speaks for the class: the map is 0 everywhere.")
    return whole(
        map_hw.to("cpu").float().numpy(),
        title=f"{title} at {found.layer}",
        caption=" ".join(parts),
        label="evidence",
        underlay=underlay,
    )
