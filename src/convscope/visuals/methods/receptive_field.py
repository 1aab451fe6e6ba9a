"""Receptive field of a unit: theoretical and effective.

Axes: N batch, C channels, H height, W width.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.arch.receptive_field import Field, receptive_fields
from convscope.errors import InputError
from convscope.network import Network
from convscope.network.hooks import frozen
from convscope.payload import Box, Curves, Heatmap, Scale, Series, Sheet
from convscope.visuals.arguments import checked_index, checked_positive
from convscope.visuals.attribution.layers import (
    default_layer,
    default_layer_sentence,
    layer_activations,
)
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.attribution.score import gradient_of
from convscope.visuals.forward import device_of, input_shape, prepared_image

EFFECTIVE = 1 - 0.9545  # of the largest value: two standard deviations of a Gaussian (Luo et al.)
PERCENTILE = 99.8  # end of the colour scale: single pixels are far above all others


class Rectangle(NamedTuple):
    """A rectangle of the image, in pixels; it may reach beyond the edges."""

    top: int
    left: int
    height: int
    width: int


def compute(
    network: nn.Module,
    image_NCHW: Tensor | None = None,
    *,
    layer: str | None = None,
    unit: int | None = None,
    num_images: int = 20,
    seed: int = 0,
) -> Sheet:
    """Mean absolute gradient of a layer's middle unit, and its theoretical receptive field.

    map[i, j] = mean over images, sum over channels of |d y[middle] / d x[i, j]|

    over images of normal noise, and the image itself where one is given. y is the sum of all
    channels in the middle, or one channel: `unit`. Effective size: square root of the number of
    pixels above 4.55 % of the largest value, as in the paper.

    Args:
        layer: its path; default: the last layer with maps larger than 1 x 1.

    Raises:
        InputError: no such layer or unit, or an unknown size of image.

    Paper: Luo, Li, Urtasun, Zemel 2016, "Understanding the effective receptive field".
    """
    num_images = checked_positive(num_images, name="num_images")
    images_NCHW = _images(network, image_NCHW, num_images, seed)
    path = layer if layer is not None else default_layer(network, images_NCHW[:1])
    position, sums_HW = _gradient_sums(network, images_NCHW, path, unit)
    peak = float(sums_HW.max())
    if peak == 0:
        raise InputError(
            f"the gradient of the middle unit of {path} is zero for every image",
            expected="a unit with a gradient",
            fix="use a layer without dead units, such as the convolution before it",
            where="layer",
        )
    values_HW = (sums_HW / peak).astype(np.float32)
    theoretical = theoretical_field(network, path, position)
    channels = "all channels" if unit is None else f"channel {unit}"
    default = "" if layer is not None else f" {default_layer_sentence(path)}"
    over = f"{channels} at {position}, {len(images_NCHW)} images"
    return Sheet(
        title=f"Theoretical and effective receptive field of {path}",
        items=(
            _heatmap(values_HW, theoretical, over, default),
            _profile(values_HW, theoretical),
        ),
        columns=2,
    )


def _images(network: nn.Module, image_NCHW: Tensor | None, num: int, seed: int) -> Tensor:
    shape = input_shape(network, image_NCHW)
    generator = torch.Generator().manual_seed(seed)
    noise_NCHW = torch.randn(num, *shape, generator=generator).to(device_of(network))
    if image_NCHW is None:
        return noise_NCHW
    return torch.cat([image_NCHW.to(noise_NCHW), noise_NCHW[1:]])


def _gradient_sums(
    network: nn.Module, images_NCHW: Tensor, path: str, unit: int | None
) -> tuple[tuple[int, int], NDArray[np.float64]]:
    """The position of the middle unit, and the sum of the gradient's magnitudes over images."""
    total: Tensor | None = None
    tap = find_tap(network, prepared_image(network, images_NCHW[:1]), path)
    middle = (0, 0)
    for index in range(len(images_NCHW)):
        with frozen(network):
            leaf_NCHW = prepared_image(network, images_NCHW[index : index + 1]).requires_grad_()
            output_C = layer_activations(network, leaf_NCHW, tap)[0]
            if output_C.ndim == 3:
                middle = (output_C.shape[1] // 2, output_C.shape[2] // 2)
                output_C = output_C[:, middle[0], middle[1]]
            if unit is not None:
                unit = checked_index(unit, len(output_C), name="unit", noun="unit")
            score = output_C.sum() if unit is None else output_C[unit]
            gradient_NCHW = gradient_of(score, leaf_NCHW)
        magnitude_HW = gradient_NCHW[0].abs().sum(0).double().cpu()
        total = magnitude_HW if total is None else total + magnitude_HW
    assert total is not None
    return middle, total.numpy()


def field_of(network: nn.Module, path: str) -> Field | None:
    """The theoretical receptive field of a layer's units; None for a module of somebody else."""
    if not isinstance(network, Network):
        return None
    trace = network.architecture.trace
    outputs = {step.path: step.output for step in trace.steps}
    inside = [output for name, output in outputs.items() if name.startswith(f"{path}.")]
    if path not in outputs and not inside:
        return None
    return receptive_fields(trace)[outputs[path] if path in outputs else inside[-1]]


def theoretical_field(network: nn.Module, path: str, position: tuple[int, int]) -> Rectangle | None:
    """The theoretical field of the unit at a position; None for a module of somebody else."""
    field = field_of(network, path)
    if field is None:
        return None
    (top, bottom), (left, right) = field.rows.span(position[0]), field.cols.span(position[1])
    return Rectangle(top, left, bottom - top, right - left)


def _heatmap(
    values_HW: NDArray[np.float32], theoretical: Rectangle | None, over: str, default: str
) -> Heatmap:
    effective = math.sqrt(float((values_HW > EFFECTIVE).sum()))
    size = "theoretical size: unknown, since the network is not built from an architecture"
    if theoretical is not None:
        size = f"theoretical size: {theoretical.height} x {theoretical.width} (the box)"
    rows, columns = values_HW.shape
    high = max(float(np.percentile(values_HW, PERCENTILE)), EFFECTIVE)
    return Heatmap(
        title="Effective receptive field, theoretical one as a box",
        caption=f"Mean absolute gradient, {over}. Effective size: {effective:.1f} x "
        f"{effective:.1f} pixels; {size}; image: {rows} x {columns}.{default}",
        values=values_HW,
        scale=Scale(colours="viridis", low=0, high=high, label="fraction of the maximum"),
        boxes=() if theoretical is None else (Box(**theoretical._asdict()),),
    )


def _profile(values_HW: NDArray[np.float32], theoretical: Rectangle | None) -> Curves:
    columns = tuple(float(j) for j in range(values_HW.shape[1]))
    lines = [Series(name="effective", x=columns, y=tuple(values_HW.max(axis=0).tolist()))]
    if theoretical is not None:
        left, right = theoretical.left, theoretical.left + theoretical.width
        inside = tuple(float(left <= j < right) for j in columns)
        lines.append(Series(name="theoretical", x=columns, y=inside))
    return Curves(
        title="Profile along the width",
        caption="Maximum of each column, and the extent of the theoretical receptive field.",
        x_label="column of the image",
        y_label="fraction of the maximum",
        series=tuple(lines),
    )
