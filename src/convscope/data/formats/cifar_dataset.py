"""Data sets in the binary files of CIFAR: labels and pixels in records of equal length.

A record is one label byte (CIFAR-100: the coarse label, then the fine one) and 3,072 bytes of
pixels: 32 x 32 of red, then green, then blue, each row by row.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from convscope.data.formats.cache import data_folders
from convscope.data.formats.published import PublishedDataSet, PublishedFile, check_sha256
from convscope.errors import DataError
from convscope.shapes import CHW

if TYPE_CHECKING:
    from convscope.data.formats.published import Arrays

PIXEL_BYTES = 3 * 32 * 32


@dataclass(frozen=True)
class Archive:
    """A published .tar.gz file: its SHA-256, and the folder inside it."""

    name: str
    sha256: str
    folder: str


@dataclass(frozen=True, repr=False)
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
    download_bytes: int = 0
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

    def read_training(self) -> "Arrays":
        import numpy as np

        images, labels = zip(*map(self._read, self.training), strict=True)
        return np.concatenate(images), np.concatenate(labels)

    def read_test(self) -> "Arrays":
        return self._read(self.test)

    def _read(self, file: PublishedFile) -> "Arrays":
        import numpy as np

        from convscope.data.formats.cifar_records import check_labels, read_records

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
