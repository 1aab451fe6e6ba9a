"""Deconvnet: one unit's activation, projected back to the pixels.

Paper: Zeiler and Fergus 2013, Visualizing and understanding convolutional networks, section 2.1.

Axes: N batch, C channels, H height, W width.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.network.backward_rules import Operations
from convscope.network.hooks import frozen, run_outputs
from convscope.payload import Heatmap, ImageGrid
from convscope.visuals.arguments import Whole, checked_index
from convscope.visuals.attribution.layers import (
    backpropagate,
    default_layer,
    default_layer_sentence,
    shape_text,
)
from convscope.visuals.attribution.layouts import find_tap
from convscope.visuals.attribution.maps import pixel_space_image
from convscope.visuals.attribution.saturation import before_saturation, saturation_sentence
from convscope.visuals.attribution.score import score_gradient
from convscope.visuals.forward import finite, prepared_image, prepared_images, run
from convscope.visuals.methods.prediction.guided_backprop import other_activations_sentence

Position = tuple[int, int]


class Projection(NamedTuple):
    """One unit's activation in one image, projected to the pixels.

    Attributes:
        position: row and column of the unit in its channel; None for a layer without maps.
        value: its activation.
        signal_CHW: the output of the deconvolutional network.
        layer_shape: the layer's output shape, as text.
    """

    unit: int
    position: Position | None
    value: float
    signal_CHW: Tensor
    layer_shape: str
    operations: Operations


def compute(
    network: nn.Module,
    image_NCHW: Tensor,
    *,
    layer: str | None = None,
    unit: int | None = None,
    place: tuple[Whole, Whole] | None = None,
    underlay: NDArray[np.uint8] | None = None,
) -> ImageGrid | Heatmap:
    """One activation, passed back through unpooling, ReLUs and transposed filters.

    All other activations of the layer are set to 0. Then, layer by layer towards the image: max
    unpooling moves a value to the position of its maximum (the sum where windows overlap); a ReLU
    keeps the positive part of the signal, whatever its input was in the forward pass; a
    convolution uses its transposed filters. Other layers (normalisation, average pooling, tanh)
    use their derivative.

    (1, C, H, W) -> (1, C, H, W) as an image. One forward and one backward pass.

    Args:
        unit: the channel; default: the one with the strongest activation.
        place: row and column in the channel; default: the position of the strongest activation.

    Raises:
        InputError: an unknown layer, unit or position; no convolution below the layer; an
            operation that could contain a ReLU.
    """
    path = layer if layer is not None else default_layer(network, image_NCHW)
    image = prepared_image(network, image_NCHW)
    units = None if unit is None else [unit]
    positions = None if place is None else [place]
    ranked = before_saturation(network, image, path)
    (projection,) = projections(network, image, layer=ranked, units=units, positions=positions)
    return pixel_space_image(
        projection.signal_CHW[None],
        underlay,
        title=f"Deconvnet projection of {path}",
        caption=_caption(projection, path, ranked, layer=layer, unit=unit),
        label="signal",
    )


def _caption(
    projection: Projection, path: str, ranked: str, *, layer: str | None, unit: int | None
) -> str:
    shape, saturation = projection.layer_shape, saturation_sentence(path, ranked)
    sentences = [
        f"Unit {projection.unit} of {path} ({shape}), activation "
        f"{projection.value:.4g}.{saturation}"
    ]
    if projection.position is not None:
        row, column = projection.position
        sentences = [
            f"Unit {projection.unit} at row {row}, column {column} of {path} ({shape}), activation "
            f"{projection.value:.4g}.{saturation}"
        ]
    if projection.value == 0:
        sentences.append("Activation is 0: the projection is empty.")
    if projection.value < 0:
        sentences.append("Activation is negative: the result shows pixels that lower it.")
    if layer is None:
        sentences.append(default_layer_sentence(path))
    if unit is None:
        sentences.append(f"Default unit: {projection.unit}, the one with the strongest activation.")
    if not projection.operations.relus:
        sentences.append(
            "No ReLU below the layer: the result is the unit's gradient times its activation."
        )
    elif not projection.operations.max_poolings:
        sentences.append(
            "No max pooling below the layer: without pooling positions the result depends little "
            "on the image (Springenberg et al. 2014); prefer guided_backprop."
        )
    return " ".join(sentences) + other_activations_sentence(projection.operations)


def attribute(network: nn.Module, image_NCHW: Tensor, *, target: int | None = None) -> Tensor:
    """The deconvnet signal of a class's score, starting with 1 at its logit: (1, C, H, W)."""
    return score_gradient(network, image_NCHW, target=target, rule="deconvnet").gradient_NCHW


def projections(
    network: nn.Module,
    images_NCHW: Tensor,
    *,
    layer: str,
    units: Sequence[int] | None = None,
    positions: Sequence[Position] | None = None,
) -> list[Projection]:
    """One projection per image, all in one forward and one backward pass.

    Args:
        units: a channel for each image; default: each image's strongest.
        positions: row and column for each image; default: the strongest of its unit.

    Raises:
        InputError: as `compute`.
    """
    tap = find_tap(network, prepared_images(network, images_NCHW), layer)
    with frozen(network):
        leaf_NCHW = prepared_images(network, images_NCHW).requires_grad_()
        with run_outputs(network, [tap.path]) as outputs:
            run(network, leaf_NCHW)
        output = finite(tap.output(network, outputs), f"the activations of {layer}")
        if output.ndim not in (2, 4):
            raise InputError(
                f"the output of {layer} has {shape_text(output)}",
                expected="feature maps, or a vector",
                where="layer",
            )
        maps_NKHW = output if output.ndim == 4 else output[:, :, None, None]
        selected = _selected(maps_NKHW.detach(), units, positions)
        signal = torch.zeros_like(maps_NKHW)
        for n, (unit, (row, column)) in enumerate(selected):
            signal[n, unit, row, column] = maps_NKHW[n, unit, row, column].detach()
        back_NCHW, operations = backpropagate(
            output, signal.view_as(output), leaf_NCHW, "deconvnet"
        )
    if not operations.convolutions:
        raise InputError(
            f"there is no convolution between {layer} and the image",
            expected="a layer above the first convolution",
            where="layer",
        )
    return [
        Projection(
            unit,
            position if output.ndim == 4 else None,
            float(signal[n, unit, position[0], position[1]]),
            back_NCHW[n],
            shape_text(output),
            operations,
        )
        for n, (unit, position) in enumerate(selected)
    ]


def _selected(
    maps_NKHW: Tensor, units: Sequence[int] | None, positions: Sequence[Position] | None
) -> list[tuple[int, Position]]:
    """Unit and position for each image: checked where requested, otherwise the strongest."""
    for choices, name in ((units, "units"), (positions, "positions")):
        if choices is not None and len(choices) != len(maps_NKHW):
            raise InputError(f"{len(choices)} {name} for {len(maps_NKHW)} images")
    return [
        _strongest(
            maps_KHW,
            unit=None if units is None else units[n],
            position=None if positions is None else positions[n],
        )
        for n, maps_KHW in enumerate(maps_NKHW)
    ]


def _strongest(
    maps_KHW: Tensor, *, unit: int | None, position: Position | None
) -> tuple[int, Position]:
    """The unit and position with the strongest activation among the allowed ones."""
    channels, height, width = maps_KHW.shape
    every = slice(None)
    channel: int | slice = (
        every if unit is None else checked_index(unit, channels, name="unit", noun="unit")
    )
    row: int | slice = every
    column: int | slice = every
    if position is not None:
        if len(position) != 2:
            raise InputError(f"place={position}", expected="a row and a column", where="place")
        row = checked_index(position[0], height, name="place", noun="row")
        column = checked_index(position[1], width, name="place", noun="column")
    allowed = torch.full_like(maps_KHW, -torch.inf)
    allowed[channel, row, column] = maps_KHW[channel, row, column]
    best = int(allowed.argmax())
    return best // (height * width), (best // width % height, best % width)
