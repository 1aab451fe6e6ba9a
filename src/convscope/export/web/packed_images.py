"""Labelled images in one small file, to train on in the tab.

A gzip stream of: the letters CVI1; the length of the header, 4 bytes, little-endian; the header,
JSON; the class of each image, 1 byte; the pixels, (N, C, H, W), 1 byte each. First the images of
training, then the held-out ones. `web/src/data/packed.ts` reads it.

Axes: N images, C channels, H height, W width.
"""

import gzip
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from convscope.data.formats.fetch import Published
from convscope.network.model_file import Card
from convscope.shapes import CHW

MAGIC = b"CVI1"
ENDING = ".cvi"


class Share(NamedTuple):
    """Numbers of images of a published data set: for training, and held out (its test images)."""

    train: int
    held_out: int


SHARES = {
    "mnist": Share(20_000, 2_000),
    "fashion_mnist": Share(20_000, 2_000),
    "cifar10": Share(6_000, 1_000),
}
"""Data sets that may lie beside a page: the file must be small enough for a host (25 MB)."""

DIGITS = (CHW(1, 28, 28), CHW(1, 32, 32))


def data_for(card: Card) -> str | None:
    """Return the data set to train on in the tab: that of the model, or MNIST; None without."""
    data = card.provenance.get("data")
    name = data.get("name") if isinstance(data, dict) else None
    if name in SHARES:
        return str(name)
    architecture, numbers = card.architecture, tuple(map(str, range(10)))
    is_untrained = card.provenance.get("trained") is False and architecture.num_classes == 10
    is_for_digits = card.labels == numbers or is_untrained
    return "mnist" if architecture.input in DIGITS and is_for_digits else None


def packed_images(dataset: Published, share: Share) -> bytes:
    """Return the first images of a data set as a file."""
    train, test = dataset.read_training(), dataset.read_test()
    parts = ((train, share.train), (test, share.held_out))
    images_NCHW = np.concatenate([images[:number] for (images, _), number in parts])
    classes_N = np.concatenate([classes[:number] for (_, classes), number in parts])
    header = {
        "name": dataset.name,
        "title": dataset.title,
        "notice": dataset.notice,
        "labels": list(dataset.classes),
        "shape": list(images_NCHW.shape[1:]),
        "mean": list(dataset.mean),
        "std": list(dataset.std),
        "train": min(share.train, len(train[0])),
        "held_out": min(share.held_out, len(test[0])),
    }
    return _packed(header, [classes_N.astype(np.uint8), images_NCHW.astype(np.uint8)])


def _packed(header: dict[str, Any], arrays: Iterable["np.ndarray[Any, Any]"]) -> bytes:
    text = json.dumps(header, ensure_ascii=False).encode()
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    whole = MAGIC + len(text).to_bytes(4, "little") + text + body
    return gzip.compress(whole, 9, mtime=0)  # the same bytes each time
