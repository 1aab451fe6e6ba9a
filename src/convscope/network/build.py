"""Build the torch module of an architecture.

Modules have the architecture's names, so that a key of the state dict is a path:
`stage3.block2.conv1.weight`.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from convscope.arch import AnyBlock, Architecture, Composition, Trace, trace
from convscope.arch.fold import fold, row
from convscope.errors import unknown_name
from convscope.network.memory import memory_for
from convscope.shapes import Shape

Heads = list[Tensor] | None


class _Composed(nn.Module):
    """Base of the modules of compositions: the parts under their own names."""

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)

    def ends(self, x: Tensor, heads: Heads) -> list[Tensor]:
        """Return the outputs of the parts, each on the same input."""
        return [_call(part, x, heads) for part in self._modules.values()]


class ChainModule(_Composed):
    """One after another."""

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        for part in self._modules.values():
            x = _call(part, x, heads)
        return x


class ConcatModule(_Composed):
    """Branches concatenated along the channels."""

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        return torch.cat(self.ends(x, heads), dim=1)


class ResidualModule(_Composed):
    """body(x) + shortcut(x)."""

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        body, shortcut = self.ends(x, heads)
        return body + shortcut


class GateModule(_Composed):
    """body(x) * gate(x); a gate of one number per channel is broadcast over height and width."""

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        body, gate = self.ends(x, heads)
        return body * gate


class AuxiliaryHeadModule(_Composed):
    """x itself; the head's logits are appended to `heads` where it is a list."""

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        if heads is not None:
            heads += self.ends(x, None)
        return x


MODULES: dict[str, Callable[[Mapping[str, nn.Module]], nn.Module]] = {
    "Chain": ChainModule,
    "Concat": ConcatModule,
    "Residual": ResidualModule,
    "Gate": GateModule,
    "AuxiliaryHead": AuxiliaryHeadModule,
}


def _call(part: nn.Module | None, x: Tensor, heads: Heads) -> Tensor:
    assert part is not None
    y: Tensor = part(x, heads) if isinstance(part, _Composed) else part(x)
    return y


class Network(nn.Module):
    """The module of an architecture; `forward` returns the logits as one tensor.

    (N, C, H, W) -> (N, classes).

    Attributes:
        architecture: the architecture from which it was built.
        head_weights: weights of the auxiliary heads' losses, in order.
    """

    def __init__(self, architecture: Architecture, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.architecture = architecture
        self.head_weights = tuple(head.weight for head in architecture.trace.heads)
        self._modules.update(parts)

    def forward(self, x_NCHW: Tensor, heads: Heads = None) -> Tensor:
        """Return the logits. With a list, auxiliary heads run and append their logits to it."""
        x = x_NCHW
        for part in self._modules.values():
            x = _call(part, x, heads)
        return x


def build(architecture: Architecture, *, seed: int = 0) -> Network:
    """Return the network of an architecture with PyTorch's initial values.

    Args:
        seed: of the initial values, which are drawn on the CPU. The global generators keep
            their states.
    """
    memory = memory_for(architecture, "the weights")
    with memory, torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs too
        return _network(architecture)


def build_empty(architecture: Architecture) -> Network:
    """Return the network on the meta device: names and shapes without memory."""
    with torch.device("meta"):
        return _network(architecture)


def _network(architecture: Architecture) -> Network:
    chain = _module(architecture.block, architecture.trace)
    return Network(architecture, dict(chain.named_children()))


def put_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a module its tensors without copies; names and shapes must be the module's.

    Like `load_state_dict(weights, assign=True)`, which takes time with the square of the number
    of modules: 90 s for 9,000.
    """
    modules = dict(module.named_modules())
    for name, tensor in weights.items():
        path, _, leaf = name.rpartition(".")
        owner = modules[path]
        old = owner._parameters.get(leaf)
        if old is not None:
            owner._parameters[leaf] = nn.Parameter(tensor, requires_grad=old.requires_grad)
        else:
            owner._buffers[leaf] = tensor


def build_block(block: AnyBlock, input_shape: Shape) -> nn.Module:
    """Return the module of any block for an input of that shape, as a preprocessing chain."""
    return _module(block, trace(block, input_shape))


def _module(block: AnyBlock, steps: Trace) -> nn.Module:
    inputs = {step.path: step.input_shapes[0] for step in steps.steps}

    def composition(kind: Composition, path: str, parts: dict[str, nn.Module]) -> nn.Module:
        return row(MODULES, kind, backend="PyTorch", where=path)(parts)

    return fold(block, layer=lambda layer, path: layer.build(inputs[path]), composition=composition)


def module_at(network: nn.Module, path: str) -> nn.Module:
    """Return the module at a path.

    Raises:
        InputError: an unknown path; the message suggests the nearest ones.
    """
    module: nn.Module | None = network
    for name in path.split("."):
        module = module._modules.get(name) if module is not None else None
    if module is None:
        known = [name for name, _ in network.named_modules() if name]
        raise unknown_name("layer", path, known)
    return module
