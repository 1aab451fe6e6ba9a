"""A network for faster passes in PyTorch: batch normalisation folded, channels last in memory.

y = gamma (conv(x) + b - mean) / sqrt(var + eps) + beta is a convolution with other weights. The
logits and the gradients at the pixels are those of the network, up to rounding.

Axes: N batch, C channels, H height, W width.
"""

import copy
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import TypeVar, final

import torch
from torch import Tensor, nn

from convscope.arch.folding import Fold, folded_weights, folds
from convscope.network import Network, module_at
from convscope.network.hooks import run_outputs

AnyModule = TypeVar("AnyModule", bound=nn.Module)
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def folded(
    network: Network, *, kept: Collection[str] = (), dtype: torch.dtype | None = None
) -> Network:
    """Return a network in evaluation mode that shares all weights but those of convolutions.

    Args:
        kept: paths of layers whose outputs are read, so that they are not folded.
        dtype: of its weights and activations, as bfloat16; it then shares none.
    """
    twin = _shared(network).eval()
    kept = {*kept, *(last_layer(network, path) for path in kept)}
    for pair in _pairs(network, kept):
        _fold(twin, pair)
        parent, _, name = pair.norm.rpartition(".")
        owner = module_at(twin, parent) if parent else twin
        owner._modules[name] = nn.Identity()
    for module in twin.modules():
        weight = module._parameters.get("weight")
        if weight is not None and weight.ndim == 4:
            values = weight.detach().contiguous(memory_format=torch.channels_last)
            module._parameters["weight"] = nn.Parameter(values, requires_grad=False)
    if dtype is not None:
        for module in twin.modules():
            _convert(module, dtype)
    return twin


def _convert(module: nn.Module, dtype: torch.dtype) -> None:
    """Replace the floating tensors of a module by converted copies."""
    for name, parameter in module._parameters.items():
        if parameter is not None and parameter.is_floating_point():
            module._parameters[name] = nn.Parameter(parameter.detach().to(dtype), False)
    for name, buffer in module._buffers.items():
        if buffer is not None and buffer.is_floating_point():
            module._buffers[name] = buffer.to(dtype)


def last_layer(network: Network, path: str) -> str:
    """Return the path whose output is that of a layer or a chain: its last operation."""
    paths = [step.path for step in network.architecture.trace.steps if not step.auxiliary]
    inside = [each for each in paths if each.startswith(f"{path}.")]
    return path if path in paths or not inside else inside[-1]


def _shared(module: AnyModule) -> AnyModule:
    """Return a copy of the modules without their hooks, with the same parameters and buffers."""
    twin = copy.copy(module)
    twin._parameters, twin._buffers = dict(module._parameters), dict(module._buffers)
    twin._modules = {
        name: None if part is None else _shared(part) for name, part in module._modules.items()
    }
    for hooks in HOOKS:
        setattr(twin, hooks, OrderedDict())
    return twin


def _pairs(network: Network, kept: Collection[str]) -> list[Fold]:
    """Return the pairs that fold, as far as the network has the modules of its architecture."""
    return [
        pair
        for pair in folds(network.architecture.trace, kept)
        if _has_statistics(network, pair.norm) and _has_weights(network, pair.conv)
    ]


def _has_weights(network: Network, path: str) -> bool:
    """Return whether a module has its own weight, and a bias or none."""
    parameters = module_at(network, path)._parameters
    return parameters.get("weight") is not None and "bias" in parameters


def _has_statistics(network: Network, path: str) -> bool:
    if path not in dict(network.named_modules()):
        return False
    buffers = module_at(network, path)._buffers
    return all(buffers.get(name) is not None for name in ("running_mean", "running_var"))


def _fold(network: Network, pair: Fold) -> None:
    """Put a normalisation into the weight and bias of the convolution before it, in float64."""

    def tensor(name: str) -> Tensor | None:
        path, _, leaf = name.rpartition(".")
        module = module_at(network, path)
        values = (module._buffers | module._parameters).get(leaf)
        return None if values is None else values.detach().double()

    conv = module_at(network, pair.conv)
    kernel = conv._parameters["weight"]
    assert kernel is not None
    for leaf, values in zip(("weight", "bias"), folded_weights(pair, tensor), strict=True):
        conv._parameters[leaf] = nn.Parameter(values.to(kernel.dtype), requires_grad=False)


@final
class PyTorch:
    """Engine of PyTorch, by the network itself or a folded one.

    Args:
        channels_last: order of the inputs in memory, for networks whose weights have it.
    """

    def __init__(
        self, network: Network, paths: Sequence[str] = (), *, channels_last: bool = False
    ) -> None:
        self.name = "PyTorch"
        self._network, self._paths = network, tuple(paths)
        self._channels_last = channels_last
        floats = (p.dtype for p in network.parameters() if p.is_floating_point())
        self._dtype = next(floats, torch.float32)

    def __call__(self, inputs_NCHW: Tensor) -> tuple[Tensor, ...]:
        inputs = inputs_NCHW
        if self._channels_last:
            inputs = inputs.to(self._dtype, memory_format=torch.channels_last)
        with torch.no_grad():
            logits_NK: Tensor
            if not self._paths:  # hooks take time
                logits_NK = self._network(inputs)
                return (self._single(logits_NK),)
            with run_outputs(self._network, self._paths) as outputs:
                logits_NK = self._network(inputs)
        by_path = {run.path: output for run, output in outputs.items()}
        values = [by_path[path] for path in self._paths]
        return tuple(map(self._single, (logits_NK, *values)))

    def _single(self, values: Tensor) -> Tensor:
        return values.float() if self._dtype in (torch.bfloat16, torch.float16) else values
