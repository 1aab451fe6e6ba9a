"""Layout of a folder of images: which folders are splits and classes, and what is ignored.

One walk that never fails because of an entry: whatever is not an image of a class is `Ignored`
with its reason. `data.open` raises errors for some of them, `data check` reports all.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from convscope.data.options import LayoutKind

SPLIT_FOLDERS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
"""Folder names and their splits."""

ALL = "all"
"""Used as the split's name if a folder has class folders but no splits."""

EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".tif", ".tiff"),
)
"""Image extensions, in any case. The format of a file is identified by its content."""

SYSTEM_FOLDERS = (
    "__MACOSX",
    "__pycache__",
    "lost+found",
    "$RECYCLE.BIN",
    "System Volume Information",
)
SYSTEM_FILES = ("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r")

Reason = Literal["hidden", "junk", "stray", "ending", "special", "broken", "loop", "unreadable"]
"""Why an entry is not an image of a class.

hidden, junk: names that begin with a dot; files that archives and systems create. stray: an image
or a folder outside the class folders. ending: no image extension. special: a pipe, socket or
device. broken: a broken link. loop: a link to a folder that was already read. unreadable: a
folder that cannot be listed.
"""


@dataclass(frozen=True)
class Ignored:
    """An entry that is not an image of a class; `path` is relative to the root, with "/"."""

    path: str
    reason: Reason
    is_folder: bool = False


@dataclass(frozen=True)
class Layout:
    """Contents of a folder of images.

    Attributes:
        folders: the folders of each split; more than one is an error.
        images: paths relative to the root, by split and class; includes classes without images.
    """

    root: Path
    folders: dict[str, tuple[str, ...]]
    images: dict[str, dict[str, tuple[str, ...]]]
    ignored: tuple[Ignored, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names of all splits, sorted."""
        return tuple(sorted({name for classes in self.images.values() for name in classes}))

    @property
    def is_split(self) -> bool:
        """True if the folder has folders for splits."""
        return ALL not in self.images


def is_hidden(name: str) -> bool:
    """Return whether the name begins with a dot."""
    return name.startswith(".")


def is_system_file(name: str) -> bool:
    """Return whether archives or operating systems create files of this name."""
    return name in SYSTEM_FOLDERS or name.lower() in SYSTEM_FILES


def has_image_extension(name: str) -> bool:
    """Return whether the name ends in one of EXTENSIONS."""
    return name.lower().endswith(EXTENSIONS)


def read_layout(root: Path, kind: LayoutKind = "auto") -> Layout:
    """Walk a folder without opening a file.

    It has splits if `train` contains folders, or if every folder has the name of a split; else
    its folders are the classes. Images may be at any depth below their class. Links are followed,
    but no folder is read twice below a class, nor one above it.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    ignored: list[Ignored] = []
    top = list(_entries(root, "", ignored))
    folders = [name for name, is_folder in top if is_folder]
    if kind == "classes" or (kind == "auto" and not _is_split(root, folders)):
        images = {ALL: _classes(root, "", top, ignored)}
        return Layout(root, {ALL: ("",)}, images, tuple(ignored))
    split_folders: dict[str, tuple[str, ...]] = {}
    splits: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, is_folder in top:
        split = SPLIT_FOLDERS.get(name) if is_folder else None
        if split is None:
            ignored.append(Ignored(name, "stray", is_folder))
            continue
        split_folders[split] = (*split_folders.get(split, ()), name)
        try:
            inside = list(_entries(root, name, ignored))
        except OSError:
            ignored.append(Ignored(name, "unreadable", is_folder=True))
            continue
        merged = splits.setdefault(split, {})
        for label, paths in _classes(root, name, inside, ignored).items():
            merged[label] = tuple(sorted((*merged.get(label, ()), *paths)))
    return Layout(root, split_folders, splits, tuple(ignored))


def _is_split(root: Path, folders: list[str]) -> bool:
    if not folders or not any(name in SPLIT_FOLDERS for name in folders):
        return False
    if all(name in SPLIT_FOLDERS for name in folders):
        return True
    return "train" in folders and _has_folders(root / "train")


def _has_folders(folder: Path) -> bool:
    try:
        return any(is_folder for _, is_folder in _entries(folder, "", []))
    except OSError:
        return True  # reported later as an unreadable split


def _classes(
    root: Path, split: str, inside: list[tuple[str, bool]], ignored: list[Ignored]
) -> dict[str, tuple[str, ...]]:
    classes = {}
    for name, is_folder in inside:
        path = _joined(split, name)
        if is_folder:
            classes[name] = tuple(sorted(_images(root, path, ignored)))
        else:
            ignored.append(Ignored(path, "stray"))
    return classes


def _images(root: Path, top: str, ignored: list[Ignored]) -> Iterator[str]:
    """Yield every file below a folder that has an image extension."""
    # includes the folders above: a link to them would give this class the images of all others
    visited = {_key(root), _key(root / Path(top).parent)}
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            key = _key(root / folder)
            entries = list(_entries(root, folder, ignored)) if key not in visited else None
        except OSError:
            ignored.append(Ignored(folder, "unreadable", is_folder=True))
            continue
        if entries is None:
            ignored.append(Ignored(folder, "loop", is_folder=True))
            continue
        visited.add(key)
        for name, is_folder in entries:
            path = _joined(folder, name)
            if is_folder:
                pending.append(path)
            elif has_image_extension(name):
                yield path
            else:
                ignored.append(Ignored(path, "ending"))


def _key(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _entries(root: Path, folder: str, ignored: list[Ignored]) -> Iterator[tuple[str, bool]]:
    """Yield names in order and whether each is a folder; other entries go to `ignored`."""
    with os.scandir(root / folder if folder else root) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        path, reason, is_folder = _joined(folder, entry.name), None, False
        try:
            mode = entry.stat().st_mode
        except OSError:  # a broken link, or a link to itself
            reason = "broken"
        else:
            is_folder = stat.S_ISDIR(mode)
            if not is_folder and not stat.S_ISREG(mode):
                reason = "special"
        if is_hidden(entry.name):
            reason = "hidden"
        elif is_system_file(entry.name):
            reason = "junk"
        if reason is None:
            yield entry.name, is_folder
        else:
            ignored.append(Ignored(path, reason, is_folder))  # type: ignore[arg-type]


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
