"""How large the gradient is at each layer: where it vanishes and where it explodes.

Axes: N batch, C channels, H height, W width, K classes.
"""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.errors import InputError
from convscope.network.hooks import gradients, still
from convscope.payload import Curves, Series, Sheet, Table
from convscope.visuals.attribution.score import answered, finite, positive, prepared_batch, within
from convscope.visuals.subject import Function, Images, device_of, layers_run, not_empty


class _Row(NamedTuple):
    path: str
    kind: str
    outputs: float | None
    weights: float | None
    relative: float | None


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    target: int | None = None,
    split: Images | None = None,
    preprocessing: Function | None = None,
    num_images: int = 64,
) -> Sheet:
    """The root mean square of the cross-entropy's gradient at each layer, in network order.

    At the outputs: how much of the signal arrives. At the weights: how fast the layer learns;
    beside it the ratio to the size of the weights themselves. Evaluation mode: normalisation by
    its running figures, no dropout. Nothing of the network changes, and no `.grad` is filled.

    Args:
        image_NCHW: prepared images; with `target` as their class, or the class that is predicted.
        split, preprocessing: a labelled set instead; its first `num_images` images.

    Raises:
        InputError: neither an image nor a split, no layer with weights, gradients not finite.
    """
    positive(num_images, name="num_images")
    input_NCHW, labels_N, source = _batch(
        network, image_NCHW, target, split, preprocessing, num_images
    )
    paths = list(layers_run(network, input_NCHW[:1]))
    wanted = [(p, p.requires_grad) for p in network.parameters()]
    owners = _owners(network, paths)
    if not owners:
        raise InputError("no layer of the network has weights", expected="at least one")
    weights = [weight for weight, _ in owners.values()]
    with still(network), gradients(network, paths) as passed:
        try:
            for weight in weights:
                weight.requires_grad_(True)
            logits_NK = answered(network, input_NCHW)
            if labels_N is None:
                labels_N = logits_NK.detach().argmax(1)
            within(int(labels_N.max()), logits_NK.shape[1], name="target", noun="class")
            loss = F.cross_entropy(logits_NK, labels_N)
            found = torch.autograd.grad(loss, weights, allow_unused=True)
        finally:
            for parameter, asked in wanted:
                parameter.requires_grad_(asked)
    by_owner: dict[str, Tensor | None] = dict(zip(owners, found, strict=True))
    rows = [
        _row(path, network.get_submodule(path), passed.get(path), owners.get(path), by_owner)
        for path in paths
    ]
    return _sheet([row for row in rows if row.outputs is not None], float(loss.detach()), source)


def _batch(
    network: nn.Module,
    image_NCHW: Tensor | None,
    target: int | None,
    split: Images | None,
    preprocessing: Function | None,
    num_images: int,
) -> tuple[Tensor, Tensor | None, str]:
    """Inputs, labels where they are known, and where both come from."""
    if split is not None and preprocessing is not None:
        not_empty(split)
        size = min(num_images, len(split))
        with torch.no_grad():
            batches = split.inputs(preprocessing, batch_size=size, device=device_of(network))
            input_NCHW, labels_N = next(itertools.islice(batches, 1))
        return input_NCHW, labels_N.to(input_NCHW.device), f"the first {size} images of the split"
    if image_NCHW is None:
        raise InputError(
            "neither an image nor a split", expected="image_NCHW, or split and preprocessing"
        )
    image_NCHW = prepared_batch(network, image_NCHW)
    if target is None:
        return image_NCHW, None, "one image, its predicted class as the label"
    labels_N = torch.full((len(image_NCHW),), target, device=image_NCHW.device)
    return image_NCHW, labels_N, f"one image, class {target} as its label"


def _owners(network: nn.Module, paths: list[str]) -> dict[str, tuple[Tensor, str]]:
    """The weight of each layer that has one; of weights that are shared, the first owner."""
    found: dict[str, tuple[Tensor, str]] = {}
    seen: set[int] = set()
    for path in paths:
        weight = getattr(network.get_submodule(path), "weight", None)
        if isinstance(weight, nn.Parameter) and id(weight) not in seen:
            seen.add(id(weight))
            found[path] = (weight, path)
    return found


def _row(
    path: str,
    module: nn.Module,
    passed: Tensor | None,
    owner: tuple[Tensor, str] | None,
    found: dict[str, Tensor | None],
) -> _Row:
    gradient = found.get(path)
    weights = None if gradient is None else rms(gradient)
    relative = None
    if weights is not None and owner is not None:
        size = rms(owner[0])
        relative = weights / size if size else None
    outputs = None if passed is None else rms(passed)
    return _Row(path, type(module).__name__, outputs, weights, relative)


def rms(values: Tensor) -> float:
    """The root of the mean of the squares.

    Raises:
        InputError: the values are not finite.
    """
    return float(finite(values, "the gradients").detach().double().square().mean().sqrt())


def _sheet(rows: list[_Row], loss: float, source: str) -> Sheet:
    places = tuple(float(i + 1) for i in range(len(rows)))

    def series(name: str, values: list[float | None]) -> Series:
        return Series(name=name, x=places, y=tuple(v or None for v in values))

    lines = (
        series("at the outputs", [row.outputs for row in rows]),
        series("at the weights", [row.weights for row in rows]),
    )
    silent = [row.path for row in rows if row.outputs == 0]
    first, last = rows[0], rows[-1]
    ratio = ""
    if first.outputs and last.outputs:
        ratio = (
            f" From the last layer ({last.path}) to the first ({first.path}) the gradient of the "
            f"outputs changes by a factor of {first.outputs / last.outputs:.3g}."
        )
    nothing = f" Nothing arrives at {', '.join(silent[:6])}." if silent else ""
    curves = Curves(
        title="gradient along the network",
        caption=f"Root mean square over {source}; the loss is {loss:.4g}.{ratio}{nothing}",
        x_label="layer, in network order",
        y_label="gradient of the loss",
        series=tuple(line for line in lines if line.points()) or lines,
        y_scale="log",
    )
    table = Table(
        title="gradient by layer",
        caption="Root mean squares; relative: gradient of the weights over the weights.",
        columns=("number", "layer", "type", "at the outputs", "at the weights", "relative"),
        rows=tuple(
            (i + 1, row.path, row.kind, row.outputs, row.weights, row.relative)
            for i, row in enumerate(rows)
        ),
    )
    return Sheet(title="gradient flow", items=(curves, table))
