"""Score-CAM: channels weighted by the score of the image masked with each, without gradients.

Paper: Wang, Wang, Du, Yang, Zhang, Ding, Mardziel and Hu 2020, Score-CAM, algorithm 1. Only the
maps with the largest variance: Li, Li, Zhang and Li 2021, Faster Score-CAM.

Axes: N batch, C channels, H height, W width, K channels of the layer, M those that are used, h
and w the layer's own height and width.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convscope.network.hooks import frozen
from convscope.payload import Heatmap
from convscope.visuals.arguments import Count
from convscope.visuals.attribution.cam import map_heatmap, upsampled
from convscope.visuals.attribution.layers import (
    default_layer_sentence,
    layer_maps,
    shape_text,
)
from convscope.visuals.attribution.score import BATCH, score_sentence, target_class
from convscope.visuals.cost import Cost, Number, Setting, within_budget
from convscope.visuals.fast_forward import forward_passes
from convscope.visuals.forward import compute_scores, prepared_image
from convscope.visuals.progress import reported

CHANNELS = Setting("max_channels", full=128, least=16, noun="channels")


class _Weighted(NamedTuple):
    """The map of a layer, the class and its score, and how many channels it was made of."""

    layer: str
    maps_Khw: Tensor
    map_hw: Tensor
    target: int
    value: float
    noun: str
    number: Number


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    max_channels: Count | None = None,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """Feature maps weighted by the score of the image that each of them leaves visible.

    map = max(0, sum over k of a[k] A[k]), a = softmax over k of score(x * u(A[k])) - score(0),
    u: resized to the image by bilinear interpolation, and scaled to 0 ... 1.

    (1, C, H, W) -> (h, w), the layer's own. One forward pass for each channel, in batches.

    Args:
        layer: a layer with spatial maps; default: the last one, before pooling.
        max_channels: channels to use, those whose maps vary most over the positions; default:
            128, fewer for large networks.

    Raises:
        InputError: an unknown layer or one without spatial maps, an image or class that does not
            fit, values that are not finite.
    """
    result = _weighted(network, image_NCHW, layer=layer, target=target, max_channels=max_channels)
    num, number = len(result.maps_Khw), result.number
    used = f"The {number.value} of {num} channels that vary most are used."
    sentences = [
        f"Regions of {result.layer} ({shape_text(result.maps_Khw[None])}) that raise the score "
        "when only they are visible.",
        "All channels are used." if number.value == num else used,
        number.sentence.strip(),
        score_sentence(result.target, result.value, labels, requested=target, noun=result.noun),
    ]
    if layer is None:
        sentences.append(default_layer_sentence(result.layer))
    if not bool(result.map_hw.any()):
        sentences.append("No region of this layer supports the class: the map is 0 everywhere.")
    sentences = [sentence for sentence in sentences if sentence]
    title, label = f"Score-CAM at {result.layer}", "evidence for the class"
    return map_heatmap(result.map_hw, title, sentences, underlay, label=label)


def cost(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    max_channels: int | None = None,
) -> Cost:
    """Three forward passes for the maps and two scores, and one for each channel."""
    _, maps_Khw = layer_maps(network, image_NCHW, layer=layer)
    return Cost(3 + _num_channels(network, image_NCHW, max_channels, len(maps_Khw)).value)


def _num_channels(
    network: nn.Module, image_NCHW: Tensor, max_channels: int | None, num: int
) -> Number:
    """The channels to use, of the `num` that the layer has."""
    number = within_budget(network, image_NCHW, max_channels, CHANNELS, each=Cost(1))
    return number._replace(value=min(number.value, num), full=min(number.full, num))


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    layer: str | None = None,
    max_channels: int | None = None,
) -> Tensor:
    """The map at the image's size, (1, 1, H, W), by bilinear interpolation."""
    result = _weighted(network, image_NCHW, layer=layer, target=target, max_channels=max_channels)
    return upsampled(result.map_hw, image_NCHW)


def _weighted(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None,
    target: int | None,
    max_channels: int | None,
) -> _Weighted:
    path, maps_Khw = layer_maps(network, image_NCHW, layer=layer)
    number = _num_channels(network, image_NCHW, max_channels, len(maps_Khw))
    order_K = maps_Khw.flatten(1).var(1, correction=0).argsort(descending=True, stable=True)
    used_M = order_K[: number.value].sort().values
    with frozen(network), torch.no_grad():
        image = prepared_image(network, image_NCHW)
        whole = compute_scores(network, torch.cat([image, torch.zeros_like(image)]))
        index = target_class(whole.values_NK, target)
        gains = []
        parts = torch.split(used_M, BATCH)
        passes = forward_passes(network, image, len(used_M))
        for part_M in reported(parts, len(parts)):
            masks_M1HW = _masks(maps_Khw[part_M], image)
            scores, _ = passes(image * masks_M1HW)
            gains.append(scores.values_NK[:, index] - whole.values_NK[1, index])
    weights_M = torch.cat(gains).softmax(0)
    map_hw = (weights_M[:, None, None] * maps_Khw[used_M]).sum(0).clamp(min=0)
    value = float(whole.values_NK[0, index])
    return _Weighted(path, maps_Khw, map_hw, index, value, whole.noun, number)


def _masks(maps_Mhw: Tensor, image: Tensor) -> Tensor:
    """The maps at the image's size, each scaled to 0 ... 1; a constant one leaves nothing."""
    size = (image.shape[2], image.shape[3])
    large_M1HW = F.interpolate(maps_Mhw[:, None], size=size, mode="bilinear", align_corners=False)
    low_M111 = large_M1HW.amin((2, 3), keepdim=True)
    span_M111 = large_M1HW.amax((2, 3), keepdim=True) - low_M111
    return torch.where(span_M111 > 0, (large_M1HW - low_M111) / span_M111.clamp(min=1e-12), 0)
