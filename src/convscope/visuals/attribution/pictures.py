"""How attributions become pictures: one scale each, and what it leaves out is said.

Few pixels hold most of a gradient, so colours end at a percentile: beyond it numbers have the
colour of the end. The numbers themselves stay whole.

Axes: N batch (1), C channels, H height, W width.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from convscope.payload import Heatmap, ImageGrid, Scale

Floats = NDArray[np.float32]
FULL = 99.5  # percent of the pixels whose colour is their number
SMALLEST = 1e-30  # near float32's smallest numbers a scale has no steps left


def strongest(signal_NCHW: Tensor) -> Floats:
    """The largest magnitude among the channels (Simonyan et al. 2014, section 3.1)."""
    return _numbers(signal_NCHW[0].abs().amax(0))


def summed(signal_NCHW: Tensor) -> Floats:
    """The channels' sum: shares of a score add up."""
    return _numbers(signal_NCHW[0].sum(0))


def _numbers(values: Tensor) -> Floats:
    made: Floats = values.detach().to("cpu").float().numpy()
    return made


def magnitudes(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A map of numbers from 0 up."""
    high = _end(values_HW)
    scale = Scale(colours="viridis", low=0.0, high=high, label=label)
    return Heatmap(
        title=title,
        caption=_with_end(caption, values_HW, high),
        values=values_HW,
        scale=scale,
        underlay=underlay,
    )


def whole(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A map from 0, or its smallest number below, to its largest; no colour is cut."""
    low, high = min(0.0, float(values_HW.min())), float(values_HW.max())
    if high - low < SMALLEST:
        high = low + 1
    scale = Scale(colours="viridis", low=low, high=high, label=label)
    return Heatmap(title=title, caption=caption, values=values_HW, scale=scale, underlay=underlay)


def spanning(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A map from its smallest number to its largest."""
    scale = Scale.spanning(values_HW, label=label)
    return Heatmap(title=title, caption=caption, values=values_HW, scale=scale, underlay=underlay)


def signed(
    values_HW: Floats,
    *,
    title: str,
    caption: str,
    label: str,
    underlay: NDArray[np.uint8] | None = None,
) -> Heatmap:
    """A map of numbers on both sides of 0: blue against, red for."""
    high = _end(values_HW)
    scale = Scale(colours="blue-white-red", low=-high, high=high, label=label)
    return Heatmap(
        title=title,
        caption=_with_end(caption, values_HW, high),
        values=values_HW,
        scale=scale,
        underlay=underlay,
    )


def reconstruction(
    signal_NCHW: Tensor, *, title: str, caption: str, label: str
) -> ImageGrid | Heatmap:
    """A signal in the space of pixels as a picture, with mid-grey at 0.

    Three channels in colour, one in grey; of any other number the sum, as a map.
    """
    values_CHW = _numbers(signal_NCHW[0])
    if len(values_CHW) not in (1, 3):
        return signed(values_CHW.sum(0), title=title, caption=caption, label=label)
    high = _end(values_CHW)
    one = len(values_CHW) == 1
    return ImageGrid(
        title=title,
        caption=_with_end(f"{caption} Mid-grey is 0.", values_CHW, high),
        tiles=values_CHW if one else values_CHW.transpose(1, 2, 0)[None],
        scale=Scale(colours="grey" if one else "rgb", low=-high, high=high, label=label),
    )


def _end(values: Floats) -> float:
    """Where the colours end: a percentile, or the largest number where the percentile is 0."""
    sizes = np.abs(values)
    end = float(np.percentile(sizes, FULL)) or float(sizes.max())
    return end if end > SMALLEST else 1.0


def _with_end(caption: str, values: Floats, high: float) -> str:
    largest = float(np.abs(values).max())
    if largest == 0:
        return f"{caption} Every number is 0."
    if largest <= high:
        return caption
    return f"{caption} Colours end at the {FULL} percent mark; the largest number is {largest:.4g}."
