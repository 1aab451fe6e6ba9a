"""Data sets: published ones, folders and shards; checks, augmentation and data loaders.

`DATASETS` lists the published ones. Preprocessing that belongs to a model (Resize, CenterCrop,
Normalize) is a layer; reading image files belongs to `convscope.io`.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.errors import InputError, unknown_name
from convscope.lazy import lazy

if TYPE_CHECKING:
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
    from convscope.data.checks.check import check, check_dataset
    from convscope.data.checks.report import Finding, Report
    from convscope.data.dataset import SPLITS, AnySplit, DataSet, Split
    from convscope.data.folder.dataset import FolderSet, open_folder
    from convscope.data.formats.cache import cache_folder, data_folders
    from convscope.data.formats.cifar_dataset import CifarDataSet
    from convscope.data.formats.fetch import Published, fetch
    from convscope.data.formats.idx import read_idx, write_idx
    from convscope.data.formats.idx_dataset import IdxDataSet
    from convscope.data.loading.in_memory import Batch, Loader, in_order, order
    from convscope.data.loading.photo_split import PhotoSplit
    from convscope.data.loading.photos import PhotoLoader
    from convscope.data.shards.dataset import ShardSet
    from convscope.data.shards.indexer import index_shards
    from convscope.data.shards.writer import write_shards
    from convscope.io.photos.crops import AnyCrop, CentreFrame, RandomResizedCrop, ShorterSide
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.data.augment": (
                "Affine",
                "AnyAugment",
                "BatchShift",
                "ColourJitter",
                "Cutout",
                "HorizontalFlip",
                "PadAndCrop",
                "PcaLighting",
                "RandomErasing",
                "Rotation",
                "Shift",
            ),
            "convscope.data.augment.mix": ("AnyMix", "CutMix", "Mixed", "Mixup"),
            "convscope.data.checks.report": ("Finding", "Report"),
            "convscope.data.checks.check": ("check", "check_dataset"),
            "convscope.data.dataset": ("SPLITS", "AnySplit", "DataSet", "Split"),
            "convscope.data.folder.dataset": ("FolderSet", "open_folder"),
            "convscope.data.formats.cache": ("cache_folder", "data_folders"),
            "convscope.data.formats.cifar_dataset": ("CifarDataSet",),
            "convscope.data.formats.fetch": ("Published", "fetch"),
            "convscope.data.formats.idx": ("read_idx", "write_idx"),
            "convscope.data.formats.idx_dataset": ("IdxDataSet",),
            "convscope.data.loading.in_memory": ("Batch", "Loader", "in_order", "order"),
            "convscope.data.loading.photo_split": ("PhotoSplit",),
            "convscope.data.loading.photos": ("PhotoLoader",),
            "convscope.data.shards.dataset": ("ShardSet",),
            "convscope.data.shards.indexer": ("index_shards",),
            "convscope.data.shards.writer": ("write_shards",),
            "convscope.io.photos.crops": (
                "AnyCrop",
                "CentreFrame",
                "RandomResizedCrop",
                "ShorterSide",
            ),
        },
    )

DATASETS: dict[str, str] = {
    "mnist": "convscope.data.sets.mnist",
    "fashion_mnist": "convscope.data.sets.fashion_mnist",
    "cifar10": "convscope.data.sets.cifar10",
    "cifar100": "convscope.data.sets.cifar100",
}
"""Name -> module, which defines the data set under the name in capitals."""


def list_datasets() -> list[str]:
    """Return the names of all data sets, in the order of the list."""
    return list(DATASETS)


def find(name: str | Path) -> "Published":
    """Return the data set of that name, whether or not its files are installed.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    if not _is_known(name):
        raise unknown_name("data set", str(name), DATASETS, see="convscope list datasets")
    full_name = _full_name(str(name))
    dataset: Published = getattr(import_module(DATASETS[full_name]), full_name.upper())
    return dataset


def _is_known(name: str | Path) -> bool:
    return isinstance(name, str) and _full_name(name) in DATASETS


def _full_name(name: str) -> str:
    return name.replace("-", "_").lower()


def open(name: str | Path) -> "DataSet":
    """Open a data set for reading.

    Args:
        name: a name of `list_datasets()`, or a folder: of images in `train/ val/ test/` or in
            class folders, or of shards with their `index.json`.

    Raises:
        InputError: no such name (with the nearest ones), no such folder.
        DataError: its files are not downloaded (says how to); the folder is inconsistent.
        FormatError: a damaged index of shards.
    """
    from convscope.data.folder.dataset import open_folder
    from convscope.data.names import printable
    from convscope.data.shards.dataset import is_shards, open_shards

    path = Path(name)
    if name and not _is_known(name) and os.path.exists(name):  # False for invalid paths too
        if path.is_dir():
            return open_shards(path) if is_shards(path) else open_folder(path)
        raise InputError(
            "this is not a folder",
            expected="a folder of images or of shards, or a name",
            fix="unpack an archive first",
            where=str(name),
        )
    if os.sep in str(name) and not _is_known(name):
        raise InputError(
            f"there is no folder {printable(str(name))}",
            expected="a folder of images or of shards, or a name",
            fix="`convscope list datasets` lists the names",
        )
    dataset = find(name)
    for file in dataset.files:
        dataset.locate(file)
    return dataset


def source_of(dataset: "DataSet") -> str:
    """Return what `open` needs to open a data set again: an absolute path, or its name."""
    from convscope.data.dataset import FileDataSet

    return str(dataset.source) if isinstance(dataset, FileDataSet) else dataset.name


def opening_notes(dataset: "DataSet") -> tuple[str, ...]:
    """Return the decisions made when a folder or shards were opened, in sentences."""
    from convscope.data.dataset import FileDataSet

    return dataset.notes if isinstance(dataset, FileDataSet) else ()


__all__ = [
    "DATASETS",
    "SPLITS",
    "Affine",
    "AnyAugment",
    "AnyCrop",
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
    "data_folders",
    "fetch",
    "find",
    "in_order",
    "index_shards",
    "list_datasets",
    "open",
    "open_folder",
    "opening_notes",
    "order",
    "read_idx",
    "source_of",
    "write_idx",
    "write_shards",
]
