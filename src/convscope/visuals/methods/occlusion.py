"""Occlusion: what a square that hides a part of the image does to the answer.

Paper: Zeiler and Fergus 2013, Visualizing and understanding convolutional networks, section 4.2.

Axes: N batch, C channels, H height, W width, P places of the square, R rows and Q columns of
places, K classes.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.hooks import activations_once, still
from convscope.payload import Heatmap, ImageGrid, Scale, Sheet
from convscope.visuals.attribution.layers import PICKED, last_with_extent, ran
from convscope.visuals.attribution.pictures import signed, spanning
from convscope.visuals.attribution.score import (
    answered,
    answered_once,
    chosen,
    class_name,
    class_words,
    finite,
    positive,
    prepared,
)

LEAST_BATCH, MOST_BATCH = 32, 128
BATCH_NUMBERS = 3 * 2**15  # of the images of a batch together: small ones go in larger batches
MOST_PLACES = 50_000
# told apart by colour-blind people too: Okabe and Ito 2008
PALETTE = {
    "blue": (0, 114, 178),
    "orange": (230, 159, 0),
    "green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "light blue": (86, 180, 233),
    "red": (213, 94, 0),
    "pink": (204, 121, 167),
}
OTHER = (128, 128, 128)
Span = tuple[int, int]


class Watched(NamedTuple):
    """The map of a layer whose sum is largest for the whole image, and that sum at each place."""

    layer: str
    unit: int
    sum: float
    sums_RQ: Tensor


class Occluded(NamedTuple):
    """The answers with the square at each place.

    Attributes:
        rows, columns: the spans of pixels that the square hides, one for each place.
        scores_RQ: the logit of the target class.
        classes_RQ: the predicted class.
        watched: the strongest map of a layer; None where no layer is watched.
    """

    target: int
    value: float
    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    scores_RQ: Tensor
    classes_RQ: Tensor
    watched: Watched | None


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    target: int | None = None,
    size: int | None = None,
    stride: int | None = None,
    fill: float = 0.0,
    labels: tuple[str, ...] = (),
    underlay: NDArray[np.uint8] | None = None,
) -> Sheet:
    """Three pictures: the score lost, the strongest map of a layer, the class that is answered.

    lost[i, j] = the mean of score(x) - score(x with the square) over the squares that hide i, j

    (1, C, H, W) -> (H, W) each. One pass forward for each place, in batches.

    Args:
        layer: whose strongest map (by its sum) is watched; without it the last with spatial
            extent.
        size: the square's side in pixels; without it an eighth of the shorter side.
        stride: from one place to the next; without it half of `size`.
        fill: the square's number, after preprocessing; 0 is the mean of the data where pixels
            were normalised by it.

    Raises:
        InputError: an image, class, layer or number that does not fit.
    """
    watch = layer if layer is not None else last_with_extent(network, image_NCHW)
    made = occluded(
        network, image_NCHW, layer=watch, target=target, size=size, stride=stride, fill=fill
    )
    side, num = made.rows[0][1] - made.rows[0][0], made.scores_RQ.numel()
    square = f"A square of {side} x {side} pixels filled with {fill:g}, at {num} places."
    items: list[Heatmap | ImageGrid] = [
        signed(
            _spread(made, made.value - made.scores_RQ),
            title="occlusion: the score lost",
            caption=f"How much of the score is lost (red) or won (blue) where a pixel is hidden. "
            f"{class_words(made.target, made.value, labels, asked=target)}",
            label="logit lost",
            underlay=underlay,
        )
    ]
    if made.watched is not None:
        seen = made.watched
        picked = f" {seen.layer} was picked: {PICKED}." if layer is None else ""
        items.append(
            spanning(
                _spread(made, seen.sums_RQ),
                title=f"occlusion: map {seen.unit} of {seen.layer}",
                caption=f"What is left of the layer's strongest map, {seen.sum:.4g} in all, where "
                f"a pixel is hidden: dark is what the map answers to.{picked}",
                label="sum of the map",
                underlay=underlay,
            )
        )
    items.append(_classes(made, labels))
    return Sheet(title="occlusion", caption=square, items=tuple(items), columns=len(items))


def attribute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    target: int | None = None,
    size: int | None = None,
    stride: int | None = None,
    fill: float = 0.0,
) -> Tensor:
    """The score that is lost where a pixel is hidden, (1, 1, H, W)."""
    made = occluded(
        network, image_NCHW, layer=None, target=target, size=size, stride=stride, fill=fill
    )
    return torch.from_numpy(_spread(made, made.value - made.scores_RQ))[None, None]


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
    """The answers with the square at each place, in batches.

    Raises:
        InputError: as `compute`.
    """
    with still(network), torch.no_grad():
        image = prepared(network, image_NCHW)
        rows, columns = _places(image, size, stride, fill)
        paths = [] if layer is None else [layer]
        with activations_once(network, paths) as seen:
            logits_NK = answered(network, image)
        index = chosen(logits_NK, target)
        unit, whole_sum = (0, 0.0) if layer is None else _strongest(ran(seen, layer))
        scores, classes, sums = [], [], []
        for inputs in _hidden(image, rows, columns, fill):
            with activations_once(network, paths) as seen:
                answers_NK = answered_once(network, inputs)
            scores.append(answers_NK[:, index])
            classes.append(answers_NK.argmax(1))
            if layer is not None:
                sums.append(_sums(ran(seen, layer))[:, unit])
    shape = (len(rows), len(columns))
    watched = None
    if layer is not None:
        watched = Watched(layer, unit, whole_sum, torch.cat(sums).view(shape).cpu())
    return Occluded(
        index,
        float(logits_NK[0, index]),
        rows,
        columns,
        torch.cat(scores).view(shape).cpu(),
        torch.cat(classes).view(shape).cpu(),
        watched,
    )


def _places(
    image: Tensor, size: int | None, stride: int | None, fill: float
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans that the square hides along the height and the width."""
    height, width = image.shape[2:]
    side = max(1, min(height, width) // 8) if size is None else positive(size, name="size")
    step = max(1, side // 2) if stride is None else positive(stride, name="stride")
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
    rows, columns = _spans(height, side, step), _spans(width, side, step)
    if len(rows) * len(columns) > MOST_PLACES:
        raise InputError(
            f"{len(rows) * len(columns):,} places of the square",
            expected=f"at most {MOST_PLACES:,}",
            fix="a larger stride",
            where="stride",
        )
    return rows, columns


def _spans(length: int, side: int, step: int) -> tuple[Span, ...]:
    """From the first pixel on; the last square ends with the image, and may be cut."""
    num = 1 + -(-(length - side) // step)
    return tuple((i * step, min(i * step + side, length)) for i in range(num))


def _hidden(
    image: Tensor, rows: tuple[Span, ...], columns: tuple[Span, ...], fill: float
) -> Iterator[Tensor]:
    """Batches of the image with the square at one place each, row by row."""
    height, width = image.shape[2:]
    rows_RH, columns_QW = _inside(rows, height).to(image), _inside(columns, width).to(image)
    places_P = torch.arange(len(rows) * len(columns), device=image.device)
    batch = max(LEAST_BATCH, min(MOST_BATCH, BATCH_NUMBERS // image.numel()))
    for part_P in torch.split(places_P, batch):
        down, across = rows_RH[part_P // len(columns)], columns_QW[part_P % len(columns)]
        square_N1HW = down[:, None, :, None] * across[:, None, None, :]
        yield torch.where(square_N1HW > 0, fill, image)


def _inside(spans: tuple[Span, ...], length: int) -> Tensor:
    """1 where a span is, else 0: (spans, length)."""
    where, ends_S2 = torch.arange(length), torch.tensor(spans)
    return ((where >= ends_S2[:, :1]) & (where < ends_S2[:, 1:])).double()


def _sums(output: Tensor) -> Tensor:
    """Each map added up: (N, K, ...) -> (N, K)."""
    return finite(output.flatten(2).sum(2) if output.ndim > 2 else output, "the layer's numbers")


def _strongest(output: Tensor) -> tuple[int, float]:
    """The map with the largest sum, and the sum."""
    sums_K = _sums(output)[0]
    unit = int(sums_K.argmax())
    return unit, float(sums_K[unit])


def _spread(made: Occluded, values_RQ: Tensor) -> NDArray[np.float32]:
    """At each pixel the mean over the squares that hide it: (R, Q) -> (H, W)."""
    rows_RH = _inside(made.rows, made.rows[-1][1])
    columns_QW = _inside(made.columns, made.columns[-1][1])
    total_HW = rows_RH.T @ values_RQ.double() @ columns_QW
    times_HW = rows_RH.sum(0)[:, None] * columns_QW.sum(0)
    mean_HW: NDArray[np.float32] = (total_HW / times_HW).float().numpy()
    return mean_HW


def _classes(made: Occluded, labels: tuple[str, ...]) -> ImageGrid:
    """The predicted class at each place, the most frequent in colours of their own."""
    counted = Counter(made.classes_RQ.flatten().tolist()).most_common()
    pixels = np.full((*made.classes_RQ.shape, 3), OTHER, np.uint8)
    words = []
    for (index, times), (name, colour) in zip(counted, PALETTE.items(), strict=False):
        pixels[(made.classes_RQ == index).numpy()] = colour
        words.append(f"{name}: {class_name(index, labels)}, {times}")
    rest = counted[len(PALETTE) :]
    if rest:
        words.append(f"grey: {len(rest)} others, {sum(times for _, times in rest)}")
    return ImageGrid(
        title="occlusion: the answer",
        caption=f"The predicted class with the square at each place, and at how many. "
        f"{'; '.join(words)}.",
        tiles=pixels[None],
        scale=Scale(colours="rgb", low=0, high=255),
    )
