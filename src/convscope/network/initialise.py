"""Start values, as the papers drew them. Biases and batch normalisation are left alone."""

import math
from typing import Literal, get_args

import torch
from torch import nn

from convscope.errors import unknown_name
from convscope.layers.modules import LocallyConnected2d, PartialConv2d

Scheme = Literal["torch", "he", "xavier", "lecun"]


def initialise(network: nn.Module, scheme: Scheme, *, seed: int) -> None:
    """Draw the weights of convolutions and linear layers anew.

    - torch: as built, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
    - he: N(0, 2 / fan_in). Paper: He et al. 2015.
    - xavier: U(-a, a), a = sqrt(6 / (fan_in + fan_out)). Paper: Glorot and Bengio 2010.
    - lecun: U(-2.4 / fan_in, 2.4 / fan_in). Paper: LeCun et al. 1998.

    Raises:
        InputError: no such scheme.
    """
    if scheme not in get_args(Scheme):
        raise unknown_name("scheme", scheme, get_args(Scheme))
    if scheme == "torch":
        return
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | PartialConv2d | LocallyConnected2d):
            weight = module.weight
            fan_in, fan_out = _fans(module)
            with torch.no_grad():
                if scheme == "he":
                    weight.normal_(0, math.sqrt(2 / fan_in), generator=generator)
                elif scheme == "xavier":
                    bound = math.sqrt(6 / (fan_in + fan_out))
                    weight.uniform_(-bound, bound, generator=generator)
                else:
                    weight.uniform_(-2.4 / fan_in, 2.4 / fan_in, generator=generator)


def _fans(module: nn.Module) -> tuple[float, float]:
    """How many numbers a unit sees, and how many units a number reaches (a mean for tables)."""
    match module:
        case nn.Conv2d():
            window = math.prod(module.kernel_size)
            return (
                module.in_channels // module.groups * window,
                module.out_channels // module.groups * window,
            )
        case nn.Linear():
            return module.in_features, module.out_features
        case PartialConv2d():
            numbers = module.weight.numel()
            return numbers / module.out_channels, numbers / module.in_channels
        case LocallyConnected2d():
            _, units, fan_in = module.weight.shape
            return fan_in, units * math.prod(module.kernel_size)
    raise AssertionError(type(module))
