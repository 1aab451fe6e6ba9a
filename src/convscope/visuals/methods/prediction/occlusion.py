"""Occlusion: effect of a square that hides a part of the image on score, layer and prediction.

Paper: Zeiler and Fergus 2013, Visualizing and understanding convolutional networks, section 4.2.

Axes: N batch, C channels, H height, W width, P positions of the square, R rows and Q columns of
positions, K classes.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import frozen, run_outputs
from convscope.payload import Heatmap, ImageGrid, LegendEntry, Scale, Sheet
from convscope.visuals.arguments import Count, Finite, checked_positive
from convscope.visuals.attribution.layers import (
    default_layer_sentence,
    last_spatial_layer,
)
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.attribution.maps import attribution_heatmap, signed_scale
from convscope.visuals.attribution.score import class_name, score_sentence, target_class
from convscope.visuals.cost import Cost, Number, affordable, set_option
from convscope.visuals.fast_forward import forward_passes
from convscope.visuals.forward import (
    compute_scores,
    finite,
    prepared_image,
)
from convscope.visuals.progress import reported

MIN_BATCH, MAX_BATCH = 32, 128
BATCH_VALUES = 3 * 2**15  # pixel values of a batch together: small images go in larger batches
MAX_POSITIONS = 50_000
# distinguishable for colour-blind readers: Okabe and Ito 2008
PALETTE = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (240, 228, 66),
    (86, 180, 233),
    (213, 94, 0),
    (204, 121, 167),
)
MAX_NAME = 200
OTHER = (128, 128, 128)
Interval = tuple[int, int]
"""(first, last + 1) pixel along one side"""


class ChannelSums(NamedTuple):
    """The strongest channel of a layer (by its sum), and its sum at each position of the square."""

    layer: str
    unit: int
    sum: float
    sums_RQ: Tensor


class Occluded(NamedTuple):
    """Predictions with the square at each position.

    Attributes:
        rows, columns: the intervals of pixels that the square hides, one for each position.
        noun: the kind of the scores: logit, or probability where logits are not known.
        scores_RQ: the score of the target class.
        classes_RQ: the predicted class.
        channel: the strongest channel of a layer; None without a layer.
        number: the number of positions, and of those without a budget.
    """

    target: int
    value: float
    noun: str
    rows: tuple[Interval, ...]
    columns: tuple[Interval, ...]
    scores_RQ: Tensor
    classes_RQ: Tensor
    channel: ChannelSums | None
    number: Number


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    size: Count | None = None,
    stride: Count | None = None,
    fill: Finite = 0.0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Sheet:
    """The image, decrease of the score, strongest channel of a layer, predicted class.

    decrease[i, j] = the mean of score(x) - score(x with the square) over squares that hide i, j

    (1, C, H, W) -> (H, W) each. One forward pass per position, in batches.

    Args:
        layer: the layer whose strongest channel (by its sum) is shown; default: the last one with
            spatial maps.
        size: the square's side in pixels; default: an eighth of the shorter side, or a quarter
            for large networks.
        stride: pixels from one position to the next; default: half of `size`, or `size` for
            large networks.
        fill: value of the square, after preprocessing; 0 is the mean of the data where pixels
            were normalised by it.

    Raises:
        InputError: an image, class, layer or setting that does not fit.
    """
    shown_layer = layer if layer is not None else _default_layer(network, image_NCHW)
    result = occluded(
        network, image_NCHW, layer=shown_layer, target=target, size=size, stride=stride, fill=fill
    )
    sentence = score_sentence(
        result.target, result.value, labels, requested=target, noun=result.noun
    )
    items: list[Heatmap | ImageGrid] = []
    if underlay is not None:
        items.append(ImageGrid(title="Image", tiles=underlay[None], scale=Scale.pixels(3)))
    items.append(_score_decrease(result, sentence, underlay))
    if result.channel is not None:
        default = f" {default_layer_sentence(result.channel.layer)}" if layer is None else ""
        items.append(_channel_sum_map(result, result.channel, default, underlay))
    items.append(_predicted_classes(result, labels, underlay))
    side, num = result.rows[0][1] - result.rows[0][0], result.scores_RQ.numel()
    sentence = f"A square of {side} x {side} pixels filled with {fill:g}, at {num} positions."
    sentence += result.number.sentence
    return Sheet(
        title="Occlusion",
        caption=sentence,
        items=tuple(items),
        columns=2,
    )


def _default_layer(network: nn.Module, image_NCHW: Tensor) -> str | None:
    """The last layer with spatial maps; none for tokens, since the score needs no layer."""
    try:
        return last_spatial_layer(network, image_NCHW)
    except InputError:
        return None


def cost(
    network: nn.Module, image_NCHW: Tensor, *, size: int | None = None, stride: int | None = None
) -> Cost:
    """One forward pass for the image, and one for each position."""
    return Cost(1 + _positions(network, image_NCHW, size, stride, 0.0).number.value)


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    size: int | None = None,
    stride: int | None = None,
    fill: float = 0.0,
) -> Tensor:
    """The decrease of the score where a pixel is hidden, (1, 1, H, W)."""
    result = occluded(
        network, image_NCHW, layer=None, target=target, size=size, stride=stride, fill=fill
    )
    return torch.from_numpy(_pixel_means(result, result.value - result.scores_RQ))[None, None]


def occluded(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None,
    target: int | None,
    size: int | None,
    stride: int | None,
    fill: float,
) -> Occluded:
    """Predictions with the square at each position, in batches.

    Raises:
        InputError: as `compute`.
    """
    with frozen(network), torch.no_grad():
        image = prepared_image(network, image_NCHW)
        rows, columns, number = _positions(network, image, size, stride, fill)
        tap = None if layer is None else find_tap(network, image, layer)
        paths = [] if tap is None else [tap.path]
        with run_outputs(network, paths) as whole_outputs:
            whole = compute_scores(network, image)
        index = target_class(whole.values_NK, target)
        unit, whole_sum = 0, 0.0
        if tap is not None:
            unit, whole_sum = _strongest(tap.output(network, whole_outputs))
        scores, classes, sums = [], [], []
        batches = _occluded_batches(image, rows, columns, fill)
        num = -(-len(rows) * len(columns) // _batch_size(image))
        passes = forward_passes(network, image, number.value, paths=paths)
        for inputs in reported(batches, num):
            batch_scores, outputs = passes(inputs)
            values_NK = batch_scores.values_NK
            scores.append(values_NK[:, index])
            classes.append(values_NK.argmax(1))
            if tap is not None:
                sums.append(_channel_sums(tap.output(network, outputs))[:, unit])
    shape = (len(rows), len(columns))
    channel = None
    if layer is not None:
        channel = ChannelSums(layer, unit, whole_sum, torch.cat(sums).view(shape).cpu())
    return Occluded(
        index,
        float(whole.values_NK[0, index]),
        whole.noun,
        rows,
        columns,
        torch.cat(scores).view(shape).cpu(),
        torch.cat(classes).view(shape).cpu(),
        channel,
        number,
    )


class _Positions(NamedTuple):
    """The intervals that the square hides along the height and the width, and their number."""

    rows: tuple[Interval, ...]
    columns: tuple[Interval, ...]
    number: Number


def _positions(
    network: nn.Module, image: Tensor, size: int | None, stride: int | None, fill: float
) -> _Positions:
    """The requested positions; for default settings as many as the budget allows."""
    shorter = min(image.shape[2:])
    if size is not None:
        size = checked_positive(size, name="size")
    if stride is not None:
        stride = checked_positive(stride, name="stride")
    sides = [max(1, shorter // part) for part in (8, 4)] if size is None else [size]
    choices = [
        _grid(image, side, step, fill)
        for side in sides
        for step in ([max(1, side // 2), side] if stride is None else [stride])
        if step <= side or stride is None or side == sides[-1]
    ]
    allowed = affordable(network, image, Cost(1))
    lengths = [len(rows) * len(columns) for rows, columns in choices]
    index = next((i for i, n in enumerate(lengths) if n <= allowed), len(choices) - 1)
    full_side, full_step = sides[0], stride or max(1, sides[0] // 2)
    fix = set_option("stride", full_step)
    if size is None:
        fix = f"{set_option('size', full_side)} {fix}"
    number = Number(lengths[index], lengths[0], "positions", fix)
    return _Positions(*choices[index], number)


def _grid(
    image: Tensor, side: int, step: int, fill: float
) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """The intervals of a square of that side, so many pixels apart."""
    height, width = image.shape[2:]
    if side > min(height, width):
        raise InputError(
            f"size={side} for an image of {height} x {width}",
            expected=f"at most {min(height, width)}",
            where="size",
        )
    if step > side:
        raise InputError(
            f"stride={step} with a square of {side}: some pixels would never be hidden",
            expected=f"at most {side}",
            where="stride",
        )
    if not np.isfinite(fill):
        raise InputError(f"fill={fill}", expected="a finite number", where="fill")
    rows, columns = _intervals(height, side, step), _intervals(width, side, step)
    if len(rows) * len(columns) > MAX_POSITIONS:
        raise InputError(
            f"{len(rows) * len(columns):,} positions of the square",
            expected=f"at most {MAX_POSITIONS:,}",
            fix="use a larger stride",
            where="stride",
        )
    return rows, columns


def _intervals(length: int, side: int, step: int) -> tuple[Interval, ...]:
    """Intervals from the first pixel on; the last one is cut at the edge of the image."""
    num = 1 + -(-(length - side) // step)
    return tuple((i * step, min(i * step + side, length)) for i in range(num))


def _occluded_batches(
    image: Tensor, rows: tuple[Interval, ...], columns: tuple[Interval, ...], fill: float
) -> Iterator[Tensor]:
    """Batches of the image with the square at one position each, row by row."""
    height, width = image.shape[2:]
    rows_RH, columns_QW = _inside(rows, height).to(image), _inside(columns, width).to(image)
    positions_P = torch.arange(len(rows) * len(columns), device=image.device)
    for part_P in torch.split(positions_P, _batch_size(image)):
        down, across = rows_RH[part_P // len(columns)], columns_QW[part_P % len(columns)]
        square_N1HW = down[:, None, :, None] * across[:, None, None, :]
        yield torch.where(square_N1HW > 0, fill, image)


def _batch_size(image: Tensor) -> int:
    return max(MIN_BATCH, min(MAX_BATCH, BATCH_VALUES // image.numel()))


def _inside(intervals: tuple[Interval, ...], length: int) -> Tensor:
    """1 inside an interval, 0 outside: (intervals, length)."""
    index, ends_S2 = torch.arange(length), torch.tensor(intervals)
    return ((index >= ends_S2[:, :1]) & (index < ends_S2[:, 1:])).double()


def _channel_sums(output: Tensor) -> Tensor:
    """The sum over positions: (N, K, ...) -> (N, K)."""
    sums = output.flatten(2).sum(2) if output.ndim > 2 else output
    return finite(sums, "the layer's activations")


def _strongest(output: Tensor) -> tuple[int, float]:
    """The channel with the largest sum, and the sum."""
    sums_K = _channel_sums(output)[0]
    unit = int(sums_K.argmax())
    return unit, float(sums_K[unit])


def _pixel_means(result: Occluded, values_RQ: Tensor) -> NDArray[np.float32]:
    """At each pixel the mean over the squares that hide it: (R, Q) -> (H, W)."""
    rows_RH = _inside(result.rows, result.rows[-1][1])
    columns_QW = _inside(result.columns, result.columns[-1][1])
    total_HW = rows_RH.T @ values_RQ.double() @ columns_QW
    times_HW = rows_RH.sum(0)[:, None] * columns_QW.sum(0)
    mean_HW: NDArray[np.float32] = (total_HW / times_HW).float().numpy()
    return mean_HW


def _score_decrease(result: Occluded, sentence: str, underlay: NDArray[np.uint8] | None) -> Heatmap:
    values_HW = _pixel_means(result, result.value - result.scores_RQ)
    scale = signed_scale(values_HW, label=f"decrease of the {result.noun}")
    caption = f"Decrease (red) or increase (blue) of the score where a pixel is hidden. {sentence}"
    heatmap = attribution_heatmap(
        values_HW, scale, underlay, title="Decrease of the score", caption=caption
    )
    return heatmap.model_copy(update={"beside": False})


def _channel_sum_map(
    result: Occluded, channel: ChannelSums, default: str, underlay: NDArray[np.uint8] | None
) -> Heatmap:
    values_HW = _pixel_means(result, channel.sums_RQ)
    return Heatmap(
        title=f"Channel {channel.unit} of {channel.layer}",
        caption=f"Sum of the layer's strongest channel where a pixel is hidden; without occlusion "
        f"{channel.sum:.4g}. Dark regions matter to the channel.{default}",
        values=values_HW,
        scale=Scale.spanning(values_HW, label="sum of the channel"),
        underlay=underlay,
        beside=False,
    )


def _predicted_classes(
    result: Occluded, labels: tuple[str, ...], underlay: NDArray[np.uint8] | None
) -> ImageGrid:
    """The predicted class at each position, the most frequent ones in their own colours.

    As large as the image beside it: each pixel has the class of the nearest position.
    """
    counts = Counter(result.classes_RQ.flatten().tolist()).most_common()
    pixels = np.full((*result.classes_RQ.shape, 3), OTHER, np.uint8)
    legend = []
    for (index, times), colour in zip(counts, PALETTE, strict=False):
        pixels[(result.classes_RQ == index).numpy()] = colour
        legend.append(_entry(colour, f"{class_name(index, labels)}: {times}"))
    rest = counts[len(PALETTE) :]
    if rest:
        num = sum(times for _, times in rest)
        legend.append(_entry(OTHER, f"{len(rest)} other classes: {num}"))
    size = (result.rows[-1][1], result.columns[-1][1]) if underlay is None else underlay.shape[:2]
    rows, columns = (
        _nearest(intervals, side)
        for intervals, side in zip((result.rows, result.columns), size, strict=True)
    )
    return ImageGrid(
        title="Predicted class",
        caption="Predicted class with the square at each place, and the number of places.",
        tiles=pixels[rows][:, columns][None],
        scale=Scale(colours="rgb", low=0, high=255),
        legend=tuple(legend),
    )


def _entry(colour: tuple[int, int, int], name: str) -> LegendEntry:
    return LegendEntry(colour="#" + bytes(colour).hex(), name=name[:MAX_NAME])


def _nearest(intervals: tuple[Interval, ...], side: int) -> NDArray[np.intp]:
    """For each pixel of a side the number of the interval whose middle is nearest."""
    length = intervals[-1][1]
    middles = np.array([(begin + end) / 2 for begin, end in intervals])
    pixels = (np.arange(side) + 0.5) * length / side
    nearest: NDArray[np.intp] = np.abs(pixels[:, None] - middles).argmin(axis=1)
    return nearest
