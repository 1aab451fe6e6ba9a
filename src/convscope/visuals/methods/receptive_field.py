"""What a unit can see, and what it really looks at: theoretical and effective receptive field.

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
from convscope.network.hooks import activations, still
from convscope.payload import Box, Curves, Heatmap, Scale, Series, Sheet
from convscope.visuals.attribution.layers import PICKED, default_layer, ran
from convscope.visuals.attribution.score import finite, gradient_of, positive, prepared, within
from convscope.visuals.subject import device_of, run

EFFECTIVE = 1 - 0.9545  # Luo et al.: of the largest value, two standard deviations of a Gaussian

FULL = 99.8  # percent of the pixels whose colour is their number: single ones stand far above


class Span(NamedTuple):
    """What a unit can see, in pixels; it may reach beyond the image."""

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
    """The mean absolute gradient of the middle unit of a layer, and the field it can have at most.

    map[i, j] = mean over images, sum over channels of |d y[middle] / d x[i, j]|

    over images of normal noise, and the image itself where one is given. y is the sum of all
    channels in the middle, or one channel: `unit`. Effective size: the root of the number of
    pixels with more than 4.55 % of the largest value, as the paper counts.

    Args:
        layer: its path; without it the last layer with maps larger than 1 x 1.

    Raises:
        InputError: no such layer or unit, or no size of image to begin with.

    Paper: Luo, Li, Urtasun, Zemel 2016, "Understanding the effective receptive field".
    """
    positive(num_images, name="num_images")
    images_NCHW = _images(network, image_NCHW, num_images, seed)
    path = layer if layer is not None else default_layer(network, images_NCHW[:1])
    places, sums_HW = _measured(network, images_NCHW, path, unit)
    peak = float(sums_HW.max())
    if peak == 0:
        raise InputError(
            f"nothing in the image moves the middle of {path}",
            expected="a unit with a gradient",
            fix="choose a layer without dead units, as the convolution before",
            where="layer",
        )
    values_HW = (sums_HW / peak).astype(np.float32)
    field = theoretical(network, path, places)
    chosen = "" if layer is not None else f" {path} was picked: {PICKED}."
    what = "all channels" if unit is None else f"channel {unit}"
    return _sheet(path, values_HW, field, f"{what} at {places}, {len(images_NCHW)} images", chosen)


def _images(network: nn.Module, image_NCHW: Tensor | None, num: int, seed: int) -> Tensor:
    if image_NCHW is not None:
        shape = tuple(prepared(network, image_NCHW).shape[1:])
    elif isinstance(network, Network):
        shape = tuple(network.architecture.input)
    else:
        raise InputError(
            "the size of the images is not known", expected="image_NCHW, prepared: (1, C, H, W)"
        )
    generator = torch.Generator().manual_seed(seed)
    noise_NCHW = torch.randn(num, *shape, generator=generator).to(device_of(network))
    if image_NCHW is None:
        return noise_NCHW
    return torch.cat([image_NCHW.to(noise_NCHW), noise_NCHW[1:]])


def _measured(
    network: nn.Module, images_NCHW: Tensor, path: str, unit: int | None
) -> tuple[tuple[int, int], NDArray[np.float64]]:
    """The place of the unit, and sums of the gradient's magnitude."""
    total: Tensor | None = None
    middle = (0, 0)
    for index in range(len(images_NCHW)):
        with still(network), activations(network, [path]) as seen:
            leaf_NCHW = prepared(network, images_NCHW[index : index + 1]).requires_grad_()
            run(network, leaf_NCHW)
            answer_C = finite(ran(seen, path), f"the answers of {path}")[0]
            if answer_C.ndim == 3:
                middle = (answer_C.shape[1] // 2, answer_C.shape[2] // 2)
                answer_C = answer_C[:, middle[0], middle[1]]
            if unit is not None:
                within(unit, len(answer_C), name="unit", noun="unit")
            score = answer_C.sum() if unit is None else answer_C[unit]
            gradient_NCHW = gradient_of(score, leaf_NCHW)
        magnitude_HW = gradient_NCHW[0].abs().sum(0).double().cpu()
        total = magnitude_HW if total is None else total + magnitude_HW
    assert total is not None
    return middle, total.numpy()


def field_of(network: nn.Module, path: str) -> Field | None:
    """What each unit of a layer can see, from the architecture; None for modules of others."""
    if not isinstance(network, Network):
        return None
    known = network.architecture.trace
    outputs = {step.path: step.output for step in known.steps}
    inside = [output for name, output in outputs.items() if name.startswith(f"{path}.")]
    if path not in outputs and not inside:
        return None
    return receptive_fields(known)[outputs[path] if path in outputs else inside[-1]]


def theoretical(network: nn.Module, path: str, place: tuple[int, int]) -> Span | None:
    """What the unit at a place can see at most; None for modules of others."""
    field = field_of(network, path)
    if field is None:
        return None
    (top, bottom), (left, right) = field.rows.span(place[0]), field.cols.span(place[1])
    return Span(top, left, bottom - top, right - left)


def _sheet(
    path: str, values_HW: NDArray[np.float32], field: Span | None, of: str, chosen: str
) -> Sheet:
    effective = math.sqrt(float((values_HW > EFFECTIVE).sum()))
    size = "its theoretical field is not known: this is no network of ours"
    if field is not None:
        size = f"it can see {field.height} x {field.width} pixels at most (the box)"
    rows, cols = values_HW.shape
    high = max(float(np.percentile(values_HW, FULL)), EFFECTIVE)
    heatmap = Heatmap(
        title="effective, and the theoretical one as a box",
        caption=f"Mean absolute gradient, {of}. The unit looks at {effective:.1f} x "
        f"{effective:.1f} pixels effectively; {size}. The image has {rows} x {cols}.{chosen}",
        values=values_HW,
        scale=Scale(colours="viridis", low=0, high=high, label="share of the largest"),
        boxes=() if field is None else (Box(**field._asdict()),),
    )
    across = values_HW.max(axis=0)
    places = tuple(float(j) for j in range(cols))
    lines = [Series(name="effective", x=places, y=tuple(across.tolist()))]
    if field is not None:
        inside = tuple(float(field.left <= j < field.left + field.width) for j in range(cols))
        lines.append(Series(name="theoretical", x=places, y=inside))
    profile = Curves(
        title="across the image",
        caption="The largest value of each column, and where the theoretical field lies.",
        x_label="column of the image",
        y_label="share of the largest",
        series=tuple(lines),
    )
    return Sheet(title=f"receptive field of {path}", items=(heatmap, profile), columns=2)
