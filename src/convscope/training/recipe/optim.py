"""Optimisers as data. Each builds torch's own, fused where torch has a fused version.

Weight decay acts on weights only, not on biases and not on the scale and shift of a
normalisation (He et al. 2019, "Bag of tricks", section 3.1): see `undecayed` of each layer.
"""

from collections.abc import Mapping
from inspect import signature
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pydantic
import torch
from pydantic import Field
from torch import Tensor, nn

from convscope.arch import Architecture
from convscope.layers import Layer
from convscope.network import Network
from convscope.record import Record

NotNegative = Annotated[float, Field(ge=0)]
Below1 = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Scales = Mapping[str, float]  # by parameter name; 1 by default
NO_SCALES: Scales = MappingProxyType({})
SCALE = "lr_scale"  # in a group of parameters


class _Optimiser(Record):
    """Base of the optimisers: their fields have the names of torch's arguments."""

    def build(self, network: Network, lr_scales: Scales = NO_SCALES) -> torch.optim.Optimizer:
        options: dict[str, Any] = dict(self)
        kind = getattr(torch.optim, options.pop("type"))
        members = groups(network, options.pop("weight_decay"), lr_scales)
        fused = {"fused": True} if "fused" in signature(kind).parameters else {"foreach": True}
        optimiser: torch.optim.Optimizer = kind(members, lr=0.0, **fused, **options)
        return optimiser


class SGD(_Optimiser):
    """v = momentum v + g; w -= lr v, or with Nesterov w -= lr (g + momentum v)."""

    type: Literal["SGD"] = "SGD"
    momentum: Below1 = 0.9
    nesterov: bool = True
    weight_decay: NotNegative = 0.0

    @pydantic.model_validator(mode="after")
    def _has_momentum(self) -> "SGD":
        if self.nesterov and self.momentum == 0:
            raise ValueError("Nesterov needs a momentum above 0: set nesterov=false")
        return self


class Adam(_Optimiser):
    """m and v, running means of g and g^2; w -= lr m' / (sqrt(v') + eps). Decay is added to g.

    Paper: Kingma and Ba 2015.
    """

    type: Literal["Adam"] = "Adam"
    betas: tuple[Below1, Below1] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0


class AdamW(_Optimiser):
    """Adam with decoupled decay: w -= lr (m' / (sqrt(v') + eps) + weight_decay w).

    Paper: Loshchilov and Hutter 2019.
    """

    type: Literal["AdamW"] = "AdamW"
    betas: tuple[Below1, Below1] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.01


class RMSprop(_Optimiser):
    """v, a running mean of g^2; w -= lr g / (sqrt(v) + eps). Torch has no fused version.

    Paper: Tieleman and Hinton 2012 (lecture 6e).
    """

    type: Literal["RMSprop"] = "RMSprop"
    alpha: Below1 = 0.99
    eps: Positive = 1e-8
    momentum: Below1 = 0.0
    weight_decay: NotNegative = 0.0


AnyOptimiser = Annotated[SGD | Adam | AdamW | RMSprop, Field(discriminator="type")]


def undecayed(architecture: Architecture) -> frozenset[str]:
    """Return the names of the parameters that take no weight decay."""
    return frozenset(
        f"{step.path}.{name}"
        for step in architecture.trace.steps
        if isinstance(step.operation, Layer)
        for name in step.operation.undecayed
    )


def groups(
    network: Network, weight_decay: float, lr_scales: Scales = NO_SCALES
) -> list[dict[str, Any]]:
    """Return parameter groups by weight decay and learning rate factor, decayed ones first."""
    members: dict[tuple[float, float], list[nn.Parameter]] = {}
    without_decay = undecayed(network.architecture)
    named = list(network.named_parameters())
    for has_decay in (True, False):
        for name, parameter in named:
            if (name not in without_decay) == has_decay:
                key = (lr_scales.get(name, 1.0), weight_decay if has_decay else 0.0)
                members.setdefault(key, []).append(parameter)
    return [
        {"params": parameters, "weight_decay": decay, SCALE: scale}
        for (scale, decay), parameters in members.items()
    ]


def set_lr(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of the next step, times each group's factor."""
    for group in optimiser.param_groups:
        group["lr"] = lr * group.get(SCALE, 1.0)


def state_tensors(
    optimiser: torch.optim.Optimizer, named: Mapping[str, nn.Parameter]
) -> dict[str, Tensor]:
    """Return every state tensor of the optimiser, as "path:name"."""
    return {
        f"{path}:{name}": value
        for path, parameter in named.items()
        for name, value in optimiser.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def load_state(
    optimiser: torch.optim.Optimizer, named: Mapping[str, nn.Parameter], tensors: dict[str, Tensor]
) -> None:
    """Load state tensors, each in the memory layout that torch would give it."""
    for key, value in tensors.items():
        path, _, name = key.rpartition(":")
        parameter = named[path]
        if value.shape == parameter.shape:  # a moment; the count of steps is a scalar
            value = torch.empty_like(parameter.detach()).copy_(value)
        optimiser.state[parameter][name] = value
