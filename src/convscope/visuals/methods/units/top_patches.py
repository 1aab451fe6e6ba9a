"""Top activating patches of units, with the deconvnet projection of each.

For each unit the nine images of a data set with its strongest activations: the image cut to the
unit's receptive field, and the activation's projection to the same pixels.

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
from convscope.visuals.arguments import Count, Whole, checked_index, checked_positive
from convscope.visuals.attribution.layers import default_layer, default_layer_sentence
from convscope.visuals.attribution.saturation import before_saturation, saturation_sentence
from convscope.visuals.cost import Cost
from convscope.visuals.forward import device_of
from convscope.visuals.images import (
    Images,
    Pixels,
    Preprocessing,
    as_pixels,
    as_rgb,
    check_not_empty,
    class_label,
    first_input,
)
from convscope.visuals.methods.units import deconvnet
from convscope.visuals.methods.units.receptive_field import field_of
from convscope.visuals.region import padded_crop
from convscope.visuals.top_activations import TOP, TopActivations, most_selective, top_activations

MAX_UNITS = 16
OUTSIDE = 128  # grey level of the part of a receptive field beyond the image


class _Source(NamedTuple):
    """Network, layer and images that patches are taken from."""

    network: nn.Module
    split: Images
    preprocessing: Preprocessing
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
    preprocessing: Preprocessing,
    layer: str | None = None,
    unit: int | None = None,
    units: tuple[Whole, ...] = (),
    labels: tuple[str, ...] = (),
    num_units: Count = 4,
    batch_size: Count = 50,
) -> Sheet:
    """Nine patches and nine projections for each unit, in one pass over the split.

    Memory does not grow with the images: nine positions are stored per unit. Patches are cut to
    the unit's receptive field; its part beyond the image is grey.

    Args:
        split, preprocessing: the images, and the preprocessing to the network's input.
        layer: its path; default: the last layer with spatial maps.
        unit, units: channels; default: the `num_units` whose top activations exceed their mean
            most.

    Raises:
        InputError: no such layer or unit, an empty split, values that are not finite, or an
            operation that could contain a ReLU.

    Paper: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", fig. 2.
    """
    check_not_empty(split)
    num_units = checked_positive(num_units, name="num_units")
    if len(units) > MAX_UNITS or num_units > MAX_UNITS:
        raise InputError(f"{max(len(units), num_units)} units", expected=f"at most {MAX_UNITS}")
    path = layer
    if path is None:
        path = default_layer(network, first_input(network, split, preprocessing))
    ranked = before_saturation(network, first_input(network, split, preprocessing), path)
    top = top_activations(network, split, preprocessing, layer=ranked, batch_size=batch_size)
    requested = units or (() if unit is None else (unit,))
    requested = tuple(
        checked_index(index, len(top.mean_K), name="unit", noun="unit") for index in requested
    )
    source = _Source(network, split, preprocessing, ranked, field_of(network, ranked), labels)
    shown = requested or most_selective(top, num_units)
    caption = (
        f"Layer {path} ({top.layer_shape}), {top.num_images:,} images. Under each patch: the class "
        "of its image."
    )
    if layer is None:
        caption += f" {default_layer_sentence(path)}"
    caption += saturation_sentence(path, ranked)
    if not requested:
        caption += " Default units: those whose top activations exceed their mean most."
    return Sheet(
        title=f"Top activating patches of {path}",
        caption=caption,
        items=tuple(item for index in shown for item in _grids(source, index, top)),
        columns=4 if len(shown) > 1 else 2,
    )


def cost(split: Images, *, units: tuple[int, ...] = (), num_units: int = 4) -> Cost:
    """One forward pass of each image, and both passes of each patch."""
    patches = TOP * max(1, len(units) or num_units)
    return Cost(len(split) + patches, patches)


def _grids(source: _Source, unit: int, top: TopActivations) -> list[ImageGrid]:
    """The patches of one unit, and their projections."""
    patches = [_patch(source, unit, top, rank) for rank in range(len(top.values_TK))]
    height, width = patches[0].pixels_HW3.shape[:2]
    size = "whole image" if source.field is None else "receptive field"
    pictures = ImageGrid(
        title=f"Unit {unit}",
        caption=f"Top {len(patches)} activations: {_range_text(top.values_TK[:, unit])} "
        f"(mean of all images {float(top.mean_K[unit]):.4g}); patch size {height} x {width} = "
        f"{size}.",
        tiles=np.stack([patch.pixels_HW3 for patch in patches]),
        scale=Scale.pixels(3),
        labels=tuple(patch.label for patch in patches),
        columns=3,
    )
    signals = np.stack([patch.signal_HWC for patch in patches])
    colours: Any = "rgb" if signals.shape[3] == 3 else "grey"
    projections = ImageGrid(
        title=f"Unit {unit}, deconvnet projection",
        caption="Deconvnet projection of each activation. Each tile has its own scale; mid-grey "
        "is 0.",
        tiles=signals if colours == "rgb" else signals[..., 0],
        scale=Scale(colours=colours, low=-1, high=1, label="fraction of the tile's maximum"),
        labels=pictures.labels,
        columns=3,
    )
    return [pictures, projections]


def _range_text(values_T: torch.Tensor) -> str:
    """`all 0` for units that are never above 0, or `2.31 to 1.97`."""
    first, last = f"{float(values_T[0]):.4g}", f"{float(values_T[-1]):.4g}"
    return f"all {first}" if first == last else f"{first} to {last}"


def _patch(source: _Source, unit: int, top: TopActivations, rank: int) -> _Patch:
    """One patch and its projection; the image is read and preprocessed again."""
    index = int(top.images_TK[rank, unit])
    position = int(top.rows_TK[rank, unit]), int(top.columns_TK[rank, unit])
    with torch.no_grad():
        raw_NCHW = source.split.image(index)[None].to(device_of(source.network))
        input_NCHW = source.preprocessing(raw_NCHW)
    has_position = source.field is not None or position != (0, 0)
    projection = deconvnet.projections(
        source.network,
        input_NCHW,
        layer=source.layer,
        units=[unit],
        positions=[position] if has_position else None,
    )[0]
    signal_HWC = projection.signal_CHW.permute(1, 2, 0).cpu().float().numpy()
    if signal_HWC.shape[2] not in (1, 3):
        signal_HWC = signal_HWC.sum(axis=2, keepdims=True)
    pixels_HW3 = as_rgb(as_pixels(input_NCHW, source.preprocessing)[0])
    if source.field is not None:
        pixels_HW3 = crop_to_field(pixels_HW3, source.field, position, fill=OUTSIDE)
        signal_HWC = crop_to_field(signal_HWC, source.field, position, fill=0)
    peak = float(np.abs(signal_HWC).max()) or 1.0
    label = class_label(source.labels, int(source.split.labels_N[index]))
    return _Patch(pixels_HW3, (signal_HWC / peak).astype(np.float32), label)


def crop_to_field(
    image_HWC: NDArray[Any], field: Field, position: tuple[int, int], *, fill: int
) -> NDArray[Any]:
    """The part of an image in a unit's receptive field; a side shorter than the field is kept."""
    rows = _window(field.rows, position[0], image_HWC.shape[0])
    columns = _window(field.cols, position[1], image_HWC.shape[1])
    return padded_crop(image_HWC, rows, columns, fill=fill)


def _window(axis: Axis, unit: int, length: int) -> tuple[int, int]:
    """(first, last + 1) pixel along one side, of the same length for every unit."""
    if axis.size >= length:
        return 0, length
    begin = axis.span(unit)[0]
    return begin, begin + axis.size
