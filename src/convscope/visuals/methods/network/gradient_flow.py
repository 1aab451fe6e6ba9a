"""Gradient flow: size of the gradient at each layer, to find vanishing and exploding gradients.

Axes: N batch, C channels, H height, W width, K classes.
"""

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from convscope.errors import InputError
from convscope.network.hooks import frozen, output_gradients
from convscope.network.layer_info import layer_info
from convscope.payload import Curves, Series, Sheet, Table
from convscope.visuals.arguments import Count, checked_index, checked_positive
from convscope.visuals.attribution.score import gradients_of
from convscope.visuals.cost import Cost
from convscope.visuals.forward import (
    compute_scores,
    device_of,
    finite,
    layer_runs,
    prepared_images,
)
from convscope.visuals.images import Images, Preprocessing, check_not_empty, no_input


class _Row(NamedTuple):
    """Root mean squares of one layer: gradient of its outputs, of its weights, and their ratio."""

    path: str
    label: str
    outputs: float | None
    weights: float | None
    relative: float | None


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    target: int | None = None,
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
    num_images: Count = 64,
) -> Sheet:
    """The root mean square of the cross-entropy's gradient at each layer, in network order.

    At the outputs: the signal that reaches the layer. At the weights: how fast the layer learns,
    also relative to the size of the weights. Evaluation mode: normalisation by running statistics,
    no dropout. The network is not changed, and no `.grad` is filled.

    Args:
        image_NCHW: preprocessed images; label: `target`, or the predicted class.
        split, preprocessing: a labelled data set instead; its first `num_images` images.

    Raises:
        InputError: neither an image nor a split, no layer with weights, gradients not finite.
    """
    num_images = checked_positive(num_images, name="num_images")
    input_NCHW, labels_N, source = _batch(
        network, image_NCHW, target, split, preprocessing, num_images
    )
    runs = layer_runs(network, input_NCHW[:1])
    times = Counter(run.path for run in runs)
    with parametrize.cached(), frozen(network), output_gradients(network, times) as at_outputs:
        for path in times:
            for parameter in network.get_submodule(path).parameters():
                parameter.requires_grad_(parameter.is_floating_point())
        scores = compute_scores(network, input_NCHW)
        if labels_N is None:
            labels_N = scores.values_NK.detach().argmax(1)
        num_classes = scores.values_NK.shape[1]
        checked_index(int(labels_N.max()), num_classes, name="target", noun="class")
        loss = scores.loss(labels_N)
        weights = _weights(network, times)
        gradients = gradients_of(loss, list(weights.values()))
    at_weights = dict(zip(weights, gradients, strict=True))
    info = layer_info(network)
    rows = []
    for key in runs:
        if key in at_outputs:
            path, is_first = key.path, key.number == 1
            weight = weights.get(path) if is_first else None
            gradient = at_weights.get(path) if is_first else None
            name = key.name(times[path])
            rows.append(_row(name, info[path].label, at_outputs[key], gradient, weight))
    if not rows:
        raise InputError(
            "no gradient reaches the layers of the network",
            expected="a network without detach() or no_grad() around its layers",
        )
    return _sheet(rows, float(loss.detach()), source)


def cost(split: Images | None = None, *, num_images: int = 64) -> Cost:
    """Both passes of each image."""
    num = 1 if split is None else min(num_images, len(split))
    return Cost(num, num)


def _batch(
    network: nn.Module,
    image_NCHW: Tensor | None,
    target: int | None,
    split: Images | None,
    preprocessing: Preprocessing | None,
    num_images: int,
) -> tuple[Tensor, Tensor | None, str]:
    """Inputs, labels (None: the predicted classes), and a description of both for the caption."""
    if split is not None and preprocessing is not None:
        check_not_empty(split)
        size = min(num_images, len(split))
        with torch.no_grad():
            batches = split.inputs(preprocessing, batch_size=size, device=device_of(network))
            input_NCHW, labels_N = next(itertools.islice(batches, 1))
        return input_NCHW, labels_N.to(input_NCHW.device), f"the first {size} images of the split"
    if image_NCHW is None:
        raise no_input()
    image_NCHW = prepared_images(network, image_NCHW)
    if target is None:
        return image_NCHW, None, "one image with its predicted class as the label"
    labels_N = torch.full((len(image_NCHW),), target, device=image_NCHW.device)
    return image_NCHW, labels_N, f"one image with class {target} as the label"


def _weights(network: nn.Module, paths: Iterable[str]) -> dict[str, Tensor]:
    """The weight of each layer that has one; a shared weight belongs to its first layer.

    After a forward pass: a weight that is computed, as by weight normalisation, is the one used.

    Raises:
        InputError: no layer has a weight.
    """
    weights: dict[str, Tensor] = {}
    ids: set[int] = set()
    for path in paths:
        weight = getattr(network.get_submodule(path), "weight", None)
        if isinstance(weight, Tensor) and weight.requires_grad and id(weight) not in ids:
            ids.add(id(weight))
            weights[path] = weight
    if not weights:
        raise InputError(
            "no layer of the network has weights", expected="at least one module with a weight"
        )
    return weights


def _row(
    path: str, label: str, at_output: Tensor, at_weight: Tensor | None, weight: Tensor | None
) -> _Row:
    weights = None if at_weight is None else root_mean_square(at_weight)
    relative = None
    if weights is not None and weight is not None:
        size = root_mean_square(weight)
        relative = weights / size if size else None
    return _Row(path, label, root_mean_square(at_output), weights, relative)


def root_mean_square(values: Tensor) -> float:
    """The root of the mean of the squares.

    Raises:
        InputError: the values are not finite.
    """
    return float(finite(values, "the gradients").detach().double().square().mean().sqrt())


def _sheet(rows: list[_Row], loss: float, source: str) -> Sheet:
    numbers = tuple(float(i + 1) for i in range(len(rows)))

    lines = (
        Series(name="at the outputs", x=numbers, y=tuple(row.outputs or None for row in rows)),
        Series(  # layers without weights lie between them
            name="at the weights",
            x=numbers,
            y=tuple(row.weights or None for row in rows),
            style="points",
        ),
    )
    curves = Curves(
        title="Gradient by layer",
        caption=f"Root mean square over {source}; loss {loss:.4g}.{_trend(rows)}",
        x_label="layer, in network order",
        y_label="gradient of the loss",
        series=tuple(line for line in lines if line.points()) or lines,
        y_scale="log",
    )
    table = Table(
        title="Gradient by layer",
        caption="Root mean squares; relative: gradient of the weights divided by the weights.",
        columns=("number", "layer", "operation", "at the outputs", "at the weights", "relative"),
        rows=tuple(
            (i + 1, row.path, row.label, row.outputs, row.weights, row.relative)
            for i, row in enumerate(rows)
        ),
    )
    return Sheet(title="Gradient flow", items=(curves, table))


def _trend(rows: list[_Row]) -> str:
    """Sentences on the ratio of first to last gradient, and on layers without a gradient."""
    first, last = rows[0], rows[-1]
    sentences = ""
    if first.outputs and last.outputs:
        sentences += (
            f" From the last layer ({last.path}) to the first ({first.path}) the gradient of the "
            f"outputs changes by a factor of {first.outputs / last.outputs:.3g}."
        )
    zero = [row.path for row in rows if row.outputs == 0]
    if zero:
        sentences += f" The gradient is 0 at {', '.join(zero[:6])}."
    return sentences
