"""SmoothGrad: mean gradient over noisy copies of the image.

Paper: Smilkov, Thorat, Kim, Viegas and Wattenberg 2017, SmoothGrad: removing noise by adding noise.

Axes: N batch, C channels, H height, W width.
"""

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen
from convscope.payload import Heatmap
from convscope.visuals.arguments import Count, Whole
from convscope.visuals.attribution.maps import (
    attribution_heatmap,
    channel_maximum,
    magnitude_scale,
)
from convscope.visuals.attribution.score import (
    BATCH,
    gradient_of,
    score_sentence,
    target_class,
)
from convscope.visuals.cost import Cost, Number, Setting, within_budget
from convscope.visuals.fast_forward import for_gradients
from convscope.visuals.forward import compute_logits, prepared_image
from convscope.visuals.progress import reported

SAMPLES = Setting("samples", full=32, least=8, noun="noisy copies")
NOISE = 0.15


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    samples: Count | None = None,
    noise: Annotated[float, Field(ge=0, le=10)] = NOISE,
    seed: Whole = 0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The mean gradient over noisy copies, its largest magnitude over the channels.

    map[i, j] = max over c of |mean over copies of d score / d x[c, i, j]|

    (1, C, H, W) -> (H, W). `samples` forward and backward passes.

    Args:
        samples: default: 32, fewer for large networks.
        noise: its standard deviation, as a fraction of the image's range (max - min).

    Raises:
        InputError: an image, class or setting that does not fit.
    """
    number = _num_samples(network, image_NCHW, samples)
    index, value, gradient_NCHW = _smoothed(
        network, image_NCHW, target=target, samples=number.value, noise=noise, seed=seed
    )
    values_HW = channel_maximum(gradient_NCHW)
    scale = magnitude_scale(values_HW, label="|mean gradient|")
    caption = (
        f"Magnitude of the mean gradient of the score over {number.value} noisy copies; "
        f"noise: {noise:.0%} of the image's range. "
        f"{score_sentence(index, value, labels, requested=target)}{number.sentence}"
    )
    return attribution_heatmap(values_HW, scale, underlay, title="SmoothGrad", caption=caption)


def cost(network: nn.Module, image_NCHW: Tensor, *, samples: int | None = None) -> Cost:
    """One forward pass for the score, and both passes for each noisy copy."""
    num = _num_samples(network, image_NCHW, samples).value
    return Cost(1 + num, num)


def _num_samples(network: nn.Module, image_NCHW: Tensor, samples: int | None) -> Number:
    return within_budget(network, image_NCHW, samples, SAMPLES)


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    samples: int | None = None,
    noise: float = NOISE,
    seed: int = 0,
) -> Tensor:
    """The signed mean gradient, (1, C, H, W)."""
    return _smoothed(network, image_NCHW, target=target, samples=samples, noise=noise, seed=seed)[2]


def _smoothed(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None,
    samples: int | None,
    noise: float,
    seed: int,
) -> tuple[int, float, Tensor]:
    """The class, its score for the image without noise, and the mean gradient."""
    samples = _num_samples(network, image_NCHW, samples).value
    if not 0 <= noise < 10:
        raise InputError(
            f"noise={noise}",
            expected="a fraction of the image's range, from 0 to 10",
            where="noise",
        )
    with frozen(network):
        image = prepared_image(network, image_NCHW)
        with torch.no_grad():
            logits_NK = compute_logits(network, image)
        index = target_class(logits_NK, target)
        spread = noise * float(image.max() - image.min())
        total_NCHW = torch.zeros_like(image)
        # drawn on the CPU one by one, so that the noise does not depend on device or batch size
        generator = torch.Generator().manual_seed(seed)
        batches = range(0, samples, BATCH)
        fast = for_gradients(network, image, samples)
        for first in reported(batches, len(batches)):
            num = min(BATCH, samples - first)
            samples_CHW = [torch.randn(image.shape[1:], generator=generator) for _ in range(num)]
            inputs = (image + spread * torch.stack(samples_CHW).to(image)).requires_grad_()
            gradient = gradient_of(compute_logits(fast, inputs)[:, index].sum(), inputs)
            total_NCHW += gradient.sum(0, keepdim=True)
    return index, float(logits_NK[0, index]), total_NCHW / samples
