"""Shards as a data set: tar files in the WebDataset layout, read at any place by their index.

See docs/data.md for the format. Nothing is extracted, nothing unpickled.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import SPLITS, AnySplit
from convscope.data.folder.layout import shown
from convscope.data.folder.splits import cut
from convscope.data.loading.measure import into_memory
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.shards.index import (
    INDEX,
    Index,
    Members,
    Shard,
    is_index,
    read_index,
    read_members,
)
from convscope.errors import DataError, unknown_name
from convscope.io.photos import Reference
from convscope.shapes import CHW


class ShardFiles:
    """Members of shards; an index of a few dozen bytes an image, since there may be millions."""

    def __init__(self, folder: Path, shards: tuple[Shard, ...], indices: list[Members]) -> None:
        self._folder = str(folder)
        self._shards = tuple(shard.name for shard in shards)
        counts = [len(members.names) for members in indices]
        names = [os.fsencode(name) for members in indices for name in members.names]
        self._names = b"".join(names)
        self._ends: NDArray[np.int64] = np.cumsum([0, *map(len, names)], dtype=np.int64)
        self._shard_of: NDArray[np.int32] = np.repeat(
            np.arange(len(counts), dtype=np.int32), counts
        )
        self._places: NDArray[np.int64] = np.array(
            [
                place
                for members in indices
                for place in zip(members.offsets, members.sizes, members.crc32, strict=True)
            ],
            np.int64,
        )

    def __len__(self) -> int:
        return len(self._ends) - 1

    def where(self, index: int) -> str:
        """shard:member."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        begin, end = self._ends[index : index + 2].tolist()
        name = os.fsdecode(self._names[begin:end])
        return f"{self._shards[self._shard_of[index]]}:{shown(name)}"

    def reference(self, index: int) -> Reference:
        where = self.where(index)
        offset, size, crc32 = self._places[index].tolist()
        path = f"{self._folder}/{self._shards[self._shard_of[index]]}"
        return Reference(path, where, offset, size, crc32)


@dataclass(frozen=True)
class SomeFiles:
    """Some of the images of others, by their numbers."""

    files: ShardFiles
    chosen_N: torch.Tensor

    def __len__(self) -> int:
        return len(self.chosen_N)

    def reference(self, index: int) -> Reference:
        return self.files.reference(int(self.chosen_N[index]))


@dataclass(frozen=True)
class ShardSet:
    """A folder of shards with its index.

    Where the shards have no validation split, a tenth of the training images is held back, as
    in a folder.

    Attributes:
        source: what `convscope.data.open` takes to find it again.
        notes: what was decided when it was opened, in sentences.
    """

    source: Path
    index: Index
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.index.name

    @property
    def classes(self) -> tuple[str, ...]:
        return self.index.classes

    @property
    def channels(self) -> int:
        return self.index.channels

    @property
    def shape(self) -> CHW | None:
        return CHW(*self.index.shape) if self.index.shape is not None else None

    @property
    def mean(self) -> tuple[float, ...]:
        return self._known(self.index.mean)

    @property
    def std(self) -> tuple[float, ...]:
        return self._known(self.index.std)

    @property
    def splits(self) -> tuple[str, ...]:
        """Those that there are."""
        held_back = {"val"} if "train" in self.index.splits else set()
        return tuple(name for name in SPLITS if name in {*self.index.splits, *held_back})

    def split(self, name: str) -> AnySplit:
        """One of SPLITS.

        Raises:
            InputError: no such split.
            DataError: the shards do not have it; a file is gone or cannot be read.
            FormatError: a damaged index; of images held in memory, one that cannot be read.
        """
        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name not in self.splits:
            raise DataError(
                f"{self.name} has no split {name}",
                expected=f"one of {', '.join(self.splits)}",
                where=str(self.source),
            )
        photos = self.photos(name)
        return photos if self.shape is None else into_memory(photos, self.shape)

    def fingerprint(self) -> str:
        """SHA-256 of the classes and of every shard's own."""
        return self.index.fingerprint()

    def _known(self, given: tuple[float, ...] | None) -> tuple[float, ...]:
        if given is None:
            raise DataError(
                "the index knows no mean and no deviation: there are no training images",
                where=str(self.source),
            )
        return given

    def photos(self, name: str) -> PhotoSplit:
        """A split that there is, still encoded, also where `split` holds it in memory."""
        if name in self.index.splits and (name != "train" or "val" in self.index.splits):
            files, labels_N = self._read(name)
            return PhotoSplit(files, labels_N, self.channels)
        files, labels_N = self._training
        chosen_N = self._held_back if name == "val" else ~self._held_back
        indices_N = chosen_N.nonzero()[:, 0]
        return PhotoSplit(SomeFiles(files, indices_N), labels_N[indices_N], self.channels)

    @cached_property
    def _training(self) -> tuple[ShardFiles, torch.Tensor]:
        return self._read("train")

    @cached_property
    def _held_back(self) -> torch.Tensor:
        """Which training images the validation split is made of."""
        files, labels_N = self._training
        names = [files.where(index) for index in range(len(files))]
        splits = cut(tuple(zip(names, labels_N.tolist(), strict=True)), ("val",))
        held_back = {name for name, _ in splits.get("val", ())}
        return torch.tensor([name in held_back for name in names])

    def _read(self, name: str) -> tuple[ShardFiles, torch.Tensor]:
        shards = self.index.splits[name]
        indices = [
            read_members(self.source, shard, num_classes=len(self.classes)) for shard in shards
        ]
        labels = [label for members in indices for label in members.labels]
        return ShardFiles(self.source, shards, indices), torch.tensor(labels, dtype=torch.int64)


def is_shards(folder: Path) -> bool:
    """Whether a folder holds shards, or an index that says so."""
    return is_index(folder / INDEX) or any(folder.glob("*.tar"))


def open_shards(folder: Path) -> ShardSet:
    """The data set in a folder of shards. Reads `index.json`.

    Raises:
        DataError: it cannot be read; a shard is gone, or has another length than the index says.
        FormatError: it is damaged.
    """
    root = Path(os.path.abspath(folder))
    if not (root / INDEX).exists():
        raise DataError(
            f"there are shards, and no {INDEX}",
            fix="convscope.data.index_shards(folder) reads them once and writes it",
            where=str(folder),
        )
    index = read_index(root)
    notes: tuple[str, ...] = ()
    if "train" in index.splits and "val" not in index.splits:
        notes = ("there is no val: a tenth of the training images is held back, by their names",)
    return ShardSet(root, index, notes)
