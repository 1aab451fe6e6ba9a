"""One walk through an architecture: every operation in order, with shapes and tensors.

Everything else that is known about an architecture - its table, memory, receptive fields,
torch module - is a fold over these steps.
"""

from typing import NamedTuple

from convscope.arch.block import AnyBlock, AuxiliaryHead, Chain, Concat, Residual
from convscope.arch.limits import LIMITS, Limits, check
from convscope.errors import ArchitectureError
from convscope.layers import Layer
from convscope.layers.base import nbytes
from convscope.shapes import CHW, Shape


class Step(NamedTuple):
    """One operation: a layer, or the joining at the end of a Concat or a Residual.

    Tensors are numbered; 0 is the input of the whole.
    """

    path: str
    operation: Layer | Concat | Residual
    inputs: tuple[int, ...]
    output: int
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int
    macs: int
    auxiliary: bool


class Head(NamedTuple):
    """Where an auxiliary head leaves the network."""

    path: str
    weight: float
    shape: Shape


class Trace(NamedTuple):
    """All steps in the order in which they run, and what comes out."""

    input_shape: Shape
    steps: tuple[Step, ...]
    output: int
    output_shape: Shape
    heads: tuple[Head, ...]


def trace(block: AnyBlock, input_shape: Shape, limits: Limits = LIMITS) -> Trace:
    """Follow the shapes through a block.

    Raises:
        ArchitectureError: something does not fit, or passes a limit; `where` is its path.
    """
    walk = _Walk(limits, input_shape)
    output = walk.block(block, "", 0, 0)
    return Trace(input_shape, tuple(walk.steps), output, walk.shapes[output], tuple(walk.heads))


class _Walk:
    """The state of one walk: steps so far, shapes by tensor, what they cost."""

    def __init__(self, limits: Limits, input_shape: Shape) -> None:
        self.limits = limits
        self.steps: list[Step] = []
        self.heads: list[Head] = []
        self.shapes: list[Shape] = [input_shape]
        self.parameters = 0
        self.fitted = 0
        self.activation_bytes = 0
        self.inside_heads = 0

    def block(self, block: AnyBlock, path: str, tensor: int, depth: int) -> int:
        """Walk one block; the number of the tensor that comes out."""
        check(self.limits, "depth", depth, where=path)
        match block:
            case Chain():
                for name, part in block.blocks.items():
                    tensor = self.block(part, _join(path, name), tensor, depth + 1)
                return tensor
            case Concat():
                ends = {
                    name: self.block(part, _join(path, name), tensor, depth + 1)
                    for name, part in block.blocks.items()
                }
                shapes = {name: self.shapes[end] for name, end in ends.items()}
                return self.step(block, path, tuple(ends.values()), _joined(shapes, path))
            case Residual():
                body = self.block(block.body, _join(path, "body"), tensor, depth + 1)
                short = self.block(block.shortcut, _join(path, "shortcut"), tensor, depth + 1)
                shape = _added(self.shapes[body], self.shapes[short], path)
                return self.step(block, path, (body, short), shape)
            case AuxiliaryHead():
                if self.inside_heads:
                    raise ArchitectureError(
                        "an auxiliary head inside an auxiliary head",
                        expected="heads on the main network only",
                        where=path,
                    )
                self.inside_heads += 1
                end = self.block(block.head, _join(path, "head"), tensor, depth + 1)
                self.inside_heads -= 1
                self.heads.append(Head(path, block.weight, self.shapes[end]))
                return tensor
            case _:
                return self.layer(block, path, tensor)

    def layer(self, layer: Layer, path: str, tensor: int) -> int:
        input = self.shapes[tensor]
        try:
            output = layer.output_shape(input)
            costs = layer.parameters(input), layer.macs(input)
            self.fitted += layer.fitted(input)
        except ArchitectureError as error:
            raise error.at(path) from None
        return self.step(layer, path, (tensor,), output, *costs)

    def step(
        self,
        operation: Layer | Concat | Residual,
        path: str,
        inputs: tuple[int, ...],
        output_shape: Shape,
        parameters: int = 0,
        macs: int = 0,
    ) -> int:
        self.parameters += parameters
        self.activation_bytes += nbytes(output_shape)
        check(self.limits, "layers", len(self.steps) + 1, where=path)
        check(self.limits, "parameters", self.parameters + self.fitted, where=path)
        check(self.limits, "activation_bytes", self.activation_bytes, where=path)
        if isinstance(output_shape, CHW):
            check(self.limits, "places", max(output_shape[1:]), where=path)
        self.shapes.append(output_shape)
        output = len(self.shapes) - 1
        shapes = tuple(self.shapes[tensor] for tensor in inputs)
        auxiliary = self.inside_heads > 0
        self.steps.append(
            Step(path, operation, inputs, output, shapes, output_shape, parameters, macs, auxiliary)
        )
        return output


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _joined(shapes: dict[str, Shape], path: str) -> CHW:
    """The shape of branches joined along their channels."""
    maps = {name: shape for name, shape in shapes.items() if isinstance(shape, CHW)}
    sizes = {(shape.height, shape.width) for shape in maps.values()}
    if len(maps) != len(shapes) or len(sizes) != 1:
        raise ArchitectureError(
            "its branches end in different sizes: "
            + ", ".join(f"{name} {shape}" for name, shape in shapes.items()),
            expected="the same height and width from every branch",
            fix="pad the larger kernels (padding = kernel_size // 2 keeps the size)",
            where=path,
        )
    (height, width) = sizes.pop()
    return CHW(sum(shape.channels for shape in maps.values()), height, width)


def _added(body: Shape, shortcut: Shape, path: str) -> Shape:
    """The shape of two ways added."""
    if body == shortcut and type(body) is type(shortcut):
        return body
    fix = "make both ways end in one shape"
    if isinstance(body, CHW) and isinstance(shortcut, CHW):
        fix = (
            f"a shortcut that gives {body}: ZeroPadShortcut({body.channels}, stride=...) or "
            f"Conv2d({body.channels}, 1, stride=..., bias=False)"
        )
    raise ArchitectureError(
        f"its two sides differ: body {body}, shortcut {shortcut}",
        expected="the same shape on both sides",
        fix=fix,
        where=path,
    )
