"""What a folder of images is: which folder is a split or a class, what counts, what is skipped.

Pure rules and one walk, which never fails for what it meets: what is not an image of a class is
a `Leftover` with its reason. `data.open` refuses where `data check` reports; both read this.

Names are as Python has them (bytes that are no UTF-8 as surrogates); `shown` makes any of them
fit to be printed.
"""

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SPLIT_FOLDERS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
"""The name of a folder, and the split that it is."""

ALL = "all"
"""In place of a split's name where a folder is not split: class folders side by side."""

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".tif", ".tiff"),
)
"""A file that ends so counts as an image, in capitals too; its content says which kind it is."""

JUNK = ("__MACOSX", "__pycache__", "lost+found", "$RECYCLE.BIN", "System Volume Information")
JUNK_FILES = ("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r")

Reason = Literal["hidden", "junk", "stray", "ending", "special", "broken", "loop", "unreadable"]
"""Why a thing in the folder is no image of a class.

hidden, junk: skipped in silence (names that begin with a dot; what archives and systems leave).
stray: an image or a folder outside of the class folders. ending: a file that is not named as an
image. special: a pipe, socket or device. broken: a link to nothing. loop: a folder that was
entered already, by a link. unreadable: a folder that may not be listed.
"""


@dataclass(frozen=True)
class Leftover:
    """What is in the folder, but no image of a class; `path` from the root, with "/"."""

    path: str
    reason: Reason
    is_folder: bool = False


@dataclass(frozen=True)
class Layout:
    """What lies in a folder of images.

    Attributes:
        folders: each split, and the folders taken for it: more than one is a contradiction.
        images: split, class, paths from the root in order; a class without images is there too.
    """

    root: Path
    folders: dict[str, tuple[str, ...]]
    images: dict[str, dict[str, tuple[str, ...]]]
    leftovers: tuple[Leftover, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Of all splits together, in order."""
        return tuple(sorted({name for classes in self.images.values() for name in classes}))

    @property
    def is_split(self) -> bool:
        return ALL not in self.images


def is_hidden(name: str) -> bool:
    """Skipped, as `ls` does."""
    return name.startswith(".")


def is_junk(name: str) -> bool:
    """Left behind by archives and systems, never meant."""
    return name in JUNK or name.lower() in JUNK_FILES


def is_named_as_image(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def shown(name: str) -> str:
    """A name as one line of plain text.

    Control and formatting characters (they could move the cursor, or turn the text around) and
    bytes that are no UTF-8 are written as escapes.
    """
    return "".join(c if _is_plain(c) else _escaped(c) for c in name)


def _is_plain(c: str) -> bool:
    return c == " " or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(c: str) -> str:
    if "\udc80" <= c <= "\udcff":  # how Python carries a byte that is no UTF-8
        return f"\\x{ord(c) - 0xDC00:02x}"
    return c.encode("unicode_escape", "surrogatepass").decode("ascii")


def twins(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Names that are one name where capitals or the form of accents do not count."""
    groups: dict[str, list[str]] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        groups.setdefault(key, []).append(name)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


def read_layout(root: Path) -> Layout:
    """Walk a folder: what is in it, without opening a file.

    It is split where `train` holds folders, or where every folder is named as a split; else
    its folders are the classes themselves. Images may lie at any depth below their class.
    Links are followed, but no folder is entered twice below one class, nor one above it.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    leftovers: list[Leftover] = []
    top = list(_entries(root, "", leftovers))
    folders = [name for name, is_folder in top if is_folder]
    if not _is_split(root, folders):
        images = {ALL: _classes(root, "", top, leftovers)}
        return Layout(root, {ALL: ("",)}, images, tuple(leftovers))
    taken: dict[str, tuple[str, ...]] = {}
    splits: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, is_folder in top:
        split = SPLIT_FOLDERS.get(name) if is_folder else None
        if split is None:
            leftovers.append(Leftover(name, "stray", is_folder))
            continue
        taken[split] = (*taken.get(split, ()), name)
        try:
            inside = list(_entries(root, name, leftovers))
        except OSError:
            leftovers.append(Leftover(name, "unreadable", is_folder=True))
            continue
        found = _classes(root, name, inside, leftovers)
        before = splits.setdefault(split, {})
        for label, paths in found.items():
            before[label] = tuple(sorted((*before.get(label, ()), *paths)))
    return Layout(root, taken, splits, tuple(leftovers))


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
        return True  # an error to be told of as that of a split


def _classes(
    root: Path, split: str, inside: list[tuple[str, bool]], leftovers: list[Leftover]
) -> dict[str, tuple[str, ...]]:
    classes = {}
    for name, is_folder in inside:
        path = _joined(split, name)
        if is_folder:
            classes[name] = tuple(sorted(_images(root, path, leftovers)))
        else:
            leftovers.append(Leftover(path, "stray"))
    return classes


def _images(root: Path, top: str, leftovers: list[Leftover]) -> Iterator[str]:
    """Every file below a folder that is named as an image."""
    # what lies above was entered: a link to it would give this class the images of all others
    entered = {_key(root), _key(root / Path(top).parent)}
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            key = _key(root / folder)
            entries = list(_entries(root, folder, leftovers)) if key not in entered else None
        except OSError:
            leftovers.append(Leftover(folder, "unreadable", is_folder=True))
            continue
        if entries is None:
            leftovers.append(Leftover(folder, "loop", is_folder=True))
            continue
        entered.add(key)
        for name, is_folder in entries:
            path = _joined(folder, name)
            if is_folder:
                waiting.append(path)
            elif is_named_as_image(name):
                yield path
            else:
                leftovers.append(Leftover(path, "ending"))


def _key(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _entries(root: Path, folder: str, leftovers: list[Leftover]) -> Iterator[tuple[str, bool]]:
    """Names in order, and whether each is a folder; the rest goes to the leftovers."""
    with os.scandir(root / folder if folder else root) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        path, reason, is_folder = _joined(folder, entry.name), None, False
        try:
            mode = entry.stat().st_mode
        except OSError:  # a link to nothing, or to itself
            reason = "broken"
        else:
            is_folder = stat.S_ISDIR(mode)
            if not is_folder and not stat.S_ISREG(mode):
                reason = "special"
        if is_hidden(entry.name):
            reason = "hidden"
        elif is_junk(entry.name):
            reason = "junk"
        if reason is None:
            yield entry.name, is_folder
        else:
            leftovers.append(Leftover(path, reason, is_folder))  # type: ignore[arg-type]


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
