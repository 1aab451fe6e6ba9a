"""The layer that an attribution works at: which one, what it answered, what came back to it.

Axes: N batch, C channels, H height, W width, K channels of the layer.
"""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.arch import Step
from convscope.errors import InputError
from convscope.layers import AdaptiveAvgPool2d, AvgPool2d, Dropout, MaxPool2d, ZeroPad2d
from convscope.network import Network, module_at
from convscope.network.backward_rules import Passed, Rule, backward_rule
from convscope.network.hooks import Passage, activations_once, passages, still
from convscope.shapes import CHW
from convscope.visuals.attribution.score import answered, chosen, gradient_of, logit_of, prepared

# what comes after the last feature maps without adding to them
AFTER = (MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, Dropout, ZeroPad2d)
AFTER_MODULES = (
    *(nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.LPPool2d),
    *(nn.Dropout, nn.Dropout2d, nn.ZeroPad2d, nn.Identity),
)
PICKED = "it is the last with spatial extent, before pooling"


def default_layer(network: nn.Module, image_NCHW: Tensor) -> str:
    """The path of the last layer that still has a height and a width, before pooling.

    A branch is not taken for the whole: where maps are joined or added, it is the joint.

    Raises:
        InputError: no layer has any.
    """
    found = last_with_extent(network, image_NCHW)
    if found is None:
        raise InputError(
            "no layer of this network has feature maps larger than 1 x 1",
            expected="a convolutional network",
            fix="saliency works on every network",
        )
    return found


def last_with_extent(network: nn.Module, image_NCHW: Tensor) -> str | None:
    """As `default_layer`; None where there is none."""
    if isinstance(network, Network):
        steps = [step for step in network.architecture.trace.steps if _has_extent(step)]
        kept = [step.path for step in steps if not isinstance(step.operation, AFTER)]
        return kept[-1] if kept else None
    with still(network), torch.no_grad(), passages(network) as runs:
        answered(network, prepared(network, image_NCHW))
    times = Counter(path for run in runs for path in run.paths)
    for run in reversed(runs):
        once = [path for path in run.paths if times[path] == 1]
        if once and _spatial(run) and not isinstance(module_at(network, once[0]), AFTER_MODULES):
            return once[0]
    return None


def _has_extent(step: Step) -> bool:
    shape = step.output_shape
    return not step.auxiliary and isinstance(shape, CHW) and shape.height * shape.width > 1


def _spatial(run: Passage) -> bool:
    return len(run.shape) == 4 and run.shape[2] * run.shape[3] > 1


class LayerScore(NamedTuple):
    """A class's score, the layer's maps, and the score's gradient with respect to them."""

    layer: str
    target: int
    value: float
    maps_KHW: Tensor
    gradient_KHW: Tensor


def layer_gradient(
    network: nn.Module, image_NCHW: Tensor, *, layer: str | None, target: int | None
) -> LayerScore:
    """One forward pass, and one back to a layer with maps.

    Raises:
        InputError: besides what `score_gradient` raises: no such layer, one that did not run or
            ran twice, or one without spatial extent.
    """
    path = layer if layer is not None else default_layer(network, image_NCHW)
    with still(network):
        leaf = prepared(network, image_NCHW).requires_grad_()
        with activations_once(network, [path]) as seen:
            logits_NK = answered(network, leaf)
        maps_NKHW = ran(seen, path)
        if maps_NKHW.ndim != 4 or maps_NKHW.shape[2] * maps_NKHW.shape[3] == 1:
            raise InputError(
                f"{path} has no height and width to make a map of: "
                f"it answers with {shape_words(maps_NKHW)}",
                expected="a layer with feature maps larger than 1 x 1",
                fix=f"as {default_layer(network, image_NCHW)}",
                where="layer",
            )
        index = chosen(logits_NK, target)
        gradient = gradient_of(logit_of(logits_NK, index)[0], maps_NKHW)
    return LayerScore(
        path, index, float(logits_NK[0, index].detach()), maps_NKHW[0].detach(), gradient[0]
    )


def ran(seen: dict[str, Tensor], path: str) -> Tensor:
    """What a layer answered.

    Raises:
        InputError: it did not run.
    """
    if path not in seen:
        raise InputError(
            f"{path} did not run for this image",
            expected="a layer of the main path",
            fix="auxiliary heads run in training only",
            where="layer",
        )
    return seen[path]


def shape_words(output_NKHW: Tensor) -> str:
    """`16 maps of 5 x 5`, or `84 numbers`."""
    shape = tuple(output_NKHW.shape[1:])
    if len(shape) == 3:
        return f"{shape[0]} maps of {shape[1]} x {shape[2]}"
    return f"{shape[0]} numbers" if len(shape) == 1 else f"the shape {shape}"


def signal_back(output: Tensor, signal: Tensor, to: Tensor, rule: Rule) -> tuple[Tensor, Passed]:
    """A signal that starts at a layer's output, passed back by a rule.

    Raises:
        InputError: rectifiers that cannot be told, or no way back.
    """
    with backward_rule(output, rule) as passed:
        back = gradient_of((output * signal).sum(), to)
    return back, passed
