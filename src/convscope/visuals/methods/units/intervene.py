"""Intervention: predictions and accuracy while a channel of a layer is zeroed, scaled or swapped.

Papers: Morcos, Barrett, Rabinowitz and Botvinick 2018, On the importance of single directions for
generalization; Zhou, Sun, Bau and Torralba 2018, Revisiting the importance of individual units.

Axes: N batch, V variants, K channels of the layer, M those that are tried, L classes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convscope.confidence import wilson_interval
from convscope.errors import ConvscopeError, InputError
from convscope.network.hooks import frozen
from convscope.network.intervention import Action, Change, changed_channels
from convscope.payload import Heatmap, Scale, Sheet, Table
from convscope.visuals.arguments import Count, Finite, Whole, checked_index
from convscope.visuals.attribution.layers import (
    default_layer_sentence,
    last_spatial_layer,
    layer_activations,
)
from convscope.visuals.attribution.layouts import Tap, find_tap, unchanged
from convscope.visuals.attribution.score import class_name, target_class
from convscope.visuals.cost import Cost, Number, Setting, share_after, within_budget
from convscope.visuals.forward import compute_scores, device_of, prepared_image
from convscope.visuals.images import (
    Images,
    Preprocessing,
    check_not_empty,
    class_label,
    first_input,
    no_input,
)
from convscope.visuals.progress import reported

TOP = 5  # classes
CHANNELS = Setting("max_channels", full=64, least=8, noun="channels")
IMAGES = Setting("num_images", full=512, least=32, noun="images")
BATCH = 32  # variants in one forward pass
SLOWER = 2  # PyTorch, which runs the changes, relative to the engines of `within_budget`
ALONE = (
    "Each change took a forward pass of its own: the network cannot run several variants of "
    "this layer in one batch."
)
MAX_ROWS = 20


class _Layer(NamedTuple):
    """A layer to change: its run, the axis of its channels, and how strongly each is active."""

    tap: Tap
    axis: int
    strengths_K: Tensor


class _Changed(NamedTuple):
    """Probabilities (N, V, L) under V changes, and whether each change took a pass of its own."""

    values_NVL: Tensor
    alone: bool


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    target: int | None = None,
    action: Action = "zero",
    factor: Finite = 2.0,
    other: Whole | None = None,
    max_channels: Count | None = None,
    num_images: Count | None = None,
    labels: tuple[str, ...] = (),
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
) -> Sheet:
    """Probabilities before and after for one image, the accuracy change for a data set.

    Without a unit the channels that are most active are changed one at a time, and ranked by
    their effect; the one with the largest effect is shown. The layers before run once.

    Args:
        layer: default: the last one with spatial maps.
        unit: the channel to change.
        target: the class whose probability ranks the channels; default: the predicted one.
        action: "zero", "scale" by `factor`, "swap" with the channel `other`.
        max_channels: channels to try without a unit; default: 64, fewer for large networks.
        num_images: from the start of the split; default: 512, fewer for large networks.
        split, preprocessing: labelled images, and the preprocessing to the network's input.

    Raises:
        InputError: an image, layer, unit, class or setting that does not fit, an empty split.
    """
    example = _example(network, image_NCHW, split, preprocessing)
    path = layer if layer is not None else last_spatial_layer(network, example)
    if path is None:
        raise InputError("no layer has spatial maps", fix="name one: layer=...", where="layer")
    chosen = _layer(network, example, path)
    units, tried = _units(network, example, chosen, unit, max_channels)
    changes = _changes(units, action, factor, other, len(chosen.strengths_K))
    sentences = [f"{path}: {_action_sentence(action, factor, other, unit)}"]
    if layer is None:
        sentences.append(default_layer_sentence(path))
    if unit is None:
        num = len(chosen.strengths_K)
        sentences.append(
            f"All {num} channels are tried one at a time."
            if len(units) == num
            else f"The {len(units)} of {num} channels that are most active are tried one at a "
            f"time.{tried.sentence}"
        )
    items: list[Heatmap | Table] = []
    if image_NCHW is not None:
        items += _of_image(network, example, chosen, changes, target, labels)
    if split is not None and preprocessing is not None:
        passes = _passes(network, path, len(changes))
        number = _num_images(network, example, passes, num_images)
        items.append(_of_split(network, split, preprocessing, chosen, changes, number))
    return Sheet(title=f"Intervention at {path}", caption=" ".join(sentences), items=tuple(items))


def cost(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    max_channels: int | None = None,
    num_images: int | None = None,
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
) -> Cost:
    """Forward passes of each image; of each channel only the layers after it count."""
    example = _example(network, image_NCHW, split, preprocessing)
    path = layer if layer is not None else last_spatial_layer(network, example)
    if path is None:
        return Cost(1)
    units, _ = _units(network, example, _layer(network, example, path), unit, max_channels)
    passes = _passes(network, path, len(units))
    num = 0 if image_NCHW is None else 1
    if split is not None:
        num += min(len(split), _num_images(network, example, passes, num_images).value)
    return Cost(num * passes)


def _passes(network: nn.Module, path: str, num_changes: int) -> int:
    """Whole forward passes of one image: unchanged, for each part, and the layers that follow."""
    after = share_after(network, path)
    parts = -(-num_changes // BATCH)
    return 1 + math.ceil(parts * (1 - after) + num_changes * after)


def _example(
    network: nn.Module,
    image_NCHW: Tensor | None,
    split: Images | None,
    preprocessing: Preprocessing | None,
) -> Tensor:
    """The image, or the first one of the split."""
    if split is not None and preprocessing is not None:
        check_not_empty(split)
        if image_NCHW is None:
            return prepared_image(network, first_input(network, split, preprocessing))
    if image_NCHW is None:
        raise no_input()
    return prepared_image(network, image_NCHW)


def _layer(network: nn.Module, image: Tensor, path: str) -> _Layer:
    tap = find_tap(network, image, path)
    with frozen(network), torch.no_grad():
        output_NK = layer_activations(network, image, tap)
    if output_NK.ndim < 2:
        raise InputError(f"the output of {path} has no channels", where="layer")
    strengths_K = (
        output_NK[0].flatten(1).abs().mean(1) if output_NK.ndim > 2 else output_NK[0].abs()
    )
    return _Layer(tap, 1 if tap.arrange is unchanged else -1, strengths_K)


def _num_channels(network: nn.Module, image: Tensor, path: str, max_channels: int | None) -> Number:
    share = share_after(network, path)
    return within_budget(network, image, max_channels, CHANNELS, each=Cost(SLOWER), share=share)


def _num_images(network: nn.Module, image: Tensor, passes: int, num_images: int | None) -> Number:
    return within_budget(network, image, num_images, IMAGES, each=Cost(SLOWER * passes))


def _units(
    network: nn.Module,
    image: Tensor,
    chosen: _Layer,
    unit: int | None,
    max_channels: int | None,
) -> tuple[list[int], Number]:
    """The channel, or those with the largest mean magnitude."""
    num = len(chosen.strengths_K)
    if unit is not None:
        index = checked_index(unit, num, name="unit", noun="channel")
        return [index], Number(1, 1, "channels", "")
    number = _num_channels(network, image, chosen.tap.run.path, max_channels)
    order_K = chosen.strengths_K.argsort(descending=True, stable=True)
    used = sorted(order_K[: number.value].tolist())
    return used, number._replace(full=min(number.full, num))


def _changes(
    units: Sequence[int], action: Action, factor: float, other: int | None, num: int
) -> list[Change]:
    if not np.isfinite(factor):
        raise InputError(f"factor={factor}", expected="a finite number", where="factor")
    if action != "swap":
        return [Change(unit, action, factor) for unit in units]
    if other is None or len(units) > 1:
        raise InputError(
            "swap exchanges two channels, and needs both",
            fix="--unit 3 --set action=swap --set other=7",
            where="other",
        )
    index = checked_index(other, num, name="other", noun="channel")
    return [Change(units[0], action, factor, index)]


def _action_sentence(action: Action, factor: float, other: int | None, unit: int | None) -> str:
    channel = "each channel" if unit is None else f"channel {unit}"
    match action:
        case "zero":
            return f"{channel} set to 0."
        case "scale":
            return f"{channel} multiplied by {factor:g}."
        case "swap":
            return f"{channel} swapped with channel {other}."


def _probabilities(
    network: nn.Module,
    inputs: Tensor,
    chosen: _Layer,
    changes: Sequence[Change | None],
    plain_NL: Tensor,
) -> _Changed:
    """Probabilities under each change, `plain_NL` without any.

    Where the network cannot run with one image before the layer and several after it (a
    concatenation of branches), each variant runs by itself.
    """
    num, variants = len(inputs), [None, *changes]
    with frozen(network), torch.no_grad():
        try:
            with changed_channels(network, chosen.tap.run, variants, axis=chosen.axis):
                rows = compute_scores(network, inputs).probabilities()
            together_NVL = rows.view(num, len(variants), -1)
            if torch.allclose(together_NVL[:, 0], plain_NL.to(rows), atol=1e-4):
                return _Changed(together_NVL[:, 1:].double().cpu(), alone=False)
        except (ConvscopeError, RuntimeError):
            pass  # the caption says it
        alone = []
        for change in changes:
            with changed_channels(network, chosen.tap.run, [change], axis=chosen.axis):
                alone.append(compute_scores(network, inputs).probabilities())
    return _Changed(torch.stack(alone, dim=1).double().cpu(), alone=True)


def _parts(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    for first in range(0, len(changes), size):
        yield changes[first : first + size]


def _of_image(
    network: nn.Module,
    image: Tensor,
    chosen: _Layer,
    changes: Sequence[Change],
    target: int | None,
    labels: tuple[str, ...],
) -> list[Heatmap | Table]:
    """The top classes before and after; for several changes a table by effect."""
    with frozen(network), torch.no_grad():
        scores = compute_scores(network, image)
    index = target_class(scores.values_NK, target)
    before_L = scores.probabilities()[0].double().cpu()
    parts = [
        _probabilities(network, image, chosen, part, before_L[None])
        for part in reported(list(_parts(changes, BATCH)), -(-len(changes) // BATCH))
    ]
    after_ML = torch.cat([part.values_NVL[0] for part in parts])
    effects_M = after_ML[:, index] - before_L[index]
    order = effects_M.abs().argsort(descending=True, stable=True).tolist()
    first = order[0]
    bars = _bars(before_L, after_ML[first], changes[first].unit, labels)
    if any(part.alone for part in parts):
        bars = bars.model_copy(update={"caption": ALONE})
    if len(changes) == 1:
        return [bars]
    name = class_name(index, labels)
    rows = tuple(
        (
            changes[place].unit,
            float(chosen.strengths_K[changes[place].unit]),
            float(after_ML[place, index]),
            float(effects_M[place]),
            class_label(labels, int(after_ML[place].argmax())),
        )
        for place in order[:MAX_ROWS]
    )
    table = Table(
        title=f"Channels by effect on {name}",
        caption=f"Probability before: {float(before_L[index]):.4f}."
        + (f" The first {MAX_ROWS} of {len(order)} are listed." if len(order) > MAX_ROWS else ""),
        columns=("channel", "mean activation", "probability after", "change", "prediction"),
        rows=rows,
    )
    return [bars, table]


def _bars(before_L: Tensor, after_L: Tensor, unit: int, labels: tuple[str, ...]) -> Heatmap:
    """Probabilities of the top classes of both."""
    best = torch.maximum(before_L, after_L).topk(min(TOP, len(before_L))).indices
    order = best[before_L[best].argsort(descending=True, stable=True)].tolist()
    values = 100 * torch.stack([before_L[order], after_L[order]], dim=1).float().numpy()
    return Heatmap(
        title=f"Probabilities with channel {unit} changed",
        values=values,
        numbers=values,
        scale=Scale(colours="viridis", low=0.0, high=100.0, label="probability, %"),
        rows=tuple(class_label(labels, index) for index in order),
        columns=("before", "after"),
        y_label="class",
    )


def _of_split(
    network: nn.Module,
    split: Images,
    preprocessing: Preprocessing,
    chosen: _Layer,
    changes: Sequence[Change],
    number: Number,
) -> Table:
    """Accuracy before and after each change, the largest decrease first."""
    total = min(number.value, len(split))
    size = max(1, min(total, BATCH * 4 // (len(changes) + 1)))
    correct_V, num, alone = torch.zeros(len(changes) + 1, dtype=torch.int64), 0, False
    batches = split.inputs(preprocessing, batch_size=size, device=device_of(network))
    for input_NCHW, labels_N in reported(batches, -(-total // size)):
        inputs, true_N = input_NCHW[: total - num], labels_N[: total - num].cpu()
        with frozen(network), torch.no_grad():
            before_NL = compute_scores(network, inputs).probabilities().double().cpu()
        parts = [
            _probabilities(network, inputs, chosen, part, before_NL)
            for part in _parts(changes, BATCH)
        ]
        alone = alone or any(part.alone for part in parts)
        after = (part.values_NVL for part in parts)
        predicted_NV = torch.cat([before_NL[:, None], *after], dim=1).argmax(2)
        correct_V += (predicted_NV == true_N[:, None]).sum(0)
        num += len(inputs)
        if num >= total:
            break
    shares = (correct_V.double() / num).tolist()
    low, high = wilson_interval(shares[0], num)
    order = sorted(range(len(changes)), key=lambda place: (shares[place + 1], place))
    left = number._replace(full=min(number.full, len(split)))
    return Table(
        title="Accuracy by changed channel",
        caption=f"{num:,} images. Accuracy without a change: {shares[0]:.2%} "
        f"(95 %: {low:.2%} to {high:.2%}).{left.sentence}" + (f" {ALONE}" if alone else ""),
        columns=("channel", "accuracy after", "change"),
        rows=tuple(
            (changes[p].unit, shares[p + 1], shares[p + 1] - shares[0]) for p in order[:MAX_ROWS]
        ),
    )
