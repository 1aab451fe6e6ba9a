"""Classes and splits of a folder, from its layout.

Labels are never reassigned silently: different classes in the splits, class names that collide
on other systems, and empty classes are errors.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from convscope.data.folder.layout import ALL, Ignored, Layout, has_image_extension
from convscope.data.names import colliding_names, listed
from convscope.errors import DataError
from convscope.text import printable

SHARE = 0.1  # of each class: validation split, and test split
MIN_TO_SPLIT = 3  # of a class; with fewer, all of them are training images
SPLIT_SEED = 1998

Labelled = tuple[tuple[str, int], ...]
"""Paths relative to the folder, and their class indices."""


@dataclass(frozen=True)
class Splits:
    """Classes and splits of a folder; `notes` are the decisions made, in sentences."""

    classes: tuple[str, ...]
    images: dict[str, Labelled]
    notes: tuple[str, ...]


def splits_of(layout: Layout) -> Splits:
    """Return the classes and the splits of a folder.

    `train/ val/ test/` are used as they are; without `val/`, a tenth of the training images is
    the validation split; class folders without splits are divided into all three.

    Raises:
        DataError: classes or splits are inconsistent.
    """
    where = str(layout.root)
    _check_readable(layout.ignored, where)
    notes: list[str] = []
    for split, folders in layout.folders.items():
        if len(folders) > 1:
            raise DataError(
                f"{' and '.join(f'{name}/' for name in folders)} are both the split {split}",
                fix="merge them, or remove one",
                where=where,
            )
        if layout.is_split and folders[0] != split:
            notes.append(f"{folders[0]}/ is used as the split {split}")
    images = {split: classes for split, classes in layout.images.items() if classes}
    empty = sorted(set(layout.images) - set(images))
    notes += [f"{split}/ has no class folders and is ignored" for split in empty]
    if layout.is_split and "train" in layout.images and "train" not in images:
        raise DataError(
            "train/ has no class folders", expected="one folder for each class", where=where
        )
    classes = _classes(images, where)
    labelled: dict[str, Labelled] = {
        split: tuple((path, label) for label, name in enumerate(classes) for path in paths[name])
        for split, paths in images.items()
    }
    if ALL in labelled:
        labelled = hold_out(labelled[ALL], ("test", "val"))
        notes.append(
            "split into train, val and test: 80, 10 and 10 % of each class, chosen by file name"
        )
    elif "train" in labelled and "val" not in labelled:
        labelled |= hold_out(labelled["train"], ("val",))
        notes.append("no val/: 10 % of train/ is used for validation, chosen by file name")
    return Splits(classes, labelled, tuple(notes))


def hold_out(images: Labelled, parts: tuple[str, ...]) -> dict[str, Labelled]:
    """Hold out a tenth of every class for each of `parts`; the rest is "train".

    A class with three images or more has at least one in each. The choice depends on the SHA-256
    of seed and path: it is the same on every machine and changes little when files are added.
    """
    by_class: dict[int, list[tuple[bytes, str]]] = {}
    for path, label in images:
        key = hashlib.sha256(f"{SPLIT_SEED}\0".encode() + os.fsencode(path)).digest()
        by_class.setdefault(label, []).append((key, path))
    chosen: dict[str, str] = {}
    for members in by_class.values():
        share = max(1, int(len(members) * SHARE + 0.5)) if len(members) >= MIN_TO_SPLIT else 0
        ordered = [path for _, path in sorted(members)]
        for number, part in enumerate(parts):
            chosen |= dict.fromkeys(ordered[number * share : (number + 1) * share], part)
    splits: dict[str, list[tuple[str, int]]] = {"train": [], **{part: [] for part in parts}}
    for path, label in images:
        splits[chosen.get(path, "train")].append((path, label))
    return {name: tuple(members) for name, members in splits.items() if members}


def _check_readable(ignored: tuple[Ignored, ...], where: str) -> None:
    unreadable = [entry.path for entry in ignored if entry.reason == "unreadable"]
    if unreadable:
        raise DataError(
            f"cannot be listed: {listed(unreadable)}", fix="change their permissions", where=where
        )
    special = [
        entry.path
        for entry in ignored
        if entry.reason in ("broken", "special") and has_image_extension(entry.path)
    ]
    if special:
        raise DataError(
            f"image extension, but a broken link, pipe or device: {listed(special)}",
            fix="restore the files, or remove the entries",
            where=where,
        )


def _classes(images: dict[str, dict[str, tuple[str, ...]]], where: str) -> tuple[str, ...]:
    if not images:
        raise DataError(
            "there are no class folders",
            expected="train/, val/ and test/ with class folders, or class folders",
            where=where,
        )
    first = next(iter(split for split in (ALL, "train", *images) if split in images))
    classes = tuple(sorted(images[first]))
    for split, others in images.items():
        _compare(split, others, first, classes, where)
    _check_names(classes, where)
    empty = [name for name in classes if not images[first][name]]
    if empty:
        raise DataError(
            f"classes without images: {listed(empty)}",
            expected="JPEG, PNG, WebP, BMP, GIF or PPM files in every class folder",
            fix="add images, or remove these folders",
            where=where,
        )
    if len(classes) < 2:
        raise DataError(
            f"only one class: {listed(classes)}",
            expected="two or more class folders",
            fix="use the folder that contains the class folders",
            where=where,
        )
    return classes


def _compare(
    split: str, others: Iterable[str], first: str, classes: tuple[str, ...], where: str
) -> None:
    missing, more = sorted(set(classes) - set(others)), sorted(set(others) - set(classes))
    parts = [f"lacks {listed(missing)}"] if missing else []
    parts += [f"also has {listed(more)}"] if more else []
    if parts:
        raise DataError(
            f"{split}/ and {first}/ have different classes: {split}/ {' and '.join(parts)}",
            expected=f"the {len(classes)} classes of {first}/",
            fix="rename, move or remove folders; for a class without images in a split, "
            "create an empty folder",
            where=where,
        )


def _check_names(classes: tuple[str, ...], where: str) -> None:
    for pair in colliding_names(classes):
        raise DataError(
            f"class names that differ only in capitals or accents: {listed(pair)}",
            fix="rename one, or merge their images",
            where=where,
        )
    odd = [name for name in classes if printable(name) != name]
    if odd:
        raise DataError(
            f"class names with control characters or invalid UTF-8: {listed(odd)}",
            expected="plain text in UTF-8",
            fix="rename these folders",
            where=where,
        )
