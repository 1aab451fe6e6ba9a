"""Strided 1 x 1 convolutions of few channels, kept out of PyTorch's broken kernel.

In PyTorch 2.13 on a CPU the backward pass of a float32 `Conv2d` with a 1 x 1 kernel, a stride above
1 and fewer than 16 input channels writes outside its memory when its input is channels_last: the
process ends with a segmentation fault, or later with damaged memory. The same convolution in the
default memory format is right. RepVGG's first block has one.
"""

from typing import Any, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)
FEWEST_CHANNELS = 16  # from this many on, another kernel computes


def channels_last(network: Module) -> Module:
    """Put a network into channels_last, but for the convolutions of this module's description.

    Args:
        network: changed in place.

    Returns:
        The network itself.
    """
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and _is_broken(module):
            weight = module.weight
            # `contiguous()` keeps the strides of a 1 x 1 kernel, and PyTorch decides by them
            weight.data = torch.empty_like(weight, memory_format=torch.contiguous_format).copy_(
                weight.data
            )
            module.register_forward_pre_hook(_to_default_format)
    return network


def _is_broken(convolution: nn.Conv2d) -> bool:
    is_pointwise = convolution.kernel_size == (1, 1)
    is_strided = max(convolution.stride) > 1
    return is_pointwise and is_strided and convolution.in_channels < FEWEST_CHANNELS


def _to_default_format(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    x_NCHW, *rest = inputs
    if x_NCHW.device.type != "cpu":
        return inputs
    default = torch.empty_like(x_NCHW, memory_format=torch.contiguous_format)
    return default.copy_(x_NCHW), *rest
