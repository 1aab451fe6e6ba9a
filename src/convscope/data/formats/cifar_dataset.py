"""Data sets in the binary files of CIFAR: labels and pixels in records of equal length.

A record is one label byte (CIFAR-100: the coarse label, then the fine one) and 3,072 bytes of
pixels: 32 x 32 of red, then green, then blue, each row by row.
"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convscope.data.formats.cache import data_folders
from convscope.data.formats.published import Arrays, PublishedDataSet, PublishedFile, check_sha256
from convscope.errors import DataError, FormatError
from convscope.io.storage import open_file
from convscope.shapes import CHW

PIXEL_BYTES = 3 * 32 * 32
NUM_COARSE = 20


@dataclass(frozen=True)
class Archive:
    """A published .tar.gz file: its SHA-256, and the folder inside it."""

    name: str
    sha256: str
    folder: str


@dataclass(frozen=True)
class CifarDataSet(PublishedDataSet):
    """50,000 training and 10,000 test images of 32 x 32 in colour.

    Attributes:
        label_bytes: 1, or 2 if a coarse label precedes the fine one.
        training_records, test_records: images per file.
        pickled: names of the version in Python's pickle format, which is never read.
        mirrors: URLs of folders that hold the archive.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    training: tuple[PublishedFile, ...]
    test: PublishedFile
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
    def files(self) -> tuple[PublishedFile, ...]:
        return *self.training, self.test

    def records(self, file: PublishedFile) -> int:
        """Return the number of images in a file."""
        return self.test_records if file is self.test else self.training_records

    def size_bytes(self, file: PublishedFile) -> int:
        """Return the length of a file."""
        return self.records(file) * (self.label_bytes + PIXEL_BYTES)

    def read_training(self) -> Arrays:
        images, labels = zip(*map(self._read, self.training), strict=True)
        return np.concatenate(images), np.concatenate(labels)

    def read_test(self) -> Arrays:
        return self._read(self.test)

    def _read(self, file: PublishedFile) -> Arrays:
        path = self.locate(file)
        records = read_records(path, num=self.records(file), label_bytes=self.label_bytes)
        check_labels(records, self.label_bytes, len(self.classes), str(path))
        check_sha256(file, hashlib.sha256(records.data).hexdigest(), path)
        images_NCHW = records[:, self.label_bytes :].reshape(-1, *self.shape)
        return np.ascontiguousarray(images_NCHW), records[:, self.label_bytes - 1].copy()

    @property
    def search_folders(self) -> tuple[Path, ...]:
        """Folders that are searched for files, in order; includes torchvision's layout."""
        own = [folder / name for folder in data_folders() for name in self._folder_names]
        inside = [folder / self.name / self.archive.folder for folder in data_folders()]
        return (*own, *inside, *self.folders)

    @property
    def _folder_names(self) -> tuple[str, str]:
        return self.name, self.archive.folder

    def locate(self, file: PublishedFile) -> Path:
        path = self.find(file, self.search_folders)
        if path is not None:
            return path
        if (pickled := self._pickled()) is not None:
            raise DataError(
                f"{self.name} is present only as Python pickle ({pickled})",
                expected=f"the binary version, {self.archive.name}",
                fix=f"pickle files can run any code, so they are not read. {self.how_to_get}",
            )
        expected = f"{file.name}, from {self.archive.name}"
        raise self.not_found(file, self.search_folders, expected)

    def _pickled(self) -> Path | None:
        folders = [*data_folders(), *(folder / self.name for folder in data_folders())]
        paths = (folder / name for folder in folders for name in self.pickled)
        return next((path for path in paths if path.exists()), None)


def read_records(path: Path, *, num: int, label_bytes: int) -> NDArray[np.uint8]:
    """Return the records of a file: (num, label_bytes + 3072).

    Raises:
        FormatError: another length, or it cannot be read.
    """
    each = label_bytes + PIXEL_BYTES
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != num * each:
                whole, rest = divmod(size, each)
                raise FormatError(
                    f"{size:,} bytes: {whole:,} images" + (f" and {rest:,} bytes" if rest else ""),
                    expected=f"{num * each:,} bytes: {num:,} images of {each:,}",
                    fix="download the file again",
                    where=str(path),
                )
            data = file.read(size)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if len(data) != num * each:
        raise FormatError("the file became shorter while it was read", where=str(path))
    return np.frombuffer(data, np.uint8).reshape(num, each)


def check_labels(
    records: NDArray[np.uint8], label_bytes: int, num_classes: int, where: str
) -> None:
    """Raise FormatError if a label is out of range; names the first one and its byte."""
    limits = (num_classes,) if label_bytes == 1 else (NUM_COARSE, num_classes)
    for column, limit in enumerate(limits):
        invalid = np.flatnonzero(records[:, column] >= limit)
        if len(invalid):
            record = int(invalid[0])
            kind = "coarse label" if column < label_bytes - 1 else "label"
            raise FormatError(
                f"the {kind} of image {record} is {records[record, column]}"
                f" (byte {record * records.shape[1] + column:,})",
                expected=f"0 to {limit - 1}",
                fix="download the file again",
                where=where,
            )
