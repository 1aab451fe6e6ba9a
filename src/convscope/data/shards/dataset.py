"""Data set in tar shards: random access to the images through an index.

The format is described in docs/reference/data.md.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import SPLITS, AnySplit, FileDataSet
from convscope.data.folder.copies import identical_files
from convscope.data.folder.entries import has_image_folder
from convscope.data.folder.hold_out import hold_out, joined_groups
from convscope.data.loading.measure import into_memory
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.loading.unusable import FileSubset
from convscope.data.names import PackedNames
from convscope.data.options import DataOptions
from convscope.data.shards.index import (
    INDEX,
    Index,
    Members,
    Shard,
    is_index,
    read_index,
    read_members,
)
from convscope.data.shards.packing import is_unfinished
from convscope.errors import DataError
from convscope.io.photos import Reference
from convscope.shapes import CHW
from convscope.text import printable


class ShardFiles:
    """Image members of shards. A few dozen bytes per image, since there may be millions."""

    def __init__(self, folder: Path, shards: tuple[Shard, ...], indices: list[Members]) -> None:
        self._folder = str(folder)
        self._shards = tuple(shard.name for shard in shards)
        counts = [len(members.names) for members in indices]
        self._names = PackedNames(name for members in indices for name in members.names)
        self._shard_of: NDArray[np.int32] = np.repeat(
            np.arange(len(counts), dtype=np.int32), counts
        )
        self._locations: NDArray[np.int64] = np.array(
            [
                location
                for members in indices
                for location in zip(members.offsets, members.sizes, members.crc32, strict=True)
            ],
            np.int64,
        )

    def __len__(self) -> int:
        return len(self._names)

    def where(self, index: int) -> str:
        """Return "shard:member"."""
        name = printable(self._names[index])
        return f"{self._shards[self._shard_of[index]]}:{name}"

    def reference(self, index: int) -> Reference:
        """Return the location of an image."""
        where = self.where(index)
        offset, size, crc32 = self._locations[index].tolist()
        path = f"{self._folder}/{self._shards[self._shard_of[index]]}"
        return Reference(path, where, offset, size, crc32)


@dataclass(frozen=True, repr=False)
class ShardSet(FileDataSet):
    """A folder of shards with an index.

    If the shards have no validation split, it is a tenth of the training images, as in a folder.
    """

    source: Path
    index: Index
    notes: tuple[str, ...]
    options: DataOptions

    @property
    def packed_background(self) -> str:  # type: ignore[override]
        return self.index.background

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.index.name

    @property
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.index.classes

    @property
    def channels(self) -> int:
        return self.index.channels

    @property
    def shape(self) -> CHW | None:
        return CHW(*self.index.shape) if self.index.shape is not None else None

    @property
    def mean(self) -> tuple[float, ...]:
        return self._measured(self.index.mean)

    @property
    def std(self) -> tuple[float, ...]:
        return self._measured(self.index.std)

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the shards have."""
        held_out = {"val"} if "train" in self.index.splits else set()
        return tuple(name for name in SPLITS if name in {*self.index.splits, *held_out})

    @property
    def disk_splits(self) -> dict[str, tuple[str, ...]]:
        """Splits made of each split of the index."""
        is_divided = "train" in self.index.splits and "val" not in self.index.splits
        return {
            name: ("train", "val") if name == "train" and is_divided else (name,)
            for name in self.index.splits
        }

    def split(self, name: str) -> AnySplit:
        """Return one of SPLITS.

        Raises:
            InputError: no such split.
            DataError: the shards do not have it; a file is missing or cannot be read.
            FormatError: a damaged index; an image to be kept in memory cannot be read.
        """
        self.check_split(name)
        photos = self.photos(name)
        return photos if self.shape is None else into_memory(photos, self.shape)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the classes and of the checksums of all shards."""
        return self.index.fingerprint()

    def _measured(self, values: tuple[float, ...] | None) -> tuple[float, ...]:
        if values is None:
            raise DataError(
                "no mean and standard deviation in the index: there are no training images",
                where=str(self.source),
            )
        return values

    def photos(self, name: str) -> PhotoSplit:
        """Return one of `splits` with encoded images."""
        if name in self.index.splits and (name != "train" or "val" in self.index.splits):
            files, labels_N = self._read(name)
            chosen: Files = files
        else:
            files, labels_N = self._training
            is_chosen_N = self._held_out if name == "val" else ~self._held_out
            indices_N = is_chosen_N.nonzero()[:, 0]
            chosen, labels_N = FileSubset(files, indices_N), labels_N[indices_N]
        return PhotoSplit(
            files=chosen,
            labels_N=labels_N,
            channels=self.channels,
            bad_images=self.options.bad_images,
            conversion=self.conversion,
        )

    def training_files(self) -> ShardFiles:
        if "train" in self.index.splits:
            return self._training[0]
        return self._read(next(iter(self.index.splits)))[0]

    @cached_property
    def _training(self) -> tuple[ShardFiles, torch.Tensor]:
        return self._read("train")

    @cached_property
    def _held_out(self) -> torch.Tensor:
        """Mask of the training images that are the validation split."""
        files, labels_N = self._training
        names = [files.where(index) for index in range(len(files))]
        copies = identical_files([files.reference(index) for index in range(len(files))])
        groups = joined_groups(names, copies or [], None)
        splits = hold_out(tuple(zip(names, labels_N.tolist(), strict=True)), ("val",), groups)
        held_out = {name for name, _ in splits.get("val", ())}
        return torch.tensor([name in held_out for name in names])

    def _read(self, name: str) -> tuple[ShardFiles, torch.Tensor]:
        shards = self.index.splits[name]
        indices = [
            read_members(self.source, shard, num_classes=len(self.classes)) for shard in shards
        ]
        labels = [label for members in indices for label in members.labels]
        return ShardFiles(self.source, shards, indices), torch.tensor(labels, dtype=torch.int64)


def is_shards(folder: Path) -> bool:
    """Return whether a folder contains shards: an index, or .tar files and no folder of images."""
    if is_index(folder / INDEX) or is_unfinished(folder):
        return True
    if has_image_folder(folder):
        return False
    return any(folder.glob("*.tar")) or any(folder.glob("*/*.tar"))


def open_shards(folder: Path, options: DataOptions = DataOptions()) -> ShardSet:
    """Open a folder of shards as a data set: reads `index.json`.

    Raises:
        DataError: it cannot be read; a shard is missing or its length differs from the index.
        FormatError: it is damaged.
    """
    root = Path(os.path.abspath(folder))
    if is_unfinished(root):
        raise DataError(
            "these shards are not complete: `convscope data pack` was interrupted",
            fix="repeat it with the same folder",
            where=str(folder),
        )
    if not (root / INDEX).exists():
        raise DataError(
            f"shards without {INDEX}",
            fix=f"`convscope data index {folder}` writes it",
            where=str(folder),
        )
    index = read_index(root)
    notes: tuple[str, ...] = ()
    is_divided = "train" in index.splits and "val" not in index.splits
    if is_divided and not options.partial:  # an evaluation says which images it uses
        notes = ("no val: 10 % of the training images are used for validation, chosen by name",)
    return ShardSet(root, index, notes, options)
