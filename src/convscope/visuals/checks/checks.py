"""Whether a map explains anything: deletion, insertion, and the model-randomisation test.

Axes: N batch (1), C channels, H height, W width.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import unknown_name
from convscope.network.hooks import still
from convscope.payload import Curves, Series, Sheet, Table
from convscope.visuals.attribution.pictures import strongest, summed
from convscope.visuals.attribution.score import answered, chosen, class_name, positive, prepared
from convscope.visuals.checks.deletion import RANDOM_ORDERS, Curve, deletion, insertion
from convscope.visuals.checks.randomisation import Likeness, cascade
from convscope.visuals.methods import (
    deconvnet,
    grad_cam,
    grad_cam_pp,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    layer_cam,
    occlusion,
    saliency,
    smooth_grad,
)

MOST_POINTS = 8
TOO_FAITHFUL, TOO_ALIKE = 0.95, 0.5  # rank correlations after the last layer, after all
Floats = NDArray[np.float32]
Attribute = Callable[..., Tensor]


class Method(NamedTuple):
    """An attribution, and how it becomes one number a pixel.

    Attributes:
        attribute: (network, image_NCHW, target=...) -> (1, C, H, W).
        flat: from there to (H, W), larger where more relevant.
        at_layer: whether it works at a layer that can be named.
    """

    attribute: Attribute
    flat: Callable[[Tensor], Floats]
    at_layer: bool = False


def _coarse_occlusion(network: nn.Module, image_NCHW: Tensor, *, target: int) -> Tensor:
    """Squares side by side: a quarter of the places."""
    side = max(1, min(image_NCHW.shape[2:]) // 8)
    return occlusion.attribute(network, image_NCHW, target=target, size=side, stride=side)


# the randomisation test makes the same map many times, so the slow ones take fewer steps here
METHODS: dict[str, Method] = {
    "deconvnet": Method(deconvnet.attribute, strongest),
    "grad_cam": Method(grad_cam.attribute, summed, at_layer=True),
    "grad_cam_pp": Method(grad_cam_pp.attribute, summed, at_layer=True),
    "guided_backprop": Method(guided_backprop.attribute, strongest),
    "guided_grad_cam": Method(guided_grad_cam.attribute, strongest, at_layer=True),
    "integrated_gradients": Method(partial(integrated_gradients.attribute, steps=32), summed),
    "layer_cam": Method(layer_cam.attribute, summed, at_layer=True),
    "occlusion": Method(_coarse_occlusion, summed),
    "saliency": Method(saliency.attribute, strongest),
    "smooth_grad": Method(partial(smooth_grad.attribute, samples=16), strongest),
}


def list_checked() -> list[str]:
    """The methods that can be checked."""
    return list(METHODS)


def check(
    network: nn.Module,
    image_NCHW: Tensor,
    method: str,
    *,
    target: int | None = None,
    layer: str | None = None,
    steps: int = 20,
    seed: int = 0,
    labels: tuple[str, ...] = (),
) -> Sheet:
    """Three curves and a table for one attribution of one image.

    Deletion and insertion (Petsiuk et al. 2018): the class's probability while pixels go, or
    come, in the map's order, beside orders of chance. Randomisation (Adebayo et al. 2018): how
    much the map stays the same while the weights are shuffled from the output to the input.

    Args:
        layer: for the class activation maps; elsewhere it has no meaning.
        steps: points of the deletion and insertion curves.

    Raises:
        InputError: no such method, or one that does not apply to this network or image.
    """
    if method not in METHODS:
        raise unknown_name("attribution", method, METHODS)
    positive(steps, name="steps")
    with still(network), torch.no_grad():
        image = prepared(network, image_NCHW)
        index = chosen(answered(network, image), target)
    relevance = partial(_relevance, METHODS[method], image=image, target=index, layer=layer)
    map_HW = relevance(network)
    removed = deletion(network, image, map_HW, target=index, steps=steps, seed=seed)
    added = insertion(network, image, map_HW, target=index, steps=steps, seed=seed)
    left = cascade(network, relevance, most=MOST_POINTS, seed=seed)
    name = class_name(index, labels)
    return Sheet(
        title=f"checks of {method}",
        caption=f"For {name}. One image says little about a method; it can show that a map is "
        f"no explanation of this network.",
        items=(
            _order_curves(removed, method, f"deletion: probability of {name}", "removed"),
            _order_curves(added, method, f"insertion: probability of {name}", "shown"),
            _cascade_curves(left, method),
            _table(removed, added, left, method),
        ),
        columns=2,
    )


def _relevance(
    method: Method, network: nn.Module, *, image: Tensor, target: int, layer: str | None
) -> Floats:
    at: dict[str, str | None] = {"layer": layer} if method.at_layer else {}
    return method.flat(method.attribute(network, image, target=target, **at))


def _order_curves(curve: Curve, method: str, title: str, done: str) -> Curves:
    shares = tuple(curve.shares_S.tolist())
    return Curves(
        title=title,
        caption=f"Area {curve.area:.3f} in the map's order, {curve.area_by_chance:.3f} in the "
        f"mean of {RANDOM_ORDERS} random orders. Pixels go in small squares.",
        x_label=f"share of the pixels {done}",
        y_label="probability",
        series=(
            Series(name=method, x=shares, y=tuple(curve.by_map_S.tolist())),
            Series(name="random order", x=shares, y=tuple(curve.by_chance_S.tolist())),
        ),
    )


def _cascade_curves(left: list[Likeness], method: str) -> Curves:
    x = (0.0, *(float(point.num_layers) for point in left))
    return Curves(
        title=f"randomisation: what is left of {method}",
        caption=f"Likeness to the map of the trained network while layers are shuffled, the last "
        f"one first, down to {left[-1].path}. A map of what was learned falls.",
        x_label="layers shuffled, from the output",
        y_label="likeness",
        series=(
            Series(
                name="rank correlation", x=x, y=(1.0, *(point.rank_correlation for point in left))
            ),
            Series(name="SSIM", x=x, y=(1.0, *(point.similarity for point in left))),
        ),
    )


def _table(removed: Curve, added: Curve, left: list[Likeness], method: str) -> Table:
    first, last = left[0], left[-1]
    return Table(
        title="measures",
        caption=_verdict(removed, added, first, last),
        columns=("measure", method, "by chance", "good"),
        rows=(
            ("deletion, area", removed.area, removed.area_by_chance, "low"),
            ("insertion, area", added.area, added.area_by_chance, "high"),
            ("rank correlation, last layer shuffled", first.rank_correlation, 0.0, "below 1"),
            ("rank correlation, all layers shuffled", last.rank_correlation, 0.0, "near 0"),
            ("SSIM, all layers shuffled", last.similarity, None, "low"),
        ),
    )


def _verdict(removed: Curve, added: Curve, first: Likeness, last: Likeness) -> str:
    """What the numbers say, in words."""
    parts = []
    if removed.area >= removed.area_by_chance:
        parts.append("Deletion is no faster than chance.")
    if added.area <= added.area_by_chance:
        parts.append("Insertion is no faster than chance.")
    if first.rank_correlation is not None and first.rank_correlation > TOO_FAITHFUL:
        parts.append("With the last layer shuffled the map is the same: it shows no class.")
    if last.rank_correlation is not None and last.rank_correlation > TOO_ALIKE:
        parts.append("The map stays much the same without what was learned: it shows the image.")
    return " ".join(parts) or "The map passes: faster than chance, and gone with the weights."
