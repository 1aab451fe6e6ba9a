"""Guided Grad-CAM: the fine lines of guided backpropagation, where Grad-CAM sees the class.

Paper: Selvaraju et al. 2017, Grad-CAM, section 3.2.

Axes: N batch (1), C channels, H height, W width.
"""

from torch import Tensor, nn

from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.attribution.cam import cam, upsampled
from convscope.visuals.attribution.layers import PICKED
from convscope.visuals.attribution.pictures import reconstruction
from convscope.visuals.attribution.score import class_words
from convscope.visuals.methods.grad_cam import weighted
from convscope.visuals.methods.guided_backprop import guided, others_words


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    labels: tuple[str, ...] = (),
) -> ImageGrid | Heatmap:
    """The product of guided backpropagation and Grad-CAM, number by number.

    Grad-CAM is brought to the image's size by straight lines between its places.

    (1, C, H, W) -> (1, C, H, W) as a picture. Two passes forward and back: one with each rule.

    Raises:
        InputError: as `grad_cam` and `guided_backprop`.
    """
    score = guided(network, image_NCHW, target=target)
    found, map_hw = cam(network, image_NCHW, weighted=weighted, layer=layer, target=score.target)
    picked = f" {found.layer} was picked: {PICKED}." if layer is None else ""
    return reconstruction(
        score.gradient_NCHW * upsampled(map_hw, image_NCHW),
        title=f"guided Grad-CAM at {found.layer}",
        caption="What raises the score, where the layer sees the class. "
        + class_words(score.target, score.value, labels, asked=target)
        + picked
        + others_words(score.passed),
        label="signal",
    )


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    layer: str | None = None,
) -> Tensor:
    """The product, (1, C, H, W)."""
    score = guided(network, image_NCHW, target=target)
    _, map_hw = cam(network, image_NCHW, weighted=weighted, layer=layer, target=score.target)
    return score.gradient_NCHW * upsampled(map_hw, image_NCHW)
