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
from convscope.visuals.arguments import Count, Whole, checked_index
from convscope.visuals.attribution.layers import (
    default_layer,
    default_layer_sentence,
    layer_activations,
)
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.attribution.score import gradient_of
from convscope.visuals.cost import Cost, Number, Setting, within_budget
from convscope.visuals.fast_forward import for_gradients
from convscope.visuals.forward import device_of, input_shape, prepared_image
from convscope.visuals.progress import reported

EFFECTIVE = 1 - 0.9545  # of the largest value: two standard deviations of a Gaussian (Luo et al.)
IMAGES = Setting("num_images", full=20, least=5, noun="images")
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
    num_images: Count | None = None,
    seed: Whole = 0,
) -> Sheet:
    """Mean absolute gradient of a layer's middle unit, and its theoretical receptive field.

    map[i, j] = mean over images, sum over channels of |d y[middle] / d x[i, j]|

    over images of normal noise, and the image itself where one is given. y is the sum of all
    channels in the middle, or one channel: `unit`. Effective size: the square that holds half of
    the gradient (Ding et al. 2022), which agrees with what is seen; and, as in the paper, the
    square root of the number of pixels above 4.55 % of the largest value, on which single bright
    pixels have much influence.

    Args:
        layer: its path; default: the last layer with maps larger than 1 x 1.
        num_images: default: 20, fewer for large networks.

    Raises:
        InputError: no such layer or unit, or an unknown size of image.

    Paper: Luo, Li, Urtasun, Zemel 2016, "Understanding the effective receptive field"; Ding, Zhang,
    Han, Ding 2022, "Scaling up your kernels to 31x31".
    """
    number = _num_images(network, image_NCHW, num_images)
    images_NCHW = _images(network, image_NCHW, number.value, seed)
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
    default = number.sentence
    if layer is None:
        default += f" {default_layer_sentence(path)}"
    over = f"{channels} at ({position[0]}, {position[1]}), {len(images_NCHW)} images"
    return Sheet(
        title=f"Theoretical and effective receptive field of {path}",
        items=(
            _heatmap(values_HW, theoretical, over, default),
            _profile(values_HW, theoretical),
        ),
        columns=2,
    )


def cost(
    network: nn.Module, image_NCHW: Tensor | None = None, *, num_images: int | None = None
) -> Cost:
    """Both passes of each image."""
    num = _num_images(network, image_NCHW, num_images).value
    return Cost(num, num)


def _num_images(network: nn.Module, image_NCHW: Tensor | None, num_images: int | None) -> Number:
    return within_budget(network, image_NCHW, num_images, IMAGES)


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
    with frozen(network):
        image = prepared_image(network, images_NCHW[:1])
        fast = for_gradients(network, image, len(images_NCHW), paths=[tap.path])
    for index in reported(range(len(images_NCHW)), len(images_NCHW)):
        with frozen(network):
            leaf_NCHW = prepared_image(network, images_NCHW[index : index + 1]).requires_grad_()
            output_C = layer_activations(fast, leaf_NCHW, tap)[0]
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
    rows, columns = values_HW.shape
    central = central_square(values_HW)
    above = math.sqrt(float((values_HW > EFFECTIVE).sum()))
    boxes = [Box(**central._asdict())]
    size = "theoretical size: unknown, since the network is not built from an architecture"
    if theoretical is not None:
        size = f"theoretical size: {theoretical.height} x {theoretical.width} (the outer box)"
        inside = _cut(theoretical, rows, columns)
        boxes.append(Box(**inside._asdict()))
        if inside != theoretical:
            size = (
                f"theoretical size: {theoretical.height} x {theoretical.width} (the outer box, "
                f"cut at the edges of the image of {rows} x {columns})"
            )
    high = max(float(np.percentile(values_HW, PERCENTILE)), EFFECTIVE)
    clipped = ""
    if high < 1:
        clipped = (
            f" The colour scale ends at the {PERCENTILE}th percentile, {high:.2g} of the maximum."
        )
    return Heatmap(
        title="Mean absolute gradient",
        caption=f"Mean absolute gradient, {over}. Effective size: half of the gradient lies in "
        f"{central.height} x {central.width} pixels (the inner box); {size}. Square root of the "
        f"number of pixels above {EFFECTIVE:.2%} of the maximum: {above:.1f}.{clipped}{default}",
        values=values_HW,
        scale=Scale(colours="viridis", low=0, high=high, label="fraction of the maximum"),
        boxes=tuple(boxes),
    )


def central_square(values_HW: NDArray[np.float32]) -> Rectangle:
    """Return the smallest square around the map's centre of mass that holds half of its sum.

    It is cut at the edges of the map. The share of the sum is that of Ding et al. 2022, section 5;
    theirs is around the middle of the image, in which the unit need not lie.
    """
    rows, columns = values_HW.shape
    total_HW = values_HW.astype(np.float64)
    total = float(total_HW.sum())
    y, x = (
        float(total_HW.sum(1 - axis) @ np.arange(n)) / total
        for axis, n in ((0, rows), (1, columns))
    )
    for side in range(1, 2 * max(rows, columns) + 1):
        begin = round(y - (side - 1) / 2), round(x - (side - 1) / 2)
        square = _cut(Rectangle(*begin, side, side), rows, columns)
        part = total_HW[
            square.top : square.top + square.height, square.left : square.left + square.width
        ]
        if float(part.sum()) >= total / 2:
            return square
    return Rectangle(0, 0, rows, columns)


def _cut(rectangle: Rectangle, rows: int, columns: int) -> Rectangle:
    """Return the part of a rectangle within the image."""
    top, left = max(0, rectangle.top), max(0, rectangle.left)
    bottom = min(rows, rectangle.top + rectangle.height)
    right = min(columns, rectangle.left + rectangle.width)
    return Rectangle(top, left, bottom - top, right - left)


def _profile(values_HW: NDArray[np.float32], theoretical: Rectangle | None) -> Curves:
    columns = tuple(float(j) for j in range(values_HW.shape[1]))
    sums_W = values_HW.sum(axis=0, dtype=np.float64)
    lines = [Series(name="effective", x=columns, y=tuple((sums_W / sums_W.max()).tolist()))]
    if theoretical is not None:
        left, right = theoretical.left, theoretical.left + theoretical.width
        inside = tuple(float(left <= j < right) for j in columns)
        lines.append(Series(name="theoretical", x=columns, y=inside, style="steps"))
    return Curves(
        title="Profile along the width",
        caption="Sum of each column, as a fraction of the largest; 1 within the theoretical "
        "receptive field.",
        x_label="column of the image",
        y_label="fraction of the largest sum",
        series=tuple(lines),
    )
