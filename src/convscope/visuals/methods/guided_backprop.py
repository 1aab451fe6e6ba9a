"""Guided backpropagation: the gradient without what speaks against, at every rectifier.

Paper: Springenberg, Dosovitskiy, Brox and Riedmiller 2014, Striving for simplicity, section 3.4.

Axes: N batch (1), C channels, H height, W width.
"""

from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.backward_rules import Passed
from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.attribution.pictures import reconstruction
from convscope.visuals.attribution.score import Score, class_words, score_gradient


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    labels: tuple[str, ...] = (),
) -> ImageGrid | Heatmap:
    """The signal of a class's score, in the space of pixels.

    At each rectifier the signal R from above passes where both it and the number f that came in
    are above 0: R * [f > 0] * [R > 0]. For ReLU6, where 0 < f < 6.

    (1, C, H, W) -> (1, C, H, W) as a picture. One pass forward and one back. The picture says
    little about the class (Adebayo et al. 2018): it shows edges that the network uses at all.

    Raises:
        InputError: an image or a class that does not fit, a network without rectifiers, or one
            whose rectifiers cannot be told.
    """
    score = guided(network, image_NCHW, target=target)
    said = class_words(score.target, score.value, labels, asked=target)
    return reconstruction(
        score.gradient_NCHW,
        title="guided backpropagation",
        caption=f"What raises the score, signals below 0 left out at "
        f"{score.passed.rectifiers} rectifiers. {said}{others_words(score.passed)}",
        label="signal",
    )


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The signal at the pixels: (1, C, H, W)."""
    return guided(network, image_NCHW, target=target).gradient_NCHW


def guided(network: nn.Module, image_NCHW: Tensor, *, target: int | None) -> Score:
    """The guided signal of a class's score.

    Raises:
        InputError: no rectifier ran, so there is nothing to guide.
    """
    score = score_gradient(network, image_NCHW, target=target, rule="guided")
    if score.passed.rectifiers:
        return score
    has = f", only {', '.join(score.passed.others)}" if score.passed.others else ""
    raise InputError(
        f"guided backpropagation is made for ReLU, and this network has none{has}",
        expected="a network with rectifiers",
        fix="use saliency: without rectifiers the two are the same",
    )


def others_words(passed: Passed) -> str:
    """A caption's sentence about activations that no rule is made for."""
    if not passed.others:
        return ""
    return f" {', '.join(passed.others)} kept the ordinary derivative."
