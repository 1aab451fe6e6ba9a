"""Data sets in the four IDX files of MNIST: training and test images and labels."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.data.formats.cache import data_folders
from convscope.data.formats.published import PublishedDataSet, PublishedFile, check_sha256
from convscope.shapes import CHW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.data.formats.published import Arrays

ENDINGS = ("", ".gz", ".xz")
NUM_TRAINING, NUM_TEST = 60_000, 10_000
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def mnist_files(*sha256: str) -> tuple[PublishedFile, ...]:
    """Return MNIST's four files with these SHA-256, in the order of NAMES."""
    return tuple(PublishedFile(*file) for file in zip(NAMES, sha256, strict=True))


@dataclass(frozen=True, repr=False)
class IdxDataSet(PublishedDataSet):
    """60,000 training and 10,000 test images of 28 x 28 in IDX files.

    Attributes:
        idx_files: training images and labels, test images and labels.
        folders: further folders that may hold the files: in the package, or the system's.
        mirrors: URLs of folders that hold the files as .gz.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    idx_files: tuple[PublishedFile, ...]
    notice: str
    folders: tuple[Path, ...] = ()
    mirrors: tuple[str, ...] = ()
    download_bytes: int = 0
    shape: CHW = field(default=CHW(1, 28, 28), init=False)

    @property
    def files(self) -> tuple[PublishedFile, ...]:
        return self.idx_files

    def read_training(self) -> "Arrays":
        return self._read(self.files[:2], NUM_TRAINING)

    def read_test(self) -> "Arrays":
        return self._read(self.files[2:], NUM_TEST)

    def _read(self, files: tuple[PublishedFile, ...], num: int) -> "Arrays":
        images, labels = files
        images_NHW = self._checked(images, (num, *self.shape[1:]))
        return images_NHW[:, None], self._checked(labels, (num,))

    def _checked(self, file: PublishedFile, shape: tuple[int, ...]) -> "NDArray[np.uint8]":
        from convscope.data.formats.idx import read_idx

        path = self.locate(file)
        numbers = read_idx(path, shape=shape)
        header = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
        digest = hashlib.sha256(header)
        digest.update(numbers.data)
        check_sha256(file, digest.hexdigest(), path)
        return numbers

    def locate(self, file: PublishedFile) -> Path:
        folders = [*(folder / self.name for folder in data_folders()), *self.folders]
        path = self.find(file, folders, endings=ENDINGS)
        if path is None:
            raise self.not_found(file, folders, f"{file.name}, uncompressed, .gz or .xz")
        return path
