"""Digest of an image, by which a list of corrections recognises it."""

import hashlib

from torch import Tensor

from convscope.data.dataset import AnySplit, Split
from convscope.io.photos import read

LENGTH = 32
"""Hexadecimal digits: the first 128 bits of a SHA-256."""


def image_digest(split: AnySplit, index: int) -> str:
    """Return the digest of an image: of its file, or of shape and pixels without one.

    Raises:
        DataError: the file is missing or changed since the data set was opened.
    """
    if split.files is not None:
        return file_digest(read(split.files.reference(index)).data)
    assert isinstance(split, Split)
    return pixel_digest(split.images_NCHW[index])


def file_digest(data: bytes) -> str:
    """Return the digest of an image file."""
    return hashlib.sha256(data).hexdigest()[:LENGTH]


def pixel_digest(image_CHW: Tensor) -> str:
    """Return the digest of an image in memory: (C, H, W), uint8."""
    digest = hashlib.sha256(f"{tuple(image_CHW.shape)}".encode())
    digest.update(image_CHW.contiguous().numpy().data)
    return digest.hexdigest()[:LENGTH]
