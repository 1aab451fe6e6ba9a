"""The nominal time of a forward pass in PyTorch, from the size of a network; no clock."""

import math

from convscope.network import Network

# rates of 2 cores, set by eye to the forward passes of seven networks that were measured
MACS_PER_S = 150e9
VALUES_PER_S = 1.5e9  # activations written, with autograd's graph
SHORT_S = 0.1  # of all images in PyTorch; below, no other engine is worth a look


def size(network: Network) -> tuple[int, int]:
    """Return the multiply-accumulates and the values written by one forward pass of one image."""
    steps = [step for step in network.architecture.trace.steps if not step.auxiliary]
    return sum(step.macs for step in steps), sum(math.prod(step.output_shape) for step in steps)


def seconds_per_image(network: Network) -> float:
    """Return the nominal seconds of a forward pass of one image; the same on every machine."""
    macs, values = size(network)
    return macs / MACS_PER_S + values / VALUES_PER_S


def weight_bytes(network: Network) -> int:
    """Return the size of the parameters in memory."""
    return sum(p.numel() * p.element_size() for p in network.parameters())
