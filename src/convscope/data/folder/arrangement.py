"""Meaning of the top folders of a folder of images: splits or classes.

Their names decide, with a look at what they contain. Where both readings are possible there is a
`Question`, which is an error: convscope does not guess (docs/reference/data.md has the table).
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from convscope.data.folder.entries import (
    has_image_extension,
    holds_image,
    is_hidden,
    is_system_file,
    joined,
)
from convscope.data.folder.group_name import group_name
from convscope.data.folder.outputs import is_output
from convscope.data.folder.split_names import is_neutral, split_of_name, splits_of_names
from convscope.data.options import LayoutKind
from convscope.text import listed

MAX_DEPTH = 3  # of single folders around the data, as in an unpacked archive
OPTION = "--layout splits or --layout classes (in Python DataOptions(layout=...))"
RENAME = "rename the split folders to train/, val/ and test/"


class Question(NamedTuple):
    """A layout that can be read in two ways: the problem, both readings, and the way out."""

    problem: str
    readings: str
    fix: str


@dataclass(frozen=True)
class Arrangement:
    """Meaning of the top folders.

    Attributes:
        base: the folder that contains them, relative to the root.
        splits: paths of the folders of each split; empty if the top folders are classes.
        classes: paths of the top folders that are classes.
        is_class_first: the classes contain the splits, as in cat/train/.
        others: paths of the top folders that are left out.
    """

    base: str = ""
    splits: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()
    is_class_first: bool = False
    others: tuple[str, ...] = ()
    question: Question | None = None


class _Inside(NamedTuple):
    """Subfolders of a folder, and whether it has images of its own."""

    folders: tuple[str, ...]
    has_images: bool


def arrange(root: Path, kind: LayoutKind, group_by: str | None = None) -> Arrangement:
    """Return the meaning of the top folders of a folder.

    Args:
        group_by: see `DataOptions`; folders that it matches are no classes.

    Raises:
        OSError: the folder cannot be listed.
    """
    base = ""
    inside = _look(root, base)
    for _ in range(MAX_DEPTH):
        inner = _inner(root, base, inside, kind)
        if inner is None:
            break
        base, inside = inner, _look(root, inner)
    names = inside.folders
    paths = {name: joined(base, name) for name in names}
    if kind == "classes":
        return Arrangement(base, classes=tuple(paths.values()))
    splits = splits_of_names(names)
    if splits:
        return _with_splits(root, base, paths, splits, kind)
    if kind == "splits":
        question = Question(
            f"no folder is named like a split: {_slashes(names) or 'there are no folders'}",
            "train/, val/ and test/, with class folders inside; "
            "docs/reference/data.md lists other names",
            f"{RENAME}, or leave out --layout splits",
        )
        return Arrangement(base, classes=tuple(paths.values()), question=question)
    return _without_splits(root, base, paths, group_by)


def _with_splits(
    root: Path, base: str, paths: dict[str, str], splits: dict[str, str], kind: LayoutKind
) -> Arrangement:
    """Some of the top folders are named like splits."""
    others = tuple(name for name in paths if name not in splits)
    deep = tuple((split, _deep(root, paths[name], split)) for name, split in splits.items())
    pairs = zip(splits, deep, strict=True)
    contents = {name: _safe_look(root, path) for name, (_, path) in pairs}
    read = Arrangement(base, deep, others=tuple(paths[name] for name in others))
    if kind == "splits" or not others:
        return read
    with_images = [name for name in others if holds_image(root, paths[name])]
    if not with_images:
        return read
    if _are_surely_splits(splits, contents) and not any(
        _is_like_a_class(root, name, paths[name], contents) for name in with_images
    ):
        return read
    named, among = _slashes(splits), _slashes(with_images)
    question = Question(
        f"it is not clear whether the top folders are splits or classes: {named} "
        f"{'has the name' if len(splits) == 1 else 'have names'} of a split, {among} "
        f"{'does' if len(with_images) == 1 else 'do'} not",
        f"as splits, {among} would be left out; as classes, {named} would be "
        f"{'a class' if len(splits) == 1 else 'classes'} beside {among}",
        f"{OPTION}; or move the folders of training classes into train/",
    )
    if any(inside.folders for inside in contents.values()):
        return Arrangement(base, deep, others=read.others, question=question)
    return Arrangement(base, classes=tuple(paths.values()), question=question)


def _are_surely_splits(splits: dict[str, str], contents: dict[str, _Inside]) -> bool:
    """Return whether there are several splits with common class folders, train among them."""
    training = {f for name, s in splits.items() if s == "train" for f in contents[name].folders}
    return any(
        len(training & set(contents[name].folders)) >= 2
        for name, split in splits.items()
        if split != "train"
    )


def _is_like_a_class(root: Path, name: str, path: str, contents: dict[str, _Inside]) -> bool:
    """Return whether another top folder may be a class, or a split with an unknown name."""
    classes = {folder for inside in contents.values() for folder in inside.folders}
    return name in classes or bool(classes & set(_safe_look(root, path).folders))


def _without_splits(
    root: Path, base: str, paths: dict[str, str], group_by: str | None
) -> Arrangement:
    """Without names of splits the top folders are classes, unless their content is unclear."""
    classes = tuple(paths.values())
    contents = {name: _safe_look(root, path, until_image=True) for name, path in paths.items()}
    with_splits = {
        name: splits
        for name, inside in contents.items()
        for splits in [splits_of_names(inside.folders)]
        if len(set(splits.values())) > 1 and not inside.has_images
    }
    if with_splits:
        if len(paths) > 1 and _is_class_first(root, paths, contents, with_splits):
            return Arrangement(base, classes=classes, is_class_first=True)
        question = Question(
            f"there are folders named like splits inside {_slashes(with_splits)}",
            f"as classes, {listed(paths)} would each have the images of all their splits, mixed",
            f"open one of them ({paths[next(iter(with_splits))]}), move the images into "
            "train/CLASS/, val/CLASS/ and test/CLASS/, or mix them: --layout classes "
            "(in Python DataOptions(layout='classes'))",
        )
        return Arrangement(base, classes=classes, question=question)
    if not _have_same_folders(contents) or _are_groups(paths, contents, group_by):
        return Arrangement(base, classes=classes)
    first = next(iter(contents.values())).folders
    question = Question(
        "it is not clear whether the top folders are splits or classes: "
        f"{_slashes(paths)} have the same folders inside, {_slashes(first)}",
        f"as splits, {listed(first)} would be the classes; as classes, {listed(paths)} would be",
        f"for splits, {RENAME}; for classes, --layout classes "
        "(in Python DataOptions(layout='classes'))",
    )
    return Arrangement(base, classes=classes, question=question)


def _is_class_first(
    root: Path,
    paths: dict[str, str],
    contents: dict[str, _Inside],
    with_splits: dict[str, dict[str, str]],
) -> bool:
    """Return whether every top folder contains splits only, and these contain images."""
    if len(with_splits) < len(paths):
        return False
    if any(len(with_splits[name]) < len(contents[name].folders) for name in paths):
        return False
    return all(
        _safe_look(root, f"{path}/{split}", until_image=True).has_images
        for name, path in paths.items()
        for split in with_splits[name]
    )


def _are_groups(paths: dict[str, str], contents: dict[str, _Inside], group_by: str | None) -> bool:
    """Return whether `group_by` tells apart the folders inside each top folder."""
    if group_by is None:
        return False
    names = [
        {group_name(group_by, f"{path}/{folder}/") for folder in contents[name].folders} - {None}
        for name, path in paths.items()
    ]
    return all(len(own) > 1 for own in names)


def _have_same_folders(contents: dict[str, _Inside]) -> bool:
    """Return whether all top folders contain mostly the same folders, two or more, and no image."""
    inner = [set(inside.folders) for inside in contents.values()]
    if len(inner) < 2 or any(inside.has_images for inside in contents.values()):
        return False
    common, union = set.intersection(*inner), set.union(*inner)
    return len(common) >= 2 and 2 * len(common) > len(union)


def _inner(root: Path, base: str, inside: _Inside, kind: LayoutKind) -> str | None:
    """Return the single folder around the data, as photos/photos/train; else None."""
    if kind == "classes" or inside.has_images or splits_of_names(inside.folders):
        return None
    full = (name for name in inside.folders if holds_image(root, joined(base, name)))
    holders = list(islice(full, 2))
    if len(holders) != 1:
        return None
    path = joined(base, holders[0])
    content = _safe_look(root, path)
    outer = os.path.basename(os.path.realpath(root / base))
    is_wrapper = is_neutral(holders[0]) or holders[0].casefold() == outer.casefold()
    if content.has_images or not content.folders:
        return None
    if is_wrapper or splits_of_names(content.folders) or _inner(root, path, content, kind):
        return path
    return None


def _deep(root: Path, path: str, split: str) -> str:
    """Return the folder of the classes of a split: seg_train/seg_train, train/images."""
    for _ in range(MAX_DEPTH):
        inside = _safe_look(root, path)
        if len(inside.folders) != 1 or inside.has_images:
            break
        inner = inside.folders[0]
        deeper = joined(path, inner)
        is_wrapper = is_neutral(inner) or split_of_name(inner) == split
        if not is_wrapper or not _safe_look(root, deeper).folders:
            break
        path = deeper
    return path


def _safe_look(root: Path, path: str, *, until_image: bool = False) -> _Inside:
    """As `_look`, but a folder that cannot be listed is empty; the walk reports it."""
    try:
        return _look(root, path, until_image=until_image)
    except OSError:
        return _Inside((), has_images=False)


def _look(root: Path, path: str, *, until_image: bool = False) -> _Inside:
    """Return what a folder contains, without system files and outputs of convscope.

    Args:
        until_image: stop at the first image; there may be a million.
    """
    folders, has_images = [], False
    with os.scandir(root / path) as scan:
        for entry in scan:
            if is_hidden(entry.name) or is_system_file(entry.name):
                continue
            if has_image_extension(entry.name) and not entry.is_dir():
                has_images = True
                if until_image:
                    break
            elif entry.is_dir() and not is_output(Path(entry.path)):
                folders.append(entry.name)
    return _Inside(tuple(sorted(folders)), has_images)


def _slashes(names: Iterable[str]) -> str:
    """Return the names of folders: one, two with "and", or the first few."""
    folders = [f"{name}/" for name in names]
    return " and ".join(folders) if len(folders) == 2 else listed(folders)
