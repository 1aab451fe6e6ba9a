"""The layer of an attribution: the default, its output, and the gradient of a score there.

Axes: N batch, C channels, H height, W width, K channels of the layer.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.arch import Step
from convscope.errors import InputError
from convscope.layers.base import Role
from convscope.network import Network
from convscope.network.backward_rules import Operations, Rule, backward_rule
from convscope.network.hooks import ModuleOutput, frozen, module_outputs, run_outputs
from convscope.network.layer_info import layer_info
from convscope.shapes import CHW
from convscope.visuals.attribution.layouts import (
    Tap,
    channels_last,
    find_tap,
    size_of,
    unreported,
)
from convscope.visuals.attribution.score import gradient_of, target_class
from convscope.visuals.forward import (
    compute_logits,
    finite,
    prepared_image,
    run,
)
from convscope.visuals.module import reshape_of

MAX_ADDED_TOKENS = 8  # of a class, for distillation, registers
# roles that may follow the last feature maps without changing what they show
PASSED_OVER: tuple[Role, ...] = ("pooling", "dropout", "padding", "shape")


def default_layer(network: nn.Module, image_NCHW: Tensor) -> str:
    """The path of the last layer whose output has a height and a width, before pooling.

    Where branches are concatenated or added, it is the composition, not one of its branches. Of a
    layer that runs several times it is the last run: `relu, run 3`.

    Raises:
        InputError: no layer has spatial maps, or tokens come after the last ones.
    """
    path = last_spatial_layer(network, image_NCHW)
    if path is None:
        raise InputError(
            "no layer of this network has feature maps larger than 1 x 1" + unreported(network),
            expected="a convolutional network",
            fix="saliency works on every network",
        )
    return path


def default_layer_sentence(path: str) -> str:
    """A sentence for captions about a layer that the user did not name."""
    return f"Default layer: {path}, the last one with spatial maps."


def last_spatial_layer(network: nn.Module, image_NCHW: Tensor) -> str | None:
    """The path that `default_layer` returns; None where no layer has spatial maps.

    Raises:
        InputError: tokens come after the last maps.
    """
    passed_over = {path for path, x in layer_info(network).items() if x.role in PASSED_OVER}
    if isinstance(network, Network):
        steps = [step for step in network.architecture.trace.steps if _is_spatial_step(step)]
        kept = [step.path for step in steps if step.path not in passed_over]
        return kept[-1] if kept else None
    with frozen(network), module_outputs(network) as outputs:
        run(network, prepared_image(network, image_NCHW).requires_grad_())
    # of a network of two images, the layers of this one
    seen = [output for output in outputs if output.has_gradient] or outputs
    if reshape_of(network) is not None:
        return _last_reshaped(network, image_NCHW, seen)
    times = Counter(run.path for output in seen for run in output.runs)
    last = channels_last(seen, layer_info(network), size_of(image_NCHW))
    for number in reversed(range(len(seen))):
        output = seen[number]
        if is_spatial(output.shape, last[number]) and output.run.path not in passed_over:
            _check_no_tokens(output, last[number], seen[number + 1 :])
            once = [run.path for run in output.runs if times[run.path] == 1]
            return once[0] if once else output.run.name(times[output.run.path])
    return None


def _is_spatial_step(step: Step) -> bool:
    shape = step.output_shape
    return not step.auxiliary and isinstance(shape, CHW) and shape.height * shape.width > 1


def is_spatial(shape: tuple[int, ...], channels_last: bool) -> bool:
    """Return whether an output has maps larger than 1 x 1."""
    maps = shape[1:3] if channels_last else shape[2:]
    return len(shape) == 4 and maps[0] * maps[1] > 1


def _check_no_tokens(
    maps: ModuleOutput, channels_last: bool, later: Sequence[ModuleOutput]
) -> None:
    """Raise InputError if later outputs are tokens: one for each position, a few added."""
    height, width = maps.shape[1:3] if channels_last else maps.shape[2:]
    tokens = [
        output
        for output in later
        if len(output.shape) == 3 and 0 <= output.shape[1] - height * width <= MAX_ADDED_TOKENS
    ]
    if tokens:
        raise tokens_error(tokens[-1].run.path, tokens[-1].shape, (height, width))


def tokens_error(path: str, shape: tuple[int, ...], maps: tuple[int, int] | None) -> InputError:
    """The error for an output of tokens, with a function that makes maps of it."""
    side = round((shape[1] - 1) ** 0.5)
    height, width = maps or (side, max(side, 1))
    added = shape[1] - height * width
    cut = f"t[:, {added}:]" if added else "t"
    return InputError(
        f"the output of {path} is {shape}: tokens, not feature maps",
        expected="(N, C, H, W), or the function reshape= from tokens to maps",
        fix=f"reshape=lambda t: {cut}.unflatten(1, ({height}, {width})).permute(0, 3, 1, 2), and "
        "layer= if another one is meant",
        where="layer",
    )


def _last_reshaped(
    network: nn.Module, image_NCHW: Tensor, seen: Sequence[ModuleOutput]
) -> str | None:
    """The last layer that `reshape=` makes maps of, whose maps have a gradient.

    In the last layers of a transformer only the class token has one; without any gradient it is
    the last layer.
    """
    reshape = reshape_of(network)
    assert reshape is not None
    info = layer_info(network)
    times = Counter(each.path for output in seen for each in output.runs)
    last: str | None = None
    for output in reversed(seen):
        path = output.run.path
        if times[path] > 1 or info[path].role in PASSED_OVER or info[path].channels == "first":
            continue
        try:
            maps = reshape(torch.zeros(output.shape))
        except InputError:
            continue
        if not is_spatial(tuple(maps.shape), False):
            continue
        last = last or path
        if bool(layer_gradient(network, image_NCHW, layer=path, target=None).gradient_KHW.any()):
            return path
    return last


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
    tap = find_tap(network, prepared_image(network, image_NCHW), path)
    with frozen(network):
        leaf = prepared_image(network, image_NCHW).requires_grad_()
        with run_outputs(network, [tap.path]) as outputs:
            logits_NK = compute_logits(network, leaf)
        output = tap.raw(network, outputs)
        maps_NKHW = _with_spatial_axes(tap.arrange(output), network, image_NCHW, path)
        index = target_class(logits_NK, target)
        gradient = tap.arrange(gradient_of(logits_NK[0, index], output))
    return LayerScore(
        path, index, float(logits_NK[0, index].detach()), maps_NKHW[0].detach(), gradient[0]
    )


def _with_spatial_axes(
    maps_NKHW: Tensor, network: nn.Module, image_NCHW: Tensor, path: str
) -> Tensor:
    """The same maps.

    Raises:
        InputError: tokens, a vector, or maps of 1 x 1.
    """
    if maps_NKHW.ndim == 3:
        raise tokens_error(path, tuple(maps_NKHW.shape), None)
    if maps_NKHW.ndim != 4 or maps_NKHW.shape[2] * maps_NKHW.shape[3] == 1:
        raise InputError(
            f"the output of {path} has no height and width: {shape_text(maps_NKHW)}",
            expected="a layer with feature maps larger than 1 x 1",
            fix=f"for example {default_layer(network, image_NCHW)}",
            where="layer",
        )
    return maps_NKHW


class LayerMaps(NamedTuple):
    """A layer with spatial maps, and its maps for one image."""

    layer: str
    maps_KHW: Tensor


def layer_maps(network: nn.Module, image_NCHW: Tensor, *, layer: str | None) -> LayerMaps:
    """Run one forward pass and return the maps of a layer, the last spatial one by default.

    Raises:
        InputError: an unknown layer, one without spatial maps, values that are not finite.
    """
    path = layer if layer is not None else default_layer(network, image_NCHW)
    image = prepared_image(network, image_NCHW)
    tap = find_tap(network, image, path)
    with frozen(network), torch.no_grad():
        output = layer_activations(network, image, tap)
    maps_NKHW = _with_spatial_axes(output, network, image_NCHW, path)
    return LayerMaps(path, maps_NKHW[0].detach())


def layer_activations(network: nn.Module, inputs_NCHW: Tensor, tap: Tap) -> Tensor:
    """The finite output of a layer, channels first, with its autograd graph.

    Raises:
        InputError: the layer did not run, or activations that are not finite.
    """
    with run_outputs(network, [tap.path]) as outputs:
        run(network, inputs_NCHW)
    return finite(tap.output(network, outputs), f"the activations of {tap.path}")


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
