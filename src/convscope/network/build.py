"""From an architecture to its torch module.

Modules stand under the architecture's own names, so that a key of the state dict is a path:
`stage3.block2.conv1.weight`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from convscope.arch import (
    AnyBlock,
    Architecture,
    AuxiliaryHead,
    Chain,
    Concat,
    Residual,
    trace,
)
from convscope.errors import unknown_name
from convscope.shapes import Shape

Heads = list[Tensor] | None


class ChainModule(nn.Module):
    """One after another."""

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        for part in self._modules.values():
            x = _call(part, x, heads)
        return x


class ConcatModule(nn.Module):
    """Branches joined along the channels."""

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        return torch.cat([_call(part, x, heads) for part in self._modules.values()], dim=1)


class ResidualModule(nn.Module):
    """body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        return _call(self.body, x, heads) + _call(self.shortcut, x, heads)


class AuxiliaryHeadModule(nn.Module):
    """x itself; the head's logits go into `heads` when somebody asks for them."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, x: Tensor, heads: Heads = None) -> Tensor:
        if heads is not None:
            heads.append(_call(self.head, x, None))
        return x


COMPOSED = (ChainModule, ConcatModule, ResidualModule, AuxiliaryHeadModule)


def _call(part: nn.Module | None, x: Tensor, heads: Heads) -> Tensor:
    assert part is not None
    y: Tensor = part(x, heads) if isinstance(part, COMPOSED) else part(x)
    return y


class Network(nn.Module):
    """The module of an architecture: images in, logits out, always one tensor.

    (N, C, H, W) -> (N, classes).

    Attributes:
        architecture: what it was built from.
        head_weights: how much each auxiliary head's loss counts, in order.
    """

    def __init__(self, architecture: Architecture, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.architecture = architecture
        self.head_weights = tuple(head.weight for head in architecture.trace.heads)
        self._modules.update(parts)

    def forward(self, x_NCHW: Tensor, heads: Heads = None) -> Tensor:
        """The logits. Auxiliary heads run only where a list is given; theirs are appended."""
        x = x_NCHW
        for part in self._modules.values():
            x = _call(part, x, heads)
        return x


def build(architecture: Architecture, *, seed: int = 0) -> Network:
    """The network of an architecture, with PyTorch's own start values.

    Args:
        seed: decides the start values, drawn on the CPU; the global generators are left as
            they were.
    """
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs too
        return _network(architecture)


def build_empty(architecture: Architecture) -> Network:
    """The network on the meta device: names and shapes, no memory. Weights are assigned later."""
    with torch.device("meta"):
        return _network(architecture)


def _network(architecture: Architecture) -> Network:
    inputs = {step.path: step.input_shapes[0] for step in architecture.trace.steps}
    parts = {name: _module(part, name, inputs) for name, part in architecture.block.blocks.items()}
    return Network(architecture, parts)


def build_block(block: AnyBlock, input_shape: Shape) -> nn.Module:
    """The module of any block for an input of that shape, as a preprocessing chain."""
    inputs = {step.path: step.input_shapes[0] for step in trace(block, input_shape).steps}
    return _module(block, "", inputs)


def _module(block: AnyBlock, path: str, inputs: Mapping[str, Shape]) -> nn.Module:
    def part(name: str, inner: AnyBlock) -> nn.Module:
        return _module(inner, f"{path}.{name}" if path else name, inputs)

    match block:
        case Chain():
            return ChainModule({name: part(name, inner) for name, inner in block.blocks.items()})
        case Concat():
            return ConcatModule({name: part(name, inner) for name, inner in block.blocks.items()})
        case Residual():
            return ResidualModule(part("body", block.body), part("shortcut", block.shortcut))
        case AuxiliaryHead():
            return AuxiliaryHeadModule(part("head", block.head))
        case _:
            return block.build(inputs[path])


def module_at(network: nn.Module, path: str) -> nn.Module:
    """The module that a path names.

    Raises:
        InputError: no such path; the nearest ones are named.
    """
    found: nn.Module | None = network
    for name in path.split("."):
        found = found._modules.get(name) if found is not None else None
    if found is None:
        known = [name for name, _ in network.named_modules() if name]
        raise unknown_name("layer", path, known)
    return found
