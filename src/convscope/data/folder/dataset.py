"""Data set in a folder: `train/ val/ test/` with class folders, or class folders.

The rules are in docs/reference/data.md.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from convscope.data.dataset import SPLITS, AnySplit, FileDataSet, Split
from convscope.data.folder.layout import read_layout
from convscope.data.folder.splits import Splits, splits_of
from convscope.data.loading.measure import (
    Survey,
    into_memory,
    survey,
)
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.names import PackedNames
from convscope.data.options import DataOptions
from convscope.errors import ConvscopeError
from convscope.io.photos import Reference, read
from convscope.io.photos.reference import CHANGED
from convscope.io.storage import unreadable
from convscope.shapes import CHW
from convscope.text import printable

MAX_BYTES_HASHED = 1 << 30


class FolderFiles:
    """Image files in a folder.

    Attributes:
        paths: relative to the folder, with "/".
    """

    def __init__(self, root: Path, paths: list[str]) -> None:
        self._root = str(root)
        self.paths = PackedNames(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def path_of(self, index: int) -> str:
        """Return the path of an image."""
        return f"{self._root}/{self.paths[index]}"

    def reference(self, index: int) -> Reference:
        """Return the location of an image."""
        return Reference(path=self.path_of(index), where=printable(self.paths[index]))


@dataclass(frozen=True, repr=False)
class FolderSet(FileDataSet):
    """A folder of images. Images are read on access."""

    name: str
    source: Path
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    files: dict[str, FolderFiles]
    labels: dict[str, torch.Tensor]
    made_of: dict[str, tuple[str, ...]]
    options: DataOptions
    is_divided: bool

    @property
    def channels(self) -> int:
        """1 if all training images are grey, else 3."""
        return self._survey.channels

    @property
    def shape(self) -> CHW | None:
        """Shape of small images of the same size, which are kept in memory; else None."""
        return self._survey.shape

    @property
    def disk_splits(self) -> dict[str, tuple[str, ...]]:
        """Splits made of each split of the folder."""
        return self.made_of

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder; of a table, the folders of the images that it names."""
        if self.source.is_dir():
            return (self.source,)
        paths = (file.path_of(n) for file in self.files.values() for n in range(len(file)))
        return tuple(Path(folder) for folder in sorted({os.path.dirname(path) for path in paths}))

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the folder has."""
        return tuple(self.files)

    def split(self, name: str) -> AnySplit:
        """Return one of SPLITS.

        Raises:
            InputError: no such split.
            DataError: the folder does not have it.
            FormatError: an image to be kept in memory cannot be read.
        """
        self.check_split(name)
        if self.shape is None:
            return self.photos(name)
        if name != "train":
            return into_memory(self.photos(name), self.shape)
        own = self._training
        return Split(own.images_NCHW.clone(), own.labels_N.clone(), own.left_out, own.files)

    def fingerprint(self) -> str:
        """Return the SHA-256 of classes, splits, names, sizes, and all bytes (up to 1 GiB)."""
        digest = hashlib.sha256("\0".join(self.classes).encode())
        total = 0
        for name, files in self.files.items():
            digest.update(f"\n{name} {len(files)}\n".encode())
            for index, label in enumerate(self.labels[name].tolist()):
                size = _size(files.reference(index))
                total += size
                digest.update(os.fsencode(files.paths[index]) + f"\0{size} {label}\n".encode())
        if total <= MAX_BYTES_HASHED:
            for files in self.files.values():
                for index in range(len(files)):
                    digest.update(self._bytes(files.reference(index)))
        return digest.hexdigest()

    def _bytes(self, reference: Reference) -> bytes:
        """Return the bytes of a file; a mark instead of one that cannot be read but may be bad."""
        try:
            return read(reference).data
        except ConvscopeError:
            if self.options.bad_images == "error":
                raise
            return b"\0unreadable"

    @cached_property
    def _survey(self) -> Survey:
        training = self.training_files()
        others = [files for files in self.files.values() if files is not training]
        return survey(training, others, tolerant=self.options.bad_images != "error")

    @cached_property
    def _training(self) -> Split:
        assert self.shape is not None
        return into_memory(self.photos("train"), self.shape)

    def training_files(self) -> FolderFiles:
        return self.files.get("train") or next(iter(self.files.values()))

    def photos(self, name: str) -> PhotoSplit:
        """Return one of `splits` with encoded images."""
        return PhotoSplit(
            files=self.files[name],
            labels_N=self.labels[name],
            channels=self.channels,
            bad_images=self.options.bad_images,
            conversion=self.conversion,
        )


def open_folder(path: Path, options: DataOptions = DataOptions()) -> FolderSet:
    """Open a folder as a data set: lists it, and compares files of equal length.

    Raises:
        DataError: the folder cannot be listed, or its classes and splits are inconsistent.
    """
    root = Path(os.path.abspath(path))  # keeps links: the data set has the name of the link
    try:
        layout = read_layout(root, options.layout, group_by=options.group_by)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    splits: Splits = splits_of(layout, group_by=options.group_by, partial=options.partial)
    ordered = {name: splits.images[name] for name in SPLITS if name in splits.images}
    return FolderSet(
        name=printable(root.name) or "folder",
        source=root,
        classes=splits.classes,
        notes=splits.notes,
        options=options,
        made_of=splits.disk_splits,
        is_divided=not layout.is_split,
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
        raise unreadable(error, reference.where, fix=CHANGED) from None
