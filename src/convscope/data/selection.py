"""The images that an evaluation or a visual uses: one split, or all images of a data set."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch

from convscope.data.dataset import SPLITS, AnySplit, DataSet, FileDataSet, PathDataSet, Split
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.source import ALL, Source
from convscope.errors import InputError, unknown_name
from convscope.io.photos import Reference
from convscope.text import listed


@dataclass(frozen=True)
class Selected:
    """Labelled images, and how many of how many they are.

    Attributes:
        split: its name; "all" for all images.
        parts: the splits that the images come from, in order, each with its number of images,
            also of those that could not be read into memory.
        whole: all images of the data set, as a source of which none was left out.
    """

    images: AnySplit
    split: str
    parts: tuple[tuple[str, int], ...]
    whole: Source

    def source(self, num: int, *, reduced: int = 0) -> Source:
        """Return how many of how many images were used.

        Args:
            num: images that were used; fewer than `images` if some cannot be read.
            reduced: of these, the images that were decoded at a part of their size.
        """
        unread = len(self.images) - num
        if isinstance(self.images, Split):
            unread += len(self.images.left_out)
        changes = {"num": num, "unread": unread, "reduced": reduced}
        return self.whole.model_copy(update=changes)

    def place(self, index: int) -> tuple[str, int]:
        """Return the split of an image, and its place in that split."""
        for name, num in self.parts:
            if index < num:
                return name, index
            index -= num
        raise IndexError(index)


def select(dataset: DataSet, split: str | None, *, is_own: bool, channels: int) -> Selected:
    """Return a split of a data set, or all of its images.

    Args:
        split: one of SPLITS, "all", or None: the test split of a published set and of the data
            that the model was trained with (`is_own`), and all images of other data.
        channels: of the model.

    Raises:
        InputError: no such split; images with other channels.
        DataError: the data set does not have it.
    """
    if split is None:
        split = "test" if is_own or not isinstance(dataset, PathDataSet) else ALL
    if split not in (*SPLITS, ALL):
        raise unknown_name("split", split, (*SPLITS, ALL))
    there = dataset.splits if isinstance(dataset, PathDataSet) else SPLITS
    names = there if split == ALL else (split,)
    splits = [_split(dataset, name, channels) for name in names]
    parts = tuple((name, _num_files(part)) for name, part in zip(names, splits, strict=True))
    images = joined(splits)
    return Selected(images, split, parts, _whole(dataset, split, len(images)))


def joined(splits: Sequence[AnySplit]) -> AnySplit:
    """Return several splits of a data set as one, in order."""
    if len(splits) == 1:
        return splits[0]
    labels_N = torch.cat([split.labels_N for split in splits])
    in_memory = [split for split in splits if isinstance(split, Split)]
    if len(in_memory) == len(splits):
        return _joined_in_memory(in_memory, labels_N)
    photos = [split for split in splits if isinstance(split, PhotoSplit)]
    files = JoinedFiles([split.files for split in photos])
    return replace(photos[0], files=files, labels_N=labels_N)


def _joined_in_memory(splits: Sequence[Split], labels_N: torch.Tensor) -> Split:
    sizes = [len(split) + len(split.left_out) for split in splits]
    begins = accumulate(sizes, initial=0)
    left_out = tuple(
        bad._replace(place=begin + bad.place)
        for begin, split in zip(begins, splits, strict=False)
        for bad in split.left_out
    )
    files = [split.files for split in splits if split.files is not None]
    joined_files = JoinedFiles(files) if len(files) == len(splits) else None
    images_NCHW = torch.cat([split.images_NCHW for split in splits])
    return Split(images_NCHW, labels_N, left_out, joined_files)


class JoinedFiles:
    """Image files of several splits."""

    def __init__(self, parts: Sequence[Files]) -> None:
        self._parts = parts
        self._begins = [0, *accumulate(len(part) for part in parts)]

    def __len__(self) -> int:
        return self._begins[-1]

    def reference(self, index: int) -> Reference:
        """Return the location of an image."""
        number = bisect_right(self._begins, index) - 1
        return self._parts[number].reference(index - self._begins[number])


def _num_files(split: AnySplit) -> int:
    """Return the number of images, with those that could not be read into memory."""
    return len(split) + (len(split.left_out) if isinstance(split, Split) else 0)


def _split(dataset: DataSet, name: str, channels: int) -> AnySplit:
    if dataset.channels == channels:
        return dataset.split(name)
    raise InputError(
        f"the images of {dataset.name} have {dataset.channels} channels",
        expected=f"{channels}, the input channels of the model",
        where="data",
    )


def _whole(dataset: DataSet, split: str, num: int) -> Source:
    if not isinstance(dataset, PathDataSet):
        splits = SPLITS if split == ALL else ()
        return Source(num=num, total=num, name=dataset.name, split=split, splits=splits)
    total = sum(_length(dataset, name) for name in dataset.splits)
    return Source(
        num=num,
        total=total,
        name=f"{dataset.name}/" if dataset.source.is_dir() else dataset.name,
        split=split,
        splits=tuple(dataset.splits) if split == ALL and not dataset.is_divided else (),
        is_divided=dataset.is_divided,
    )


def _length(dataset: PathDataSet, name: str) -> int:
    if isinstance(dataset, FileDataSet):
        return len(dataset.photos(name))
    return len(dataset.split(name))


def relabelled(
    selected: Selected,
    classes: Sequence[str],
    labels: Sequence[str],
    *,
    name: str,
    numbers: Sequence[int | None] | None = None,
) -> Selected:
    """Return images whose labels are numbers of a model's classes, matched by name.

    A class of the data may be spelled in other capitals, and with spaces, `_` or `-`. The model
    may have more classes.

    Args:
        classes: of the data, by label.
        labels: of the model.
        name: of the data set, for errors.
        numbers: the model's class for each class of the data, where it is known; None where
            there is none. By default they are matched by name.

    Raises:
        InputError: images of classes that the model does not have, or of two classes that match
            the same one.
    """
    if tuple(classes) == tuple(labels):
        return selected
    targets = _targets(classes, labels) if numbers is None else list(numbers)
    counts = torch.bincount(selected.images.labels_N, minlength=len(classes)).tolist()
    unknown = [k for k, num in enumerate(counts) if num and targets[k] is None]
    if unknown:
        num = sum(counts[k] for k in unknown)
        shown = ", ".join(f"{classes[k]} ({counts[k]:,})" for k in unknown[:5])
        if len(unknown) > 5:
            shown = f"{shown} and {len(unknown) - 5:,} more classes"
        raise InputError(
            f"{num:,} of {sum(counts):,} images of {name} belong to classes that the model does "
            f"not have: {shown}",
            expected=f"classes of the model: {listed(labels, 12)}",
            fix="rename these classes as the model's, or leave them out"
            + "; numbered classes are named by --class-names FILE, those of shards by "
            "`convscope data index`" * all(classes[k].isdecimal() for k in unknown),
        )
    used = [targets[k] for k, num in enumerate(counts) if num]
    if len(set(used)) < len(used):
        twice = max(set(used), key=used.count)
        assert twice is not None
        pair = [classes[k] for k, target in enumerate(targets) if target == twice]
        raise InputError(
            f"the classes {' and '.join(pair)} of {name} both match {labels[twice]}",
            fix="rename or merge them",
        )
    table = torch.tensor([-1 if target is None else target for target in targets])
    images = replace(selected.images, labels_N=table[selected.images.labels_N])
    if isinstance(images, Split):
        bad = tuple(bad._replace(label=int(table[bad.label])) for bad in images.left_out)
        images = replace(images, left_out=bad)
    return replace(selected, images=images)


def _targets(classes: Sequence[str], labels: Sequence[str]) -> list[int | None]:
    """Return the model's class for each class of the data; None where there is none."""
    exact = {label: number for number, label in enumerate(labels)}
    folded: dict[str, int] = {}
    for number, label in enumerate(labels):
        folded[_folded(label)] = -1 if _folded(label) in folded else number
    numbers = (exact.get(name, folded.get(_folded(name), -1)) for name in classes)
    return [number if number >= 0 else None for number in numbers]


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return " ".join(re.split(r"[\s_-]+", plain)).strip()
