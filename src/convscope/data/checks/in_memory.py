"""Hashes of the images of a data set in memory."""

import hashlib

import numpy as np
import torch
from torch.nn import functional as F

from convscope.data.checks.duplicates import ImageHashes
from convscope.data.checks.rules import SMALL_SIDE
from convscope.data.dataset import Split
from convscope.io.photos.perceptual_hash import SIDE, perceptual_hashes

CHUNK = 1000  # images


def hash_splits(splits: dict[str, Split], classes: tuple[str, ...]) -> ImageHashes:
    """Return the hashes of all images; the path of an image is `train[12]`."""
    names: list[str] = []
    labels: list[str] = []
    paths: list[str] = []
    digests: list[bytes] = []
    hashes, thumbnails = [], []
    for name, split in splits.items():
        names += [name] * len(split)
        labels += [classes[label] for label in split.labels_N.tolist()]
        paths += [f"{name}[{i}]" for i in range(len(split))]
        for begin in range(0, len(split), CHUNK):
            images_NCHW = split.images_NCHW[begin : begin + CHUNK]
            digests += [_digest(image) for image in images_NCHW.numpy()]
            chunk = perceptual_hashes(_resize_square(images_NCHW))
            hashes.append(chunk[0])
            thumbnails.append(chunk[1])
    sides = [side for split in splits.values() for side in split.images_NCHW.shape[2:]]
    return ImageHashes(
        names,
        labels,
        paths,
        digests,
        np.concatenate(hashes),
        np.concatenate(thumbnails),
        is_small=max(sides) < SMALL_SIDE,
    )


def _digest(image: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    return hashlib.sha256(image.tobytes()).digest()[:16]


def _resize_square(images_NCHW: torch.Tensor) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """(N, C, H, W) -> (N, 32, 32, 3)."""
    size = (SIDE, SIDE)
    scaled = F.interpolate(images_NCHW.float(), size=size, mode="bilinear", antialias=True)
    squares = scaled.clamp(0, 255).round().to(torch.uint8).expand(-1, 3, -1, -1)
    return squares.permute(0, 2, 3, 1).numpy()
