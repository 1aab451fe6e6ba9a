"""The pieces of images that excite a unit most, and what of them it answers to.

For each unit the nine images of a data set with its strongest activations: what its receptive
field held there, and beside it the activation's deconvnet projection onto the same pixels.

Axes: C channels, H height, W width, K units, T the top ones, 3 red, green, blue.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from convscope.arch.receptive_field import Axis, Field
from convscope.errors import InputError
from convscope.payload import ImageGrid, Scale, Sheet
from convscope.visuals.attribution.layers import PICKED, default_layer
from convscope.visuals.attribution.score import positive, within
from convscope.visuals.methods import deconvnet
from convscope.visuals.methods.receptive_field import field_of
from convscope.visuals.subject import (
    Function,
    Images,
    Pixels,
    as_pixels,
    device_of,
    in_colour,
    label_of,
    not_empty,
)
from convscope.visuals.top_activations import Top, outstanding, strongest

MOST_UNITS = 16
BEYOND = 128  # the grey of what a field sees beyond the image


class _Scene(NamedTuple):
    """What patches are cut out of."""

    network: nn.Module
    split: Images
    preprocessing: Function
    layer: str
    field: Field | None
    labels: tuple[str, ...]


class _Patch(NamedTuple):
    pixels_HW3: Pixels
    signal_HWC: NDArray[np.float32]
    label: str


def compute(
    network: nn.Module,
    *,
    split: Images,
    preprocessing: Function,
    layer: str | None = None,
    unit: int | None = None,
    units: tuple[int, ...] = (),
    labels: tuple[str, ...] = (),
    num_units: int = 4,
    batch_size: int = 50,
) -> Sheet:
    """Nine patches and nine projections for each unit, in one pass over the split.

    Memory does not grow with the images: of each unit only nine places are remembered. Patches
    are cut to the unit's receptive field; what of it lies beyond the image is grey.

    Args:
        split, preprocessing: the images, and the way from their pixels to the network's input.
        layer: its path; without it the last layer with maps.
        unit, units: which channels; without them the `num_units` whose nine stand out furthest
            from their mean, which the caption says.

    Raises:
        InputError: no such layer or unit, an empty split, numbers that are not finite, or a
            network in which a projection cannot be exact.

    Paper: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", fig. 2.
    """
    not_empty(split)
    positive(num_units, name="num_units")
    if len(units) > MOST_UNITS or num_units > MOST_UNITS:
        raise InputError(
            f"{max(len(units), num_units)} units", expected=f"at most {MOST_UNITS} on one sheet"
        )
    path = layer if layer is not None else _default(network, split, preprocessing)
    top = strongest(network, split, preprocessing, layer=path, batch_size=batch_size)
    asked = units or (() if unit is None else (unit,))
    for one in asked:
        within(one, len(top.mean_K), name="unit", noun="unit")
    scene = _Scene(network, split, preprocessing, path, field_of(network, path), labels)
    items = [
        item for one in asked or outstanding(top, num_units) for item in _pair(scene, one, top)
    ]
    said = f"Layer {path} ({top.layer_words}), over {top.num_images:,} images."
    if layer is None:
        said += f" {path} was picked: {PICKED}."
    if not asked:
        said += " The units were picked: their strongest answers stand out furthest from the mean."
    return Sheet(title=f"what excites {path}", caption=said, items=tuple(items), columns=2)


def _default(network: nn.Module, split: Images, preprocessing: Function) -> str:
    with torch.no_grad():
        first = next(iter(split.inputs(preprocessing, batch_size=1, device=device_of(network))))[0]
    return default_layer(network, first)


def _pair(scene: _Scene, unit: int, top: Top) -> list[ImageGrid]:
    """The patches of one unit, and their projections."""
    patches = [_patch(scene, unit, top, rank) for rank in range(len(top.values_TK))]
    values = top.values_TK[:, unit]
    height, width = patches[0].pixels_HW3.shape[:2]
    seen = "the whole image" if scene.field is None else "as much as its receptive field holds"
    pictures = ImageGrid(
        title=f"unit {unit}",
        caption=f"The {len(patches)} strongest, {float(values[0]):.4g} to "
        f"{float(values[-1]):.4g}; the mean is {float(top.mean_K[unit]):.4g}. "
        f"{height} x {width} pixels: {seen}.",
        tiles=np.stack([patch.pixels_HW3 for patch in patches]),
        scale=Scale.pixels(3),
        labels=tuple(patch.label for patch in patches),
        columns=3,
    )
    signals = np.stack([patch.signal_HWC for patch in patches])
    colours: Any = "rgb" if signals.shape[3] == 3 else "grey"
    projections = ImageGrid(
        title=f"unit {unit}, projected",
        caption="What of each patch reaches the unit (deconvnet). Each tile has its own scale; "
        "mid-grey is 0.",
        tiles=signals if colours == "rgb" else signals[..., 0],
        scale=Scale(colours=colours, low=-1, high=1, label="share of the tile's largest"),
        labels=pictures.labels,
        columns=3,
    )
    return [pictures, projections]


def _patch(scene: _Scene, unit: int, top: Top, rank: int) -> _Patch:
    """One patch and its projection: the image is read and prepared again."""
    index = int(top.images_TK[rank, unit])
    place = int(top.rows_TK[rank, unit]), int(top.columns_TK[rank, unit])
    with torch.no_grad():
        raw_NCHW = scene.split.image(index)[None].to(device_of(scene.network))
        input_NCHW = scene.preprocessing(raw_NCHW)
    is_map = scene.field is not None or place != (0, 0)
    made = deconvnet.projections(
        scene.network,
        input_NCHW,
        layer=scene.layer,
        units=[unit],
        places=[place] if is_map else None,
    )[0]
    signal_HWC = made.signal_CHW.permute(1, 2, 0).cpu().float().numpy()
    if signal_HWC.shape[2] not in (1, 3):
        signal_HWC = signal_HWC.sum(axis=2, keepdims=True)
    pixels_HW3 = in_colour(as_pixels(input_NCHW, scene.preprocessing)[0])
    if scene.field is not None:
        pixels_HW3 = cut(pixels_HW3, scene.field, place, fill=BEYOND)
        signal_HWC = cut(signal_HWC, scene.field, place, fill=0)
    peak = float(np.abs(signal_HWC).max()) or 1.0
    label = label_of(scene.labels, int(scene.split.labels_N[index]))
    return _Patch(pixels_HW3, (signal_HWC / peak).astype(np.float32), label)


def cut(
    image_HWC: NDArray[Any], field: Field, place: tuple[int, int], *, fill: int
) -> NDArray[Any]:
    """What a unit sees of an image: its field, or the whole side where the field is longer."""
    rows = _window(field.rows, place[0], image_HWC.shape[0])
    columns = _window(field.cols, place[1], image_HWC.shape[1])
    shape = (rows[1] - rows[0], columns[1] - columns[0], image_HWC.shape[2])
    made = np.full(shape, fill, image_HWC.dtype)
    (r0, r1), (c0, c1) = (
        (max(0, begin), min(end, length))
        for (begin, end), length in zip((rows, columns), image_HWC.shape[:2], strict=True)
    )
    made[r0 - rows[0] : r1 - rows[0], c0 - columns[0] : c1 - columns[0]] = image_HWC[r0:r1, c0:c1]
    return made


def _window(axis: Axis, unit: int, length: int) -> tuple[int, int]:
    """(first, last + 1) pixel along one side, as many for every unit."""
    if axis.size >= length:
        return 0, length
    begin = axis.span(unit)[0]
    return begin, begin + axis.size
