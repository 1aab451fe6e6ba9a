"""From a model's card and an image to what there is to look at.

Axes: N batch (1), C channels, H height, W width, 3 red, green, blue.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convscope.data import DataSet
from convscope.errors import InputError
from convscope.layers import CenterCrop, Resize
from convscope.network import Card
from convscope.shapes import pair, resized
from convscope.visuals.call import Scene
from convscope.visuals.region import cut_out, layers_of, region
from convscope.visuals.subject import Function, Images, Pixels, device_of, in_colour

LONGEST = 4096  # pixels of a side of what lies beneath a map


def scene_of(
    card: Card,
    network: nn.Module,
    preprocessing: nn.Module,
    *,
    raw_NCHW: Tensor | None = None,
    data: DataSet | None = None,
    split: str = "test",
) -> Scene:
    """What there is to look at: the image prepared, and beneath it what the network saw of it.

    Args:
        raw_NCHW: (1, C, H, W) of raw pixels, 0 to 255, at the picture's own size.
        data: labelled images; their classes need not be the model's.

    Raises:
        InputError: data of other channels than the network takes.
    """
    labelled = None if data is None else _split(card, data, split)
    split_labels = None if data is None else tuple(data.classes)
    if raw_NCHW is None:
        return Scene(
            network,
            labels=card.labels,
            split=labelled,
            preprocessing=preprocessing,
            split_labels=split_labels,
        )
    with torch.no_grad():
        input_NCHW = preprocessing(raw_NCHW.to(device_of(network)))
    height, width = raw_NCHW.shape[2:]
    seen = region(card.preprocessing, height=height, width=width)
    underlay = _reduced(cut_out(_pixels(raw_NCHW), seen))
    return Scene(
        network,
        image_NCHW=input_NCHW,
        underlay=underlay,
        labels=card.labels,
        split=labelled,
        preprocessing=preprocessing,
        split_labels=split_labels,
        note=_note(card, (height, width)),
    )


def module_scene(
    module: nn.Module,
    *,
    image: Any = None,
    labels: tuple[str, ...] = (),
    split: Images | None = None,
    preprocessing: Function | None = None,
) -> Scene:
    """Return the scene of any torch module: a prepared image, a split of a data set, or both.

    Raises:
        InputError: not a module, not a tensor, or the name of a data set.
    """
    if not isinstance(module, nn.Module):
        raise InputError(
            f"a {type(module).__name__}",
            expected="a torch.nn.Module, or what convscope.open returns",
        )
    if image is not None and not isinstance(image, Tensor):
        raise InputError(
            f"an image of type {type(image).__name__}",
            expected="for a module, one prepared image as a tensor (1, C, H, W)",
            fix="prepare it as in training; a convscope model takes files",
        )
    if isinstance(split, str | Path):
        raise InputError(
            f"data={str(split)!r}", expected="for a module, a split: convscope.data.open(...)"
        )
    return Scene(module, image_NCHW=image, labels=labels, split=split, preprocessing=preprocessing)


def _split(card: Card, data: DataSet, split: str) -> Images:
    channels = card.architecture.input.channels
    if data.channels != channels:
        raise InputError(
            f"the images of {data.name} have {data.channels} channels",
            expected=f"{channels}, which {card.architecture.name} takes",
            where="data",
        )
    found: Images = data.split(split)
    return found


def _pixels(raw_NCHW: Tensor) -> Pixels:
    pixels_HWC = raw_NCHW[0].permute(1, 2, 0).to("cpu", torch.uint8).contiguous().numpy()
    if pixels_HWC.shape[2] == 3:
        return pixels_HWC
    return in_colour(pixels_HWC.mean(axis=2).round().astype("uint8"))


def _reduced(pixels_HW3: Pixels) -> Pixels:
    """The picture itself, unless a side is longer than any screen: then by means."""
    longest = max(pixels_HW3.shape[:2])
    if longest <= LONGEST:
        return pixels_HW3
    from PIL import Image

    height, width = (max(1, round(side * LONGEST / longest)) for side in pixels_HW3.shape[:2])
    return np.asarray(Image.fromarray(pixels_HW3).resize((width, height), Image.Resampling.BOX))


def _note(card: Card, size: tuple[int, int]) -> str:
    """What the model's preprocessing did to the size of the image; nothing where it did nothing."""
    steps: list[str] = []
    now = size
    for layer in layers_of(card.preprocessing):
        if not isinstance(layer, Resize | CenterCrop):
            continue
        wanted = pair(layer.size) if isinstance(layer, CenterCrop) else resized(*now, layer.size)
        if wanted != now:
            steps.append(f"{_verb(layer, now, wanted)} {wanted[0]} x {wanted[1]}")
        now = wanted
    if not steps:
        return ""
    return f"The image of {size[0]} x {size[1]} was {', then '.join(steps)}, as the model says."


def _verb(layer: Resize | CenterCrop, now: tuple[int, int], wanted: tuple[int, int]) -> str:
    if isinstance(layer, Resize):
        return "resized to"
    cut = any(a > b for a, b in zip(now, wanted, strict=True))
    bordered = any(a < b for a, b in zip(now, wanted, strict=True))
    return "cut and bordered to" if cut and bordered else "cut to" if cut else "bordered to"
