"""Write a data set as tar shards with an index; image files are copied unchanged.

The same data set gives the same bytes. Files are written atomically, `index.json` last: a folder
without it is not a data set.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from convscope.data.converted import conversion_of
from convscope.data.dataset import (
    SPLITS,
    AnySplit,
    DataSet,
    FileDataSet,
    PathDataSet,
    Progress,
    silent,
)
from convscope.data.folder.outputs import check_outside_data
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.shards.index import INDEX, Index, Members, Shard, index_name, to_json
from convscope.data.shards.packing import packing
from convscope.data.shards.tar import BLOCK, CLOSING, header, padding
from convscope.errors import InputError
from convscope.io import storage
from convscope.io.formats import ENDINGS
from convscope.io.image_header import read_header
from convscope.io.image_writing import encode_image
from convscope.io.images import not_an_image

MAX_BYTES = 256 << 20
MAX_IMAGES = 10_000


def write_shards(
    dataset: DataSet,
    folder: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_images: int = MAX_IMAGES,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda _: None,
) -> Index:
    """Write all splits of a data set as shards; return the index.

    The images of a split are shuffled once, so that each shard contains all classes. Files are
    copied unchanged; images in memory become PNG files. After an error no file is left.

    Args:
        folder: new or empty, or left by an interrupted call, whose files are removed.
        max_bytes, max_images: limits of a shard; it has at least one image.
        progress: called with the number of images written so far and their total.
        note: called with a sentence when files of an interrupted call are removed.

    Raises:
        InputError: a limit below 1; the folder lies inside the data.
        StorageError: the folder is not empty, or cannot be written.
        DataError, FormatError: a file cannot be read or is not an image; `where` names it.
    """
    if max_bytes < 1 or max_images < 1:
        raise InputError(
            f"max_bytes={max_bytes}, max_images={max_images}", expected="1 or more of each"
        )
    for source in dataset.folders if isinstance(dataset, PathDataSet) else ():
        check_outside_data(folder, source)
    splits = {name: _encoded(dataset, name) for name in split_names(dataset)}
    with packing(folder, note):
        return _write_all(dataset, splits, folder, (max_bytes, max_images), progress)


def _write_all(
    dataset: DataSet,
    splits: dict[str, AnySplit],
    folder: Path,
    limits: tuple[int, int],
    progress: Progress,
) -> Index:
    total = sum(len(split) for split in splits.values())
    written: list[Path] = []
    try:
        done, shards = 0, {}
        for name, split in splits.items():
            portions = _Packing(split, *limits)
            shards[name] = tuple(
                _write_shard(
                    portions, folder, f"{name}-{number:06}.tar", written, done, total, progress
                )
                for number in portions
            )
            done += len(split)
        index = _index(dataset, splits, shards)
        storage.write(folder / INDEX, [to_json(index)])
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return index


def split_names(dataset: DataSet) -> tuple[str, ...]:
    """Return the names of the splits that a data set has."""
    return dataset.splits if isinstance(dataset, PathDataSet) else SPLITS


def _encoded(dataset: DataSet, name: str) -> AnySplit:
    if isinstance(dataset, FileDataSet):
        return dataset.photos(name)
    return dataset.split(name)


class _Item(NamedTuple):
    data: bytes
    ending: str
    label: int


class _Packing:
    """Divides the images of a split into shards; iterating yields the shard numbers."""

    def __init__(self, split: AnySplit, max_bytes: int, max_images: int) -> None:
        order = np.random.RandomState(len(split)).permutation(len(split))
        self._items = (_item(split, int(index)) for index in order)
        self._next = next(self._items, None)
        self._max_bytes, self._max_images = max_bytes, max_images
        self.packed = 0

    def __iter__(self) -> Iterator[int]:
        number = 0
        while self._next is not None:
            yield number
            number += 1

    def portion(self) -> Iterator[_Item]:
        """Yield the images of the next shard, at least one."""
        size, count = len(CLOSING), 0
        while self._next is not None:
            item = self._next
            label = len(str(item.label))
            size += 2 * BLOCK + sum(n + len(padding(n)) for n in (len(item.data), label))
            if count and (size > self._max_bytes or count == self._max_images):
                return
            yield item
            self._next = next(self._items, None)
            count, self.packed = count + 1, self.packed + 1


def _item(split: AnySplit, index: int) -> _Item:
    label = int(split.labels_N[index])
    if not isinstance(split, PhotoSplit):
        pixels_HWC = split.image(index).permute(1, 2, 0).contiguous().numpy()
        return _Item(encode_image(pixels_HWC, ".png"), "png", label)
    data, where = split.read(index)
    kind = read_header(data).format
    if kind not in ENDINGS:
        raise not_an_image(data).at(where)
    return _Item(data, ENDINGS[kind][0].removeprefix("."), label)


def _write_shard(
    packing: _Packing,
    folder: Path,
    name: str,
    written: list[Path],
    done: int,
    total: int,
    progress: Progress,
) -> Shard:
    columns: list[tuple[str, int, int, int, int]] = []
    first = packing.packed

    def parts() -> Iterator[bytes]:
        offset = 0
        for number, item in enumerate(packing.portion()):
            key, size = f"{first + number:08}", len(item.data)
            member, label = f"{key}.{item.ending}", b"%d" % item.label
            columns.append((member, offset + BLOCK, size, item.label, zlib.crc32(item.data)))
            front = header(member, size)
            back = padding(size) + header(f"{key}.cls", len(label)) + label + padding(len(label))
            yield front
            yield item.data
            yield back
            offset += len(front) + size + len(back)
            progress(done + first + number + 1, total)
        yield CLOSING

    written.append(folder / name)
    receipt = storage.write(folder / name, parts())
    names, offsets, sizes, labels, crc32 = zip(*columns, strict=True)
    members = Members(names=names, offsets=offsets, sizes=sizes, labels=labels, crc32=crc32)
    written.append(folder / index_name(name))
    index_receipt = storage.write(folder / index_name(name), [to_json(members)])
    return Shard(
        name=name,
        images=len(columns),
        bytes=receipt.size_bytes,
        sha256=receipt.sha256,
        index_sha256=index_receipt.sha256,
    )


def _index(
    dataset: DataSet, splits: dict[str, AnySplit], shards: dict[str, tuple[Shard, ...]]
) -> Index:
    has_training = "train" in splits
    channels = dataset.channels
    assert channels in (1, 3)
    return Index(
        name=dataset.name,
        classes=tuple(dataset.classes),
        channels=1 if channels == 1 else 3,
        shape=dataset.shape[:] if dataset.shape is not None else None,
        mean=tuple(dataset.mean) if has_training else None,
        std=tuple(dataset.std) if has_training else None,
        splits=shards,
        background=conversion_of(dataset).background,
    )
