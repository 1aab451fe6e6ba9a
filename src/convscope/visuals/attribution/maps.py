"""Heatmaps and images from attributions, each with its scale.

A few pixels hold most of a gradient, so the colour scale ends at a percentile of the magnitudes;
larger values get the last colour. The payload's values are not changed.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from convscope.payload import Heatmap, ImageGrid, Scale

Floats = NDArray[np.float32]
PERCENTILE = 99.5  # of the magnitudes: the end of the colour scale
SMALLEST = 1e-30  # near float32's smallest numbers a scale has no steps left


def channel_maximum(signal_NCHW: Tensor) -> Floats:
    """The largest magnitude over the channels (Simonyan et al. 2014, section 3.1)."""
    return _array(signal_NCHW[0].abs().amax(0))


def channel_sum(signal_NCHW: Tensor) -> Floats:
    """The sum over the channels, for attributions that add up to a score."""
    return _array(signal_NCHW[0].sum(0))


def _array(values: Tensor) -> Floats:
    array: Floats = values.detach().to("cpu").float().numpy()
    return array


def magnitude_map(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A heatmap of non-negative values; the scale ends at the percentile."""
    high = _scale_end(values_HW)
    scale = Scale(colours="viridis", low=0.0, high=high, label=label)
    return Heatmap(
        title=title,
        caption=_with_scale_end(caption, values_HW, high),
        values=values_HW,
        scale=scale,
        underlay=underlay,
    )


def full_range_map(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A heatmap whose scale goes from 0, or the minimum below it, to the maximum."""
    low, high = min(0.0, float(values_HW.min())), float(values_HW.max())
    if high - low < SMALLEST:
        high = low + 1
    scale = Scale(colours="viridis", low=low, high=high, label=label)
    return Heatmap(title=title, caption=caption, values=values_HW, scale=scale, underlay=underlay)


def minimum_to_maximum_map(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A heatmap whose scale goes from the minimum to the maximum."""
    scale = Scale.spanning(values_HW, label=label)
    return Heatmap(title=title, caption=caption, values=values_HW, scale=scale, underlay=underlay)


def signed_map(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A heatmap of signed values: blue below 0, white at 0, red above."""
    high = _scale_end(values_HW)
    scale = Scale(colours="blue-white-red", low=-high, high=high, label=label)
    return Heatmap(
        title=title,
        caption=_with_scale_end(caption, values_HW, high),
        values=values_HW,
        scale=scale,
        underlay=underlay,
    )


def pixel_space_image(
    signal_NCHW: Tensor, *, title: str, caption: str, label: str
) -> ImageGrid | Heatmap:
    """A signal at the pixels as an image, with mid-grey at 0.

    Three channels as colours, one as grey levels; of any other number the sum, as a heatmap.
    """
    values_CHW = _array(signal_NCHW[0])
    if len(values_CHW) not in (1, 3):
        return signed_map(values_CHW.sum(0), title=title, caption=caption, label=label)
    high = _scale_end(values_CHW)
    grey = len(values_CHW) == 1
    return ImageGrid(
        title=title,
        caption=_with_scale_end(f"{caption} Mid-grey is 0.", values_CHW, high),
        tiles=values_CHW if grey else values_CHW.transpose(1, 2, 0)[None],
        scale=Scale(colours="grey" if grey else "rgb", low=-high, high=high, label=label),
    )


def _scale_end(values: Floats) -> float:
    """The percentile of the magnitudes, or their maximum where the percentile is 0."""
    sizes = np.abs(values)
    end = float(np.percentile(sizes, PERCENTILE)) or float(sizes.max())
    return end if end > SMALLEST else 1.0


def _with_scale_end(caption: str, values: Floats, high: float) -> str:
    largest = float(np.abs(values).max())
    if largest == 0:
        return f"{caption} All values are 0."
    if largest <= high:
        return caption
    return (
        f"{caption} The colour scale ends at the {PERCENTILE}th percentile; "
        f"the maximum is {largest:.4g}."
    )
