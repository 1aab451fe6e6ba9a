"""SmoothGrad: the mean of the gradients for many noisy copies of the image.

Paper: Smilkov, Thorat, Kim, Viegas and Wattenberg 2017, SmoothGrad: removing noise by adding noise.

Axes: N batch, C channels, H height, W width.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import still
from convscope.payload import Heatmap
from convscope.visuals.attribution.pictures import magnitudes, strongest
from convscope.visuals.attribution.score import (
    BATCH,
    answered,
    chosen,
    class_words,
    gradient_of,
    logit_of,
    positive,
    prepared,
)

SAMPLES, NOISE = 32, 0.15


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    samples: int = SAMPLES,
    noise: float = NOISE,
    seed: int = 0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """The mean gradient of noisy copies, its largest magnitude among a pixel's channels.

    map[i, j] = max over c of |mean over copies of d score / d x[c, i, j]|

    (1, C, H, W) -> (H, W). `samples` passes forward and back.

    Args:
        noise: its standard deviation, as a share of the image's range (max - min).

    Raises:
        InputError: an image, a class or a number that does not fit.
    """
    index, value, gradient_NCHW = _smoothed(
        network, image_NCHW, target=target, samples=samples, noise=noise, seed=seed
    )
    return magnitudes(
        strongest(gradient_NCHW),
        title="SmoothGrad",
        caption=f"How much the score changes with a pixel, in the mean of {samples} copies with "
        f"noise of {noise:.0%} of the image's range. "
        f"{class_words(index, value, labels, asked=target)}",
        label="|mean gradient|",
        underlay=underlay,
    )


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    samples: int = SAMPLES,
    noise: float = NOISE,
    seed: int = 0,
) -> Tensor:
    """The mean gradient, with its signs: (1, C, H, W)."""
    return _smoothed(network, image_NCHW, target=target, samples=samples, noise=noise, seed=seed)[2]


def _smoothed(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None,
    samples: int,
    noise: float,
    seed: int,
) -> tuple[int, float, Tensor]:
    """The class, its score for the image without noise, and the mean gradient."""
    positive(samples, name="samples")
    if not 0 <= noise < 10:
        raise InputError(f"noise={noise}", expected="a share of the range: 0 to 10", where="noise")
    with still(network):
        image = prepared(network, image_NCHW)
        with torch.no_grad():
            logits_NK = answered(network, image)
        index = chosen(logits_NK, target)
        spread = noise * float(image.max() - image.min())
        total_NCHW = torch.zeros_like(image)
        # drawn on the CPU one by one: the same noise whatever the device and the batch
        drawn = torch.Generator().manual_seed(seed)
        for first in range(0, samples, BATCH):
            num = min(BATCH, samples - first)
            made = [torch.randn(image.shape[1:], generator=drawn) for _ in range(num)]
            inputs = (image + spread * torch.stack(made).to(image)).requires_grad_()
            gradient = gradient_of(logit_of(answered(network, inputs), index).sum(), inputs)
            total_NCHW += gradient.sum(0, keepdim=True)
    return index, float(logits_NK[0, index]), total_NCHW / samples
