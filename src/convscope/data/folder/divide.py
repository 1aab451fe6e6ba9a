"""Division of images into the splits that a data set lacks.

Identical files get the same split, and so do the images of a group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from convscope.data.folder.copies import identical_files
from convscope.data.folder.group_name import group_name
from convscope.data.folder.hold_out import (
    MIN_TO_SPLIT,
    Labelled,
    hold_out,
    joined_groups,
)
from convscope.data.folder.split_names import ALL
from convscope.errors import DataError
from convscope.io.photos import Reference
from convscope.text import counted, printable


@dataclass(frozen=True)
class Division:
    """Splits after the division.

    Attributes:
        notes: the decisions made, in sentences.
        disk_splits: the splits made of each split on the disk.
    """

    splits: dict[str, Labelled]
    notes: tuple[str, ...]
    disk_splits: dict[str, tuple[str, ...]]


def divide(root: Path, splits: dict[str, Labelled], *, group_by: str | None) -> Division:
    """Divide `ALL` into train, val and test, or train without a val into train and val.

    Args:
        splits: paths relative to the root.
        group_by: see `DataOptions`.

    Raises:
        DataError: no path matches `group_by`.
    """
    if ALL in splits:
        first, parts = ALL, ["test", "val"]
        note = "split into train, val and test: 80, 10 and 10 % of each class, chosen by file name"
    elif "train" in splits and "val" not in splits:
        first, parts = "train", ["val"]
        note = "no val: 10 % of train is used for validation, chosen by file name"
    else:
        unused = "group_by divides nothing here: the data have their own splits"
        return Division(
            splits, (unused,) * (group_by is not None), {name: (name,) for name in splits}
        )
    divided, notes = _divided(root, splits[first], tuple(parts), group_by)
    rest = {name: images for name, images in splits.items() if name != first}
    disk_splits: dict[str, tuple[str, ...]] = {name: (name,) for name in rest}
    disk_splits[first] = tuple(divided)
    return Division(divided | rest, (note, *notes), disk_splits)


def _divided(
    root: Path, images: Labelled, parts: tuple[str, ...], group_by: str | None
) -> tuple[dict[str, Labelled], list[str]]:
    """Divide images into train and `parts`; return them and what decided it, in sentences."""
    paths = [path for path, _ in images]
    notes = []
    copies = identical_files([Reference(f"{root}/{path}", path) for path in paths])
    if copies is None:
        notes.append(
            f"copies among the {len(paths):,} images were not searched: they may be in two splits; "
            "`convscope data check` finds them"
        )
    elif copies:
        num = sum(map(len, copies))
        notes.append(f"{num:,} of {len(paths):,} images are copies: copies get the same split")
    if group_by is not None:
        notes.append(_group_note(paths, group_by, str(root)))
    groups = joined_groups(paths, copies or [], group_by)
    notes += _small_class_notes(images, groups)
    return hold_out(images, parts, groups), notes


def _small_class_notes(images: Labelled, groups: Mapping[str, str]) -> list[str]:
    """Return how many classes have too few images, or groups of them, to be divided."""
    members: dict[int, set[str]] = {}
    for path, label in images:
        members.setdefault(label, set()).add(groups.get(path, path))
    small = sum(len(own) < MIN_TO_SPLIT for own in members.values())
    if not small:
        return []
    noun = "groups of images" if groups else "images"
    return [
        f"{small} of {len(members)} classes have fewer than {MIN_TO_SPLIT} {noun}: "
        "all of them are training images"
    ]


def _group_note(paths: list[str], group_by: str, where: str) -> str:
    """Return the number of groups and of images without one.

    Raises:
        DataError: no path matches.
    """
    names = [group_name(group_by, path) for path in paths]
    num = len(set(names) - {None})
    if not num:
        raise DataError(
            f"group_by '{printable(group_by)}' matches none of {len(paths):,} paths, the first: "
            f"{printable(paths[0])}",
            expected="a regular expression that is found in the paths of the images",
            where=where,
        )
    without = sum(name is None for name in names)
    rest = ""
    if without:
        rest = f"; {without:,} of {len(paths):,} images do not match: each is a group of its own"
    groups = f"{counted(num, 'group')} by '{printable(group_by)}'"
    return f"{groups}: all images of a group get the same split{rest}"
