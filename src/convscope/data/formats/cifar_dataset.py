"""Data sets in the binary files of CIFAR: labels and pixels in records of one length.

A record is one label byte (CIFAR-100: the coarse label, then the fine one) and 3,072 bytes of
pixels: 32 x 32 of red, then green, then blue, each row by row.

Legend: N images, C channels, H height, W width.
"""

import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import SPLITS, Split
from convscope.data.formats.cache import cache_folder, places
from convscope.data.formats.idx_dataset import (
    IdxFile,
    check_published,
    chosen_for,
    fingerprint_of,
)
from convscope.errors import DataError, FormatError, unknown_name
from convscope.io.storage import open_file
from convscope.shapes import CHW

PIXEL_BYTES = 3 * 32 * 32
NUM_COARSE = 20


@dataclass(frozen=True)
class Archive:
    """What is published: a .tar.gz, its SHA-256, and the folder inside it."""

    name: str
    sha256: str
    folder: str


@dataclass(frozen=True)
class CifarDataSet:
    """50,000 training and 10,000 test images of 32 x 32 in colour.

    Of the training images 5,000 are held back for validation, as in the sets in IDX files.

    Attributes:
        label_bytes: 1, or 2 where a coarse label stands before the fine one.
        records: images in a file.
        pickled: names by which the version in Python's pickle is known; never read.
        mirrors: addresses of folders that hold the archive; used by `fetch` alone.
        notice: whose work it is and under which terms.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    training: tuple[IdxFile, ...]
    test: IdxFile
    archive: Archive
    label_bytes: Literal[1, 2]
    training_records: int
    pickled: tuple[str, ...]
    notice: str
    mirrors: tuple[str, ...] = ()
    test_records: int = 10_000
    folders: tuple[Path, ...] = ()
    shape: CHW = field(default=CHW(3, 32, 32), init=False)

    @property
    def channels(self) -> int:
        return self.shape.channels

    @property
    def files(self) -> tuple[IdxFile, ...]:
        return *self.training, self.test

    def records(self, file: IdxFile) -> int:
        """How many images a file holds."""
        return self.test_records if file is self.test else self.training_records

    def size_bytes(self, file: IdxFile) -> int:
        """How long a file is."""
        return self.records(file) * (self.label_bytes + PIXEL_BYTES)

    def fingerprint(self) -> str:
        return fingerprint_of(self.files)

    def split(self, name: str) -> Split:
        """Read a split; the content of every file is checked against its SHA-256.

        Raises:
            InputError: no such split.
            DataError: a file is nowhere to be found; says where it was looked for.
            FormatError: a file is damaged, or not the published one.
        """
        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name == "test":
            labels, images = self._read(self.test)
        else:
            labels, images = self._training
            chosen = chosen_for(name, labels)
            labels, images = labels[chosen], images[chosen]
        return Split(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))

    @cached_property
    def _training(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        read = [self._read(file) for file in self.training]
        return np.concatenate([labels for labels, _ in read]), np.concatenate(
            [images for _, images in read]
        )

    def _read(self, file: IdxFile) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Labels (N) and images (N, 3, 32, 32) of one file."""
        path = self.locate(file)
        numbers = read_records(path, num=self.records(file), label_bytes=self.label_bytes)
        check_labels(numbers, self.label_bytes, len(self.classes), str(path))
        check_published(file, hashlib.sha256(numbers.data).hexdigest(), path)
        labels = numbers[:, self.label_bytes - 1].copy()
        pixels = numbers[:, self.label_bytes :].reshape(-1, *self.shape)
        return labels, np.ascontiguousarray(pixels)

    def looked_in(self) -> tuple[Path, ...]:
        """The folders where files are looked for, in order."""
        own = [place / name for place in places() for name in (self.name, self.archive.folder)]
        inside = [place / self.name / self.archive.folder for place in places()]
        return (*own, *inside, *self.folders)

    def locate(self, file: IdxFile) -> Path:
        """Where a file lies: CONVSCOPE_DATA, then the cache, also as torchvision unpacks it.

        Raises:
            DataError: nowhere; says where it was looked for, and what would bring it.
        """
        looked = self.looked_in()
        for folder in looked:
            path = folder / file.name
            if os.path.isfile(path):  # also False in a folder that may not be entered
                return path
        fix = f"`convscope data get {self.name}` fetches it into {cache_folder()}"
        shown = ", ".join(str(folder) for folder in looked)
        if (pickled := self._pickled()) is not None:
            raise DataError(
                f"{self.name} is here only in the version for Python ({pickled})",
                expected=f"the binary version, {self.archive.name}",
                fix=f"that one is pickled, and to read it can run any code: it is not read. {fix}",
            )
        raise DataError(
            f"{self.name} is not here: {file.name} was looked for in {shown}",
            expected=f"{file.name}, of {self.archive.name}",
            fix=fix,
        )

    def _pickled(self) -> Path | None:
        folders = [*places(), *(place / self.name for place in places())]
        found = (folder / name for folder in folders for name in self.pickled)
        return next((path for path in found if path.exists()), None)


def read_records(path: Path, *, num: int, label_bytes: int) -> NDArray[np.uint8]:
    """The records of a file: (num, label_bytes + 3072).

    Raises:
        FormatError: another length, or it cannot be read.
    """
    each = label_bytes + PIXEL_BYTES
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != num * each:
                raise FormatError(
                    f"{size:,} bytes{_whole_records(size, each)}",
                    expected=f"{num * each:,} bytes: {num:,} images of {each:,}",
                    fix="fetch the file again",
                    where=str(path),
                )
            data = file.read(size)
    except OSError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if len(data) != num * each:
        raise FormatError("it became shorter while it was read", where=str(path))
    return np.frombuffer(data, np.uint8).reshape(num, each)


def _whole_records(size: int, each: int) -> str:
    whole, rest = divmod(size, each)
    return f": {whole:,} images and {rest:,} bytes" if rest else f": {whole:,} images"


def check_labels(
    numbers: NDArray[np.uint8], label_bytes: int, num_classes: int, where: str
) -> None:
    """Refuse labels that are no class.

    Raises:
        FormatError: names the first one, its record and its byte.
    """
    most = (num_classes,) if label_bytes == 1 else (NUM_COARSE, num_classes)
    for column, limit in enumerate(most):
        wrong = np.flatnonzero(numbers[:, column] >= limit)
        if len(wrong):
            record = int(wrong[0])
            what = "coarse label" if column < label_bytes - 1 else "label"
            raise FormatError(
                f"the {what} of image {record} is {numbers[record, column]}"
                f" (byte {record * numbers.shape[1] + column:,})",
                expected=f"0 to {limit - 1}",
                fix="fetch the file again",
                where=where,
            )
