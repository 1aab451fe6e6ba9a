"""Classes and splits of a folder, from its layout.

Labels are never reassigned silently: different classes in the splits, class names that collide
on other systems, and empty classes are errors.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from convscope.data.folder.divide import divide
from convscope.data.folder.entries import Ignored, has_image_extension
from convscope.data.folder.hold_out import Labelled
from convscope.data.folder.layout import Layout
from convscope.data.folder.left_out import left_out_notes
from convscope.data.folder.split_names import ALL
from convscope.data.names import colliding_names
from convscope.errors import DataError
from convscope.io.formats import NAMES
from convscope.text import listed, printable

TABLES = (".csv", ".tsv", ".json", ".jsonl")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")


@dataclass(frozen=True)
class Splits:
    """Classes and splits of a folder.

    Attributes:
        notes: the decisions made, in sentences.
        disk_splits: the splits made of each split that the folder itself has; `ALL` without any.
    """

    classes: tuple[str, ...]
    images: dict[str, Labelled]
    notes: tuple[str, ...]
    disk_splits: dict[str, tuple[str, ...]]


def splits_of(layout: Layout, *, group_by: str | None = None, partial: bool = False) -> Splits:
    """Return the classes and the splits of a folder.

    `train/ val/ test/` are used as they are; without `val/`, a tenth of the training images is
    the validation split; class folders without splits are divided into all three. Where images
    are divided, identical files get the same split, and so do the images of a group.

    Args:
        group_by, partial: see `DataOptions`.

    Raises:
        DataError: classes or splits are unclear or inconsistent; no path matches `group_by`.
    """
    where = str(layout.root)
    if layout.question is not None:
        problem, readings, fix = layout.question
        raise DataError(problem, expected=readings, fix=fix, where=where)
    _check_readable(layout.ignored, where)
    num = sum(len(paths) for classes in layout.images.values() for paths in classes.values())
    notes = [*_folder_notes(layout), *left_out_notes(layout.root, layout.ignored, images=num)]
    images = {
        split: classes
        for split, classes in layout.images.items()
        if any(classes.values()) or (classes and split in (ALL, "train"))
    }
    if layout.is_split and "train" in layout.images and "train" not in images:
        raise _no_classes_in_train(layout)
    if not any(images.values()):
        raise _no_classes(layout)
    classes = _some_classes(images, where) if partial else _classes(images, layout)
    labelled: dict[str, Labelled] = {
        split: tuple(
            (path, label) for label, name in enumerate(classes) for path in paths.get(name, ())
        )
        for split, paths in images.items()
    }
    division = divide(layout.root, labelled, group_by=group_by)
    notes += () if partial else division.notes  # an evaluation says which images it uses
    return Splits(classes, division.splits, tuple(notes), division.disk_splits)


def _folder_notes(layout: Layout) -> list[str]:
    """Return which folders are used as which split.

    Raises:
        DataError: two folders for one split.
    """
    notes = []
    if layout.base:
        notes.append(f"the data are in {printable(layout.base)}/")
    for split, folders in layout.folders.items():
        if len(folders) > 1:
            raise DataError(
                f"{' and '.join(f'{name}/' for name in folders)} are both the split {split}",
                fix="merge them, or remove one; if they are classes, --layout classes "
                "(in Python DataOptions(layout='classes'))",
                where=str(layout.root),
            )
        if layout.is_split and folders[0] != split:
            notes.append(f"{printable(folders[0])}/ is used as the split {split}")
        if layout.is_split and split != "train" and split in layout.images:
            classes = layout.images[split]
            if not classes:
                notes.append(f"{split}/ has no class folders and is ignored")
            elif not any(classes.values()):
                notes.append(f"{split}/ has no images and is ignored")
    return notes


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


def _no_classes_in_train(layout: Layout) -> DataError:
    """Return the error for a folder train/ that holds no class folders, with its tables."""
    tables = [
        entry.path
        for entry in layout.ignored
        if entry.reason == "stray" and entry.path.lower().endswith(TABLES)
        if os.path.dirname(entry.path) in (*layout.folders["train"], layout.base)
    ]
    return DataError(
        "train/ has no class folders",
        expected="one folder for each class; or class folders only: --layout classes",
        fix=f"if a table has the labels, name it: {layout.root / tables[0]}" if tables else "",
        where=str(layout.root),
    )


def _no_classes(layout: Layout) -> DataError:
    """Return the error for a folder without class folders, with what it contains."""
    names = [entry.path for entry in layout.ignored if entry.reason == "stray"]
    archives = [name for name in names if os.path.splitext(name)[1].lower() in ARCHIVES]
    num = sum(has_image_extension(name) for name in names)
    fix = (
        "put the images of each class into a folder, "
        "or write a table of labels (docs/reference/data.md)"
    )
    return DataError(
        f"there are no class folders{f', but {num:,} images' if num else ''}",
        expected="train/, val/ and test/ with class folders, or class folders",
        fix=f"unpack {listed(archives)} first" if archives else fix if num else "",
        where=str(layout.root),
    )


def _classes(images: dict[str, dict[str, tuple[str, ...]]], layout: Layout) -> tuple[str, ...]:
    where = str(layout.root)
    first = next(iter(split for split in (ALL, "train", *images) if split in images))
    classes = tuple(sorted(images[first]))
    for split, others in images.items():
        _compare(split, others, first, classes, where)
    _check_names(classes, where)
    empty = [name for name in classes if not images[first][name]]
    if empty:
        linked = [entry.path for entry in layout.ignored if entry.reason == "loop"]
        raise DataError(
            f"classes without images: {listed(empty)}",
            expected=f"{NAMES} files in every class folder",
            fix="add images, or remove these folders"
            + f"; links to folders that are read elsewhere: {listed(linked)}" * bool(linked),
            where=where,
        )
    return classes


def _some_classes(images: dict[str, dict[str, tuple[str, ...]]], where: str) -> tuple[str, ...]:
    """Return the classes that have images in any split."""
    classes = tuple(sorted({name for split in images.values() for name in split if split[name]}))
    if not classes:
        raise DataError(
            "there are no class folders with images",
            expected="one folder for each class, with its images",
            where=where,
        )
    _check_names(classes, where)
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
