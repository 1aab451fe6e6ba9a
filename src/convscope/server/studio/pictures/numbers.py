"""Figures of a data set: counts by class, sizes, shapes and brightness, and mean images.

Axes: N images, C channels, H height, W width.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from convscope.data.dataset import AnySplit, Split
from convscope.errors import ConvscopeError
from convscope.io.image_header import read_header
from convscope.io.photos import read
from convscope.io.photos.reference import head
from convscope.server.studio.pictures.tiles import COLUMNS, encoded, from_pixels, paste, reduced

BINS = 24
MOST_SIZES = 4_000  # headers that are read
MOST_BRIGHT = 600  # photos that are decoded
MEAN_SIDE = 64
MEAN_IMAGES = 64  # photos of a class

Histogram = dict[str, Any]


def spread(num: int, most: int) -> list[int]:
    """Return up to `most` indices, evenly spread; the same at each call."""
    if num <= most:
        return list(range(num))
    return [round(place) for place in np.linspace(0, num - 1, most).tolist()]


def histogram(values: NDArray[np.float64], low: float, high: float, num: int) -> Histogram:
    """Return edges and counts of values, and of how many of all images they are."""
    high = high if high > low else low + 1
    counts, edges = np.histogram(values, BINS, (low, high))
    return {
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "measured": len(values),
        "total": num,
    }


def statistics(split: AnySplit, progress: Callable[..., None]) -> dict[str, Histogram]:
    """Return histograms of width, height, aspect ratio and brightness of a split."""
    if isinstance(split, Split):
        num, _, height, width = split.images_NCHW.shape
        sizes_N2 = np.tile([height, width], (num, 1)).astype(np.float64)
        bright_N = _brightness(split)
    else:
        sizes_N2 = _sizes(split, progress)
        bright_N = _photo_brightness(split, progress)
    num = len(split)
    heights, widths = sizes_N2[:, 0], sizes_N2[:, 1]
    aspects = np.log2(np.maximum(widths, 1) / np.maximum(heights, 1))
    top = float(max(heights.max(initial=1), widths.max(initial=1)))
    return {
        "width": histogram(widths, 0, top, num),
        "height": histogram(heights, 0, top, num),
        "aspect": histogram(aspects.clip(-3, 3), -3, 3, num),
        "brightness": histogram(bright_N, 0, 255, num),
    }


def _brightness(split: Split) -> NDArray[np.float64]:
    means = [
        split.images_NCHW[begin : begin + 4096].float().mean(dim=(1, 2, 3))
        for begin in range(0, len(split), 4096)
    ]
    return torch.cat(means).double().numpy() if means else np.zeros(0)


def _sizes(split: AnySplit, progress: Callable[..., None]) -> NDArray[np.float64]:
    assert split.files is not None
    indices = spread(len(split), MOST_SIZES)
    sizes = []
    for done, index in enumerate(indices):
        progress(done, len(indices), "sizes")
        try:
            sizes.append(read_header(head(split.files.reference(index))).upright_size)
        except ConvscopeError:
            continue
    return np.array(sizes, np.float64).reshape(-1, 2)


def _photo_brightness(split: AnySplit, progress: Callable[..., None]) -> NDArray[np.float64]:
    from convscope.server.studio.pictures.tiles import file_thumbnail

    assert split.files is not None
    indices = spread(len(split), MOST_BRIGHT)
    values = []
    for done, index in enumerate(indices):
        progress(done, len(indices), "brightness")
        try:
            data = read(split.files.reference(index)).data
            values.append(float(np.asarray(file_thumbnail(data, 32).convert("L")).mean()))
        except ConvscopeError:
            continue
    return np.array(values, np.float64)


def mean_sheet(split: AnySplit, num_classes: int, progress: Callable[..., None]) -> bytes:
    """Return the mean image of each class, as a sheet of tiles in the order of the classes.

    Of photos up to 64 of a class are averaged, reduced to their centre square.
    """
    side = MEAN_SIDE
    rows = -(-num_classes // COLUMNS)
    whole = Image.new("RGBA", (COLUMNS * side, max(1, rows) * side))
    labels_N = split.labels_N
    for label in range(num_classes):
        progress(label, num_classes, "mean images")
        members = (labels_N == label).nonzero()[:, 0]
        if len(members) == 0:
            continue
        mean = _mean(split, members, side)
        if mean is not None:
            paste(whole, reduced(mean, side), label, side)
    return encoded(whole, side)


def _mean(split: AnySplit, members: torch.Tensor, side: int) -> Image.Image | None:
    if isinstance(split, Split):
        mean_CHW = torch.zeros(split.images_NCHW.shape[1:], dtype=torch.float64)
        for part in torch.split(members, 4096):
            mean_CHW += split.images_NCHW[part].double().sum(0)
        pixels = (mean_CHW / len(members)).round().to(torch.uint8).permute(1, 2, 0).numpy()
        return from_pixels(pixels)
    from convscope.server.studio.pictures.tiles import file_thumbnail

    total = np.zeros((side, side, 3))
    num = 0
    for place in spread(len(members), MEAN_IMAGES):
        try:
            data = read(split.files.reference(int(members[place]))).data
            tile = file_thumbnail(data, 2 * side)
        except ConvscopeError:
            continue
        edge = min(tile.size)
        left, top = (tile.width - edge) // 2, (tile.height - edge) // 2
        square = tile.crop((left, top, left + edge, top + edge)).resize((side, side))
        total += np.asarray(square, np.float64)[..., :3]
        num += 1
    if num == 0:
        return None
    return Image.fromarray((total / num).round().astype(np.uint8))
