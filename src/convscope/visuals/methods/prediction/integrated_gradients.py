"""Integrated gradients: attributions that add up to the score's rise from a baseline.

Paper: Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks.

Axes: N batch, C channels, H height, W width, K classes, S steps.
"""

from typing import Annotated, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.payload import Heatmap
from convscope.visuals.arguments import Finite, checked_positive
from convscope.visuals.attribution.maps import attribution_heatmap, channel_sum, signed_scale
from convscope.visuals.attribution.score import (
    BATCH,
    gradient_of,
    score_sentence,
    target_class,
)
from convscope.visuals.cost import Cost, Number, Setting, within_budget
from convscope.visuals.fast_forward import for_gradients
from convscope.visuals.forward import compute_logits, finite, prepared_image
from convscope.visuals.progress import reported

MAX_STEPS = 2000
PANEL_STEPS = BATCH  # of one panel
ADAPTIVE_STEPS = Setting("steps", full=512, least=64)  # of all panels together
TOLERANCE = 0.05  # allowed error of the sum, as a fraction of the score


class Attributions(NamedTuple):
    """Contribution of each input value to the score.

    Attributes:
        gap: the sum of the attributions minus the score's rise from the baseline; 0 if exact.
        steps: number of forward and backward passes.
        is_exact: whether the error is within the tolerance.
    """

    target: int
    value: float
    baseline_value: float
    attributions_NCHW: Tensor
    gap: float
    steps: int
    is_exact: bool


class _Panel(NamedTuple):
    """A part of the path: end points with their scores, the gradient's integral, and its error."""

    first: float
    last: float
    first_score: float
    last_score: float
    integral_NCHW: Tensor
    gap: float


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None,
    baseline: Finite = 0.0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The integral of gradients along a line from a baseline, times the difference from it.

    a[c, i, j] = (x - b) * integral over t in 0..1 of d score(b + t (x - b)) / d x[c, i, j]

    (1, C, H, W) -> (H, W), the sum over channels. The attributions sum to score(x) - score(b); the
    caption states the error. Gauss-Legendre quadrature, one forward and backward pass per step.

    Args:
        steps: default: the path is bisected where the error is largest, until the error is below
            5 percent of the score or 512 steps are done, fewer for large networks.
        baseline: value of every element of the baseline image, after preprocessing; 0 is the mean
            of the data where pixels were normalised by it.

    Raises:
        InputError: an image or class that does not fit, values that are not finite.
    """
    result = integrate(network, image_NCHW, target=target, steps=steps, baseline=baseline)
    rise = result.value - result.baseline_value
    constant = "an all-zero baseline" if baseline == 0 else f"a baseline of {baseline:g}"
    sentence = score_sentence(result.target, result.value, labels, requested=target)
    values_HW = channel_sum(result.attributions_NCHW)
    scale = signed_scale(values_HW, label="contribution to the score")
    caption = (
        f"Contribution of each pixel to the score (red: raises it, blue: lowers it), relative to "
        f"{constant} with score {result.baseline_value:.4g}. {sentence} Sum of contributions: "
        f"{rise + result.gap:.4g}, exact value {rise:.4g} ({result.steps} steps)."
    )
    if steps is None and not result.is_exact:
        caption += _max_steps(network, image_NCHW).sentence
    return attribution_heatmap(
        values_HW, scale, underlay, title="Integrated gradients", caption=caption
    )


def cost(network: nn.Module, image_NCHW: Tensor, *, steps: int | None = None) -> Cost:
    """Both passes of each step: at most; fewer where the error is small."""
    num = _max_steps(network, image_NCHW).value if steps is None else steps
    return Cost(2 + num, num)


def _max_steps(network: nn.Module, image_NCHW: Tensor) -> Number:
    return within_budget(network, image_NCHW, None, ADAPTIVE_STEPS)


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    steps: int | None = None,
    baseline: float = 0.0,
) -> Tensor:
    """The attributions, (1, C, H, W)."""
    result = integrate(network, image_NCHW, target=target, steps=steps, baseline=baseline)
    return result.attributions_NCHW


def integrate(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None,
    steps: int | None,
    baseline: float,
) -> Attributions:
    """The attributions, and the error of their sum."""
    if steps is not None and checked_positive(steps, name="steps") > MAX_STEPS:
        raise InputError(f"steps={steps}", expected=f"at most {MAX_STEPS}", where="steps")
    if not np.isfinite(baseline):
        raise InputError(f"baseline={baseline}", expected="a finite number", where="baseline")
    with frozen(network):
        image = prepared_image(network, image_NCHW)
        start = torch.full_like(image, baseline)
        with torch.no_grad():
            # separate passes, so that the predicted class is the one of `predict`
            logits_NK = compute_logits(network, image)
            start_logits_NK = compute_logits(network, start)
        index = target_class(logits_NK, target)
        value, start_value = float(logits_NK[0, index]), float(start_logits_NK[0, index])
        num = _max_steps(network, image).value if steps is None else steps
        path = _Path(for_gradients(network, image, num), start, image, index)
        if steps is None:
            panels = _bisected(path, start_value, value, num)
        else:
            panels = [path.panel((0.0, start_value), (1.0, value), steps)]
    integral_NCHW = torch.stack([panel.integral_NCHW for panel in panels]).sum(0)
    attributions = finite((image - start) * integral_NCHW, "the attributions")
    gap = float(attributions.double().sum()) - (value - start_value)
    is_exact = sum(abs(panel.gap) for panel in panels) <= TOLERANCE * max(
        abs(value), abs(start_value)
    )
    return Attributions(index, value, start_value, attributions, gap, path.steps, is_exact)


class _Path:
    """The straight line from the baseline to the image; counts the steps."""

    def __init__(self, network: nn.Module, start: Tensor, end: Tensor, target: int) -> None:
        self.network, self.start, self.end, self.target = network, start, end, target
        self.steps = 0

    def score(self, position: float) -> float:
        with torch.no_grad():
            inputs = self.start + position * (self.end - self.start)
            return float(compute_logits(self.network, inputs)[0, self.target])

    def panel(self, first: tuple[float, float], last: tuple[float, float], steps: int) -> _Panel:
        """The gradient's integral from one (position, score) to another."""
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        width = last[0] - first[0]
        position_S = torch.from_numpy(first[0] + width * (nodes + 1) / 2).to(self.end)
        weight_S = torch.from_numpy(width * weights / 2).to(self.end)
        total_NCHW = torch.zeros_like(self.end)
        batches = range(0, steps, BATCH)
        for begin in reported(batches, len(batches)) if len(batches) > 1 else batches:
            part = slice(begin, begin + BATCH)
            inputs = self.start + position_S[part, None, None, None] * (self.end - self.start)
            inputs.requires_grad_()
            scores = compute_logits(self.network, inputs)[:, self.target]
            gradient = gradient_of(scores.sum(), inputs)
            total_NCHW += (weight_S[part, None, None, None] * gradient).sum(0, keepdim=True)
        self.steps += steps
        gain = float(((self.end - self.start) * total_NCHW).double().sum())
        return _Panel(first[0], last[0], first[1], last[1], total_NCHW, gain - (last[1] - first[1]))


def _bisected(path: _Path, start_value: float, value: float, max_steps: int) -> list[_Panel]:
    """Panels, short where the score is curved; the error of each is known from its end points."""
    panels = [path.panel((0.0, start_value), (1.0, value), PANEL_STEPS)]
    allowed = TOLERANCE * max(abs(value), abs(start_value))
    splits = (max_steps - PANEL_STEPS) // (2 * PANEL_STEPS)
    for _ in reported(range(splits), splits):  # rarely all of them are needed
        if sum(abs(panel.gap) for panel in panels) <= allowed:
            break
        worst = max(panels, key=lambda panel: abs(panel.gap))
        panels = [panel for panel in panels if panel is not worst]
        position = (worst.first + worst.last) / 2
        middle = (position, path.score(position))
        panels.append(path.panel((worst.first, worst.first_score), middle, PANEL_STEPS))
        panels.append(path.panel(middle, (worst.last, worst.last_score), PANEL_STEPS))
    return panels
