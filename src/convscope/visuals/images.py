"""Labelled images, class names, and network inputs shown as pixels.

Axes: N batch, C channels, H height, W width, 3 red, green, blue.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convscope.errors import InputError
from convscope.visuals.forward import device_of

Preprocessing = Callable[[Tensor], Tensor]
Pixels = NDArray[np.uint8]


class Images(Protocol):
    """The part of a data set's split that visuals use."""

    @property
    def labels_N(self) -> Tensor: ...  # noqa: N802

    def __len__(self) -> int: ...

    def image(self, index: int) -> Tensor:
        """(C, H, W), uint8, at the image's own size."""

    def inputs(
        self, preprocessing: Preprocessing, *, batch_size: int, device: str | torch.device
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of inputs (N, C, H, W) and labels (N,), in order."""


@runtime_checkable
class ChannelScaling(Protocol):
    """A preprocessing step y[c] = x[c] * scale[c] + shift[c], which can be inverted."""

    scale_CHW: Tensor
    shift_CHW: Tensor

    def __call__(self, x_NCHW: Tensor) -> Tensor: ...


def check_not_empty(split: Images) -> None:
    """Raise InputError if the split has no images."""
    if len(split) == 0:
        raise InputError("the split has no images", expected="at least one", where="split")


def no_input() -> InputError:
    """Return the error of a visual that takes an image or a data set, and has neither."""
    return InputError(
        "there is neither an image nor a data set",
        expected="one of them, or both",
        fix="an image file, or --data mnist",
    )


def first_input(network: nn.Module, split: Images, preprocessing: Preprocessing) -> Tensor:
    """The network's input for the first image of a split: (1, C, H, W)."""
    with torch.no_grad():
        batches = split.inputs(preprocessing, batch_size=1, device=device_of(network))
        return next(iter(batches))[0]


def class_label(labels: Sequence[str], index: int) -> str:
    """The name of a class, or `class 3` where names are not known."""
    return labels[index] if index < len(labels) else f"class {index}"


def normalisation(preprocessing: Preprocessing | None) -> ChannelScaling | None:
    """The last channel scaling in a preprocessing module; None where there is none."""
    if not isinstance(preprocessing, nn.Module):
        return None
    steps = [part for part in preprocessing.modules() if isinstance(part, ChannelScaling)]
    return steps[-1] if steps else None


def as_pixels(input_NCHW: Tensor, preprocessing: Preprocessing | None) -> Pixels:
    """Network inputs as pixels: (N, H, W) for one channel, otherwise (N, H, W, 3).

    The normalisation is inverted; without one each image is stretched from black to white. For
    2, 4 or more channels their mean is returned.
    """
    values_NCHW = input_NCHW.detach().to("cpu", torch.float32)
    normalise = normalisation(preprocessing)
    if normalise is not None:
        shift, scale = normalise.shift_CHW.cpu(), normalise.scale_CHW.cpu()
        values_NCHW = (values_NCHW - shift) / scale
    else:
        low = values_NCHW.amin((1, 2, 3), keepdim=True)
        high = values_NCHW.amax((1, 2, 3), keepdim=True)
        values_NCHW = (values_NCHW - low) / (high - low).clamp(min=1e-12) * 255
    return image_tiles(values_NCHW.round().clamp(0, 255))


def image_tiles(pixels_NCHW: Tensor) -> Pixels:
    """Pixels from 0 to 255 as tiles: (N, H, W) for one channel, otherwise (N, H, W, 3).

    For 2, 4 or more channels their mean is returned.
    """
    if pixels_NCHW.shape[1] not in (1, 3):
        pixels_NCHW = pixels_NCHW.float().mean(1, keepdim=True).round()
    tiles: Pixels = pixels_NCHW.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return tiles[..., 0] if tiles.shape[3] == 1 else tiles


def as_rgb(pixels: Pixels) -> Pixels:
    """(..., H, W) -> (..., H, W, 3); colour images are returned unchanged."""
    if pixels.ndim >= 3 and pixels.shape[-1] == 3:
        return pixels
    return np.repeat(pixels[..., None], 3, axis=-1)


def thumbnail(
    network: nn.Module, split: Images, preprocessing: Preprocessing, index: int, *, side: int
) -> Pixels:
    """An image after preprocessing, (H, W, 3), reduced to at most `side` pixels."""
    with torch.no_grad():
        raw_NCHW = split.image(index)[None].to(device_of(network))
        pixels_HW3 = as_rgb(as_pixels(preprocessing(raw_NCHW), preprocessing)[0])
    return thumbnail_of(pixels_HW3, side=side)


def thumbnail_of(pixels_HW3: Pixels, *, side: int) -> Pixels:
    """An image reduced to at most `side` pixels, by area means."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels_HW3))
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)
