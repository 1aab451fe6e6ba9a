"""Measure photos when a data set is opened: channels, size, mean and standard deviation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import LeftOut, Split
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.loading.unusable import left_out as without
from convscope.data.loading.white_level import chosen_images
from convscope.data.loading.workers import default_workers
from convscope.errors import ConvscopeError, DataError
from convscope.io.formats import file_kind
from convscope.io.image_header import Header, read_header
from convscope.io.photos import Reference, head, read
from convscope.io.photos.crops import CentreFrame
from convscope.io.photos.decode import Image, decode_crop
from convscope.shapes import CHW

Counts = NDArray[np.int64]
MEASURED = CentreFrame(shorter=256)
MEASURED_SIZE = (224, 224)
MIN_STD = 0.004  # one grey level, for images of a single grey
DECIMALS = 3

WHOLE_FILE = ("TIFF", "AVIF", "HEIC")
"""Formats whose header may be at the end of the file."""

MAX_SIDE_IN_MEMORY = 64  # pixels
MAX_BYTES_IN_MEMORY = 1 << 30


class Survey(NamedTuple):
    """Channels and shape of a data set, from the headers of its images.

    Attributes:
        channels: 1 if all training images are grey, else 3.
        shape: of all images, if they have the same small size and fit into memory; else None.
    """

    channels: int
    shape: CHW | None


def survey(training: Files, others: Sequence[Files], *, tolerant: bool = False) -> Survey:
    """Read headers until it is known whether all images are grey, small and of the same size.

    For photos in colour one or two headers are enough.

    Args:
        tolerant: ignore images whose header cannot be read.
    """
    grey = True
    size: tuple[int, int] | None = None
    small = True
    for files, counts in ((training, True), *((other, False) for other in others)):
        for index in range(len(files)):
            if not small and (not grey or not counts):
                break
            header = _header(files.reference(index), tolerant)
            if header is None:
                continue
            grey = grey and (not counts or header.is_grey)
            size = size or header.upright_size
            small = small and header.upright_size == size and 0 < max(size) <= MAX_SIDE_IN_MEMORY
    channels = 1 if grey else 3
    count = len(training) + sum(len(files) for files in others)
    if not small or size is None or count * channels * size[0] * size[1] > MAX_BYTES_IN_MEMORY:
        return Survey(channels, None)
    return Survey(channels, CHW(channels, *size))


def _header(reference: Reference, tolerant: bool) -> Header | None:
    """Return the header of an image; None for one that cannot be read and may be bad."""
    try:
        header = _read_header(reference)
    except ConvscopeError:
        if not tolerant:
            raise
        return None
    return None if tolerant and 0 in header.size else header


def _read_header(reference: Reference) -> Header:
    """Return the header of a file; of the whole file if its beginning does not hold it."""
    data = head(reference)
    header = read_header(data)
    if header.format or file_kind(data).name not in WHOLE_FILE:
        return header
    return read_header(read(reference).data)


def mean_and_std(split: PhotoSplit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of at most 512 training images (centre 224 of 256).

    One number per channel, in units of the full scale, to 3 decimals.

    Raises:
        DataError, FormatError: an image cannot be read; `where` names it.
    """
    chosen = chosen_images(len(split))  # 512 of them: the mean is then known to 0.01
    no_random = np.empty(0)

    def crop(index: int) -> Image:
        return decode_crop(
            split.read(index),
            crop=MEASURED,
            random_K=no_random,
            size=MEASURED_SIZE,
            channels=split.channels,
            conversion=split.conversion,
        )

    def histogram(index: int) -> Counts:
        try:
            return _histogram(crop(index))
        except ConvscopeError:
            if split.bad_images == "error":
                raise
            return np.zeros((split.channels, 256), np.int64)

    with ThreadPoolExecutor(default_workers()) as pool:
        counts = sum(pool.map(histogram, chosen))
    assert isinstance(counts, np.ndarray)
    if not counts.any():
        raise DataError(
            f"none of {len(chosen)} training images can be read",
            fix="`convscope data check` names the reasons",
        )
    return _moments(counts)


def exact_mean_and_std(split: Split) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of all pixels of a split in memory, to 6 decimals."""
    counts = _histogram(split.images_NCHW.permute(0, 2, 3, 1).numpy())
    return _moments(counts, decimals=6)


def _histogram(image_HWC: Image) -> Counts:
    """Return counts (C, 256): integers, so that their sum does not depend on the order."""
    channels = image_HWC.shape[-1]
    return np.stack(
        [np.bincount(image_HWC[..., c].ravel(), minlength=256) for c in range(channels)]
    )


def _moments(
    counts_C256: Counts, *, decimals: int = DECIMALS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    means, deviations = [], []
    for counts in counts_C256.tolist():
        total = sum(counts)
        mean = sum(value * count for value, count in enumerate(counts)) / total
        variance = sum((value - mean) ** 2 * count for value, count in enumerate(counts)) / total
        means.append(round(mean / 255, decimals))
        deviations.append(max(MIN_STD, round(variance**0.5 / 255, decimals)))
    return tuple(means), tuple(deviations)


def into_memory(split: PhotoSplit, shape: CHW) -> Split:
    """Decode a split of small images of the same size into memory.

    Raises:
        DataError, FormatError: an image cannot be read or has another size, and none may be left
            out.
    """
    images_NCHW = torch.empty((len(split), *shape), dtype=torch.uint8)
    errors: dict[int, ConvscopeError] = {}
    for index in range(len(split)):
        try:
            images_NCHW[index] = _of_shape(split, index, shape)
        except ConvscopeError as error:
            if split.bad_images == "error":
                raise
            errors[index] = error
    if not errors:
        return Split(images_NCHW, split.labels_N, files=split.files)
    kept, kept_N = without(split, errors)
    bad = tuple(
        LeftOut(index, split.files.reference(index), int(split.labels_N[index]), error.given)
        for index, error in errors.items()
    )
    return Split(images_NCHW[kept_N], kept.labels_N, bad, kept.files)


def _of_shape(split: PhotoSplit, index: int, shape: CHW) -> torch.Tensor:
    image_CHW = split.image(index)
    if image_CHW.shape != torch.Size(shape):
        raise DataError(
            f"an image of shape {tuple(image_CHW.shape)}",
            expected=f"{tuple(shape)}, as when the folder was opened",
            where=split.files.reference(index).where,
        )
    return image_CHW
