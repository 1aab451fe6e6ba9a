"""Layout of a folder of images: which images belong to which split and class.

One walk that never fails because of an entry: whatever is not an image of a class is `Ignored`
with its reason. `data.open` raises errors for some of them, `data check` reports all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from convscope.data.folder.arrangement import Arrangement, Question, arrange
from convscope.data.folder.entries import Ignored, entries, joined, walk
from convscope.data.folder.split_names import ALL, splits_of_names
from convscope.data.options import LayoutKind


@dataclass(frozen=True)
class Layout:
    """Contents of a folder of images.

    Attributes:
        folders: the folders of each split; more than one is an error.
        images: paths relative to the root, by split and class; includes classes without images.
        base: the folder that contains splits or classes, if it is not the root itself.
        class_folders: the folder of each class, by split and class.
        question: two possible readings, which is an error.
    """

    root: Path
    folders: dict[str, tuple[str, ...]]
    images: dict[str, dict[str, tuple[str, ...]]]
    ignored: tuple[Ignored, ...]
    base: str = ""
    class_folders: Mapping[tuple[str, str], str] = field(default_factory=dict)
    question: Question | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names of all splits, sorted."""
        return tuple(sorted({name for classes in self.images.values() for name in classes}))

    @property
    def is_split(self) -> bool:
        """True if the folder has folders for splits."""
        return ALL not in self.images


@dataclass
class _Classes:
    """Class folders while they are collected: `of` maps each path to its split and class."""

    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    of: dict[str, tuple[str, str]] = field(default_factory=dict)
    splits: list[str] = field(default_factory=list)

    def add_folder(self, split: str, folder: str) -> None:
        """Add a folder of a split, once."""
        if folder not in self.folders.get(split, ()):
            self.folders[split] = (*self.folders.get(split, ()), folder)

    def add_split(self, split: str) -> None:
        """Add a split whose folder could be listed."""
        if split not in self.splits:
            self.splits.append(split)


def read_layout(root: Path, kind: LayoutKind = "auto", *, group_by: str | None = None) -> Layout:
    """Walk a folder without opening a file.

    Images may be at any depth below their class. Links are followed, but no folder is read twice.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    ignored: list[Ignored] = []
    arrangement = arrange(root, kind, group_by)
    _outside(root, arrangement, ignored)
    collected = _collect(root, arrangement, ignored)
    images: dict[str, dict[str, list[str]]] = {split: {} for split in collected.splits}
    for split, label in collected.of.values():
        images[split].setdefault(label, [])
    for folder, path in walk(root, list(collected.of), ignored):
        split, label = collected.of[folder]
        images[split][label].append(path)
    return Layout(
        root,
        collected.folders,
        {
            split: {label: tuple(sorted(paths)) for label, paths in classes.items()}
            for split, classes in images.items()
        },
        tuple(ignored),
        arrangement.base,
        {place: folder for folder, place in collected.of.items()},
        arrangement.question,
    )


def _outside(root: Path, arrangement: Arrangement, ignored: list[Ignored]) -> None:
    """Record the entries beside the splits or classes as ignored."""
    below = arrangement.base.split("/") if arrangement.base else []
    for depth in range(len(below) + 1):
        folder = "/".join(below[:depth])
        for entry in entries(root, folder, ignored):
            path = joined(folder, entry.name)
            is_used = path not in arrangement.others if depth == len(below) else False
            if entry.is_folder and (is_used or entry.name in below[depth : depth + 1]):
                continue
            ignored.append(Ignored(path, "stray", entry.is_folder))


def _collect(root: Path, arrangement: Arrangement, ignored: list[Ignored]) -> _Classes:
    """List the class folders of all splits."""
    collected = _Classes()
    if not arrangement.splits and not arrangement.is_class_first:
        collected.add_folder(ALL, arrangement.base)
        collected.add_split(ALL)
        for path in arrangement.classes:
            collected.of[path] = ALL, path.rpartition("/")[2]
    for split, folder in arrangement.splits:
        collected.add_folder(split, folder)
        try:
            inside = entries(root, folder, ignored)
        except OSError:
            ignored.append(Ignored(folder, "unreadable", is_folder=True))
            continue
        collected.add_split(split)
        for entry in inside:
            path = joined(folder, entry.name)
            if entry.is_folder:
                collected.of[path] = split, entry.name
            else:
                ignored.append(Ignored(path, "stray"))
    if arrangement.is_class_first:
        _collect_class_first(root, arrangement, collected, ignored)
    return collected


def _collect_class_first(
    root: Path, arrangement: Arrangement, collected: _Classes, ignored: list[Ignored]
) -> None:
    """List the class folders of a layout like cat/train/, cat/test/, dog/train/ ..."""
    for top in arrangement.classes:
        label = top.rpartition("/")[2]
        inside = entries(root, top, ignored)
        splits = splits_of_names(entry.name for entry in inside if entry.is_folder)
        for entry in inside:
            path = joined(top, entry.name)
            split = splits.get(entry.name)
            if split is None:
                ignored.append(Ignored(path, "stray", entry.is_folder))
                continue
            collected.add_split(split)
            collected.add_folder(split, joined(arrangement.base, f"*/{entry.name}"))
            collected.of[path] = split, label
