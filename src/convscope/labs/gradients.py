"""Vanishing and exploding gradients by layer.

A deep stack of convolutions, plain and with shortcut connections, for tanh and ReLU, with and
without batch normalisation, with Xavier and He initialisation: the norm of the gradient at
every layer after one backward pass before training.

Paper: Glorot and Bengio 2010; He et al. 2015 (initialisation; residual networks).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

from convscope.arch import Architecture, Chain, Residual
from convscope.errors import InputError
from convscope.labs.draws import Draws
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU, Tanh
from convscope.shapes import CHW

if TYPE_CHECKING:
    from convscope.network import Network

Style = Literal["plain", "residual"]
Activation = Literal["tanh", "relu"]
Start = Literal["xavier", "he"]

STYLES: tuple[Style, ...] = ("plain", "residual")
ACTIVATIONS: tuple[Activation, ...] = ("tanh", "relu")
STARTS: tuple[Start, ...] = ("xavier", "he")

INPUT, CLASSES = CHW(3, 16, 16), 10
MAX_DEPTH, MAX_WIDTH, MAX_IMAGES = 200, 128, 64

VANISHING, EXPLODING = 1e-2, 1e2
"""Limits of the ratio of the norms at the first and the last layer. A norm above EXPLODING at any
layer counts as exploding too, since no usual learning rate fits it."""


class Case(NamedTuple):
    """Settings of one network."""

    style: Style
    activation: Activation
    normalised: bool
    start: Start

    @property
    def name(self) -> str:
        words = (self.style, self.activation, "BN" if self.normalised else "", self.start)
        return " ".join(word for word in words if word)


class Flow(NamedTuple):
    """Gradients of one network.

    Attributes:
        norms: norm of dL/dweight per convolution, from the first to the last.
        spreads: standard deviation of the input of each convolution in the forward pass.
        ratio: first over last.
        verdict: stable, vanishing, exploding or overflow.
    """

    case: Case
    norms: tuple[float, ...]
    spreads: tuple[float, ...]
    ratio: float
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "case": self.case._asdict(), "name": self.case.name}


def cases() -> tuple[Case, ...]:
    """Return all 16 combinations."""
    return tuple(
        Case(style, activation, normalised, start)
        for style in STYLES
        for activation in ACTIVATIONS
        for normalised in (False, True)
        for start in STARTS
    )


def architecture(case: Case, *, depth: int, width: int) -> Architecture:
    """Return `depth` convolutions of 3 x 3, as a chain or in residual pairs.

    Raises:
        InputError: a depth or width that does not fit.
    """
    if not 2 <= depth <= MAX_DEPTH or depth % 2:
        raise InputError(f"depth {depth}", expected=f"an even number from 2 to {MAX_DEPTH}")
    if not 1 <= width <= MAX_WIDTH:
        raise InputError(f"width {width}", expected=f"1 to {MAX_WIDTH}")

    def unit() -> dict[str, Any]:
        layers: dict[str, Any] = {"conv": Conv2d(width, 3, padding=1)}
        if case.normalised:
            layers["norm"] = BatchNorm2d()
        return layers | {"act": Tanh() if case.activation == "tanh" else ReLU()}

    blocks: dict[str, Any] = {"stem": Chain(**unit())}
    for number in range(1, depth // 2 + 1):
        first: dict[str, Any] = {f"{name}1": layer for name, layer in unit().items()}
        second: dict[str, Any] = {f"{name}2": layer for name, layer in unit().items()}
        pair = Chain(**first, **second)
        blocks[f"pair{number}"] = Residual(body=pair) if case.style == "residual" else pair
    head: dict[str, Any] = {"pool": GlobalAvgPool2d(), "flatten": Flatten(), "fc": Linear(CLASSES)}
    return Architecture(
        name=case.name.replace(" ", "_").lower(),
        input=INPUT,
        num_classes=CLASSES,
        block=Chain(**blocks, **head),
    )


@final
@dataclass(frozen=True)
class Gradients:
    """Settings that all networks share.

    Args:
        depth: convolutions after the first one, even.
        width: channels of each.
        seed: of weights, images and labels, all drawn by `Draws` in this order.
        images: random images of one batch.
    """

    depth: int = 30
    width: int = 8
    seed: int = 0
    images: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.images <= MAX_IMAGES:
            raise InputError(f"{self.images} images", expected=f"1 to {MAX_IMAGES}")

    def flow(self, case: Case) -> Flow:
        """Return the gradients of one forward and one backward pass on random images."""
        import torch
        from torch.nn import functional as F

        from convscope.network import build

        deep = architecture(case, depth=self.depth, width=self.width)
        network = build(deep, seed=self.seed)
        draws = Draws(self.seed)
        _initialise(network, case.start, draws)
        pixels = draws.normal(self.images * INPUT.numel).reshape(self.images, *INPUT)
        images = torch.from_numpy(pixels).float()
        labels = torch.from_numpy((draws.uniform(self.images) * CLASSES).astype("int64"))
        paths = [
            step.path
            for step in deep.trace.steps
            if step.layer and step.layer.role == "convolution" and not step.path.startswith("stem")
        ]
        modules = dict(network.named_modules())
        network.train()
        spreads: dict[str, float] = {}

        def measure(path: str, inputs: tuple[torch.Tensor, ...]) -> None:
            spreads[path] = float(inputs[0].detach().std())

        for path in paths:  # the network is this lab's own, and its hooks end with it
            modules[path].register_forward_pre_hook(
                lambda _, inputs, path=path: measure(path, inputs)
            )
        logits = network(images)
        torch.autograd.backward(F.cross_entropy(logits, labels))
        norms = tuple(float(modules[path].weight.grad.norm()) for path in paths)
        ratio = norms[0] / norms[-1] if norms[-1] > 0 else math.nan
        return Flow(
            case, norms, tuple(spreads[path] for path in paths), ratio, _verdict(norms, ratio)
        )

    def flows(self) -> tuple[Flow, ...]:
        """Return the gradients of all 16 networks."""
        return tuple(self.flow(case) for case in cases())


def _initialise(network: "Network", start: Start, draws: Draws) -> None:
    """Draw weights, then biases, of each layer in the order of execution.

    Weights: Xavier uniform, He normal. Biases: U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's; with
    biases of 0 a plain network with ReLU and Xavier would vanish forward too.
    """
    import torch

    for step in network.architecture.trace.steps:
        fans = step.layer.fans(step.input_shapes[0]) if step.layer else None
        if fans is None:
            continue
        weight = network.get_parameter(f"{step.path}.weight")
        if start == "he":
            values = draws.normal(weight.numel()) * math.sqrt(2 / fans.fan_in)
        else:
            bound = math.sqrt(6 / (fans.fan_in + fans.fan_out))
            values = bound * (2 * draws.uniform(weight.numel()) - 1)
        with torch.no_grad():
            weight.copy_(torch.from_numpy(values).reshape(weight.shape))
            bias = network.get_parameter(f"{step.path}.bias")
            bias.copy_(
                torch.from_numpy((2 * draws.uniform(bias.numel()) - 1) / math.sqrt(fans.fan_in))
            )


def _verdict(norms: Sequence[float], ratio: float) -> str:
    if not all(math.isfinite(norm) for norm in norms) or not math.isfinite(ratio):
        return "overflow"
    if ratio < VANISHING:
        return "vanishing"
    return "exploding" if max(ratio, *norms) > EXPLODING else "stable"


def to_dict(lab: Gradients, flows: Sequence[Flow]) -> dict[str, Any]:
    """Return everything as JSON data; overflow is None."""
    return {
        "lab": "gradients",
        "depth": lab.depth,
        "width": lab.width,
        "images": lab.images,
        "seed": lab.seed,
        "flows": [flow.to_dict() for flow in flows],
    }
