"""Data set from arrays in memory: own IDX sets, and .npy and .npz files."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.arrays.class_names import numbered, published_names
from convscope.data.arrays.convert import Images, to_images, to_labels
from convscope.data.arrays.files import Arrays, folder_of_arrays, pairs_of, read_arrays
from convscope.data.dataset import SPLITS, PathDataSet, Split
from convscope.data.folder.hold_out import hold_out
from convscope.data.folder.split_names import ALL
from convscope.data.options import DataOptions
from convscope.errors import DataError
from convscope.io.storage import unreadable
from convscope.shapes import CHW
from convscope.text import printable


@dataclass(frozen=True, repr=False)
class ArraySet(PathDataSet):
    """Images of one size in memory, with their labels."""

    name: str
    source: Path
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    content: dict[str, Split]
    options: DataOptions
    is_divided: bool

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the arrays have."""
        return tuple(self.content)

    @property
    def shape(self) -> CHW:
        """Shape of every image."""
        first = next(iter(self.content.values()))
        return CHW(*first.images_NCHW.shape[1:])

    @property
    def channels(self) -> int:
        """1 or 3."""
        return self.shape.channels

    def split(self, name: str) -> Split:
        """Return one of SPLITS.

        Raises:
            InputError: no such split.
            DataError: the arrays do not have it.
        """
        self.check_split(name)
        split = self.content[name]
        return Split(split.images_NCHW.clone(), split.labels_N.clone())

    def fingerprint(self) -> str:
        """Return the SHA-256 of classes, splits, pixels and labels."""
        digest = hashlib.sha256("\0".join(self.classes).encode())
        for name, split in self.content.items():
            digest.update(f"\n{name} {tuple(split.images_NCHW.shape)}\n".encode())
            digest.update(split.images_NCHW.numpy().data)
            digest.update(split.labels_N.numpy().astype("<i8").data)
        return digest.hexdigest()


def open_arrays(path: Path, options: DataOptions = DataOptions()) -> ArraySet:
    """Open an IDX, .npy or .npz file, or a folder of them, as a data set in memory.

    Raises:
        DataError: no images with labels; shapes, types or labels that are not certain.
        FormatError: a damaged or unsafe file.
    """
    root = Path(os.path.abspath(path))
    try:
        arrays = read_arrays(root)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    images, labels = _converted(arrays, root.name)
    folder = (folder_of_arrays(root) or root) if root.is_dir() else root.parent
    names: Sequence[str] | dict[int, str] = options.class_names
    if not names and (stored := arrays.parts.get((ALL, "names"))) is not None:
        names = tuple(map(str, to_labels(stored, root.name).tolist()))
    elif not names:
        names, note = published_names(folder, arrays.name)
        arrays.notes += [note] if note else []
    classes, indices, note = numbered(labels, names, root.name, partial=options.partial)
    arrays.notes += [note] if note else []
    if len(classes) < 2 and not options.partial:
        raise DataError(f"only one class: {classes[0]}", expected="two or more", where=root.name)
    content, division = _divided(images, indices)
    if division and not options.partial:  # an evaluation says which images it uses
        arrays.notes.append(division)
    return ArraySet(
        name=printable(arrays.name) or "arrays",
        source=root,
        classes=classes,
        notes=tuple(dict.fromkeys(arrays.notes)),
        options=options,
        content=content,
        is_divided=ALL in images,
    )


def _converted(arrays: Arrays, where: str) -> tuple[dict[str, Images], dict[str, NDArray[Any]]]:
    images: dict[str, Images] = {}
    labels: dict[str, NDArray[Any]] = {}
    for split, raw_images, raw_labels in pairs_of(arrays, where):
        source = printable(arrays.sources[split, "images"])
        pixels, note = to_images(raw_images, source)
        arrays.notes += [note] if note else []
        if source.lower().startswith("emnist") and "idx" in source.lower():
            pixels = np.ascontiguousarray(pixels.transpose(0, 1, 3, 2))
            arrays.notes.append("EMNIST's files store images transposed: they are turned upright")
        images[split] = pixels
        labels[split] = to_labels(raw_labels, printable(arrays.sources[split, "labels"]))
    shapes = {split: pixels.shape[1:] for split, pixels in images.items()}
    if len(set(shapes.values())) > 1:
        texts = ", ".join(f"{split} {shape}" for split, shape in shapes.items())
        raise DataError(f"images of different shapes: {texts}", expected="one shape", where=where)
    return images, labels


def _divided(
    images: dict[str, Images], labels: dict[str, NDArray[np.int64]]
) -> tuple[dict[str, Split], str]:
    """Return the splits, with a tenth held out for those that are missing, and a note.

    The choice depends on the content of the images, so that copies stay in one split.
    """
    whole = {name: (images[name], labels[name]) for name in images}
    note = ""
    if ALL in whole:
        whole = _held_out(*whole[ALL], parts=("test", "val"))
        note = "split into train, val and test: 80, 10 and 10 % of each class, chosen by content"
    elif "train" in whole and "val" not in whole:
        whole |= _held_out(*whole["train"], parts=("val",))
        note = "no validation images: 10 % of train are used for validation, chosen by content"
    content: dict[str, Split] = {}
    for name in (name for name in SPLITS if name in whole):
        pixels, indices = whole[name]
        content[name] = Split(torch.from_numpy(pixels), torch.from_numpy(indices))
    return content, note


def _held_out(
    images: Images, labels: NDArray[np.int64], *, parts: tuple[str, ...]
) -> dict[str, tuple[Images, NDArray[np.int64]]]:
    keys = [hashlib.sha256(image).hexdigest() for image in images]
    chosen = hold_out(tuple(zip(keys, labels.tolist(), strict=True)), parts)
    split_of = {key: name for name, members in chosen.items() for key, _ in members}
    names = np.array([split_of[key] for key in keys])
    return {name: (images[names == name], labels[names == name]) for name in chosen}
