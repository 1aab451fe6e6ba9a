"""Inputs of visuals from a model's card, an image and a data set.

Axes: N batch (1), C channels, H height, W width, 3 red, green, blue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convscope.arch import Chain
from convscope.errors import InputError, shortened
from convscope.io.conversion import to_grey, to_rgb
from convscope.io.values import as_pixels
from convscope.network import Card
from convscope.network.layer_info import layer_info
from convscope.shapes import CHW
from convscope.visuals.call import Inputs
from convscope.visuals.forward import device_of
from convscope.visuals.images import Images, Pixels, Preprocessing, as_rgb, normalisation
from convscope.visuals.module import FurtherInputs, Module, Output, Reshape, described, original
from convscope.visuals.region import Step, crop, region, steps

MAX_SIDE = 4096  # pixels of the image beneath a heatmap


def model_inputs(
    card: Card,
    network: nn.Module,
    preprocessing: nn.Module,
    *,
    raw_NCHW: Tensor | None = None,
    images: Images | None = None,
    classes: tuple[str, ...] = (),
) -> Inputs:
    """Inputs of visuals: the preprocessed image, and the region of it that the network receives.

    Args:
        raw_NCHW: (1, C, H, W) of raw pixels, 0 to 255, at the image's own size.
        images: labelled, with the channels that the network takes.
        classes: of the images; they need not be the model's.
    """
    inputs = Inputs(
        network,
        labels=card.labels,
        split=images,
        preprocessing=preprocessing,
        split_labels=None if images is None else classes,
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
        pixels_NCHW=raw_NCHW,
    )


@dataclass(frozen=True)
class ModuleOptions:
    """Use of a foreign torch module.

    Attributes:
        inputs: its further inputs: a tuple of those after the image, a dictionary of those with
            names, or a function from the images to all arguments. A tensor for one image is
            repeated for each image of a batch.
        output: the scores in its output: a key, an attribute, a position, or a function.
        reshape: from the output of a layer to maps (N, C, H, W), for tokens.
    """

    inputs: FurtherInputs | None = None
    output: Output | None = None
    reshape: Reshape | None = None


def module_inputs(
    module: nn.Module,
    *,
    image: Any = None,
    labels: Sequence[str] | Mapping[int, str] = (),
    split: Images | None = None,
    preprocessing: Preprocessing | None = None,
    options: ModuleOptions | None = None,
) -> Inputs:
    """Inputs of visuals for any torch module: a preprocessed image, a split, or both.

    Args:
        image: a tensor or array of real numbers, (1, C, H, W) or (C, H, W), as the module takes
            it; with `preprocessing` also a file, a PIL image or pixels from 0 to 255.

    Raises:
        InputError: not a module, not an image, or the name of a data set.
    """
    if not isinstance(module, nn.Module):
        names_one = isinstance(module, str | Path)
        raise InputError(
            f"a {type(module).__name__}",
            expected="a torch.nn.Module, or the model that convscope.open returns",
            fix=f"convscope.look(convscope.open({str(module)!r}), ...)" if names_one else "",
        )
    if isinstance(split, str | Path):
        raise InputError(
            f"data={str(split)!r}", expected="for a module, a split: convscope.data.open(...)"
        )
    module = original(module)
    if preprocessing is not None and normalisation(preprocessing) is None:
        preprocessing = partial(_preprocessed, preprocessing)
    if options is not None and options != ModuleOptions():
        module = Module(
            module, inputs=options.inputs, output=options.output, reshape=options.reshape
        )
    return Inputs(
        module,
        image_NCHW=None if image is None else _prepared(module, image, preprocessing),
        labels=_names(labels),
        split=split,
        preprocessing=preprocessing,
    )


def _names(labels: Sequence[str] | Mapping[int, str]) -> tuple[str, ...]:
    """Names of classes in their order; a mapping between numbers and names in either direction.

    Raises:
        InputError: a mapping whose keys or values are not the numbers from 0 on.
    """
    if not isinstance(labels, Mapping):
        return tuple(map(str, labels))
    numbers = {str(number): number for number in range(len(labels))}
    for pairs in (labels.items(), ((number, name) for name, number in labels.items())):
        named = {numbers.get(str(number)): str(name) for number, name in pairs}
        if None not in named and len(named) == len(labels):
            return tuple(named[number] for number in numbers.values())
    raise InputError(
        f"labels={shortened(labels)}",
        expected=f"names by the numbers 0 to {len(labels) - 1}, or a list of names",
        where="labels",
    )


def _prepared(module: nn.Module, image: Any, preprocessing: Preprocessing | None) -> Tensor:
    """One image as the module takes it.

    Raises:
        InputError: an image that is not preprocessed, without the preprocessing.
    """
    if isinstance(image, np.ndarray) and image.dtype.kind == "f":
        image = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))
    if isinstance(image, Tensor) and image.is_floating_point():
        return _with_channels_first(image[None] if image.ndim == 3 else image)
    if preprocessing is None:
        if isinstance(image, Tensor):
            return image  # refused where it is used, by its type
        raise InputError(
            f"an image of type {type(image).__name__}",
            expected="for a module, one preprocessed image as a tensor (1, C, H, W)",
            fix="preprocess it as in training, or pass preprocessing=, a function from pixels "
            "(1, C, H, W), 0 to 255; a convscope model accepts files",
        )
    channels = next(
        (x.in_channels for x in layer_info(module).values() if x.kernels is not None), 3
    )
    pixels_HWC = as_pixels(image)
    pixels_HWC = to_grey(pixels_HWC) if channels == 1 else to_rgb(pixels_HWC)
    raw_NCHW = torch.from_numpy(np.array(pixels_HWC)).permute(2, 0, 1)[None]
    with torch.no_grad():
        return preprocessing(raw_NCHW.to(device_of(module)))


def _preprocessed(preprocessing: Preprocessing, raw_NCHW: Tensor) -> Tensor:
    """The output of a preprocessing of others, (N, C, H, W).

    Raises:
        InputError: it is no function, raised an error, or returned something else.
    """
    fix = "call it yourself and pass its result: look(module, METHOD, preprocessing(image))"
    try:
        output: Any = preprocessing(raw_NCHW)
    except Exception as error:
        raise InputError(
            f"the function preprocessing= failed on pixels {tuple(raw_NCHW.shape)}: "
            f"{described(error)}",
            expected="a function from a tensor of pixels, 0 to 255, to the module's input",
            fix=fix,
            where="preprocessing",
        ) from error
    if isinstance(output, np.ndarray) and output.dtype.kind == "f":
        output = torch.from_numpy(output.astype(np.float32))
    if not isinstance(output, Tensor):
        raise InputError(
            f"the function preprocessing= returned a {type(output).__name__}",
            expected="a tensor, (N, C, H, W)",
            fix=fix,
            where="preprocessing",
        )
    return output[None] if output.ndim == 3 and len(raw_NCHW) == 1 else output


def _with_channels_first(image: Tensor) -> Tensor:
    """(1, C, H, W) of an image that may be (1, H, W, C), which the number of channels shows."""
    is_last = image.ndim == 4 and image.shape[3] in (1, 3) and image.shape[1] not in (1, 2, 3, 4)
    return image.permute(0, 3, 1, 2).contiguous() if is_last else image


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
    changes = [_change(step) for step in steps(preprocessing, shape) if step.before != step.after]
    if not changes:
        return ""
    return (
        f"Image of {shape.height} x {shape.width} {', then '.join(changes)} "
        "by the model's preprocessing."
    )


def _change(step: Step) -> str:
    height, width = step.after
    if step.resizes:
        return f"resized to {height} x {width}"
    cropped = any(a > b for a, b in zip(step.before, step.after, strict=True))
    padded = any(a < b for a, b in zip(step.before, step.after, strict=True))
    if cropped and padded:
        return f"cropped and padded to {height} x {width}"
    return f"cropped to {height} x {width}" if cropped else f"padded to {height} x {width}"
