"""Dense evaluation: a network slid over images larger than its own input.

Flatten and the first linear layer after it are a convolution whose kernel is the whole feature
map; every later linear layer is a convolution of 1x1. On a larger feature map they give a map of
class scores, which is averaged. On an image of the network's own size it is the network itself.

Axes: N batch, C channels, H height, W width, K classes.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.func import functional_call

from convscope.arch import AnyBlock
from convscope.arch.fold import sequence
from convscope.arch.trace import Step
from convscope.errors import ArchitectureError, InputError
from convscope.layers import Layer
from convscope.network import Network, module_at
from convscope.shapes import CHW, Features


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
        line = [_Part(*named) for named in sequence(architecture.block)]
        steps = {step.path: step for step in architecture.trace.steps}
        cut = _flattening(line, steps, architecture.name)
        window = steps[line[cut].path].input_shapes[0]
        assert isinstance(window, CHW)
        self.window = window
        body, head = line[:cut], line[cut + 1 :]
        _check_body(body, steps, architecture.name)
        self.body = nn.ModuleList(module_at(network, part.path) for part in body)
        self.head = nn.ModuleList()
        for part in head:
            layer = _slid(part, window, architecture.name)
            self.head.append(_Slid(module_at(network, part.path), layer, window))
            window = CHW(layer.output_shape(window).numel, 1, 1)
        if (window.height, window.width) != (1, 1):
            raise _not_dense(
                architecture.name, f"its output is a map of {window}, not one number per class"
            )

    def forward(self, x_NCHW: Tensor) -> Tensor:
        for part in self.body:
            x_NCHW = part(x_NCHW)
        _, height, width = self.window
        if x_NCHW.shape[2] < height or x_NCHW.shape[3] < width:
            raise InputError(
                f"the feature map of {x_NCHW.shape[2]}x{x_NCHW.shape[3]} is smaller than the "
                f"classifier's window of {height}x{width}",
                fix="larger scales",
            )
        for part in self.head:
            x_NCHW = part(x_NCHW)
        return x_NCHW.mean((2, 3))


class _Slid(nn.Module):
    """A layer that computes over larger maps with the weights of a module of the network."""

    def __init__(self, source: nn.Module, layer: Layer, window: CHW) -> None:
        super().__init__()
        self.source = source
        skeleton = layer.build(window).to("meta")
        self._shapes = {name: weight.shape for name, weight in skeleton.named_parameters()}
        self._skeleton = [skeleton]  # in a list, so that its empty weights are not parameters

    def forward(self, x_NCHW: Tensor) -> Tensor:
        if not self._shapes:
            result: Tensor = self.source(x_NCHW)
            return result
        weights = {
            name: self.source.get_parameter(name).view(shape)
            for name, shape in self._shapes.items()
        }
        scores_NKHW: Tensor = functional_call(self._skeleton[0], weights, (x_NCHW,))
        return scores_NKHW


def _flattening(line: list[_Part], steps: dict[str, Step], name: str) -> int:
    """Return the place of the one layer that makes a vector of feature maps."""
    places = [
        number
        for number, part in enumerate(line)
        if isinstance(part.block, Layer)
        and part.block.role == "shape"
        and isinstance(steps[part.path].input_shapes[0], CHW)
        and isinstance(steps[part.path].output_shape, Features)
    ]
    if len(places) != 1:
        raise _not_dense(name, "it has no Flatten of its own between features and classifier")
    return places[0]


def _slid(part: _Part, window: CHW, name: str) -> Layer:
    layer = part.block.over_maps(window) if isinstance(part.block, Layer) else None
    if layer is None:
        raise _not_dense(name, f"{part.block.type} cannot be slid over a map", where=part.path)
    return layer


def _check_body(body: list[_Part], steps: dict[str, Step], name: str) -> None:
    paths = tuple(part.path for part in body)
    for step in steps.values():
        inside = any(step.path == path or step.path.startswith(f"{path}.") for path in paths)
        if inside and not step.auxiliary and _has_fixed_size(step):
            raise _not_dense(name, "its weights are of one image size", where=step.path)


def _has_fixed_size(step: Step) -> bool:
    """Return whether a layer of this step would have other weights for a larger image."""
    shape = step.input_shapes[0]
    if step.layer is None or not isinstance(shape, CHW):
        return False
    larger = CHW(shape.channels, 2 * shape.height, 2 * shape.width)
    return step.layer.parameters(larger) != step.parameters


def _not_dense(name: str, why: str, *, where: str = "") -> ArchitectureError:
    return ArchitectureError(
        f"{name} takes images of its own size only: {why}",
        fix="--crops single, ten or googlenet144",
        where=where,
    )
