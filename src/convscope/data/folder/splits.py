"""From what lies in a folder to classes and splits, or to the error that says what contradicts.

A label never shifts: classes that are not the same in every split, two names that are one on
other systems, a class that is empty are refused, not repaired.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from convscope.data.folder.layout import ALL, Layout, Leftover, is_named_as_image, shown, twins
from convscope.errors import DataError

SHARE = 0.1  # of a folder that is not split: held back for validation, and for the test
LEAST_TO_CUT = 3  # images of a class; with fewer all of them are trained on
SPLIT_SEED = 1998
MOST_NAMED = 5

Labelled = tuple[tuple[str, int], ...]
"""Paths from the folder, and the number of each one's class."""


@dataclass(frozen=True)
class Splits:
    """What a folder was taken for; `notes` say what was decided on the way."""

    classes: tuple[str, ...]
    images: dict[str, Labelled]
    notes: tuple[str, ...]


def splits_of(layout: Layout) -> Splits:
    """The classes and the splits of a folder.

    `train/ val/ test/` are taken as they are; without `val/` a tenth of the training images is
    held back; class folders side by side are cut into all three.

    Raises:
        DataError: it contradicts itself; says how.
    """
    where = str(layout.root)
    _refuse_unreadable(layout.leftovers, where)
    notes: list[str] = []
    for split, folders in layout.folders.items():
        if len(folders) > 1:
            raise DataError(
                f"{' and '.join(f'{name}/' for name in folders)} are both the split {split}",
                fix="keep one of them",
                where=where,
            )
        if layout.is_split and folders[0] != split:
            notes.append(f"{folders[0]}/ is taken as the split {split}")
    found = {split: classes for split, classes in layout.images.items() if classes}
    without = sorted(set(layout.images) - set(found))
    notes += [f"{split}/ has no class folders and is left out" for split in without]
    if layout.is_split and "train" in layout.images and "train" not in found:
        raise DataError(
            "train/ has no class folders", expected="one folder for each class", where=where
        )
    classes = _classes(found, where)
    labelled = {split: _labelled(images, classes) for split, images in found.items()}
    if ALL in labelled:
        labelled = cut(labelled[ALL], ("test", "val"))
        notes.append(
            "cut into train, val and test: 80, 10 and 10 % of each class, by the files' names"
        )
    elif "train" in labelled and "val" not in labelled:
        labelled |= cut(labelled["train"], ("val",))
        notes.append("there is no val/: a tenth of train/ is held back, by the files' names")
    return Splits(classes, labelled, tuple(notes))


def cut(images: Labelled, parts: tuple[str, ...]) -> dict[str, Labelled]:
    """Hold back a tenth of every class for each of `parts`; the rest is "train".

    Of a class of three images or more at least one goes to each. Which ones is decided by the
    SHA-256 of seed, class and path: the same on every machine, and hardly another when files
    are added.
    """
    by_class: dict[int, list[tuple[bytes, str]]] = {}
    for path, label in images:
        key = hashlib.sha256(f"{SPLIT_SEED}\0".encode() + os.fsencode(path)).digest()
        by_class.setdefault(label, []).append((key, path))
    chosen: dict[str, str] = {}
    for members in by_class.values():
        share = max(1, int(len(members) * SHARE + 0.5)) if len(members) >= LEAST_TO_CUT else 0
        ordered = [path for _, path in sorted(members)]
        for number, part in enumerate(parts):
            chosen |= dict.fromkeys(ordered[number * share : (number + 1) * share], part)
    splits: dict[str, list[tuple[str, int]]] = {"train": [], **{part: [] for part in parts}}
    for path, label in images:
        splits[chosen.get(path, "train")].append((path, label))
    return {name: tuple(members) for name, members in splits.items() if members}


def named(names: Iterable[str]) -> str:
    """A few of many names, fit to be printed."""
    listed = [shown(name) for name in names]
    more = f", ... ({len(listed)} in all)" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more


def _refuse_unreadable(leftovers: tuple[Leftover, ...], where: str) -> None:
    closed = [left.path for left in leftovers if left.reason == "unreadable"]
    if closed:
        raise DataError(
            f"cannot be listed: {named(closed)}", fix="change their permissions", where=where
        )
    gone = [
        left.path
        for left in leftovers
        if left.reason in ("broken", "special") and is_named_as_image(left.path)
    ]
    if gone:
        raise DataError(
            f"named as images, but links to nothing, pipes or devices: {named(gone)}",
            fix="bring the files, or remove the names",
            where=where,
        )


def _classes(found: dict[str, dict[str, tuple[str, ...]]], where: str) -> tuple[str, ...]:
    if not found:
        raise DataError(
            "there are no class folders",
            expected="train/, val/ and test/ of class folders, or class folders side by side, "
            "each with its images",
            where=where,
        )
    first = next(iter(split for split in (ALL, "train", *found) if split in found))
    classes = tuple(sorted(found[first]))
    for split, others in found.items():
        _compare(split, others, first, classes, where)
    _check_names(classes, where)
    empty = [name for name in classes if not found[first][name]]
    if empty:
        raise DataError(
            f"classes without an image: {named(empty)}",
            expected="JPEG, PNG, WebP, BMP, GIF or PPM files in every class folder",
            fix="remove these folders, or fill them",
            where=where,
        )
    if len(classes) < 2:
        raise DataError(
            f"only one class: {named(classes)}",
            expected="two or more class folders",
            fix="give the folder that holds the class folders",
            where=where,
        )
    return classes


def _compare(
    split: str, others: Iterable[str], first: str, classes: tuple[str, ...], where: str
) -> None:
    lacks, more = sorted(set(classes) - set(others)), sorted(set(others) - set(classes))
    parts = [f"lacks {named(lacks)}"] if lacks else []
    parts += [f"has {named(more)} too"] if more else []
    if parts:
        raise DataError(
            f"{split}/ has other classes than {first}/: it {'; it '.join(parts)}",
            expected=f"the {len(classes)} classes of {first}/",
            fix="rename, move or remove folders; where a split really has no image of a class, "
            "make an empty folder",
            where=where,
        )


def _check_names(classes: tuple[str, ...], where: str) -> None:
    for pair in twins(classes):
        raise DataError(
            f"classes that are one name where capitals do not count: {named(pair)}",
            fix="rename one, or put their images together",
            where=where,
        )
    odd = [name for name in classes if shown(name) != name]
    if odd:
        raise DataError(
            f"class names that cannot be written down: {named(odd)}",
            expected="plain text, in UTF-8",
            fix="rename these folders",
            where=where,
        )


def _labelled(images: dict[str, tuple[str, ...]], classes: tuple[str, ...]) -> Labelled:
    return tuple((path, label) for label, name in enumerate(classes) for path in images[name])
