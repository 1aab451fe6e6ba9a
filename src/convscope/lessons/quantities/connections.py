"""Numbers of the chapters on connections, shared weights and receptive fields."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from convscope.lessons.quantities.formats import Value
from convscope.lessons.quantities.images import case

if TYPE_CHECKING:
    from convscope.arch.compare import Measured
    from convscope.arch.table import Row
    from convscope.labs.layers.receptive_field import ReceptiveField

SHARED, LOCAL, FULL = range(3)
"""Entries of the case local_or_shared_or_full."""

LINES, REACH = 9, 3
"""Inputs and kernel of the row of the figure on connections."""

STACK = 4
"""Convolutions of 3 x 3 in the figure on the receptive field."""


def _layer(network: str, path: str) -> "Row":
    from convscope.zoo import load

    return next(row for row in load(network).table().rows if row.path == path)


def _input(network: str) -> int:
    from convscope.zoo import load

    return int(load(network).input.height)


def _inputs(network: str) -> int:
    from convscope.zoo import load

    return load(network).input.numel


def _kernel(network: str, path: str) -> int:
    window = _layer(network, path).window
    assert window is not None
    return int(window.kernel[0])


def _map() -> tuple[int, int]:
    from convscope.shapes import CHW

    shape = _layer("lenet5", "conv1").output_shape
    assert isinstance(shape, CHW)
    return shape.height, shape.width


def _positions() -> int:
    height, width = _map()
    return height * width


def _shared(entry: int) -> "Measured":
    return case("local_or_shared_or_full", entry)


def field(*layers: str) -> int:
    """Return the receptive field of layers such as "conv3", "pool2", from the input up."""
    from convscope.labs.layers.receptive_field import ReceptiveField, parse_layers

    return ReceptiveField(parse_layers(" ".join(layers))).fields[-1].field


def _stack(depth: int) -> "ReceptiveField":
    """Return a stack of 3 x 3 convolutions with stride 1."""
    from convscope.labs.layers.receptive_field import ReceptiveField, Window

    return ReceptiveField((Window("conv", 3, 1, 1),) * depth)


def _down() -> str:
    """Return the sides of a unit's field from the top layer down: 3, 5, 7, 9."""
    return ", ".join(str(one.field) for one in _stack(STACK).fields[1:])


def _paths() -> tuple[int, ...]:
    """Return the paths from each pixel of the field to the unit, along one axis."""
    return tuple(map(int, _stack(STACK).paths()))


def _layers_for(pixels: int) -> int:
    return next(n for n in range(pixels) if _stack(n).fields[-1].field >= pixels)


def _convolutions(network: str) -> int:
    from convscope.zoo import load

    layers = [step.layer for step in load(network).trace.steps]
    return sum(layer is not None and layer.role == "convolution" for layer in layers)


CONNECTIONS: dict[str, Callable[[], Value]] = {
    "lenet5.inputs": lambda: _inputs("lenet5"),
    "lenet5.input_side": lambda: _input("lenet5"),
    "lenet5.window": lambda: _kernel("lenet5", "conv1"),
    "lenet5.window_values": lambda: _kernel("lenet5", "conv1") ** 2,
    "lenet5.map": lambda: " × ".join(map(str, _map())),
    "lenet5.growth": lambda: _shared(SHARED).output_shape.numel / _inputs("lenet5"),
    "alexnet.conv1.kernel_side": lambda: _kernel("alexnet", "conv1"),
    "vgg16.input_side": lambda: _input("vgg16"),
    "shared.factor": _positions,
    "shared.sparse_factor": lambda: _shared(FULL).macs / _shared(LOCAL).macs,
    "shared.sparse_parameters_factor": lambda: _shared(FULL).parameters / _shared(LOCAL).parameters,
    "shared.full.parameters": lambda: _shared(FULL).parameters,
    "shared.full.macs": lambda: _shared(FULL).macs,
    "shared.local.parameters": lambda: _shared(LOCAL).parameters,
    "shared.local.macs": lambda: _shared(LOCAL).macs,
    "shared.convolution.parameters": lambda: _shared(SHARED).parameters,
    "shared.convolution.macs": lambda: _shared(SHARED).macs,
    "field.conv3_down": _down,
    "field.pool_between": lambda: field("conv3", "pool2", "conv3"),
    "field.pool_last": lambda: field("conv3", "conv3", "pool2"),
    "field.layers_for_photo": lambda: _layers_for(_input("vgg16")),
    "field.vgg16_convolutions": lambda: _convolutions("vgg16"),
    "field.paths": lambda: ", ".join(map(str, _paths())),
    "field.paths_middle": lambda: _paths()[STACK],
    "field.paths_ratio": lambda: f"1 : {_paths()[STACK] ** 2}",
}
