"""Images that the names in a table mean, in the folder of the table and below it."""

import os
import posixpath
from functools import cached_property
from pathlib import Path

from convscope.data.arrays.roles import role_of
from convscope.data.folder.entries import (
    EXTENSIONS,
    has_image_extension,
    holds_image,
    images_below,
    is_hidden,
)
from convscope.data.folder.layout import read_layout
from convscope.data.folder.split_names import ALL, split_of_name
from convscope.errors import DataError
from convscope.io.storage import unreadable
from convscope.text import listed, printable

MAX_IMAGES = 20_000_000
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
IN_FOLDERS = (".csv", ".tsv", *JSON_SUFFIXES)
SUFFIXES = (*IN_FOLDERS, ".txt")
"""Endings of tables; in a folder a .txt file is hardly ever one."""

LABEL_FOLDERS = ("labels", "label", "annotations", "annotation", "meta", "metadata", "csv", "lists")


class Finder:
    """Finds the image of a name: a path from the table's folder, or its end, with any extension.

    A name is found if exactly one path below the folder is equal to it, or ends with it, or is
    the end of it (of a path on another machine).

    Attributes:
        root: the folder; the parent of a folder such as `labels/` without images.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder
        if folder.name.lower() in LABEL_FOLDERS and not holds_image(folder, ""):
            self.root = folder.parent
        self._listings: dict[str, frozenset[str]] = {}

    def find(self, name: str, split: str = "") -> str | None:
        """Return the path of an image relative to `root`, with "/"; None if there is none.

        Args:
            split: of several images with this name, the one in a folder of this split.

        Raises:
            DataError: several images have this name.
        """
        if "\0" in name or not name:
            return None
        exact = posixpath.normpath(name)
        if self._exists(exact):
            return exact
        plain = posixpath.normpath(name.replace("\\", "/"))
        if self._exists(plain):
            return plain
        if posixpath.isabs(plain) and os.path.isfile(plain):
            return posixpath.relpath(plain, self.root)
        return self._by_end(plain, split)

    def is_name(self, name: str) -> bool:
        """Return whether one image or several have a name."""
        try:
            return self.find(name) is not None
        except DataError:
            return True

    def unnamed(self, paths: set[str]) -> list[str]:
        """Return the images in the folders of `paths` that are not among them."""
        folders = {posixpath.dirname(path) for path in paths}
        images = (
            posixpath.join(folder, name)
            for folder in sorted(folders)
            for name in sorted(self._listing(folder))
            if has_image_extension(name) and not is_hidden(name)
        )
        return [path for path in images if path not in paths]

    def _exists(self, path: str) -> bool:
        folder, name = posixpath.split(path)
        return not posixpath.isabs(path) and name in self._listing(folder)

    def _listing(self, folder: str) -> frozenset[str]:
        """Return the names of the files in a folder."""
        if folder not in self._listings:
            try:
                with os.scandir(self.root / folder) as entries:
                    names = frozenset(entry.name for entry in entries if entry.is_file())
            except (OSError, ValueError):
                names = frozenset()
            self._listings[folder] = names
        return self._listings[folder]

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """Paths of all images below the root, by name without extension, in lower case."""
        by_stem: dict[str, list[str]] = {}
        try:
            paths = images_below(self.root, [])
        except OSError as error:
            raise unreadable(error, str(self.root)) from None
        for number, path in enumerate(paths):
            if number > MAX_IMAGES:
                raise DataError(f"more than {MAX_IMAGES:,} images", where=str(self.root))
            by_stem.setdefault(_stem(posixpath.basename(path)).lower(), []).append(path)
        return by_stem

    def _by_end(self, name: str, split: str) -> str | None:
        paths = self._by_stem.get(_stem(posixpath.basename(name)).lower(), [])
        for fold in (str, str.lower):
            own = fold(name)
            deeper = [path for path in paths if _ends_with(fold(path), own)]
            bare = [path for path in paths if _ends_with(fold(_stem(path)), own)]
            shorter = [path for path in paths if _ends_with(own, fold(path))]
            exact = [path for path in bare if fold(_stem(path)) == own]
            longest = max(map(len, shorter), default=0)
            best = deeper or exact or bare or [path for path in shorter if len(path) == longest]
            if len(best) > 1:
                best = [path for path in best if _is_in(path, split)] or best
            if len(best) > 1:
                raise DataError(
                    f"the name {printable(name, 200)} means {len(best)} images: "
                    f"{listed(sorted(best))}",
                    expected="a path from the folder of the table",
                    where=str(self.root),
                )
            if best:
                return best[0]
        return None


def _is_in(path: str, split: str) -> bool:
    return any(split_of_name(folder) == split for folder in path.split("/")[:-1])


def _ends_with(path: str, end: str) -> bool:
    return path == end or path.endswith(f"/{end}")


def _stem(name: str) -> str:
    ending = next((e for e in EXTENSIONS if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)]


def tables_in(folder: Path) -> list[str]:
    """Return the names of the tables in a folder, sorted.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.lower().endswith(IN_FOLDERS)
            and not is_hidden(entry.name)
            and entry.is_file()
        )


def tables_of(folder: Path) -> list[Path]:
    """Return the table of a folder without class folders, or its tables for each split.

    Raises:
        DataError: it has several tables whose names do not all state another split.
        OSError: the folder cannot be listed.
    """
    names = tables_in(folder)
    if not names:
        return []
    classes = read_layout(folder).images.values()
    if sum(bool(paths) for labels in classes for paths in labels.values()) > 1:
        return []
    splits = [role_of(Path(name).stem).split for name in names]
    if len(names) > 1 and ("train" not in splits or len({*splits, ALL}) <= len(splits)):
        kinds = [role_of(Path(name).stem).kind for name in names]
        first = names[splits.index("train")] if "train" in splits else names[0]
        if "train" not in splits and "labels" in kinds:
            first = names[kinds.index("labels")]
        raise DataError(
            f"no class folders, and {len(names)} tables: {listed(names)}",
            expected="one table of labels, or one for each split: train.csv, val.csv, test.csv",
            fix=f"name the one that has the labels, such as {folder / first}",
            where=str(folder),
        )
    return [folder / name for name in names]
