"""What is measured of photos when they are opened: channels, size, mean and deviation.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import io
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch

from convscope.data.dataset import Split
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.loading.workers import default_workers
from convscope.errors import DataError
from convscope.io.images import READS, orientation
from convscope.io.photos import head
from convscope.io.photos.decode import SIDEWAYS, Image, decode_frame
from convscope.io.photos.frames import CentreFrame
from convscope.shapes import CHW

NUM_MEASURED = 512  # training images, drawn once: the mean is then known to 0.01 or better
MEASURE_SEED = 1998
MEASURED = CentreFrame(shorter=256)
MEASURED_SIZE = (224, 224)
SMALLEST_STD = 0.004  # one grey level: of images that are all one grey
DECIMALS = 3

LARGEST_IN_MEMORY = 64  # pixels a side
MOST_BYTES_IN_MEMORY = 1 << 30
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")


class Survey(NamedTuple):
    """What the headers say.

    Attributes:
        channels: 1 where all training images are grey, else 3.
        shape: of all images, where they are small, of one size and fit into memory together.
    """

    channels: int
    shape: CHW | None


def survey(training: Files, others: Sequence[Files]) -> Survey:
    """Read headers until it is clear whether all are grey and small and of one size.

    Of photos in colour that is after the first one or two.
    """
    grey = True
    size: tuple[int, int] | None = None
    small = True
    for files, counts in ((training, True), *((other, False) for other in others)):
        for index in range(len(files)):
            if not small and (not grey or not counts):
                break
            mode, found = _header(files, index)
            grey = grey and (not counts or mode in GREY_MODES)
            size = size or found
            small = small and found == size and max(found) <= LARGEST_IN_MEMORY
    channels = 1 if grey else 3
    count = len(training) + sum(len(files) for files in others)
    if not small or size is None or count * channels * size[0] * size[1] > MOST_BYTES_IN_MEMORY:
        return Survey(channels, None)
    return Survey(channels, CHW(channels, *size))


def _header(files: Files, index: int) -> tuple[str, tuple[int, int]]:
    """Mode and (height, width), upright; of what is damaged none, since training will tell."""
    from PIL import Image as Pillow

    data = head(files.reference(index))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(io.BytesIO(data), formats=READS) as picture:
                width, height = picture.size
                turned = orientation(picture) in SIDEWAYS
                return picture.mode, (width, height) if turned else (height, width)
    except Exception:  # a hostile file can make a decoder raise anything
        return "", (1 << 30, 1 << 30)


def mean_and_std(split: PhotoSplit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of at most 512 training images, as a network sees them: the middle 224 of 256.

    One number a channel, in units of the full scale, to three decimals.

    Raises:
        DataError, FormatError: one of them cannot be read; `where` names it.
    """
    random = np.random.RandomState(MEASURE_SEED)
    chosen = sorted(random.permutation(len(split))[:NUM_MEASURED].tolist())
    nothing = np.empty(0)

    def frame(index: int) -> Image:
        return decode_frame(
            split.read(index),
            frame=MEASURED,
            numbers_K=nothing,
            size=MEASURED_SIZE,
            channels=split.channels,
        )

    with ThreadPoolExecutor(default_workers()) as pool:
        counts = sum(pool.map(lambda index: _histogram(frame(index)), chosen))
    assert isinstance(counts, np.ndarray)
    return _moments(counts)


def exact_mean_and_std(split: Split) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of all pixels of a split in memory, to six decimals."""
    counts = _histogram(split.images_NCHW.permute(0, 2, 3, 1).numpy())
    return _moments(counts, decimals=6)


def _histogram(image_HWC: Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """(C, 256): whole numbers, whose sum does not depend on the order."""
    channels = image_HWC.shape[-1]
    return np.stack(
        [np.bincount(image_HWC[..., c].ravel(), minlength=256) for c in range(channels)]
    )


def _moments(
    counts_C256: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", *, decimals: int = DECIMALS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    means, deviations = [], []
    for counts in counts_C256.tolist():
        total = sum(counts)
        mean = sum(value * count for value, count in enumerate(counts)) / total
        variance = sum((value - mean) ** 2 * count for value, count in enumerate(counts)) / total
        means.append(round(mean / 255, decimals))
        deviations.append(max(SMALLEST_STD, round(variance**0.5 / 255, decimals)))
    return tuple(means), tuple(deviations)


def into_memory(split: PhotoSplit, shape: CHW) -> Split:
    """Decode a split of small images of one size.

    Raises:
        DataError, FormatError: an image that cannot be read, or has another size.
    """
    images_NCHW = torch.empty((len(split), *shape), dtype=torch.uint8)
    for index in range(len(split)):
        image_CHW = split.image(index)
        if image_CHW.shape != images_NCHW.shape[1:]:
            raise DataError(
                f"{tuple(image_CHW.shape)} pixels",
                expected=f"{tuple(shape)}, as before: the folder changed since it was opened",
                where=split.files.reference(index).where,
            )
        images_NCHW[index] = image_CHW
    return Split(images_NCHW, split.labels_N)
