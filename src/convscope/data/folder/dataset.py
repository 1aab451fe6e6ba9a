"""A folder of images as a data set: `train/ val/ test/` of class folders, or class folders.

See docs/data.md for what is accepted and what is decided.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import SPLITS, AnySplit, Split
from convscope.data.folder.layout import read_layout, shown
from convscope.data.folder.splits import Splits, splits_of
from convscope.data.loading.measure import (
    Survey,
    exact_mean_and_std,
    into_memory,
    mean_and_std,
    survey,
)
from convscope.data.loading.photo_split import PhotoSplit
from convscope.errors import DataError, unknown_name
from convscope.io.photos import Reference, read
from convscope.shapes import CHW

MOST_BYTES_HASHED = 1 << 30


class FolderFiles:
    """Files below a folder; their names in one piece of memory, since there may be millions."""

    def __init__(self, root: Path, paths: list[str]) -> None:
        encoded = [os.fsencode(path) for path in paths]
        self._root = str(root)
        self._names = b"".join(encoded)
        self._ends: NDArray[np.int64] = np.cumsum([0, *map(len, encoded)], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def path(self, index: int) -> str:
        """From the folder, with "/"."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        begin, end = self._ends[index : index + 2].tolist()
        return os.fsdecode(self._names[begin:end])

    def reference(self, index: int) -> Reference:
        path = self.path(index)
        return Reference(path=f"{self._root}/{path}", where=shown(path))


@dataclass(frozen=True)
class FolderSet:
    """A folder of images. Nothing of the images is read before it is asked for.

    Attributes:
        source: what `convscope.data.open` takes to find it again.
        notes: what was decided when it was opened, in sentences.
    """

    name: str
    source: Path
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    files: dict[str, FolderFiles]
    labels: dict[str, torch.Tensor]

    @property
    def channels(self) -> int:
        """1 where all training images are grey, else 3."""
        return self._survey.channels

    @property
    def shape(self) -> CHW | None:
        """Of small images that all have one size, which then are held in memory; else None."""
        return self._survey.shape

    @property
    def mean(self) -> tuple[float, ...]:
        return self._moments[0]

    @property
    def std(self) -> tuple[float, ...]:
        return self._moments[1]

    @property
    def splits(self) -> tuple[str, ...]:
        """Those that there are."""
        return tuple(self.files)

    def split(self, name: str) -> AnySplit:
        """One of SPLITS.

        Raises:
            InputError: no such split.
            DataError: the folder does not have it.
            FormatError: of images that are held in memory, one that cannot be read.
        """
        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name not in self.files:
            there = ", ".join(self.files)
            raise DataError(
                f"{self.name} has no split {name}",
                expected=f"one of {there}",
                fix=f"ask for another split, or make a folder {name}/ of class folders",
                where=str(self.source),
            )
        if self.shape is None:
            return self.photos(name)
        if name != "train":
            return into_memory(self.photos(name), self.shape)
        return Split(self._training.images_NCHW.clone(), self._training.labels_N.clone())

    def fingerprint(self) -> str:
        """SHA-256 of classes, splits, names and sizes; and of every byte, up to 1 GiB in all."""
        digest = hashlib.sha256("\0".join(self.classes).encode())
        total = 0
        for name, files in self.files.items():
            digest.update(f"\n{name} {len(files)}\n".encode())
            for index, label in enumerate(self.labels[name].tolist()):
                size = _size(files.reference(index))
                total += size
                digest.update(os.fsencode(files.path(index)) + f"\0{size} {label}\n".encode())
        if total <= MOST_BYTES_HASHED:
            for name in self.files:
                self._hash_bytes(name, digest)
        return digest.hexdigest()

    def _hash_bytes(self, name: str, digest: "hashlib._Hash") -> None:
        files = self.files[name]
        for index in range(len(files)):
            digest.update(read(files.reference(index)).data)

    @cached_property
    def _survey(self) -> Survey:
        training = self.files.get("train") or next(iter(self.files.values()))
        return survey(training, [files for files in self.files.values() if files is not training])

    @cached_property
    def _moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if "train" not in self.files:
            self.split("train")  # says what is missing
        if self.shape is None:
            return mean_and_std(self.photos("train"))
        return exact_mean_and_std(self._training)

    @cached_property
    def _training(self) -> Split:
        assert self.shape is not None
        return into_memory(self.photos("train"), self.shape)

    def photos(self, name: str) -> PhotoSplit:
        """A split that there is, still encoded, also where `split` holds it in memory."""
        return PhotoSplit(self.files[name], self.labels[name], self.channels)


def open_folder(path: Path) -> FolderSet:
    """The data set in a folder. Lists it; opens no image.

    Raises:
        DataError: it cannot be listed, or it contradicts itself; says how.
    """
    root = Path(os.path.abspath(path))  # links stay: a set is called as it is called
    try:
        layout = read_layout(root)
    except OSError as error:
        raise DataError(
            f"cannot be listed: {(error.strerror or 'input/output error').lower()}",
            where=str(path),
        ) from None
    found: Splits = splits_of(layout)
    ordered = {name: found.images[name] for name in SPLITS if name in found.images}
    return FolderSet(
        name=shown(root.name) or "folder",
        source=root,
        classes=found.classes,
        notes=found.notes,
        files={
            name: FolderFiles(root, [path for path, _ in images])
            for name, images in ordered.items()
        },
        labels={
            name: torch.tensor([label for _, label in images], dtype=torch.int64)
            for name, images in ordered.items()
        },
    )


def _size(reference: Reference) -> int:
    try:
        return os.stat(reference.path).st_size
    except OSError as error:
        raise DataError(
            f"cannot be read: {(error.strerror or 'input/output error').lower()}",
            fix="the folder changed since it was opened; open it again",
            where=reference.where,
        ) from None
