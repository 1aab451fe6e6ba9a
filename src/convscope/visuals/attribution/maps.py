"""Heatmaps and images from attributions, each with its scale.

A few pixels hold most of a gradient, so the colour scale ends at a percentile of the magnitudes;
larger values get the last colour. The payload's values are not changed.

Axes: N batch (1), C channels, H height, W width.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from convscope.payload import Heatmap, ImageGrid, Scale

Floats = NDArray[np.float32]
PERCENTILE = 99.5  # of the magnitudes: the end of the colour scale
SMALLEST = 1e-30  # near float32's smallest numbers a scale has no steps left
FAINT = 0.1  # of the common scale: a tile that reaches less looks blank on it
BLANK = 1e-6  # of the common scale: below it a tile is rounding errors


def channel_maximum(signal_NCHW: Tensor) -> Floats:
    """The largest magnitude over the channels (Simonyan et al. 2014, section 3.1)."""
    return _array(signal_NCHW[0].abs().amax(0))


def channel_sum(signal_NCHW: Tensor) -> Floats:
    """The sum over the channels, for attributions that add up to a score."""
    return _array(signal_NCHW[0].sum(0))


def _array(values: Tensor) -> Floats:
    array: Floats = values.detach().to("cpu").float().numpy()
    return array


def magnitude_scale(values: Floats, *, label: str) -> Scale:
    """Viridis from 0 to the percentile of non-negative values."""
    return Scale(colours="viridis", low=0.0, high=_scale_end(values), label=label)


def signed_scale(values: Floats, *, label: str) -> Scale:
    """Blue below 0, white at 0, red above; symmetric, to the percentile of the magnitudes."""
    high = _scale_end(values)
    return Scale(colours="blue-white-red", low=-high, high=high, label=label)


def full_scale(values: Floats, *, label: str) -> Scale:
    """Viridis from 0, or the minimum below it, to the maximum."""
    low, high = min(0.0, float(values.min())), float(values.max())
    if high - low < SMALLEST:
        high = low + 1
    return Scale(colours="viridis", low=low, high=high, label=label)


def attribution_heatmap(
    values_HW: Floats, scale: Scale, underlay: NDArray[np.uint8] | None, *, title: str, caption: str
) -> Heatmap:
    """A heatmap over the image; the caption says where values exceed the scale."""
    return Heatmap(
        title=title,
        caption=with_scale_end(caption, values_HW, scale),
        values=values_HW,
        scale=scale,
        underlay=underlay,
    )


def pixel_space_image(
    signal_NCHW: Tensor,
    picture: NDArray[np.uint8] | None,
    *,
    title: str,
    caption: str,
    label: str,
) -> ImageGrid | Heatmap:
    """A signal at the pixels as an image beside the picture, with mid-grey at 0.

    Three channels as colours, one as grey levels; of any other number the sum, as a heatmap.
    """
    values_CHW = _array(signal_NCHW[0])
    if len(values_CHW) not in (1, 3):
        values_HW = values_CHW.sum(0)
        scale = signed_scale(values_HW, label=label)
        return attribution_heatmap(values_HW, scale, picture, title=title, caption=caption)
    high = _scale_end(values_CHW)
    grey = len(values_CHW) == 1
    scale = Scale(colours="grey" if grey else "rgb", low=-high, high=high, label=label)
    return ImageGrid(
        title=title,
        caption=with_scale_end(f"{caption} Mid-grey is 0.", values_CHW, scale),
        tiles=values_CHW if grey else values_CHW.transpose(1, 2, 0)[None],
        scale=scale,
        picture=picture,
    )


def with_scale_end(caption: str, values: Floats, scale: Scale) -> str:
    """The caption, with a sentence if values exceed the colour scale or are all 0."""
    largest = float(np.abs(values).max())
    if largest == 0:
        return f"{caption} All values are 0."
    if largest <= scale.high:
        return caption
    return (
        f"{caption} The colour scale ends at the {PERCENTILE}th percentile; "
        f"the maximum is {largest:.4g}."
    )


def _scale_end(values: Floats) -> float:
    """The percentile of the magnitudes, or their maximum where the percentile is 0."""
    sizes = np.abs(values)
    end = float(np.percentile(sizes, PERCENTILE)) or float(sizes.max())
    return end if end > SMALLEST else 1.0


class TileScales(NamedTuple):
    """Scale of the tiles of a layer: one for all, or each its own where one leaves tiles blank.

    Attributes:
        units: of the tiles, for `ImageGrid`; empty with one scale.
        sentence: for the caption, with a space before it; empty with one scale.
    """

    scale: Scale
    units: tuple[float, ...]
    sentence: str


def tile_scales(values_NX: Floats, common: Scale, *, noun: str) -> TileScales:
    """Keep the common scale unless some tile would look blank on it although it is not.

    Args:
        values_NX: numbers of each tile, in any further axes.
        noun: what a tile is, as `channel`.
    """
    reach_N = np.abs(values_NX.reshape(len(values_NX), -1)).max(axis=1).astype(np.float64)
    largest = float(reach_N.max())
    shown_N = reach_N > BLANK * largest
    weakest = float(reach_N[shown_N].min()) if shown_N.any() else 0.0
    if largest < SMALLEST or weakest >= FAINT * largest:
        return TileScales(common, (), "")
    low = -1.0 if common.low < 0 else 0.0
    scale = common.model_copy(
        update={"low": low, "high": 1.0, "label": f"fraction of the {noun}'s maximum"}
    )
    units = tuple(np.where(shown_N, reach_N, largest).tolist())
    sentence = (
        f" Each {noun} has its own scale: their maxima reach from {weakest:.4g} to {largest:.4g}."
    )
    blank = np.flatnonzero(~shown_N).tolist()
    if blank:
        sentence += f" Without values: {noun}s {', '.join(map(str, blank[:8]))}"
        sentence += f" and {len(blank) - 8} more." if len(blank) > 8 else "."
    return TileScales(scale, units, sentence)
