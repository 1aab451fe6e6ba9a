"""Detect NaN or infinite values and name the first layer that produced them."""

import torch
from torch import Tensor, nn

from convscope.errors import TrainingError
from convscope.network import Network, activations, module_at


def first_non_finite_layer(network: Network, inputs_NCHW: Tensor) -> str:
    """Return the first layer, in network order, whose weight or output is not finite."""
    if not bool(torch.isfinite(inputs_NCHW).all()):
        return "the input of the network"
    modules = dict(network.named_modules())
    steps = network.architecture.trace.steps
    paths = [step.path for step in steps if step.path and step.path in modules]
    heads: list[Tensor] = []
    with torch.no_grad(), activations(network, paths) as outputs:
        network(inputs_NCHW, heads)
    for path in paths:
        for name, weight in module_at(network, path).named_parameters():
            if not bool(torch.isfinite(weight).all()):
                return f"{path}, whose {name} holds NaN or infinity"
        if path in outputs and not bool(torch.isfinite(outputs[path]).all()):
            return f"{path}, whose output holds NaN or infinity"
    return "the loss itself"


def first_non_finite_tensor(network: nn.Module) -> str:
    """Return the path of the first parameter or buffer that is not finite, or an empty text."""
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name
    return ""


def divergence_error(
    place: str, *, step: int, epoch: int, lr: float, checkpoint: str
) -> TrainingError:
    """Return the error for values that are not finite.

    Args:
        place: where they were first found.
        checkpoint: the last good one, or an empty text.
    """
    return TrainingError(
        f"step {step} of epoch {epoch}: NaN or infinite values, first in {place}",
        expected="finite numbers",
        fix=f"a smaller learning rate (it was {lr:g}), a warm-up, or clip_norm=1; "
        f"the last good checkpoint is {checkpoint or 'none: no checkpoint was saved yet'}",
        where="training",
    )
