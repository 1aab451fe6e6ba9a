"""The layers that give the logits, and the same network for another number of classes."""

from dataclasses import replace
from typing import NamedTuple

from convscope.arch.architecture import Architecture
from convscope.arch.block import (
    AnyBlock,
    AuxiliaryHead,
    Chain,
    Concat,
    Residual,
    block_at,
)
from convscope.arch.trace import Step
from convscope.errors import ArchitectureError
from convscope.layers import BatchNorm2d, Conv2d, Linear
from convscope.shapes import CHW, Shape


class Adapted(NamedTuple):
    """An architecture for other classes, and the paths whose weights cannot be taken over."""

    architecture: Architecture
    made_anew: tuple[str, ...]


def classifiers(architecture: Architecture) -> tuple[str, ...]:
    """Paths of the layers whose outputs count the classes: the main ones, then each head's.

    That is the last Linear or Conv2d on the way to the logits, and a batch normalisation
    after it; layers without weights (Flatten, pooling, ReLU ...) are passed over.

    Raises:
        ArchitectureError: something else gives the logits; `where` is its path.
    """
    steps = architecture.trace.steps
    ends = [architecture.trace.output]
    for head in architecture.trace.heads:
        inside = [step for step in steps if step.path.startswith(f"{head.path}.head")]
        ends.append(inside[-1].output)
    return tuple(path for end in ends for path in _before(architecture, end))


def with_classes(architecture: Architecture, num_classes: int) -> Adapted:
    """The same network with other classes: its classifiers are exchanged, the rest is as it was.

    Raises:
        ArchitectureError: its last layer is none that can be exchanged, as a code of the digits.
    """
    paths = classifiers(architecture)
    block = architecture.block
    for path in paths:
        changed = _put(block, path.split("."), _resized(block_at(block, path), num_classes))
        assert isinstance(changed, Chain)
        block = changed
    fields = {name: getattr(architecture, name) for name in Architecture.model_fields}
    new = {"block": block, "num_classes": num_classes, "facts": (), "results": ()}
    if num_classes == architecture.num_classes:
        return Adapted(architecture, paths)
    return Adapted(Architecture(**(fields | new)), paths)


def _before(architecture: Architecture, tensor: int) -> list[str]:
    """From a tensor of logits backwards to the layer that made them."""
    makers = {step.output: step for step in architecture.trace.steps}
    found: list[str] = []
    while tensor in makers:
        step = makers[tensor]
        if len(step.inputs) != 1:
            break
        if isinstance(step.operation, BatchNorm2d):
            found.append(step.path)
        elif isinstance(step.operation, Linear | Conv2d):
            return [step.path, *found]
        elif step.parameters or _width(step.input_shapes[0]) != _width(step.output_shape):
            break
        tensor = step.inputs[0]
    raise _no_classifier(architecture, makers.get(tensor))


def _width(shape: Shape) -> int:
    return shape.channels if isinstance(shape, CHW) else shape.features


def _no_classifier(architecture: Architecture, step: Step | None) -> ArchitectureError:
    what = step.operation.type if step else "nothing"
    return ArchitectureError(
        f"{what} gives the logits of {architecture.name}, and it cannot learn other classes",
        expected="a Linear or a Conv2d as the last layer with weights",
        where=step.path if step else "",
    )


def _resized(layer: AnyBlock, num_classes: int) -> AnyBlock:
    match layer:
        case Linear():
            return replace(layer, out_features=num_classes)
        case Conv2d():
            return replace(layer, out_channels=num_classes)
        case _:
            return layer  # a normalisation counts the channels of its input


def _put(block: AnyBlock, path: list[str], new: AnyBlock) -> AnyBlock:
    """The block with one part exchanged."""
    if not path:
        return new
    name, rest = path[0], path[1:]
    match block:
        case Chain() | Concat():
            parts = {**block.blocks, name: _put(block.blocks[name], rest, new)}
            return type(block)(**parts)
        case Residual():
            body = _put(block.body, rest, new) if name == "body" else block.body
            shortcut = _put(block.shortcut, rest, new) if name == "shortcut" else block.shortcut
            return Residual(body, shortcut)
        case AuxiliaryHead():
            return AuxiliaryHead(_put(block.head, rest, new), block.weight)
        case _:
            raise AssertionError(path)
