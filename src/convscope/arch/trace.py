"""Every operation of an architecture in the order in which it runs, with shapes and tensors.

Tables, memory, receptive fields and the modules of torch are computed from these steps.
"""

from collections.abc import Mapping
from typing import NamedTuple

from convscope.arch.block import AnyBlock, AuxiliaryHead, Composition
from convscope.arch.fold import Place, flow
from convscope.arch.limits import LIMITS, Limits, check
from convscope.errors import ArchitectureError
from convscope.layers import Layer
from convscope.layers.base import nbytes
from convscope.shapes import CHW, Shape


class Step(NamedTuple):
    """One operation: a layer, or the composition that joins its branches.

    Tensors are numbered; 0 is the input of the architecture.
    """

    path: str
    operation: Layer | Composition
    inputs: tuple[int, ...]
    output: int
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int
    macs: int
    auxiliary: bool

    @property
    def layer(self) -> Layer | None:
        """The layer; None where branches are joined."""
        return self.operation if isinstance(self.operation, Layer) else None

    @property
    def connections(self) -> int:
        """Uses of a weight or a bias for one image, as LeCun et al. 1998 count them."""
        return self.layer.connections(self.input_shapes[0]) if self.layer else 0


class Head(NamedTuple):
    """An auxiliary head: its path, the weight of its loss, the tensor and shape of its logits."""

    path: str
    weight: float
    shape: Shape
    output: int


class Trace(NamedTuple):
    """All steps in the order in which they run, and the output."""

    input_shape: Shape
    steps: tuple[Step, ...]
    output: int
    output_shape: Shape
    heads: tuple[Head, ...]


def trace(block: AnyBlock, input_shape: Shape, limits: Limits = LIMITS) -> Trace:
    """Follow the shapes through a block.

    Raises:
        ArchitectureError: a shape does not fit, or a limit is passed; `where` is the path.
    """
    tracer = Tracer(limits, input_shape)
    output = flow(block, 0, tracer)
    shape = tracer.shapes[output]
    return Trace(input_shape, tuple(tracer.steps), output, shape, tuple(tracer.heads))


class Tracer:
    """Collects steps, shapes and costs. Tensors are represented by their numbers."""

    def __init__(self, limits: Limits, input_shape: Shape) -> None:
        self.limits = limits
        self.steps: list[Step] = []
        self.heads: list[Head] = []
        self.shapes: list[Shape] = [input_shape]
        self.parameters = 0
        self.fitted = 0
        self.activation_bytes = 0

    def enter(self, block: AnyBlock, place: Place) -> None:
        check(self.limits, "depth", place.depth, where=place.path)
        if place.auxiliary and isinstance(block, Composition) and block.flow == "side":
            raise ArchitectureError(
                "an auxiliary head inside an auxiliary head",
                expected="heads on the main network only",
                where=place.path,
            )

    def layer(self, layer: Layer, place: Place, tensor: int) -> int:
        input = self.shapes[tensor]
        try:
            output = layer.output_shape(input)
            parameters, macs = layer.parameters(input), layer.macs(input)
            self.fitted += layer.fitted(input)
        except ArchitectureError as error:
            raise error.at(place.path) from None
        return self._step(layer, place, (tensor,), output, parameters=parameters, macs=macs)

    def join(self, block: Composition, place: Place, ends: Mapping[str, int]) -> int:
        try:
            output = block.joined({name: self.shapes[end] for name, end in ends.items()})
        except ArchitectureError as error:
            raise error.at(place.path) from None
        return self._step(block, place, tuple(ends.values()), output)

    def side(self, block: Composition, place: Place, ends: Mapping[str, int]) -> None:
        assert isinstance(block, AuxiliaryHead)
        end = ends["head"]
        self.heads.append(Head(place.path, block.weight, self.shapes[end], end))

    def _step(
        self,
        operation: Layer | Composition,
        place: Place,
        inputs: tuple[int, ...],
        output_shape: Shape,
        *,
        parameters: int = 0,
        macs: int = 0,
    ) -> int:
        self.parameters += parameters
        self.activation_bytes += nbytes(output_shape)
        path = place.path
        check(self.limits, "layers", len(self.steps) + 1, where=path)
        check(self.limits, "parameters", self.parameters + self.fitted, where=path)
        check(self.limits, "activation_bytes", self.activation_bytes, where=path)
        if isinstance(output_shape, CHW):
            check(self.limits, "places", max(output_shape[1:]), where=path)
        self.shapes.append(output_shape)
        self.steps.append(
            Step(
                path=path,
                operation=operation,
                inputs=inputs,
                output=len(self.shapes) - 1,
                input_shapes=tuple(self.shapes[tensor] for tensor in inputs),
                output_shape=output_shape,
                parameters=parameters,
                macs=macs,
                auxiliary=place.auxiliary,
            )
        )
        return len(self.shapes) - 1
