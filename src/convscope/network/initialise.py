"""Initial values of weights, as the papers drew them. Biases and normalisation keep theirs."""

import math
from typing import Literal, get_args

import torch

from convscope.errors import unknown_name
from convscope.network.build import Network

Scheme = Literal["torch", "he", "xavier", "lecun"]


def initialise(network: Network, scheme: Scheme, *, seed: int) -> None:
    """Draw new weights for convolutions and linear layers, in the order of their execution.

    - torch: keeps what `build` drew, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
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
    for step in network.architecture.trace.steps:
        fans = step.layer.fans(step.input_shapes[0]) if step.layer else None
        if fans is None:
            continue
        weight = network.get_parameter(f"{step.path}.weight")
        with torch.no_grad():
            if scheme == "he":
                weight.normal_(0, math.sqrt(2 / fans.fan_in), generator=generator)
            elif scheme == "xavier":
                bound = math.sqrt(6 / (fans.fan_in + fans.fan_out))
                weight.uniform_(-bound, bound, generator=generator)
            else:
                weight.uniform_(-2.4 / fans.fan_in, 2.4 / fans.fan_in, generator=generator)
