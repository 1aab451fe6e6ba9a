"""Inputs of visuals from a model's card, an image and a data set.

Axes: N batch (1), C channels, H height, W width, 3 red, green, blue.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from convscope.arch import Chain
from convscope.errors import InputError
from convscope.network import Card
from convscope.shapes import CHW
from convscope.visuals.call import Inputs
from convscope.visuals.forward import device_of
from convscope.visuals.images import Images, Pixels, Preprocessing, as_rgb
from convscope.visuals.region import Step, crop, region, steps

if TYPE_CHECKING:
    from convscope.data import DataSet

MAX_SIDE = 4096  # pixels of the image beneath a heatmap


def model_inputs(
    card: Card,
    network: nn.Module,
    preprocessing: nn.Module,
    *,
    raw_NCHW: Tensor | None = None,
    data: "DataSet | None" = None,
    split: str = "test",
) -> Inputs:
    """Inputs of visuals: the preprocessed image, and the region of it that the network receives.

    Args:
        raw_NCHW: (1, C, H, W) of raw pixels, 0 to 255, at the image's own size.
        data: labelled images; their classes need not be the model's.

    Raises:
        InputError: data with another number of channels than the network takes.
    """
    inputs = Inputs(
        network,
        labels=card.labels,
        split=None if data is None else _split(card, data, split),
        preprocessing=preprocessing,
        split_labels=None if data is None else tuple(data.classes),
    )
    if raw_NCHW is None:
        return inputs
    with torch.no_grad():
        input_NCHW = preprocessing(raw_NCHW.to(device_of(network)))
    channels, height, width = raw_NCHW.shape[1:]
    shape = CHW(channels, height, width)
    return replace(
        inputs,
        image_NCHW=input_NCHW,
        underlay=_reduced(crop(_rgb_pixels(raw_NCHW), region(card.preprocessing, shape))),
        note=_note(card.preprocessing, shape),
    )


def module_inputs(
    module: nn.Module,
    *,
    image: Any = None,
    labels: tuple[str, ...] = (),
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
) -> Inputs:
    """Inputs of visuals for any torch module: a preprocessed image, a split, or both.

    Raises:
        InputError: not a module, not a tensor, or the name of a data set.
    """
    if not isinstance(module, nn.Module):
        raise InputError(
            f"a {type(module).__name__}",
            expected="a torch.nn.Module, or the model that convscope.open returns",
        )
    if image is not None and not isinstance(image, Tensor):
        raise InputError(
            f"an image of type {type(image).__name__}",
            expected="for a module, one preprocessed image as a tensor (1, C, H, W)",
            fix="preprocess it as in training; a convscope model accepts files",
        )
    if isinstance(split, str | Path):
        raise InputError(
            f"data={str(split)!r}", expected="for a module, a split: convscope.data.open(...)"
        )
    return Inputs(module, image_NCHW=image, labels=labels, split=split, preprocessing=preprocessing)


def _split(card: Card, data: "DataSet", split: str) -> Images:
    channels = card.architecture.input.channels
    if data.channels != channels:
        raise InputError(
            f"the images of {data.name} have {data.channels} channels",
            expected=f"{channels}, the input channels of {card.architecture.name}",
            where="data",
        )
    images: Images = data.split(split)
    return images


def _rgb_pixels(raw_NCHW: Tensor) -> Pixels:
    pixels_HWC = raw_NCHW[0].permute(1, 2, 0).to("cpu", torch.uint8).contiguous().numpy()
    if pixels_HWC.shape[2] == 3:
        return pixels_HWC
    return as_rgb(pixels_HWC.mean(axis=2).round().astype("uint8"))


def _reduced(pixels_HW3: Pixels) -> Pixels:
    """The image, reduced by area means if a side is longer than MAX_SIDE."""
    longest = max(pixels_HW3.shape[:2])
    if longest <= MAX_SIDE:
        return pixels_HW3
    from PIL import Image

    height, width = (max(1, round(side * MAX_SIDE / longest)) for side in pixels_HW3.shape[:2])
    return np.asarray(Image.fromarray(pixels_HW3).resize((width, height), Image.Resampling.BOX))


def _note(preprocessing: Chain, shape: CHW) -> str:
    """A sentence on how the preprocessing changed the image's size; empty if it did not."""
    changes = [
        f"{_verb(step)} {step.after[0]} x {step.after[1]}"
        for step in steps(preprocessing, shape)
        if step.before != step.after
    ]
    if not changes:
        return ""
    return (
        f"Image of {shape.height} x {shape.width} {', then '.join(changes)} "
        "by the model's preprocessing."
    )


def _verb(step: Step) -> str:
    if step.resizes:
        return "resized to"
    cropped = any(a > b for a, b in zip(step.before, step.after, strict=True))
    padded = any(a < b for a, b in zip(step.before, step.after, strict=True))
    return (
        "cropped and padded to" if cropped and padded else "cropped to" if cropped else "padded to"
    )
