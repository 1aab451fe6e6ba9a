"""Layers whose strongest activations are equal: units are compared by their inputs instead.

A saturating activation (tanh at 1, ReLU6 at 6) gives many units and positions the same output, up
to rounding, and no gradient. Which of them is the strongest is then a matter of their order. Before
the activation they differ.

Axes: N images, C channels, H height, W width.
"""

import torch
from torch import Tensor, nn

from convscope.network.hooks import RUN, frozen
from convscope.network.layer_info import layer_info
from convscope.visuals.forward import layer_runs


def before_saturation(network: nn.Module, input_NCHW: Tensor, layer: str) -> str:
    """Return the path of the layer whose output a saturating layer reads; others unchanged.

    Args:
        layer: its path, perhaps with `, run 2`.
    """
    path = layer.partition(RUN)[0]
    info = layer_info(network)
    if path not in info or not info[path].saturates:
        return layer
    with frozen(network), torch.no_grad():
        outputs = layer_runs(network, input_NCHW[:1])
    for run, output in outputs.items():
        if run.path == path and output.source is not None:
            times = sum(each.path == output.source.path for each in outputs)
            return output.source.name(times)
    return layer


def saturation_sentence(layer: str, ranked: str) -> str:
    """Return a sentence for captions where another layer than the chosen one is shown."""
    if layer == ranked:
        return ""
    return (
        f" Activations are those of {ranked}, the input of {layer}: {layer} saturates, so that its "
        "strongest activations are equal."
    )
