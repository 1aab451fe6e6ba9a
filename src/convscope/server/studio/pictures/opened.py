"""Data sets that the worker keeps open, by source and time of change."""

import os
from collections import OrderedDict

import torch
from torch import Tensor

from convscope import data as datasets
from convscope.data import DataOptions
from convscope.data.dataset import SPLITS, AnySplit, DataSet, FileDataSet, PathDataSet
from convscope.errors import InputError

MOST = 3

_kept: "OrderedDict[tuple[str, int], DataSet]" = OrderedDict()
_splits: dict[tuple[int, str], AnySplit] = {}


def opened(source: str) -> DataSet:
    """Return a data set; its unreadable images are left out.

    Raises:
        ConvscopeError: as `convscope.data.open`.
    """
    key = (source, _changed(source))
    if key not in _kept:
        options = DataOptions(partial=True)
        try:
            _kept[key] = datasets.open(source, options=options)
        except InputError:
            _kept[key] = datasets.open(source)  # a published set takes no options
        while len(_kept) > MOST:
            _, old = _kept.popitem(last=False)
            for pair in [pair for pair in _splits if pair[0] == id(old)]:
                del _splits[pair]
    _kept.move_to_end(key)
    return _kept[key]


def _changed(source: str) -> int:
    try:
        return os.stat(source).st_mtime_ns
    except OSError:
        return 0


def split_names(dataset: DataSet) -> tuple[str, ...]:
    """Return the splits that a data set has."""
    return tuple(dataset.splits) if isinstance(dataset, PathDataSet) else SPLITS


def split_of(dataset: DataSet, name: str) -> AnySplit:
    """Return a split; of image files one that is decoded on access.

    Raises:
        InputError, DataError: there is no such split.
    """
    key = (id(dataset), name)
    if key not in _splits:
        if name not in split_names(dataset):
            dataset.split(name)  # raises in the words of the data set
        is_files = isinstance(dataset, FileDataSet)
        _splits[key] = dataset.photos(name) if is_files else dataset.split(name)  # type: ignore[attr-defined]
    return _splits[key]


def image_at(split: AnySplit, index: int) -> Tensor:
    """Return an image, (C, H, W) uint8, with 1 or 3 channels.

    Raises:
        InputError: there is none with this number.
        DataError, FormatError: it cannot be read.
    """
    check_index(split, index)
    image_CHW = split.image(index)
    return image_CHW if image_CHW.shape[0] in (1, 3) else image_CHW[:1]


def check_index(split: AnySplit, index: int) -> None:
    """Raise InputError unless a split has an image of this number."""
    if not 0 <= index < len(split):
        raise InputError(f"no image {index:,}", expected=f"a number from 0 to {len(split) - 1:,}")


def labels_of(split: AnySplit) -> Tensor:
    """Return the labels, (N,) int64."""
    return split.labels_N.to(torch.int64)
