"""Labelled images. One data set a file; the tuple below is the whole list."""

import os
from pathlib import Path

from convscope.data.augment import (
    Affine,
    AnyAugment,
    BatchShift,
    ColourJitter,
    Cutout,
    HorizontalFlip,
    PadAndCrop,
    PcaLighting,
    RandomErasing,
    Rotation,
    Shift,
)
from convscope.data.augment.mix import AnyMix, CutMix, Mixed, Mixup
from convscope.data.check.report import Finding, Report
from convscope.data.check.run import check, check_dataset
from convscope.data.dataset import SPLITS, AnySplit, DataSet, Split
from convscope.data.folder.dataset import FolderSet, open_folder
from convscope.data.folder.layout import shown
from convscope.data.formats.cache import cache_folder, places
from convscope.data.formats.cifar_dataset import CifarDataSet
from convscope.data.formats.fetch import Published, fetch
from convscope.data.formats.idx import read_idx, write_idx
from convscope.data.formats.idx_dataset import IdxDataSet
from convscope.data.loading.in_memory import Batch, Loader, in_order, order
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.photos import PhotoLoader
from convscope.data.sets.cifar10 import CIFAR10
from convscope.data.sets.cifar100 import CIFAR100
from convscope.data.sets.fashion_mnist import FASHION_MNIST
from convscope.data.sets.mnist import MNIST
from convscope.data.shards.dataset import ShardSet, is_shards, open_shards
from convscope.data.shards.indexer import index_shards
from convscope.data.shards.writer import write_shards
from convscope.errors import InputError, unknown_name
from convscope.io.photos.frames import AnyFrame, CentreFrame, RandomResizedCrop, ShorterSide

DATASETS: tuple[Published, ...] = (MNIST, FASHION_MNIST, CIFAR10, CIFAR100)


def list_datasets() -> list[str]:
    """The names, in the order of the list."""
    return [dataset.name for dataset in DATASETS]


def find(name: str | Path) -> Published:
    """The data set of that name, whether or not its files are here.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    found = {dataset.name: dataset for dataset in DATASETS}
    wanted = str(name).replace("-", "_").lower()
    if wanted not in found:
        raise unknown_name("data set", str(name), found, see="convscope list datasets")
    return found[wanted]


def _is_known(name: str | Path) -> bool:
    return isinstance(name, str) and name.replace("-", "_").lower() in {
        dataset.name for dataset in DATASETS
    }


def open(name: str | Path) -> DataSet:
    """A data set, ready to be read.

    Args:
        name: a name of `list_datasets()`, or a folder: of images in `train/ val/ test/` or in
            class folders side by side, or of shards with their `index.json`.

    Raises:
        InputError: no such name (with the nearest ones), no such folder.
        DataError: its files are not here (says what would bring them); the folder contradicts
            itself.
        FormatError: a damaged index of shards.
    """
    path = Path(name)
    if name and not _is_known(name) and os.path.exists(name):  # False for whatever cannot be
        if path.is_dir():
            return open_shards(path) if is_shards(path) else open_folder(path)
        raise InputError(
            "this is no folder",
            expected="a folder of images or of shards, or a name",
            fix="unpack an archive first",
            where=str(name),
        )
    if os.sep in str(name) and not _is_known(name):
        raise InputError(
            f"there is no folder {shown(str(name))}",
            expected="a folder of images or of shards, or a name",
            fix="`convscope list datasets` lists the names",
        )
    dataset = find(name)
    for file in dataset.files:
        dataset.locate(file)
    return dataset


def source_of(dataset: DataSet) -> str:
    """What `open` takes to find a data set again, from any folder: a path, or its name."""
    return str(dataset.source) if isinstance(dataset, FolderSet | ShardSet) else dataset.name


def notes_of(dataset: DataSet) -> tuple[str, ...]:
    """What was decided when a data set was opened by its path, in sentences."""
    return dataset.notes if isinstance(dataset, FolderSet | ShardSet) else ()


__all__ = [
    "DATASETS",
    "SPLITS",
    "Affine",
    "AnyAugment",
    "AnyFrame",
    "AnyMix",
    "AnySplit",
    "Batch",
    "BatchShift",
    "CentreFrame",
    "CifarDataSet",
    "ColourJitter",
    "CutMix",
    "Cutout",
    "DataSet",
    "Finding",
    "FolderSet",
    "HorizontalFlip",
    "IdxDataSet",
    "Loader",
    "Mixed",
    "Mixup",
    "PadAndCrop",
    "PcaLighting",
    "PhotoLoader",
    "PhotoSplit",
    "Published",
    "RandomErasing",
    "RandomResizedCrop",
    "Report",
    "Rotation",
    "ShardSet",
    "Shift",
    "ShorterSide",
    "Split",
    "cache_folder",
    "check",
    "check_dataset",
    "fetch",
    "find",
    "in_order",
    "index_shards",
    "list_datasets",
    "notes_of",
    "open",
    "order",
    "places",
    "read_idx",
    "source_of",
    "write_idx",
    "write_shards",
]
