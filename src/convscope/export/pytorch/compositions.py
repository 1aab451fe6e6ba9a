"""Classes of the compositions, as exported files carry them: torch only, lines of 88.

A file carries them for compositions that occur once. A repeated composition becomes a class of
its own, whose `forward` calls the parts by name (`rows.py`). The tests compare both with the
modules of `convscope.network`, bit for bit.
"""

import torch
from torch import Tensor, nn


class Chain(nn.Sequential):
    """Named layers, one after another."""

    def __init__(self, /, **layers: nn.Module) -> None:
        super().__init__()
        self._modules.update(layers)


class Concat(nn.Module):
    """Named branches on one input, concatenated along the channels."""

    def __init__(self, /, **branches: nn.Module) -> None:
        super().__init__()
        self._modules.update(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class Residual(nn.Module):
    """body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x) + self.shortcut(x)
        return y


class Gate(nn.Module):
    """body(x) * gate(x)."""

    def __init__(self, body: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x) * self.gate(x)
        return y


class AuxiliaryHead(nn.Module):
    """The input itself; the head's logits are appended to `heads`, if it is a list."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, x: Tensor, heads: list[Tensor] | None = None) -> Tensor:
        if heads is not None:
            heads.append(self.head(x))
        return x
