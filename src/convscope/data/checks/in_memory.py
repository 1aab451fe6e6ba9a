"""A set that is in memory, checked without a file being opened: copies, counts, flat images.

Legend: N images, C channels, H height, W width, S small copy.
"""

import hashlib

import numpy as np
import torch
from torch.nn import functional as F

from convscope.data.checks.leakage import Pictures
from convscope.data.checks.rules import TINY_SIDE
from convscope.data.dataset import Split
from convscope.io.photos.signature import SIDE, signatures

CHUNK = 1000


def pictures_in_memory(splits: dict[str, Split], classes: tuple[str, ...]) -> Pictures:
    """As `copies` wants them; an image is called `train[12]`."""
    names: list[str] = []
    labels: list[str] = []
    paths: list[str] = []
    contents: list[bytes] = []
    hashes, small = [], []
    for name, split in splits.items():
        names += [name] * len(split)
        labels += [classes[label] for label in split.labels_N.tolist()]
        paths += [f"{name}[{i}]" for i in range(len(split))]
        for begin in range(0, len(split), CHUNK):
            images_NCHW = split.images_NCHW[begin : begin + CHUNK]
            contents += [_digest(image) for image in images_NCHW.numpy()]
            found = signatures(_squared(images_NCHW))
            hashes.append(found[0])
            small.append(found[1])
    sides = [side for split in splits.values() for side in split.images_NCHW.shape[2:]]
    tiny = max(sides) < TINY_SIDE
    joined = np.concatenate(hashes), np.concatenate(small)
    return Pictures(names, labels, paths, contents, *joined, tiny)


def _digest(image: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    return hashlib.sha256(image.tobytes()).digest()[:16]


def _squared(images_NCHW: torch.Tensor) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """(N, C, H, W) -> (N, 32, 32, 3)."""
    size = (SIDE, SIDE)
    scaled = F.interpolate(images_NCHW.float(), size=size, mode="bilinear", antialias=True)
    squares = scaled.clamp(0, 255).round().to(torch.uint8).expand(-1, 3, -1, -1)
    return squares.permute(0, 2, 3, 1).numpy()
