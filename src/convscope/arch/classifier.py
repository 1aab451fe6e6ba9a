"""The layers that give the logits, and the same network for another number of classes."""

from collections.abc import Mapping
from typing import NamedTuple

from convscope.arch.architecture import Architecture
from convscope.arch.fold import replaced
from convscope.arch.trace import Step
from convscope.errors import ArchitectureError
from convscope.layers import Layer


class Adapted(NamedTuple):
    """An architecture for other classes, and the paths of the layers that need new weights."""

    architecture: Architecture
    new_layers: tuple[str, ...]


def classifiers(architecture: Architecture) -> tuple[str, ...]:
    """Return the paths of the layers with one output for each class: main network, then heads.

    That is the last layer before the logits whose number of outputs can be set (Linear,
    Conv2d), and a normalisation with weights after it; layers without weights (Flatten,
    pooling, ReLU ...) are passed over.

    Raises:
        ArchitectureError: the last layer with weights is of another kind; `where` is its path.
    """
    return tuple(step.path for step in _classifier_steps(architecture))


def with_classes(architecture: Architecture, num_classes: int) -> Adapted:
    """Return the same network with its classifiers replaced for `num_classes` classes.

    Raises:
        ArchitectureError: the last layer has a fixed number of outputs, as RBF units have.
    """
    steps = _classifier_steps(architecture)
    paths = tuple(step.path for step in steps)
    if num_classes == architecture.num_classes:
        return Adapted(architecture, paths)
    new: dict[str, Layer] = {}
    for step in steps:
        layer = step.layer.with_outputs(num_classes) if step.layer else None
        if layer is not None:  # a normalisation takes its channels from its input
            new[step.path] = layer
    fields = {name: getattr(architecture, name) for name in Architecture.model_fields}
    changed = {
        "block": replaced(architecture.block, new),
        "num_classes": num_classes,
        "facts": (),
        "results": (),
    }
    return Adapted(Architecture(**(fields | changed)), paths)


def _classifier_steps(architecture: Architecture) -> list[Step]:
    trace = architecture.trace
    makers = {step.output: step for step in trace.steps}
    ends = [trace.output, *(head.output for head in trace.heads)]
    return [step for end in ends for step in _before(architecture, makers, end)]


def _before(architecture: Architecture, makers: Mapping[int, Step], tensor: int) -> list[Step]:
    """Follow a tensor of logits back to the layer that computes it."""
    norms: list[Step] = []
    while tensor in makers:
        step = makers[tensor]
        if step.layer is None:
            break
        if step.layer.with_outputs(architecture.num_classes) is not None:
            return [step, *norms]
        if step.layer.role == "normalisation" and step.parameters:
            norms.insert(0, step)
        elif step.parameters or step.input_shapes[0][0] != step.output_shape[0]:
            break
        tensor = step.inputs[0]
    raise _no_classifier(architecture, makers.get(tensor))


def _no_classifier(architecture: Architecture, step: Step | None) -> ArchitectureError:
    kind = step.operation.type if step else "no layer with weights"
    return ArchitectureError(
        f"{architecture.name} ends in {kind}, whose number of outputs cannot be changed",
        expected="a Linear or a Conv2d as the last layer with weights",
        where=step.path if step else "",
    )
