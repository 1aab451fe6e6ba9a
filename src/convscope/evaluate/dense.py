"""A network on images larger than its own input: its classifier slid over the feature maps.

Flatten and the first Linear after it are a convolution whose kernel is the whole map; every
later Linear is one of 1x1. On a larger map they give a class score map, whose mean is the
answer. On an image of the network's own size it is the network itself.

Axes: N batch, C channels, H height, W width, K classes.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from convscope.arch import AnyBlock, Chain
from convscope.arch.trace import Step
from convscope.errors import ArchitectureError, InputError
from convscope.layers import (
    Dropout,
    Flatten,
    Identity,
    Layer,
    Linear,
    ReLU,
    ReLU6,
    ScaledTanh,
    Sigmoid,
    Tanh,
)
from convscope.network import Network
from convscope.network.build import module_at
from convscope.shapes import CHW

POINTWISE = (Dropout, Identity, ReLU, ReLU6, ScaledTanh, Sigmoid, Tanh)


class _Part(NamedTuple):
    path: str
    block: AnyBlock


class Dense(nn.Module):
    """(N, C, H, W) of any size that is large enough -> logits (N, K), from the same weights.

    Shares its modules with the network.

    Raises:
        InputError: images whose feature map is smaller than the classifier's window.

    Paper: Simonyan and Zisserman 2015, section 3.2, after Sermanet et al. 2014 (OverFeat).
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        architecture = network.architecture
        line = _line(architecture.block, "")
        cut = _flatten_in(line, architecture.name)
        steps = {step.path: step for step in architecture.trace.steps}
        flattened = steps[line[cut].path].input_shapes[0]
        assert isinstance(flattened, CHW)
        self.window = (flattened.height, flattened.width)
        _check(line, cut, steps, flattened, architecture.name)
        self.body = nn.ModuleList(module_at(network, part.path) for part in line[:cut])
        self.head = nn.ModuleList(module_at(network, part.path) for part in line[cut + 1 :])

    def forward(self, x_NCHW: Tensor) -> Tensor:
        for part in self.body:
            x_NCHW = part(x_NCHW)
        window = self.window
        if x_NCHW.shape[2] < window[0] or x_NCHW.shape[3] < window[1]:
            raise InputError(
                f"the feature map of {x_NCHW.shape[2]}x{x_NCHW.shape[3]} is smaller than the "
                f"classifier's window of {window[0]}x{window[1]}",
                fix="larger scales",
            )
        for part in self.head:
            if isinstance(part, nn.Linear):
                kernel = part.weight.view(part.out_features, -1, *window)
                x_NCHW = F.conv2d(x_NCHW, kernel, part.bias)
                window = (1, 1)
            else:
                x_NCHW = part(x_NCHW)
        return x_NCHW.mean((2, 3))


def _line(chain: Chain, path: str) -> list[_Part]:
    """Blocks one after another; a chain in a chain is taken apart."""
    found: list[_Part] = []
    for name, block in chain.blocks.items():
        here = f"{path}.{name}" if path else name
        found += _line(block, here) if isinstance(block, Chain) else [_Part(here, block)]
    return found


def _flatten_in(line: list[_Part], name: str) -> int:
    places = [number for number, part in enumerate(line) if isinstance(part.block, Flatten)]
    if len(places) != 1:
        raise _not_dense(name, "it has no Flatten of its own between features and classifier")
    return places[0]


def _check(line: list[_Part], cut: int, steps: dict[str, Step], flattened: CHW, name: str) -> None:
    head = line[cut + 1 :]
    for part in head:
        if not isinstance(part.block, (Linear, *POINTWISE)):
            kind = getattr(part.block, "type", type(part.block).__name__)
            raise _not_dense(name, f"{kind} cannot be slid over a map", where=part.path)
    if flattened[1:] != (1, 1) and not any(isinstance(part.block, Linear) for part in head):
        raise _not_dense(name, f"its answer is a map of {flattened}, not one number a class")
    body = tuple(part.path for part in line[:cut])
    for step in steps.values():
        inside = any(step.path == path or step.path.startswith(f"{path}.") for path in body)
        if inside and not step.auxiliary and _bound_to_its_size(step):
            raise _not_dense(name, "its weights are of one image size", where=step.path)


def _bound_to_its_size(step: Step) -> bool:
    shape = step.input_shapes[0]
    if not isinstance(step.operation, Layer) or not isinstance(shape, CHW):
        return False
    larger = CHW(shape.channels, 2 * shape.height, 2 * shape.width)
    return step.operation.parameters(larger) != step.parameters


def _not_dense(name: str, why: str, *, where: str = "") -> ArchitectureError:
    return ArchitectureError(
        f"{name} answers images of its own size only: {why}",
        fix="--crops single, ten or googlenet144",
        where=where,
    )
