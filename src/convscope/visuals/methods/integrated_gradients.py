"""Integrated gradients: shares of a score that add up to the whole of it.

Paper: Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks.

Axes: N batch, C channels, H height, W width, K classes, S steps.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import still
from convscope.payload import Heatmap
from convscope.visuals.attribution.pictures import signed, summed
from convscope.visuals.attribution.score import (
    BATCH,
    answered,
    chosen,
    class_words,
    finite,
    gradient_of,
    logit_of,
    positive,
    prepared,
)

MOST_STEPS = 2000
PANEL_STEPS, PANELS_STEPS = BATCH, 512  # of one panel, and of all together
TOLERANCE = 0.05  # of the score, which the shares may fail by


class Shares(NamedTuple):
    """What each number of the image adds to the score.

    Attributes:
        gap: the sum of the shares, less the score's rise from the baseline; 0 if exact.
        steps: how many passes forward and back it took.
    """

    target: int
    value: float
    baseline_value: float
    shares_NCHW: Tensor
    gap: float
    steps: int


class _Panel(NamedTuple):
    """A part of the way: its ends with their scores, the gradient's integral, and its failure."""

    first: float
    last: float
    before: float
    after: float
    integral_NCHW: Tensor
    gap: float


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    steps: int | None = None,
    baseline: float = 0.0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The gradients on the straight way from a baseline to the image, times that way.

    share[c, i, j] = (x - b) * integral over a in 0..1 of d score(b + a (x - b)) / d x[c, i, j]

    (1, C, H, W) -> (H, W), the channels added up. They sum to score(x) - score(b); the caption
    says by how much the sum fails. Gauss and Legendre's rule, one pass forward and back a step.

    Args:
        steps: without it the way is halved where the shares fail most, until they add up to
            5 percent of the score or 512 passes are done.
        baseline: every number of the baseline image, after preprocessing; 0 is the mean of the
            data where pixels were normalised by it.

    Raises:
        InputError: an image or a class that does not fit, numbers that are not finite.
    """
    made = shares(network, image_NCHW, target=target, steps=steps, baseline=baseline)
    rise = made.value - made.baseline_value
    said = class_words(made.target, made.value, labels, asked=target)
    return signed(
        summed(made.shares_NCHW),
        title="integrated gradients",
        caption=f"What each pixel adds to the score (red) or takes from it (blue), beside an "
        f"image of {baseline:g} all over, {made.baseline_value:.4g}. {said} The shares add up to "
        f"{rise + made.gap:.4g} instead of {rise:.4g} ({made.steps} steps).",
        label="share of the score",
        underlay=underlay,
    )


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    steps: int | None = None,
    baseline: float = 0.0,
) -> Tensor:
    """The shares, (1, C, H, W)."""
    made = shares(network, image_NCHW, target=target, steps=steps, baseline=baseline)
    return made.shares_NCHW


def shares(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None,
    steps: int | None,
    baseline: float,
) -> Shares:
    """The shares, and how well they add up."""
    if steps is not None and positive(steps, name="steps") > MOST_STEPS:
        raise InputError(f"steps={steps}", expected=f"at most {MOST_STEPS}", where="steps")
    if not np.isfinite(baseline):
        raise InputError(f"baseline={baseline}", expected="a finite number", where="baseline")
    with still(network):
        image = prepared(network, image_NCHW)
        start = torch.full_like(image, baseline)
        with torch.no_grad():
            # one by one, so that the class is the one that `predict` says
            logits_NK = answered(network, image)
            before_NK = answered(network, start)
        index = chosen(logits_NK, target)
        value, before = float(logits_NK[0, index]), float(before_NK[0, index])
        way = _Way(network, start, image, index)
        if steps is None:
            panels = _halved(way, before, value)
        else:
            panels = [way.panel((0.0, before), (1.0, value), steps)]
    integral_NCHW = torch.stack([panel.integral_NCHW for panel in panels]).sum(0)
    made = finite((image - start) * integral_NCHW, "the shares")
    gap = float(made.double().sum()) - (value - before)
    return Shares(index, value, before, made, gap, way.passes)


class _Way:
    """The straight way from the baseline to the image; counts the passes."""

    def __init__(self, network: nn.Module, start: Tensor, end: Tensor, target: int) -> None:
        self.network, self.start, self.end, self.target = network, start, end, target
        self.passes = 0

    def score(self, at: float) -> float:
        with torch.no_grad():
            inputs = self.start + at * (self.end - self.start)
            return float(answered(self.network, inputs)[0, self.target])

    def panel(self, first: tuple[float, float], last: tuple[float, float], steps: int) -> _Panel:
        """The gradient's integral from one (place, score) to another."""
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        width = last[0] - first[0]
        along_S = torch.from_numpy(first[0] + width * (nodes + 1) / 2).to(self.end)
        weight_S = torch.from_numpy(width * weights / 2).to(self.end)
        total_NCHW = torch.zeros_like(self.end)
        for begin in range(0, steps, BATCH):
            part = slice(begin, begin + BATCH)
            inputs = self.start + along_S[part, None, None, None] * (self.end - self.start)
            inputs.requires_grad_()
            scores = logit_of(answered(self.network, inputs), self.target)
            gradient = gradient_of(scores.sum(), inputs)
            total_NCHW += (weight_S[part, None, None, None] * gradient).sum(0, keepdim=True)
        self.passes += steps
        gain = float(((self.end - self.start) * total_NCHW).double().sum())
        return _Panel(first[0], last[0], first[1], last[1], total_NCHW, gain - (last[1] - first[1]))


def _halved(way: _Way, before: float, value: float) -> list[_Panel]:
    """Panels that are short where the score bends. Each knows by how much it fails, exactly."""
    panels = [way.panel((0.0, before), (1.0, value), PANEL_STEPS)]
    allowed = TOLERANCE * max(abs(value), abs(before))
    while sum(abs(panel.gap) for panel in panels) > allowed:
        if way.passes + 2 * PANEL_STEPS > PANELS_STEPS:
            break
        worst = max(panels, key=lambda panel: abs(panel.gap))
        panels = [panel for panel in panels if panel is not worst]
        middle = (worst.first + worst.last) / 2
        half = (middle, way.score(middle))
        panels.append(way.panel((worst.first, worst.before), half, PANEL_STEPS))
        panels.append(way.panel(half, (worst.last, worst.after), PANEL_STEPS))
    return panels
