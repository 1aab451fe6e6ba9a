"""A picture of the filmstrip: kernels of the first convolution, and maps of one image.

Axes: K kernels, C channels, H height, W width.
"""

import base64
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from convscope.evaluate.protocol import evaluating
from convscope.network import Network
from convscope.training.watching.capture import Place
from convscope.training.watching.records import Kind

MOST_KERNELS = 64
MOST_INPUTS = 3  # channels of a kernel
MOST_LAYERS = 6
MOST_CHANNELS = 16
MOST_SIDE = 32


def frame(network: Network, places: list[Place], input_NCHW: Tensor) -> list[dict[str, Any]]:
    """Return the pictures of a frame, as `records.Picture`. The network is not changed.

    Args:
        input_NCHW: one preprocessed image, or none.
    """
    pictures = first_kernels(network)
    if len(input_NCHW) == 0:
        return pictures
    outputs: dict[str, Tensor] = {}
    chosen = chosen_layers(places)
    hooks = [
        place.module.register_forward_hook(
            lambda _, __, output, path=place.about.path: outputs.__setitem__(path, output.detach())
        )
        for place in chosen
    ]
    try:
        with evaluating(network), torch.no_grad():
            network(input_NCHW)
    finally:
        for hook in hooks:
            hook.remove()
    for place in chosen:
        if place.about.path not in outputs:  # of an auxiliary head, which runs in training only
            continue
        maps_CHW = outputs[place.about.path][0].float()
        few = maps_CHW[:MOST_CHANNELS]
        height, width = few.shape[1:]
        if max(height, width) > MOST_SIDE:
            few = adaptive_avg_pool2d(few, (min(height, MOST_SIDE), min(width, MOST_SIDE)))
        size = height, width
        pictures.append(picture("maps", place.about.path, few, len(maps_CHW), size))
    return pictures


def chosen_layers(places: list[Place]) -> list[Place]:
    """Return some layers with maps, evenly spaced: activations, or what there is."""
    with_maps = [
        place for place in places if len(place.about.shape) == 3 and place.about.shape[1] > 1
    ]
    after = [place for place in with_maps if place.role == "activation"]
    layers = after or [place for place in with_maps if place.role == "convolution"] or with_maps
    if len(layers) <= MOST_LAYERS:
        return layers
    last = len(layers) - 1
    return [layers[round(number * last / (MOST_LAYERS - 1))] for number in range(MOST_LAYERS)]


def first_kernels(network: Network) -> list[dict[str, Any]]:
    """Return the kernels of the first convolution; nothing for a network without one."""
    for step in network.architecture.trace.steps:
        layer = step.layer
        kernels = layer.kernels(network.get_submodule(step.path)) if layer else None
        if kernels is not None:
            few = kernels.detach()[:MOST_KERNELS, :MOST_INPUTS].float()
            size = int(kernels.shape[2]), int(kernels.shape[3])
            return [picture("kernels", step.path, few, len(kernels), size)]
    return []


def picture(
    kind: Kind, path: str, values: Tensor, total: int, size: tuple[int, int]
) -> dict[str, Any]:
    """Return numbers in 8 bits with one scale: zero stays zero, and the largest 255 or 127."""
    values = torch.nan_to_num(values)
    low, high = float(values.min()), float(values.max())
    zero = 128 if low < 0 else 0
    most = max(-low, high) / 127 if zero else high / 255
    scale = most or 1.0
    quantised = ((values / scale).round() + zero).clamp(0, 255).to(torch.uint8)
    raw = quantised.cpu().contiguous().numpy().tobytes()
    return {
        "kind": kind,
        "path": path,
        "shape": list(values.shape),
        "total": total,
        "size": list(size),
        "zero": zero,
        "scale": scale,
        "values": base64.b64encode(raw).decode("ascii"),
    }
