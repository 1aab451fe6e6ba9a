"""Numbers of LeNet-5, AlexNet and VGG that `networks.py` has not: sums, shares and ratios."""

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convscope.lessons.quantities.formats import Value
from convscope.shapes import CHW

if TYPE_CHECKING:
    from convscope.arch import Architecture, Step

PRINTED_ALEXNET_INPUT = 224
ALEXNET_CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
LECTURE_SLIP = 265  # channels of conv2 in the lecture
GTX_580_GIGABYTES = 3  # AlexNet paper, section 5
PRINTED_MODEL_C = 1_300_000  # parameters, All-CNN paper, Table 3
MNIST_SIDE = 28
ROUNDED_LENET5 = 60_000  # "about", in the lecture


def network(name: str) -> "Architecture":
    """Return a network of the zoo."""
    from convscope.zoo import load

    return load(name)


@cache
def step(name: str, path: str) -> "Step":
    """Return a step of a network by its path."""
    return next(each for each in network(name).trace.steps if each.path == path)


def kernel_shape(name: str, path: str) -> tuple[int, int, int]:
    """Return height, width and depth of the kernels of a convolution."""
    layer = step(name, path).layer
    assert layer is not None
    size = layer.kernel_size  # type: ignore[attr-defined]
    rows, columns = size if isinstance(size, tuple) else (size, size)
    groups = layer.groups  # type: ignore[attr-defined]
    return rows, columns, step(name, path).input_shapes[0][0] // groups


def parameter_sum(name: str) -> str:
    """Return the parameters of all layers and their sum: 156 + 2,416 + ... = 61,706."""
    counts = [each.parameters for each in network(name).trace.steps if each.parameters]
    return f"{' + '.join(f'{count:,}' for count in counts)} = {sum(counts):,}"


def parameters(name: str, *prefixes: str) -> int:
    """Return the parameters of the layers whose paths begin so; without prefixes, of all."""
    steps = (each for each in network(name).trace.steps if not each.auxiliary)
    return sum(each.parameters for each in steps if each.path.startswith(prefixes or ""))


def macs(name: str, *prefixes: str) -> int:
    """Return the multiply-accumulates of the layers whose paths begin so."""
    steps = (each for each in network(name).trace.steps if not each.auxiliary)
    return sum(each.macs for each in steps if each.path.startswith(prefixes or ""))


def _weights(name: str, path: str) -> int:
    return step(name, path).parameters - step(name, path).output_shape[0]


def _with_roles(name: str, role: str) -> int:
    return sum(
        each.layer is not None and each.layer.role == role and each.macs > 0
        for each in network(name).trace.steps
    )


def pixels(name: str, path: str) -> tuple[int, int]:
    """Return height and width of a layer's output."""
    shape = step(name, path).output_shape
    assert isinstance(shape, CHW)
    return shape.height, shape.width


def _kernel(name: str, path: str) -> tuple[str, Callable[[], Value]]:
    return f"kernels.{name}.{path}", lambda: kernel_shape(name, path)


def _alexnet_size() -> str:
    side, kernel = network("alexnet").input.width, kernel_shape("alexnet", "conv1")[0]
    return f"({side} − {kernel}) / 4 + 1 = {(side - kernel) // 4 + 1}"


def _printed_alexnet_size() -> str:
    kernel = kernel_shape("alexnet", "conv1")[0]
    output = (PRINTED_ALEXNET_INPUT - kernel) / 4 + 1
    return f"({PRINTED_ALEXNET_INPUT} − {kernel}) / 4 + 1 = {output:g}"


def _lenet5_first() -> str:
    weights = kernel_shape("lenet5", "conv1")[0] ** 2
    return f"6 · ({weights} + 1) = {6 * (weights + 1)}"


def _doubled_lenet5() -> tuple[int, int, int]:
    """Return the output of the third convolution for an image of twice the sides."""
    from convscope.zoo.papers.classic.lenet import lenet5

    channels, height, width = network("lenet5").input
    steps = lenet5(input=CHW(channels, 2 * height, 2 * width)).trace.steps
    shape = next(each.output_shape for each in steps if each.path == "conv3")
    assert isinstance(shape, CHW)
    return shape.height, shape.width, shape.channels


def _flat(name: str, path: str) -> str:
    height, width = pixels(name, path)
    channels = step(name, path).output_shape[0]
    return f"{height} · {width} · {channels} = {height * width * channels:,}"


def _table_one() -> tuple[tuple[int, ...], ...]:
    from convscope.zoo.papers.classic.lenet import C3_TABLE

    return C3_TABLE


def _digit_rows() -> int:
    from convscope.zoo.papers.classic.lenet import DIGITS

    return len(DIGITS[0].split("|"))


def _saving(smaller: int, larger: int, count: int) -> float:
    """Return what `count` small kernels save against one large kernel of the same channels."""
    return 1 - count * smaller**2 / larger**2


def _stack_field(layers: int) -> int:
    """Return the receptive field of 3 x 3 convolutions on each other."""
    from convscope.labs.layers.receptive_field import ReceptiveField, parse_layers

    return ReceptiveField(parse_layers("conv3 " * layers)).fields[-1].field


@cache
def _stacks() -> tuple[int, int]:
    """Return the bytes that training keeps: of one 5 x 5, and of two 3 x 3."""
    from convscope.arch.compare_cases import compare_case

    five, threes = compare_case("two_3x3_or_5x5", load=network).entries
    return five.training_bytes, threes.training_bytes


LENET5: dict[str, Callable[[], Value]] = {
    "lenet5.sum": lambda: parameter_sum("lenet5"),
    "lenet5.input_size": lambda: (network("lenet5").input.height, network("lenet5").input.width),
    "lenet5.border": lambda: (network("lenet5").input.height - MNIST_SIDE) // 2,
    "lenet5.conv1.weights": lambda: kernel_shape("lenet5", "conv1")[0] ** 2,
    "lenet5.conv1.sum": _lenet5_first,
    "lenet5.conv3.share": lambda: parameters("lenet5", "conv3") / parameters("lenet5"),
    "lenet5.doubled.conv3": _doubled_lenet5,
    "lenet5.doubled.values": lambda: math.prod(_doubled_lenet5()),
    "lenet5_1998.c3.maps": lambda: len(_table_one()),
    "lenet5_1998.c3.pairs": lambda: sum(map(len, _table_one())),
    "lenet5_1998.c3.all_pairs": lambda: 6 * len(_table_one()),
    "lenet5_1998.bitmap_rows": _digit_rows,
    "lecture.lenet5.parameters": lambda: ROUNDED_LENET5,
}
"""LeNet-5."""

ALEXNET: dict[str, Callable[[], Value]] = {
    **dict(_kernel("alexnet", path) for path in ALEXNET_CONVOLUTIONS),
    **dict(_kernel("alexnet_ungrouped", path) for path in ALEXNET_CONVOLUTIONS),
    "alexnet.pool5.size": lambda: pixels("alexnet", "pool5"),
    "alexnet.flat": lambda: _flat("alexnet", "pool5"),
    "alexnet.fully_connected.share": lambda: parameters("alexnet", "fc") / parameters("alexnet"),
    "alexnet.to_lenet5.parameters": lambda: round(parameters("alexnet") / parameters("lenet5")),
    "alexnet.to_lenet5.macs": lambda: round(macs("alexnet") / macs("lenet5")),
    "alexnet.to_googlenet": lambda: parameters("alexnet") / parameters("googlenet"),
    "alexnet.input_side": lambda: network("alexnet").input.width,
    "alexnet.conv1.side": lambda: kernel_shape("alexnet", "conv1")[0],
    "alexnet.conv1.formula": _alexnet_size,
    "alexnet.conv1.half": lambda: step("alexnet", "conv1").output_shape[0] // 2,
    "alexnet.conv2.reads": lambda: kernel_shape("alexnet", "conv2")[2],
    "alexnet.conv2.weights": lambda: _weights("alexnet", "conv2"),
    "alexnet_ungrouped.conv2.weights": lambda: _weights("alexnet_ungrouped", "conv2"),
    "alexnet.printed_side": lambda: PRINTED_ALEXNET_INPUT,
    "alexnet.printed_formula": _printed_alexnet_size,
    "lecture.alexnet.channels": lambda: LECTURE_SLIP,
    "gtx580.gigabytes": lambda: GTX_580_GIGABYTES,
}
"""AlexNet."""

VGG: dict[str, Callable[[], Value]] = {
    "vgg16.convolutions": lambda: _with_roles("vgg16", "convolution"),
    "vgg16.linears": lambda: (
        sum(each.macs > 0 for each in network("vgg16").trace.steps)
        - _with_roles("vgg16", "convolution")
    ),
    "vgg16.convolutions.parameters": lambda: parameters("vgg16", "block"),
    "vgg16.convolutions.share": lambda: parameters("vgg16", "block") / parameters("vgg16"),
    "vgg16.convolutions.macs_share": lambda: macs("vgg16", "block") / macs("vgg16"),
    "vgg16.flat": lambda: _flat("vgg16", "block5.pool"),
    "vgg16.fc1.share": lambda: parameters("vgg16", "fc1") / parameters("vgg16"),
    "vgg16.to_googlenet": lambda: parameters("vgg16") / parameters("googlenet"),
    "vgg16.to_resnet34.macs": lambda: macs("vgg16") / macs("resnet34"),
    "vgg16.to_mobilenet.macs": lambda: macs("vgg16") / macs("mobilenet_v1"),
    "field.four": lambda: _stack_field(4),
    "five.squared": lambda: 5**2,
    "threes_or_five.saving": lambda: _saving(3, 5, 2),
    "threes_or_seven.saving": lambda: _saving(3, 7, 3),
    "five.training_bytes": lambda: _stacks()[0],
    "threes.training_bytes": lambda: _stacks()[1],
}
"""VGG."""

CLASSIC: dict[str, Callable[[], Value]] = {
    **LENET5,
    **ALEXNET,
    **VGG,
    "model_c.sum": lambda: parameter_sum("model_c"),
    "model_c.printed": lambda: PRINTED_MODEL_C,
}
"""Networks of the chapters 11 to 17."""
