"""The state of a network: whatever its outputs depend on, to see that an engine is out of date.

An engine holds a copy of the weights. Between two uses weights may have changed, also in ways that
PyTorch does not count (`.data`), layers may have been replaced, and hooks registered.
"""

import hashlib
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convscope.network import Network

WIDTH = 4096  # numbers that are summed together
SAMPLES = 64  # numbers of a tensor in a digest
GLOBAL_HOOKS = ("_global_forward_hooks", "_global_forward_pre_hooks")


class State(NamedTuple):
    """Tensors by identity, version and weighted sums; modules and their plain attributes."""

    tensors: tuple[tuple[int, int, int], ...]
    sums: bytes
    modules: tuple[nn.Module, ...]
    attributes: tuple[tuple[str, Any], ...]


def state_of(network: Network) -> State:
    """Return the state of a network; equal as long as its outputs for an input are the same.

    Weighted sums of 4,096 numbers each see every change of a weight above rounding.
    """
    tensors = _tensors(network)
    modules = tuple(module for module in network.modules() if module is not network)
    return State(
        tuple((id(each), _version(each), each.data_ptr()) for each in tensors),
        _sums(tensors),
        modules,
        tuple(item for module in modules for item in _attributes(module)),
    )


def digest(network: Network) -> str:
    """Return a digest of the architecture and of samples of the weights.

    It names a network on this machine across processes: cheap, and no proof of equality.
    """
    result = hashlib.sha256(network.architecture.to_json().encode())
    for name, tensor in network.state_dict().items():
        values = tensor.detach().reshape(-1)
        step = max(1, len(values) // SAMPLES)
        sample = values[::step][:SAMPLES].cpu().contiguous()
        result.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        result.update(sample.view(torch.uint8).numpy().tobytes() if len(sample) else b"")
    return result.hexdigest()


def needs_pytorch(network: Network) -> str:
    """Return the reason why only PyTorch computes what a network does now; empty without one."""
    if any(module.training for module in network.modules()):
        return "a network in training mode"
    has_hooks = any(
        module._forward_hooks or module._forward_pre_hooks for module in network.modules()
    )
    if has_hooks or any(getattr(nn.modules.module, name) for name in GLOBAL_HOOKS):
        return "hooks on the network"
    return ""


def _tensors(network: Network) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version  # inference tensors count none


def _sums(tensors: list[Tensor]) -> bytes:
    """Return sums of the numbers, weighted so that two that are swapped are seen."""
    ramps: dict[torch.device, Tensor] = {}
    parts = []
    with torch.no_grad():
        for tensor in tensors:
            values = tensor.detach().reshape(-1).float()
            if values.device not in ramps:
                ramps[values.device] = torch.linspace(1, 2, WIDTH, device=values.device)
            ramp, rows = ramps[values.device], len(values) // WIDTH
            if rows:
                parts.append((values[: rows * WIDTH].view(rows, WIDTH) @ ramp).cpu())
            rest = values[rows * WIDTH :]
            parts.append((rest @ ramp[: len(rest)]).reshape(1).cpu())
        return torch.cat(parts).numpy().tobytes() if parts else b""


def _attributes(module: nn.Module) -> list[tuple[str, Any]]:
    """Return what a module has beside tensors and parts, as a stride; objects by identity."""
    plain = (bool, int, float, str, tuple, type(None))
    return [
        (name, value if isinstance(value, plain) else id(value))
        for name, value in vars(module).items()
        if not name.startswith("_")
    ]
