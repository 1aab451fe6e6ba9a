"""The deconvolutional network: one unit's activation, back to the pixels that caused it.

Paper: Zeiler and Fergus 2013, Visualizing and understanding convolutional networks, section 2.1.

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.backward_rules import Passed
from convscope.network.hooks import activations_once, still
from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.attribution.layers import (
    PICKED,
    default_layer,
    ran,
    shape_words,
    signal_back,
)
from convscope.visuals.attribution.pictures import reconstruction
from convscope.visuals.attribution.score import (
    answered,
    finite,
    prepared,
    prepared_batch,
    score_gradient,
    within,
)
from convscope.visuals.methods.guided_backprop import others_words

Place = tuple[int, int]


class Projection(NamedTuple):
    """One unit of one image, seen from the pixels.

    Attributes:
        place: row and column of the unit in its map; None in a layer that is a vector.
        value: its activation.
        signal_CHW: what the deconvolutional network gives back.
    """

    unit: int
    place: Place | None
    value: float
    signal_CHW: Tensor
    layer_words: str
    passed: Passed


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    unit: int | None = None,
    place: Place | None = None,
) -> ImageGrid | Heatmap:
    """One activation, passed back through unpooling, rectification and transposed filters.

    All other activations of the layer are set to 0. Then, layer by layer towards the image:
    max pooling puts a number where its maximum was (where windows overlap, the sum); a
    rectifier keeps what is above 0 of the signal, whatever came in on the way forward; a
    convolution uses its filters transposed. Other layers (normalisation, average pooling, tanh)
    pass the signal by their derivative.

    (1, C, H, W) -> (1, C, H, W) as a picture. One pass forward and one back.

    Args:
        unit: the channel; None means the one with the strongest activation.
        place: row and column in its map; None means where it is strongest.

    Raises:
        InputError: a layer, unit or place that is not there, no convolution below the layer, or
            rectifiers that cannot be told.
    """
    path = layer if layer is not None else default_layer(network, image_NCHW)
    image = prepared(network, image_NCHW)
    units = None if unit is None else [unit]
    places = None if place is None else [place]
    (made,) = projections(network, image, layer=path, units=units, places=places)
    at = "" if made.place is None else f" at row {made.place[0]}, column {made.place[1]}"
    parts = [f"Unit {made.unit}{at} of {path} ({made.layer_words}), activation {made.value:.4g}."]
    if made.value == 0:
        parts.append("The unit is silent: there is nothing to project.")
    if made.value < 0:
        parts.append("It is below 0: the picture shows what holds it down.")
    if layer is None:
        parts.append(f"{path} was picked: {PICKED}.")
    if unit is None:
        parts.append(f"Unit {made.unit} was picked: it is the strongest.")
    if not made.passed.rectifiers:
        parts.append(
            "No ReLU on the way: the picture is the unit's gradient, times its activation."
        )
    elif not made.passed.switches:
        parts.append(
            "No max pooling on the way: without its switches the picture hardly depends on the "
            "image (Springenberg et al. 2014); guided_backprop is made for that."
        )
    return reconstruction(
        made.signal_CHW[None],
        title=f"deconvnet of {path}",
        caption=" ".join(parts) + others_words(made.passed),
        label="signal",
    )


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The signal of a class's score, from 1 at its logit: (1, C, H, W)."""
    return score_gradient(network, image_NCHW, target=target, rule="deconvnet").gradient_NCHW


def projections(
    network: nn.Module,
    images_NCHW: Tensor,
    *,
    layer: str,
    units: Sequence[int] | None = None,
    places: Sequence[Place] | None = None,
) -> list[Projection]:
    """One unit of each image, all images in one pass forward and one back.

    Args:
        units: a channel for each image; None means each image's strongest.
        places: row and column for each image; None means where its unit is strongest.

    Raises:
        InputError: as `compute`.
    """
    with still(network):
        leaf_NCHW = prepared_batch(network, images_NCHW).requires_grad_()
        with activations_once(network, [layer]) as seen:
            answered(network, leaf_NCHW)
        output = finite(ran(seen, layer), f"the numbers of {layer}")
        if output.ndim not in (2, 4):
            raise InputError(
                f"{layer} answers with {shape_words(output)}",
                expected="feature maps, or a vector",
                where="layer",
            )
        maps_NKHW = output if output.ndim == 4 else output[:, :, None, None]
        found = _found(maps_NKHW.detach(), units, places)
        signal = torch.zeros_like(maps_NKHW)
        for n, (unit, (row, column)) in enumerate(found):
            signal[n, unit, row, column] = maps_NKHW[n, unit, row, column].detach()
        back_NCHW, passed = signal_back(output, signal.view_as(output), leaf_NCHW, "deconvnet")
    if not passed.convolutions:
        raise InputError(
            f"there is no convolution between {layer} and the image",
            expected="a layer above the first convolution",
            where="layer",
        )
    words = shape_words(output)
    return [
        Projection(
            unit,
            place if output.ndim == 4 else None,
            float(signal[n, unit, place[0], place[1]]),
            back_NCHW[n],
            words,
            passed,
        )
        for n, (unit, place) in enumerate(found)
    ]


def _found(
    maps_NKHW: Tensor, units: Sequence[int] | None, places: Sequence[Place] | None
) -> list[tuple[int, Place]]:
    """Unit and place for each image, checked or picked."""
    for given, name in ((units, "units"), (places, "places")):
        if given is not None and len(given) != len(maps_NKHW):
            raise InputError(f"{len(given)} {name} for {len(maps_NKHW)} images")
    return [
        _strongest(
            maps_KHW,
            unit=None if units is None else units[n],
            place=None if places is None else places[n],
        )
        for n, maps_KHW in enumerate(maps_NKHW)
    ]


def _strongest(maps_KHW: Tensor, *, unit: int | None, place: Place | None) -> tuple[int, Place]:
    """The strongest unit among those that are allowed."""
    channels, height, width = maps_KHW.shape
    every = slice(None)
    channel: int | slice = (
        every if unit is None else within(unit, channels, name="unit", noun="unit")
    )
    row: int | slice = every
    column: int | slice = every
    if place is not None:
        if len(place) != 2:
            raise InputError(f"place={place}", expected="a row and a column", where="place")
        row = within(place[0], height, name="place", noun="row")
        column = within(place[1], width, name="place", noun="column")
    allowed = torch.full_like(maps_KHW, -torch.inf)
    allowed[channel, row, column] = maps_KHW[channel, row, column]
    best = int(allowed.argmax())
    return best // (height * width), (best // width % height, best % width)
