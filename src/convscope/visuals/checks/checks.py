"""Checks of an attribution: deletion, insertion, and the model-randomisation test.

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
from convscope.network.hooks import frozen
from convscope.payload import Curves, Series, Sheet, Table
from convscope.visuals.arguments import checked_positive
from convscope.visuals.attribution.maps import channel_maximum, channel_sum
from convscope.visuals.attribution.score import class_name, target_class
from convscope.visuals.checks.deletion import NUM_RANDOM_ORDERS, Curve, blurred, order_curve
from convscope.visuals.checks.randomisation import Similarity, cascade
from convscope.visuals.cost import (
    ONE_PASS,
    Cost,
    Number,
    Setting,
    announce_passes,
    within_budget,
)
from convscope.visuals.forward import compute_logits, prepared_image
from convscope.visuals.methods.prediction import (
    eigen_cam,
    grad_cam,
    grad_cam_pp,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    layer_cam,
    lrp,
    occlusion,
    saliency,
    score_cam,
    smooth_grad,
)
from convscope.visuals.methods.units import deconvnet

POINTS = Setting("steps", full=20, least=5, noun="points")
MAPS = Setting("maps", full=8, least=2)
NO_BUDGET = " ".join(["--budget", "none"])
# rank correlations above which a map is reported: last layer shuffled, all layers shuffled
LAST_LAYER_LIMIT, ALL_LAYERS_LIMIT = 0.95, 0.5
Floats = NDArray[np.float32]
Attribute = Callable[..., Tensor]


class Method(NamedTuple):
    """An attribution method, and its reduction to one value per pixel.

    Attributes:
        attribute: (network, image_NCHW, target=...) -> (1, C, H, W).
        reduce: from there to (H, W), larger where more relevant.
        takes_layer, takes_class: whether `attribute` takes a layer, and a class.
        passes: of `attribute`; of occlusion about as many as it has positions.
    """

    attribute: Attribute
    reduce: Callable[[Tensor], Floats]
    takes_layer: bool = False
    takes_class: bool = True
    passes: Cost = ONE_PASS


def _coarse_occlusion(network: nn.Module, image_NCHW: Tensor, *, target: int) -> Tensor:
    """Occlusion by adjacent squares: a quarter of the default positions."""
    side = max(1, min(image_NCHW.shape[2:]) // 8)
    return occlusion.attribute(network, image_NCHW, target=target, size=side, stride=side)


# the randomisation test computes each map many times, so the slow methods take fewer steps
METHODS: dict[str, Method] = {
    "deconvnet": Method(deconvnet.attribute, channel_maximum),
    "eigen_cam": Method(eigen_cam.attribute, channel_sum, takes_layer=True, takes_class=False),
    "grad_cam": Method(grad_cam.attribute, channel_sum, takes_layer=True),
    "grad_cam_pp": Method(grad_cam_pp.attribute, channel_sum, takes_layer=True),
    "guided_backprop": Method(guided_backprop.attribute, channel_maximum),
    "guided_grad_cam": Method(guided_grad_cam.attribute, channel_maximum, takes_layer=True),
    "integrated_gradients": Method(
        partial(integrated_gradients.attribute, steps=32), channel_sum, passes=Cost(34, 32)
    ),
    "layer_cam": Method(layer_cam.attribute, channel_sum, takes_layer=True),
    "lrp": Method(lrp.attribute, channel_sum),
    "occlusion": Method(_coarse_occlusion, channel_sum, passes=Cost(65)),
    "saliency": Method(saliency.attribute, channel_maximum),
    "score_cam": Method(
        partial(score_cam.attribute, max_channels=32),
        channel_sum,
        takes_layer=True,
        passes=Cost(33),
    ),
    "smooth_grad": Method(
        partial(smooth_grad.attribute, samples=16), channel_maximum, passes=Cost(17, 16)
    ),
}


def list_checked() -> list[str]:
    """The names of the methods that can be checked."""
    return list(METHODS)


def check(
    network: nn.Module,
    image_NCHW: Tensor,
    method: str,
    *,
    target: int | None = None,
    layer: str | None = None,
    steps: int | None = None,
    seed: int = 0,
    labels: tuple[str, ...] = (),
) -> Sheet:
    """Three curves and a table on one attribution of one image.

    Deletion and insertion (Petsiuk et al. 2018): the class's probability while pixels are removed
    or added in the map's order, compared with random orders. Randomisation (Adebayo et al. 2018):
    similarity of the map while the weights are shuffled from the output to the input.

    Args:
        layer: for class activation maps; other methods ignore it.
        steps: points of the deletion and insertion curves; default: 20, fewer for large networks.

    Raises:
        InputError: an unknown method, or one that does not apply to this network or image.
    """
    if method not in METHODS:
        raise unknown_name("attribution", method, METHODS)
    if steps is not None:
        checked_positive(steps, name="steps")
    with frozen(network), torch.no_grad():
        image = prepared_image(network, image_NCHW)
        index = target_class(compute_logits(network, image), target)
    numbers = _numbers(network, image, METHODS[method].passes, steps)
    num_steps, num_maps = (number.value for number in numbers)
    curve_images = 2 * (1 + NUM_RANDOM_ORDERS) * (num_steps + 1)
    passes = METHODS[method].passes
    announce_passes(
        method,
        network,
        image,
        Cost(curve_images + (2 + num_maps) * passes.forward, (2 + num_maps) * passes.backward),
    )
    relevance = partial(_relevance, METHODS[method], image=image, target=index, layer=layer)
    map_HW = relevance(network)
    curve = partial(
        order_curve, network, relevance_HW=map_HW, target=index, steps=num_steps, seed=seed
    )
    removed = curve(image, torch.zeros_like(image))
    added = curve(blurred(image), image)
    similarities = cascade(network, relevance, most=num_maps, seed=seed, image_NCHW=image)
    name = class_name(index, labels)
    caption = (
        f"For {name}. One image cannot confirm a method; it can show that a map does not "
        f"explain this network."
    )
    return Sheet(
        title=f"Checks of {method}",
        caption=caption + "".join(number.sentence for number in numbers),
        items=(
            _probability_curves(removed, method, f"Deletion: probability of {name}", "removed"),
            _probability_curves(added, method, f"Insertion: probability of {name}", "inserted"),
            _similarity_curves(similarities, method),
            _table(removed, added, similarities, method),
        ),
        columns=2,
    )


def _numbers(
    network: nn.Module, image: Tensor, passes: Cost, steps: int | None
) -> tuple[Number, Number]:
    """Points of the curves, and maps of networks with shuffled layers: half of the budget each."""
    each = Cost(2 * 2 * (1 + NUM_RANDOM_ORDERS))
    points = within_budget(network, image, steps, POINTS, each=each)
    twice = Cost(2 * passes.forward, 2 * passes.backward)
    maps = within_budget(network, image, None, MAPS, each=twice)
    return points._replace(fix=NO_BUDGET), maps._replace(fix=NO_BUDGET)


def _relevance(
    method: Method, network: nn.Module, *, image: Tensor, target: int, layer: str | None
) -> Floats:
    arguments: dict[str, str | int | None] = {"layer": layer} if method.takes_layer else {}
    arguments |= {"target": target} if method.takes_class else {}
    return method.reduce(method.attribute(network, image, **arguments))


def _probability_curves(curve: Curve, method: str, title: str, verb: str) -> Curves:
    shares = tuple(curve.shares_S.tolist())
    return Curves(
        title=title,
        caption=f"Area under the curve: {curve.area:.3f} in the map's order, "
        f"{curve.random_area:.3f} in random order (mean of {NUM_RANDOM_ORDERS}). Pixels change in "
        f"small squares.",
        x_label=f"fraction of the pixels {verb}",
        y_label="probability",
        series=(
            Series(name=method, x=shares, y=tuple(curve.by_map_S.tolist())),
            Series(name="random order", x=shares, y=tuple(curve.at_random_S.tolist())),
        ),
    )


def _similarity_curves(similarities: list[Similarity], method: str) -> Curves:
    x = (0.0, *(float(point.num_layers) for point in similarities))
    correlation = (1.0, *(point.rank_correlation for point in similarities))
    return Curves(
        title=f"Randomisation: similarity of {method}",
        caption=f"Similarity to the map of the trained network while layers are shuffled, from the "
        f"last one to {similarities[-1].path}. If the map depends on learned weights, similarity "
        f"should drop.",
        x_label="layers shuffled, from the output",
        y_label="similarity",
        series=(
            Series(name="rank correlation", x=x, y=correlation),
            Series(name="SSIM", x=x, y=(1.0, *(point.ssim for point in similarities))),
        ),
    )


def _table(removed: Curve, added: Curve, similarities: list[Similarity], method: str) -> Table:
    first, last = similarities[0], similarities[-1]
    return Table(
        title="Measures",
        caption=_summary(removed, added, first, last),
        columns=("measure", method, "at random", "good"),
        rows=(
            ("deletion, area", removed.area, removed.random_area, "low"),
            ("insertion, area", added.area, added.random_area, "high"),
            ("rank correlation, last layer shuffled", first.rank_correlation, 0.0, "below 1"),
            ("rank correlation, all layers shuffled", last.rank_correlation, 0.0, "near 0"),
            ("SSIM, all layers shuffled", last.ssim, None, "low"),
        ),
    )


def _summary(removed: Curve, added: Curve, first: Similarity, last: Similarity) -> str:
    """The failed checks in words, or that all are passed."""
    failures = []
    if removed.area >= removed.random_area:
        failures.append("Deletion is no better than random order.")
    if added.area <= added.random_area:
        failures.append("Insertion is no better than random order.")
    if first.rank_correlation is not None and first.rank_correlation > LAST_LAYER_LIMIT:
        failures.append(
            "The map is unchanged with the last layer shuffled: it does not depend on the class."
        )
    if last.rank_correlation is not None and last.rank_correlation > ALL_LAYERS_LIMIT:
        failures.append(
            "The map is similar with all layers shuffled: it depends on the image more than on "
            "learned weights."
        )
    return " ".join(failures) or "All checks passed: better than random, dependent on the weights."
