"""Changes of single channels of a layer while a network runs: zeroed, scaled, swapped.

Axes: N batch, V variants of one image, K channels.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from convscope.network.build import module_at
from convscope.network.hooks import Run

Action = Literal["zero", "scale", "swap"]


class Change(NamedTuple):
    """A change of one channel.

    Attributes:
        unit: the channel.
        action: "zero", "scale" by `factor`, or "swap" with the channel `other`.
    """

    unit: int
    action: Action = "zero"
    factor: float = 0.0
    other: int = 0


@contextmanager
def changed_channels(
    network: nn.Module, run: Run, variants: Sequence[Change | None], *, axis: int = 1
) -> Iterator[None]:
    """Repeat a layer's output once for each variant, each with its change; None changes nothing.

    The layers before it run once for all variants. Image n of a batch becomes the rows
    n * V ... n * V + V - 1 of everything that follows.

    Args:
        run: the layer, and which of its runs.
        axis: of the channels in the layer's output.
    """
    times = 0

    def hook(_: nn.Module, __: Any, output: Tensor) -> Tensor | None:
        nonlocal times
        times += 1
        if times != run.number:
            return None
        repeated = output.repeat_interleave(len(variants), dim=0)
        channels = repeated.movedim(axis, 1)
        for number, change in enumerate(variants):
            if change is not None:
                _apply(channels[number :: len(variants)], change)
        return repeated

    with torch.no_grad(), module_at(network, run.path).register_forward_hook(hook):
        yield


def _apply(channels_NK: Tensor, change: Change) -> None:
    """Change a channel in place."""
    if change.action == "swap":
        pair = [change.unit, change.other]
        channels_NK[:, pair] = channels_NK[:, pair[::-1]].clone()
    else:
        factor = 0.0 if change.action == "zero" else change.factor
        channels_NK[:, change.unit] *= factor
