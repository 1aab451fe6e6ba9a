"""Checks of the outputs of a network: one logit for each class."""

from collections.abc import Iterator

from convscope.arch.trace import Step, Trace
from convscope.errors import ArchitectureError
from convscope.layers.base import Role
from convscope.shapes import Features


def output_problems(steps: Trace, num_classes: int) -> Iterator[ArchitectureError]:
    """Yield what is wrong with the outputs of the main network and of the auxiliary heads.

    `where` is the path of the head, "" for the main network, or the path of a layer that gives
    probabilities.
    """
    outputs = [("", steps.output_shape), *((head.path, head.shape) for head in steps.heads)]
    for path, shape in outputs:
        if shape != Features(num_classes) or not isinstance(shape, Features):
            yield ArchitectureError(
                f"the output is {shape}, and there are {num_classes} classes",
                expected=f"a vector of {num_classes} logits",
                fix=f"end with Flatten() and Linear({num_classes})",
                where=path,
            )
    for tensor in (steps.output, *(head.output for head in steps.heads)):
        if problem := _not_logits(steps, tensor):
            yield problem


KEEPS_PROBABILITIES: tuple[Role, ...] = ("shape", "dropout", "shortcut", "pooling", "activation")
"""Roles of layers without weights that leave probabilities what they are, or average them."""


def _not_logits(steps: Trace, tensor: int) -> ArchitectureError | None:
    """Follow an output back to the layer that gives it its meaning.

    Return the problem of one that gives probabilities: the loss and the prediction apply softmax,
    so that it would be applied twice.
    """
    makers = {step.output: step for step in steps.steps}
    waiting = [tensor]
    while waiting:
        step = makers.get(waiting.pop())
        if step is None:
            continue
        layer = step.layer
        if layer is not None and layer.gives_probabilities:
            return ArchitectureError(
                f"the network ends in {layer.type}, so its outputs are probabilities",
                expected="logits: training and prediction apply softmax to the outputs",
                fix="leave this layer out",
                where=step.path,
            )
        joins = layer is None and _joins_channels(step)
        keeps = layer is not None and layer.role in KEEPS_PROBABILITIES and not step.parameters
        if joins or keeps:
            waiting += step.inputs
    return None


def _joins_channels(step: Step) -> bool:
    """Return whether the channels or features of the branches stand side by side."""
    return step.output_shape[0] == sum(shape[0] for shape in step.input_shapes)
