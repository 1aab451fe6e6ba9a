"""The handful: a few images of the validation split, whose predictions are followed.

Axes: N images, C channels, H height, W width, K classes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from convscope.errors import ConvscopeError
from convscope.evaluate.protocol import LabelledImages, evaluating
from convscope.render.pixels import png_of_pixels
from convscope.training.job import Job
from convscope.training.watching.records import HandfulImage

MOST_IMAGES = 10
FEW_IMAGES = 6  # of large inputs, whose forward pass takes long
LARGE_INPUT = 100_000  # numbers
MOST_PIXELS = 96  # a side, of the picture that is kept
ALL_CLASSES = 20  # up to as many, the probabilities of all are kept; else the largest
LARGEST_SHARES = 5
TRIES = 4  # images of a class, where some cannot be read


@dataclass(frozen=True)
class Handful:
    """The images as the network takes them, and as small PNG files.

    Attributes:
        inputs_NCHW: preprocessed; on the device of the network.
    """

    images: tuple[HandfulImage, ...]
    inputs_NCHW: Tensor
    pictures: tuple[bytes, ...]


def choose(labels: np.ndarray, *, seed: int, most: int) -> list[list[int]]:
    """Return places of images for each of the handful: the first that can be read is taken.

    One or two of each class; of many classes a few are drawn.
    """
    generator = np.random.default_rng((seed, 16))
    classes = np.unique(labels)
    if len(classes) > most:
        classes = np.sort(generator.choice(classes, most, replace=False))
    each = 2 if 2 * len(classes) <= most else 1
    rows: list[list[int]] = []
    for label in classes:
        places = generator.permutation(np.flatnonzero(labels == label)).tolist()
        rows += [places[number::each][:TRIES] for number in range(min(each, len(places)))]
    return rows


def handful_of(job: Job, *, seed: int) -> Handful:
    """Return the handful of a run: a pure function of its validation split and its seed."""
    split = job.validation
    large = job.network.architecture.input.numel > LARGE_INPUT
    rows = choose(
        split.labels_N.cpu().numpy(), seed=seed, most=FEW_IMAGES if large else MOST_IMAGES
    )
    images, inputs, pictures = [], [], []
    with torch.no_grad(), evaluating(job.preprocessing):
        for row in rows:
            for place in row:
                try:
                    image_CHW = image_at(split, place)
                    inputs_NCHW = job.preprocessing(image_CHW[None].to(job.device))
                except ConvscopeError:
                    continue
                pixels, size = small(image_CHW)
                label = int(split.labels_N[place])
                images.append(HandfulImage(index=place, label=label, width=size[0], height=size[1]))
                inputs.append(inputs_NCHW)
                pictures.append(png_of_pixels(pixels))
                break
    together = torch.cat(inputs) if inputs else torch.zeros(0, *job.network.architecture.input)
    return Handful(
        tuple(images), together.contiguous(memory_format=torch.channels_last), tuple(pictures)
    )


def image_at(split: LabelledImages, place: int) -> Tensor:
    """Return the pixels of an image, (C, H, W), uint8."""
    image_CHW = split.image(place)
    return image_CHW.cpu()


def small(image_CHW: Tensor) -> tuple[np.ndarray, tuple[int, int]]:
    """Return pixels for a PNG file, reduced to at most 96 a side, and their width and height."""
    channels, height, width = image_CHW.shape
    factor = MOST_PIXELS / max(height, width)
    if factor < 1:
        size = max(1, round(height * factor)), max(1, round(width * factor))
        fewer = interpolate(image_CHW[None].float(), size=size, mode="area")[0]
        image_CHW = fewer.round().clamp(0, 255).to(torch.uint8)
    pixels_HWC = image_CHW.permute(1, 2, 0).contiguous().numpy()
    shown = pixels_HWC if channels in (3, 4) else pixels_HWC[..., 0]
    return np.ascontiguousarray(shown), (image_CHW.shape[2], image_CHW.shape[1])


def predict(network: nn.Module, handful: Handful) -> list[list[tuple[int, float]]]:
    """Return class and probability of each image, the largest first; in evaluation mode."""
    with evaluating(network), torch.no_grad():
        shares_NK = torch.softmax(network(handful.inputs_NCHW).float(), dim=1).cpu().numpy()
    rows = []
    for shares_K, image in zip(np.nan_to_num(shares_NK), handful.images, strict=True):
        order = np.argsort(-shares_K, kind="stable").tolist()
        if len(order) > ALL_CLASSES:
            largest = order[:LARGEST_SHARES]
            order = largest if image.label in largest else [*largest, image.label]
        rows.append([(label, round(float(shares_K[label]), 4)) for label in order])
    return rows
