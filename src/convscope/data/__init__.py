"""Labelled images. One data set a file; the tuple below is the whole list."""

from pathlib import Path

from convscope.data.augment import (
    Affine,
    AnyAugment,
    BatchShift,
    Cutout,
    HorizontalFlip,
    Shift,
)
from convscope.data.cache import cache_folder, places
from convscope.data.dataset import SPLITS, DataSet, Split
from convscope.data.fashion_mnist import FASHION_MNIST
from convscope.data.fetch import fetch
from convscope.data.idx import read_idx, write_idx
from convscope.data.idx_dataset import IdxDataSet
from convscope.data.loader import Batch, Loader, in_order, order
from convscope.data.mnist import MNIST
from convscope.errors import unknown_name

DATASETS: tuple[IdxDataSet, ...] = (MNIST, FASHION_MNIST)


def list_datasets() -> list[str]:
    """The names, in the order of the list."""
    return [dataset.name for dataset in DATASETS]


def find(name: str | Path) -> IdxDataSet:
    """The data set of that name, whether or not its files are here.

    Raises:
        InputError: no such name (with the nearest ones).
    """
    found = {dataset.name: dataset for dataset in DATASETS}
    wanted = str(name).replace("-", "_").lower()
    if wanted not in found:
        raise unknown_name("data set", str(name), found, see="convscope list datasets")
    return found[wanted]


def open(name: str | Path) -> DataSet:
    """The data set of that name, ready to be read.

    Raises:
        InputError: no such name (with the nearest ones).
        DataError: its files are not here; says what would bring them.
    """
    dataset = find(name)
    for file in dataset.files:
        dataset.locate(file)
    return dataset


__all__ = [
    "DATASETS",
    "SPLITS",
    "Affine",
    "AnyAugment",
    "Batch",
    "BatchShift",
    "Cutout",
    "DataSet",
    "HorizontalFlip",
    "IdxDataSet",
    "Loader",
    "Shift",
    "Split",
    "cache_folder",
    "fetch",
    "find",
    "in_order",
    "list_datasets",
    "open",
    "order",
    "places",
    "read_idx",
    "write_idx",
]
