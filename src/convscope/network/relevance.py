"""Layer-wise relevance propagation: a score shared out among the inputs, layer by layer.

Each layer passes the relevance R of its outputs on to its inputs, in the shares in which they
contributed to the outputs. With a the inputs, w the weights, z[j] = sum over i of a[i] w[i, j]:

    epsilon   R[i] = sum over j of a[i] w[i, j] / (z[j] + e sign(z[j])) * R[j]
    gamma     the same with (1 + g) times the contributions that have the sign of z[j]
    box       (a w - low max(w, 0) - high min(w, 0)) in place of a w, for pixels in [low, high]

Convolutions follow gamma, linear layers epsilon, layers that read the image the box rule. A batch
normalisation after a convolution is folded into it. Other normalisations and activations pass
their relevance on unchanged, and so does the product with a gate, whose gate gets none. Sums
(shortcuts), concatenations and mean pooling share it by contribution; max pooling gives it to the
maximum.

The forward pass keeps its values; hooks replace the derivative of each layer, so that the gradient
times the input is the relevance. Operations outside of modules keep their derivative where they are
linear, and are refused where they are not.

Papers: Bach et al. 2015, On pixel-wise explanations; Montavon et al. 2017, deep Taylor
decomposition (box); Montavon et al. 2019, Layer-wise relevance propagation: an overview (gamma);
Andéol et al. 2021 (gamma for inputs of both signs); Arras et al. 2017 (gates).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from convscope.arch import Composition
from convscope.arch.fold import fold
from convscope.errors import InputError
from convscope.network.backward_rules import (
    CONVOLUTIONS,
    KNOWN,
    MAX_POOLINGS,
    NAMES,
    OTHER_ACTIVATIONS,
    RELUS,
    is_relu,
    node_kind,
)
from convscope.network.build import Network
from convscope.network.hooks import PARAMETRIZED, is_layer, is_scripted
from convscope.network.layer_info import LayerInfo, layer_info
from convscope.network.recorder import Key, tensor_key

TINY = 1e-12  # a contribution below it is none
NOT_LINEAR = frozenset(
    (
        *("Pow", "Sqrt", "Rsqrt", "Exp", "Log", "Var", "Std", "VarMean", "NativeLayerNorm"),
        *("NativeGroupNorm", "LinalgVectorNorm", "Norm"),
    )
)
# linear on both sides of 0: the gradient times the input is the output
HOMOGENEOUS = frozenset({"Where", "LeakyRelu", "PreluKernel", "Abs"})
LINEAR = (KNOWN - NOT_LINEAR) | {*CONVOLUTIONS, *MAX_POOLINGS} | HOMOGENEOUS
PRODUCTS = ("Mul", "Bmm", "Baddbmm", "Addbmm", "Mm", "Addmm", "Dot", "Mv", "Linear")
GATES = ("Sigmoid", "Hardsigmoid")
# operations that change only the shape of the image, or add zeros around it
RESHAPING = frozenset(
    (
        *("AccumulateGrad", "ConstantPadNd", "View", "UnsafeView", "ReshapeAlias", "Permute"),
        *("Squeeze", "Unsqueeze", "Slice", "Alias", "Clone", "ToCopy", "Contiguous"),
    )
)
FACTORS = {"Gate": "gate"}
"""Parts of compositions that count as constant factors, by the type of the composition."""
Hook = Callable[..., Any]


class Rules(NamedTuple):
    """Settings of the rules: g of gamma, e of epsilon."""

    gamma: float
    epsilon: float


@dataclass
class Pass:
    """State of one forward pass under the rules.

    Attributes:
        boxes: by layer, its inputs for the lowest and the highest image, for the box rule.
        sources: outputs of layers with weights, for a batch normalisation that follows.
        inputs: of the modules that are running.
    """

    rules: Rules
    boxes: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    sources: dict[Key, tuple[Tensor, "Linear"]] = field(default_factory=dict)
    inputs: dict[str, Tensor] = field(default_factory=dict)
    is_inside: bool = False


class Linear(NamedTuple):
    """A layer that is linear in its input, with the input of its run."""

    path: str
    module: nn.Module
    input: Tensor
    gamma: float


@contextmanager
def relevance_rules(network: nn.Module, state: Pass) -> Iterator[None]:
    """Replace the derivatives of the layers for the forward passes inside the context.

    The values of the forward pass are unchanged. The hooks are removed on exit.
    """
    info = layer_info(network)
    with ExitStack() as hooks:
        for path, module in _layers(network):
            hook = _hook(path, info[path], module, state)
            if hook is not None:
                keep = partial(_keep, path, info[path], state)
                hooks.enter_context(module.register_forward_pre_hook(keep))
                hooks.enter_context(module.register_forward_hook(hook))
        for gate in _gates(network):
            hooks.enter_context(gate.register_forward_hook(_constant))
        yield


@contextmanager
def first_inputs(network: nn.Module) -> Iterator[dict[str, list[Tensor]]]:
    """Collect the inputs of the layers with weights that read the image itself, by path."""
    info, inputs = layer_info(network), dict[str, list[Tensor]]()

    def keep(path: str, _: nn.Module, args: tuple[Any, ...]) -> None:
        if args and isinstance(args[0], Tensor) and _is_reshaped(args[0]):
            inputs.setdefault(path, []).append(args[0])

    with ExitStack() as hooks:
        for path, module in _layers(network):
            if _has_weights(info[path], module):
                hooks.enter_context(module.register_forward_pre_hook(partial(keep, path)))
        yield inputs


@contextmanager
def signal_graph(output: Tensor) -> Iterator[None]:
    """Check that every operation below an output has a rule, and cut the gates off.

    Raises:
        InputError: an operation that is neither linear nor a layer with a rule.
    """
    with ExitStack() as hooks:
        seen, waiting = set(), [output.grad_fn]
        while waiting:
            node: Any = waiting.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            following = [edge[0] for edge in node.next_functions]
            cut = _cut(node_kind(node), node, following)
            if cut is not None:
                hooks.enter_context(node.register_hook(partial(_without, cut)))
                following[cut] = None
            waiting += following
        yield


def _cut(kind: str, node: Any, following: Sequence[Any]) -> int | None:
    """The position of the factor that counts as a constant; None for linear operations.

    Raises:
        InputError: an operation without a rule.
    """
    is_product = sum(each is not None for each in following) > 1
    if kind == "Mul" and is_product:
        return _gate(node, following)
    if kind == "Div" and is_product:
        return 1
    if (kind in LINEAR and not (kind in PRODUCTS and _two_signals(kind, following))) or (
        kind in RELUS and (kind == "Hardtanh" or is_relu(kind, node))
    ):
        return None
    name = NAMES.get(kind, kind) if kind in OTHER_ACTIVATIONS else str(node.name())
    raise InputError(
        f"relevance propagation has no rule for {name} in this network",
        expected="layers that are linear, and activations and normalisations that are modules",
        fix="use a method without rules: integrated_gradients, occlusion, grad_cam",
    )


def _two_signals(kind: str, following: Sequence[Any]) -> bool:
    """Return whether both factors of a product depend on the image."""
    factors = following[1:] if kind in ("Addmm", "Baddbmm", "Addbmm") else following[:2]
    return all(each is not None for each in factors[:2]) and len(factors) > 1


def _gate(node: Any, following: Sequence[Any]) -> int:
    """The factor of a product that is the gate: the smaller one, or the output of a sigmoid."""
    sizes = [getattr(node, f"_saved_{name}", None) for name in ("self", "other")]
    numbers = [size.numel() if isinstance(size, Tensor) else 0 for size in sizes]
    if numbers[0] != numbers[1]:
        return int(numbers[1] < numbers[0])
    kinds = [node_kind(each) for each in following[:2]]
    gates = [position for position, kind in enumerate(kinds) if kind in GATES]
    if len(gates) == 1:
        return gates[0]
    raise InputError(
        "relevance propagation has no rule for the product of two signals in this network",
        expected="a product with a gate: one number per channel, or the output of a sigmoid",
        fix="use a method without rules: integrated_gradients, occlusion, grad_cam",
    )


def _without(position: int, gradients: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...]:
    kept = list(gradients)
    if kept[position] is not None:
        kept[position] = torch.zeros_like(kept[position])
    return tuple(kept)


def _layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    return [
        (path, module)
        for path, module in network.named_modules()
        if path
        and is_layer(network, path)
        and PARAMETRIZED not in path.split(".")
        and not is_scripted(module)
    ]


def _gates(network: nn.Module) -> list[nn.Module]:
    """The modules of the gates in an architecture; in other modules the graph shows them."""
    if not isinstance(network, Network):
        return []
    paths: list[str] = []

    def composition(block: Composition, path: str, _: dict[str, None]) -> None:
        if block.type in FACTORS:
            paths.append(".".join(name for name in (path, FACTORS[block.type]) if name))

    fold(network.architecture.block, layer=lambda _layer, _path: None, composition=composition)
    return [network.get_submodule(path) for path in paths]


def _constant(_: nn.Module, __: Any, output: Tensor) -> Tensor:
    return output.detach()


def _has_weights(info: LayerInfo, module: nn.Module) -> bool:
    """Return whether a layer is linear in its input, with weights of its own."""
    return info.role in ("convolution", "linear") and "weight" in module._parameters


def _hook(path: str, info: LayerInfo, module: nn.Module, state: Pass) -> Hook | None:
    if info.gives_probabilities:  # a sigmoid of a gate, or the end of the network
        return None
    if _has_weights(info, module):
        gamma = state.rules.gamma if info.role == "convolution" else 0.0
        return partial(_weighted, path, gamma, state)
    if info.role == "normalisation" and info.batch_statistics:
        return partial(_folded, path, state)
    return partial(_passed, path, state) if info.role in ("normalisation", "activation") else None


def _keep(
    path: str, info: LayerInfo, state: Pass, _: nn.Module, args: tuple[Any, ...]
) -> tuple[Any, ...] | None:
    """Keep the input of a run; an activation gets a copy, since it may work in place."""
    if state.is_inside or not args or not isinstance(args[0], Tensor):
        return None
    state.inputs[path] = args[0]
    return (args[0].clone(), *args[1:]) if info.role == "activation" else None


def _weighted(
    path: str, gamma: float, state: Pass, module: nn.Module, _: Any, output: Any
) -> Tensor | None:
    input = state.inputs.pop(path, None)
    if state.is_inside or input is None or not isinstance(output, Tensor):
        return None
    layer = Linear(path, module, input, gamma)
    replaced = _replaced(layer, output, torch.ones(()), state)
    state.sources[tensor_key(replaced)] = (replaced, layer)
    return replaced


def _folded(path: str, state: Pass, module: nn.Module, _: Any, output: Any) -> Tensor | None:
    """A batch normalisation: part of the layer whose output it reads, or passed on."""
    input = state.inputs.pop(path, None)
    if input is None or not isinstance(output, Tensor):
        return None
    source = state.sources.get(tensor_key(input))
    if source is None or source[0] is not input:
        return _with_derivative(_share(input, output), output)
    zeros = input.new_zeros(1, input.shape[1], *[1] * (input.ndim - 2))
    with torch.no_grad():
        scale = module.forward(zeros + 1) - module.forward(zeros)
    return _replaced(source[1], output, scale, state)


def _passed(path: str, state: Pass, _: nn.Module, __: Any, output: Any) -> Tensor | None:
    input = state.inputs.pop(path, None)
    if input is None or not isinstance(output, Tensor) or input.shape != output.shape:
        return None
    return _with_derivative(_share(input, output), output)


def _share(input: Tensor, output: Tensor) -> Tensor:
    """The input times the constant output / input: its gradient passes relevance on unchanged."""
    ratio = torch.where(input.abs() > TINY, output / input, 0)
    return input * ratio.detach()


def _with_derivative(derived: Tensor, value: Tensor) -> Tensor:
    """A tensor with the numbers of `value` and the derivative of `derived`."""
    return derived + (value - derived).detach()


def _replaced(layer: Linear, output: Tensor, scale: Tensor, state: Pass) -> Tensor:
    """The output of a linear layer, times a scale of each channel, under its rule."""
    box = state.boxes.get(layer.path)
    state.is_inside = True  # the same module runs again, with parts of its weights
    try:
        if box is not None:
            return _box(layer, output, scale, box)
        if layer.gamma > 0:
            return _gamma(layer, output, scale, state.rules.epsilon)
        derived = _part(layer, layer.input, None) * scale
    finally:
        state.is_inside = False
    return _with_derivative(derived * _ratio(output, output, state.rules.epsilon), output)


def _ratio(output: Tensor, sums: Tensor, epsilon: float) -> Tensor:
    """Output / sums as a constant, the sums moved away from 0 by epsilon."""
    sign = torch.where(sums >= 0, 1.0, -1.0)
    moved = sums + sign * max(epsilon, 1e-30)
    return (output / moved).detach()


def _gamma(layer: Linear, output: Tensor, scale: Tensor, epsilon: float) -> Tensor:
    """Contributions with the sign of the output count (1 + gamma) times."""
    above = layer.input.clamp(min=0)
    positive, negative = _part(layer, above, 1), _part(layer, above, -1)
    if bool((layer.input < 0).any()):
        below = layer.input - above
        positive, negative = positive + _part(layer, below, -1), negative + _part(layer, below, 1)
    is_turned = scale < 0
    helping = scale * torch.where(is_turned, negative, positive)
    opposing = scale * torch.where(is_turned, positive, negative)
    bias = (output - helping - opposing).detach()
    is_positive = output >= 0
    favoured = 1 + layer.gamma
    shared = torch.where(is_positive, favoured * helping + opposing, helping + favoured * opposing)
    sums = shared + bias * torch.where((bias >= 0) == is_positive, favoured, 1.0)
    return _with_derivative(shared * _ratio(output, sums.detach(), epsilon), output)


def _box(layer: Linear, output: Tensor, scale: Tensor, box: tuple[Tensor, Tensor]) -> Tensor:
    """The rule of a layer that reads pixels between a lowest and a highest image."""
    low, high = box
    low_up, low_down = _part(layer, low, 1), _part(layer, low, -1)
    high_up, high_down = _part(layer, high, 1), _part(layer, high, -1)
    is_turned = scale < 0
    ends = torch.where(is_turned, low_down + high_up, low_up + high_down)
    shared = scale * (_part(layer, layer.input, None) - ends)
    return _with_derivative(shared * _ratio(output, shared.detach(), TINY), output)


def _part(layer: Linear, input: Tensor, sign: int | None) -> Tensor:
    """The layer without its bias, with its positive or its negative weights, or with all."""
    parameters = layer.module._parameters
    weight, bias = parameters["weight"], parameters.get("bias")
    assert weight is not None
    values: dict[str, Tensor] = {"weight": weight}
    if sign is not None:
        values["weight"] = weight.clamp(min=0) if sign > 0 else weight.clamp(max=0)
    if bias is not None:
        values["bias"] = torch.zeros_like(bias)
    part: Tensor = functional_call(layer.module, values, (input,))
    return part


def _is_reshaped(tensor: Tensor) -> bool:
    """Return whether a tensor is the image itself, perhaps in another shape or with a border."""
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        node: Any = waiting.pop()
        if node is None or node in seen:
            continue
        if node_kind(node) not in RESHAPING:
            return False
        seen.add(node)
        waiting += [before for before, _ in node.next_functions]
    return tensor.requires_grad
