"""Vanishing and exploding gradients, layer by layer.

The same deep stack of convolutions, plain and with shortcuts, for tanh and ReLU, with and
without batch normalisation, with Xavier's and He's start values: one backward pass before any
training, and the length of the gradient at every layer.

    python -m convscope.labs.gradients --depth 30

Paper: Glorot and Bengio 2010; He et al. 2015 (start values; residual networks).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

from convscope.arch import Architecture, Chain, Residual
from convscope.errors import InputError, unknown_name
from convscope.labs import drawing, terminal
from convscope.labs.drawing import Curve
from convscope.layers import BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU, Tanh
from convscope.shapes import CHW

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console

Style = Literal["plain", "residual"]
Activation = Literal["tanh", "relu"]
Start = Literal["xavier", "he"]

STYLES: tuple[Style, ...] = ("plain", "residual")
ACTIVATIONS: tuple[Activation, ...] = ("tanh", "relu")
STARTS: tuple[Start, ...] = ("xavier", "he")

INPUT, CLASSES, IMAGES = CHW(3, 16, 16), 10, 16
MAX_DEPTH, MAX_WIDTH = 200, 128

VANISHING, EXPLODING = 1e-2, 1e2
"""Length at the first layer over that at the last: beyond these it has a name. A gradient that
is longer than EXPLODING anywhere has exploded too: no learning rate is made for it."""


class Case(NamedTuple):
    """One network to look at."""

    style: Style
    activation: Activation
    normalised: bool
    start: Start

    @property
    def name(self) -> str:
        words = (self.style, self.activation, "BN" if self.normalised else "", self.start)
        return " ".join(word for word in words if word)


class Flow(NamedTuple):
    """What came back through one network.

    Attributes:
        norms: length of dL/dweight per convolution, from the first to the last.
        spreads: standard deviation of what goes into each of them, on the way forward.
        ratio: first over last.
        verdict: steady, vanishing or exploding.
    """

    case: Case
    norms: tuple[float, ...]
    spreads: tuple[float, ...]
    ratio: float
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "case": self.case._asdict(), "name": self.case.name}


def cases() -> tuple[Case, ...]:
    """All sixteen."""
    return tuple(
        Case(style, activation, normalised, start)
        for style in STYLES
        for activation in ACTIVATIONS
        for normalised in (False, True)
        for start in STARTS
    )


def architecture(case: Case, *, depth: int, width: int) -> Architecture:
    """`depth` convolutions of 3 x 3, as a chain or in residual pairs.

    Raises:
        InputError: a depth or width that does not fit.
    """
    if not 2 <= depth <= MAX_DEPTH or depth % 2:
        raise InputError(f"depth {depth}", expected=f"an even number from 2 to {MAX_DEPTH}")
    if not 1 <= width <= MAX_WIDTH:
        raise InputError(f"width {width}", expected=f"1 to {MAX_WIDTH}")

    def unit() -> dict[str, Any]:
        made: dict[str, Any] = {"conv": Conv2d(width, 3, padding=1)}
        if case.normalised:
            made["norm"] = BatchNorm2d()
        return made | {"act": Tanh() if case.activation == "tanh" else ReLU()}

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
    """How deep, how wide, and whose numbers."""

    depth: int = 30
    width: int = 16
    seed: int = 0

    def flow(self, case: Case) -> Flow:
        """One forward and one backward pass of random images and labels."""
        import torch
        from torch.nn import functional as F

        from convscope.network import activations, build, initialise

        network = build(architecture(case, depth=self.depth, width=self.width), seed=self.seed)
        initialise(network, case.start, seed=self.seed)
        generator = torch.Generator().manual_seed(self.seed)
        images = torch.randn(IMAGES, *INPUT, generator=generator)
        labels = torch.randint(CLASSES, (IMAGES,), generator=generator)
        paths = [
            name
            for name, module in network.named_modules()
            if isinstance(module, torch.nn.Conv2d) and not name.startswith("stem")
        ]
        modules = dict(network.named_modules())
        before = ["stem.act", *(path.replace("conv", "act") for path in paths[:-1])]
        network.train()
        with activations(network, before) as seen:
            logits = network(images)
        torch.autograd.backward(F.cross_entropy(logits, labels))
        norms = tuple(float(modules[path].weight.grad.norm()) for path in paths)
        spreads = tuple(float(seen[path].detach().std()) for path in before)
        ratio = norms[0] / norms[-1] if norms[-1] > 0 else math.nan
        return Flow(case, norms, spreads, ratio, _verdict(norms, ratio))

    def flows(self) -> tuple[Flow, ...]:
        """All sixteen networks."""
        return tuple(self.flow(case) for case in cases())


def _verdict(norms: Sequence[float], ratio: float) -> str:
    if not all(math.isfinite(norm) for norm in norms) or not math.isfinite(ratio):
        return "overflow"
    if ratio < VANISHING:
        return "vanishing"
    return "exploding" if max(ratio, *norms) > EXPLODING else "steady"


def to_dict(lab: Gradients, flows: Sequence[Flow]) -> dict[str, Any]:
    """Ready for JSON; a number that overflowed is null."""
    return {
        "lab": "gradients",
        "depth": lab.depth,
        "width": lab.width,
        "seed": lab.seed,
        "flows": [flow.to_dict() for flow in flows],
    }


def picture(lab: Gradients, flows: Sequence[Flow]) -> "Image":
    """Two graphs: the plain networks and the residual ones."""
    graphs = []
    for style in STYLES:
        lines = [
            Curve(
                f"{flow.case.name.removeprefix(style + ' ')}: {flow.verdict}",
                range(1, len(flow.norms) + 1),
                flow.norms,
            )
            for flow in flows
            if flow.case.style == style
        ]
        if lines:
            graphs.append(
                drawing.curves(
                    lines,
                    title=f"{style}, {lab.depth} convolutions: length of the gradient",
                    x_label="layer, from the image to the loss",
                    y_label="|dL/dweight|, logarithmic",
                    logarithmic=True,
                    height=420,
                )
            )
    return drawing.stack(graphs)


def _print(lab: Gradients, flows: Sequence[Flow], console: "Console") -> None:
    from rich.table import Table

    console.print(
        f"{lab.depth} convolutions of 3 x 3, {lab.width} maps, one backward pass before training"
    )
    view = Table(box=None, header_style="bold", pad_edge=False)
    view.add_column("network", no_wrap=True)
    for name in ("first layer", "middle", "last layer", "first / last"):
        view.add_column(name, justify="right")
    view.add_column("")
    styles = {"steady": "green", "vanishing": "yellow", "exploding": "red", "overflow": "red"}
    for flow in flows:
        middle = flow.norms[len(flow.norms) // 2]
        cells = (flow.norms[0], middle, flow.norms[-1], flow.ratio)
        shown = (terminal.number(cell) for cell in cells)
        style = styles[flow.verdict]
        view.add_row(flow.case.name, *shown, f"[{style}]{flow.verdict}[/]")
    console.print(view)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the gradients of all cases, or of some."""
    parser = terminal.parser(
        "gradients", "Vanishing and exploding: the gradient's length at every layer."
    )
    parser.add_argument("--depth", default=30, type=int, help="convolutions, an even number")
    parser.add_argument("--width", default=16, type=int, help="maps of each")
    parser.add_argument("--style", help="plain or residual; both if absent")
    parser.add_argument("--activation", help="tanh or relu; both if absent")
    parser.add_argument("--seed", default=0, type=int)
    options = parser.parse_args(arguments)
    for given, known in ((options.style, STYLES), (options.activation, ACTIVATIONS)):
        if given is not None and given not in known:
            raise unknown_name("style" if known is STYLES else "activation", given, known)
    lab = Gradients(options.depth, options.width, options.seed)
    flows = tuple(
        lab.flow(case)
        for case in cases()
        if options.style in (None, case.style) and options.activation in (None, case.activation)
    )
    terminal.show(
        options,
        data=lambda: to_dict(lab, flows),
        text=lambda console: _print(lab, flows, console),
        picture=lambda: picture(lab, flows),
    )


if __name__ == "__main__":
    terminal.run(main)
