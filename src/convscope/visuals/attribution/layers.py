"""The layer of an attribution: the default, its output, and the gradient of a score there.

Axes: N batch, C channels, H height, W width, K channels of the layer.
"""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.arch import Step
from convscope.errors import InputError
from convscope.layers.base import Role
from convscope.network import Network
from convscope.network.backward_rules import Operations, Rule, backward_rule
from convscope.network.hooks import ModuleOutput, activations, frozen, module_outputs
from convscope.network.layer_info import layer_info
from convscope.shapes import CHW
from convscope.visuals.attribution.score import gradient_of, target_class, target_logits
from convscope.visuals.forward import compute_logits, finite, prepared_image, run

# roles that may follow the last feature maps without changing what they show
PASSED_OVER: tuple[Role, ...] = ("pooling", "dropout", "padding", "shape")


def default_layer(network: nn.Module, image_NCHW: Tensor) -> str:
    """The path of the last layer whose output has a height and a width, before pooling.

    Where branches are concatenated or added, it is the composition, not one of its branches.

    Raises:
        InputError: no layer has spatial maps.
    """
    path = last_spatial_layer(network, image_NCHW)
    if path is None:
        raise InputError(
            "no layer of this network has feature maps larger than 1 x 1",
            expected="a convolutional network",
            fix="saliency works on every network",
        )
    return path


def default_layer_sentence(path: str) -> str:
    """A sentence for captions about a layer that the user did not name."""
    return f"Default layer: {path}, the last one with spatial maps."


def last_spatial_layer(network: nn.Module, image_NCHW: Tensor) -> str | None:
    """The path that `default_layer` returns; None where no layer has spatial maps."""
    info = layer_info(network)
    passed_over = {path for path, layer in info.items() if layer.role in PASSED_OVER}
    if isinstance(network, Network):
        steps = [step for step in network.architecture.trace.steps if _is_spatial_step(step)]
        kept = [step.path for step in steps if step.path not in passed_over]
        return kept[-1] if kept else None
    with frozen(network), torch.no_grad(), module_outputs(network) as outputs:
        compute_logits(network, prepared_image(network, image_NCHW))
    times = Counter(path for output in outputs for path in output.paths)
    for output in reversed(outputs):
        once = [path for path in output.paths if times[path] == 1]
        if once and _is_spatial(output) and once[0] not in passed_over:
            return once[0]
    return None


def _is_spatial_step(step: Step) -> bool:
    shape = step.output_shape
    return not step.auxiliary and isinstance(shape, CHW) and shape.height * shape.width > 1


def _is_spatial(output: ModuleOutput) -> bool:
    return len(output.shape) == 4 and output.shape[2] * output.shape[3] > 1


class LayerScore(NamedTuple):
    """Score of a class, the layer's feature maps, and the score's gradient at them."""

    layer: str
    target: int
    value: float
    maps_KHW: Tensor
    gradient_KHW: Tensor


def layer_gradient(
    network: nn.Module, image_NCHW: Tensor, *, layer: str | None, target: int | None
) -> LayerScore:
    """Run one forward pass, and one backward pass to a layer with spatial maps.

    Raises:
        InputError: as `score_gradient`; also for an unknown layer, a layer that did not run or
            ran twice, or one without spatial maps.
    """
    path = layer if layer is not None else default_layer(network, image_NCHW)
    with frozen(network):
        leaf = prepared_image(network, image_NCHW).requires_grad_()
        with activations(network, [path], once=True) as outputs:
            logits_NK = compute_logits(network, leaf)
        maps_NKHW = layer_output(outputs, path)
        if maps_NKHW.ndim != 4 or maps_NKHW.shape[2] * maps_NKHW.shape[3] == 1:
            raise InputError(
                f"the output of {path} has no height and width: {shape_text(maps_NKHW)}",
                expected="a layer with feature maps larger than 1 x 1",
                fix=f"for example {default_layer(network, image_NCHW)}",
                where="layer",
            )
        index = target_class(logits_NK, target)
        gradient = gradient_of(target_logits(logits_NK, index)[0], maps_NKHW)
    return LayerScore(
        path, index, float(logits_NK[0, index].detach()), maps_NKHW[0].detach(), gradient[0]
    )


def layer_output(outputs: dict[str, Tensor], path: str) -> Tensor:
    """The output of a layer among those that hooks collected.

    Raises:
        InputError: the layer did not run.
    """
    if path not in outputs:
        raise InputError(
            f"{path} did not run for this image",
            expected="a layer of the main path",
            fix="auxiliary heads run in training only",
            where="layer",
        )
    return outputs[path]


def layer_activations(network: nn.Module, inputs_NCHW: Tensor, path: str) -> Tensor:
    """The finite output of a layer, with its autograd graph.

    Raises:
        InputError: an unknown layer, one that did not run, or activations that are not finite.
    """
    with activations(network, [path]) as outputs:
        run(network, inputs_NCHW)
    return finite(layer_output(outputs, path), f"the activations of {path}")


def shape_text(output_NKHW: Tensor) -> str:
    """`16 channels of 5 x 5`, or `84 units`."""
    shape = tuple(output_NKHW.shape[1:])
    if len(shape) == 3:
        return f"{shape[0]} channels of {shape[1]} x {shape[2]}"
    return f"{shape[0]} units" if len(shape) == 1 else f"the shape {shape}"


def backpropagate(
    output: Tensor, signal: Tensor, inputs: Tensor, rule: Rule
) -> tuple[Tensor, Operations]:
    """Pass a signal from a layer's output back to the inputs, by a rule for ReLUs.

    Raises:
        InputError: an operation that could contain a ReLU, or no path for the gradient.
    """
    with backward_rule(output, rule) as operations:
        back = gradient_of((output * signal).sum(), inputs)
    return back, operations
