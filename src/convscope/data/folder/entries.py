"""Entries of folders: which are images, which belong to systems or to convscope, links and loops.

One rule for every command that reads folders: names of systems and hidden names are left out,
links are followed, and no folder is read twice.
"""

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from convscope.data.folder.outputs import is_output
from convscope.io.formats import EXTENSIONS as EXTENSIONS
from convscope.io.formats import has_image_extension as has_image_extension

SYSTEM_FOLDERS = (
    *("__macosx", "network trash folder", "temporary items"),  # macOS
    *("$recycle.bin", "recycler", "recycled", "found.000"),  # Windows
    "system volume information",
    *("lost+found", "~snapshot"),  # Linux, NetApp
    *("@eadir", "@tmp", "@synoresource", "@sharesnap", "#recycle", "#snapshot"),  # Synology
    *("@recycle", "@recently-snapshot", "@__thumb"),  # QNAP
    *("__pycache__", "node_modules"),
)
SYSTEM_FILES = ("thumbs.db", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "icon\r")

Reason = Literal[
    "hidden", "junk", "output", "stray", "ending", "special", "broken", "loop", "unreadable"
]
"""Why an entry is not an image of a class.

hidden, junk: names that begin with a dot; files and folders that archives and systems create.
output: a run, a sweep or shards that convscope wrote. stray: an image or a folder outside the
class folders. ending: no image extension. special: a pipe, socket or device. broken: a broken
link. loop: a link to a folder that is read elsewhere. unreadable: a folder that cannot be listed.
"""


@dataclass(frozen=True)
class Ignored:
    """An entry that is not an image of a class; `path` is relative to the root, with "/"."""

    path: str
    reason: Reason
    is_folder: bool = False


class Entry(NamedTuple):
    """A file or folder that is not ignored."""

    name: str
    is_folder: bool
    is_link: bool


def is_hidden(name: str) -> bool:
    """Return whether the name begins with a dot."""
    return name.startswith(".")


def is_system_file(name: str) -> bool:
    """Return whether archives or operating systems create files or folders of this name."""
    return name.lower() in SYSTEM_FOLDERS or name.lower() in SYSTEM_FILES


def joined(folder: str, name: str) -> str:
    """Return a path relative to the root; the root itself is ""."""
    return f"{folder}/{name}" if folder and name else folder or name


def entries(root: Path, folder: str, ignored: list[Ignored]) -> list[Entry]:
    """Return the entries of a folder in order of their names; the others go to `ignored`.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(root / folder if folder else root) as scan:
        listed = sorted(scan, key=lambda entry: entry.name)
    kept = []
    for entry in listed:
        path = joined(folder, entry.name)
        reason, is_folder = _reason(entry)
        if reason is None:
            kept.append(Entry(entry.name, is_folder, entry.is_symlink()))
        else:
            ignored.append(Ignored(path, reason, is_folder))
    return kept


def _reason(entry: "os.DirEntry[str]") -> tuple[Reason | None, bool]:
    """Return why an entry is ignored (None if it is not), and whether it is a folder."""
    reason: Reason | None = None
    is_folder = False
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
    elif is_folder and is_output(Path(entry.path)):
        reason = "output"
    return reason, is_folder


def walk(root: Path, tops: Iterable[str], ignored: list[Ignored]) -> Iterator[tuple[str, str]]:
    """Yield (top, path) of every image below some folders; paths are relative to the root.

    Links are followed after everything that is reached without them, so that a folder is read at
    its own place. No folder is read twice, and none that contains the root.
    """
    pending: deque[tuple[str, str]] = deque()  # (top, folder)
    links: deque[tuple[str, str]] = deque()
    visited = {_key(folder) for folder in Path(os.path.realpath(root)).parents}
    for top in tops:
        if top:
            visited |= {_key(root), _key(root / os.path.dirname(top))}
        (links if _is_linked(root, top) else pending).append((top, top))
    while pending or links:
        top, folder = (pending or links).popleft()
        try:
            key = _key(root / folder)
            inside = entries(root, folder, ignored) if key not in visited else None
        except OSError:
            ignored.append(Ignored(folder, "unreadable", is_folder=True))
            continue
        if inside is None:
            ignored.append(Ignored(folder, "loop", is_folder=True))
            continue
        visited.add(key)
        for entry in inside:
            path = joined(folder, entry.name)
            if entry.is_folder:
                (links if entry.is_link else pending).append((top, path))
            elif has_image_extension(entry.name):
                yield top, path
            else:
                ignored.append(Ignored(path, "ending"))


def _is_linked(root: Path, folder: str) -> bool:
    """Return whether a folder is reached through a link below the root."""
    parts = folder.split("/") if folder else []
    return any(os.path.islink(root / "/".join(parts[:end])) for end in range(1, len(parts) + 1))


def holds_image(root: Path, folder: str) -> bool:
    """Return whether there is an image below a folder; True if it cannot be listed."""
    ignored: list[Ignored] = []
    has_image = next(walk(root, [folder], ignored), None) is not None
    return has_image or any(entry.reason == "unreadable" for entry in ignored)


def has_image_folder(root: Path) -> bool:
    """Return whether there is an image below one of the folders in a folder."""
    try:
        folders = [entry.name for entry in entries(root, "", []) if entry.is_folder]
    except OSError:
        return False  # opening it names the reason
    return any(holds_image(root, name) for name in folders)


def images_below(folder: Path, ignored: list[Ignored]) -> list[str]:
    """Return the paths of all images below a folder: those of a folder first, then its subfolders.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    os.scandir(folder).close()
    paths = [path for _, path in walk(folder, [""], ignored)]
    return sorted(paths, key=lambda path: (path.split("/")[:-1], path))


def _key(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino
