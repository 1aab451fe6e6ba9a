"""Data sets that the page can open: the published ones, and what lies in the workspace. No torch.

A folder is listed by the names of its entries, as far as that tells; opening it says the rest.
"""

import json
import os
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Literal, NamedTuple, final

from convscope.data import DATASETS, is_known
from convscope.data.arrays.roles import is_array_file, role_of
from convscope.data.folder.entries import has_image_folder, is_hidden, is_system_file
from convscope.data.folder.outputs import is_output
from convscope.data.tables.locate import IN_FOLDERS
from convscope.errors import ConvscopeError
from convscope.io import storage
from convscope.runs.find import DEFAULTS
from convscope.server.answers import refusal
from convscope.server.studio.workspace import Workspace, id_of
from convscope.text import printable

Kind = Literal["published", "folder", "shards", "arrays", "table"]

ADDED = "data.json"
MAX_DEPTH = 3
MOST = 500
MOST_ENTRIES = 2_000  # of one folder that are looked at
FRESH_S = 2.0
MOST_BYTES = 1 << 20


class Entry(NamedTuple):
    """A data set of the list.

    Attributes:
        source: what `convscope.data.open` takes, and commands name: a name, or a path.
        path: the folder or file; None for published sets.
    """

    id: str
    name: str
    kind: Kind
    source: str
    path: Path | None


@final
class Catalogue:
    """Data sets of a workspace by id, read again after 2 seconds."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._entries: dict[str, Entry] = {}
        self._read_at = -FRESH_S

    def all(self) -> tuple[Entry, ...]:
        """Return all data sets: published ones first."""
        if time.monotonic() - self._read_at >= FRESH_S:
            published = [Entry(id_of(name), name, "published", name, None) for name in DATASETS]
            own = {entry.id: entry for entry in self._own()}
            self._entries = {entry.id: entry for entry in published} | own
            self._read_at = time.monotonic()
        return tuple(self._entries.values())

    def get(self, data_id: str) -> Entry:
        """Return a data set.

        Raises:
            Refusal: 404, there is none.
        """
        self.all()
        if data_id not in self._entries:
            self._read_at = -FRESH_S
            self.all()
        if data_id not in self._entries:
            raise refusal(404, "there is no such data set", where=printable(data_id, 64))
        return self._entries[data_id]

    def add(self, text: str) -> Entry:
        """Add a path that the page names, and return its entry; it is remembered.

        Raises:
            InputError: it lies outside the workspace.
            Refusal: 404, there is nothing.
        """
        path = self._workspace.inside(text)
        if not path.exists():
            raise refusal(404, "there is no such file or folder", where=printable(text, 200))
        kind = kind_of(path) or ("folder" if path.is_dir() else "table")
        entry = self._entry(path, kind)
        known = self._added()
        if path not in known:
            names = [self._workspace.relative(one) for one in (*known, path)]
            storage.write_json(self._workspace.own / ADDED, names[-MOST:])
        self._read_at = -FRESH_S
        return entry

    def _own(self) -> Iterator[Entry]:
        places = [self._workspace.root, *self._workspace.data_folders]
        listed = ((path, kind) for path, kind in _data_below(places))
        added = ((path, kind_of(path) or "folder") for path in self._added())
        for path, kind in islice(chain(added, listed), MOST):
            yield self._entry(path, kind)

    def _entry(self, path: Path, kind: Kind) -> Entry:
        relative = self._workspace.relative(path)
        data_id = id_of(relative)
        if data_id in map(id_of, DATASETS):  # a folder named as a published set
            data_id = id_of(f"./{relative}")
        source = f"./{relative}" if is_known(relative) or relative.startswith("-") else relative
        return Entry(data_id, printable(relative), kind, source, path)

    def _added(self) -> list[Path]:
        try:
            raw = storage.read_bytes(self._workspace.own / ADDED, most=MOST_BYTES, follow=False)
            names = json.loads(raw)
            paths = [self._workspace.inside(name) for name in names if isinstance(name, str)]
        except (ConvscopeError, ValueError, TypeError):
            return []
        return [path for path in paths if path.exists()]


def _data_below(places: list[Path]) -> Iterator[tuple[Path, Kind]]:
    """Yield the data sets in some folders and below; what is inside a data set is none."""
    waiting = [(place, 0) for place in reversed(places)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as scan:
                listed = sorted(scan, key=lambda entry: entry.name)[:MOST_ENTRIES]
        except OSError:
            continue
        below = []
        for entry in listed:
            path = Path(entry.path)
            if is_hidden(entry.name) or is_system_file(entry.name) or entry.is_symlink():
                continue
            if entry.is_dir() and not (depth == 0 and entry.name in DEFAULTS):
                kind = kind_of(path)
                if kind is not None:
                    yield path, kind
                elif depth + 1 < MAX_DEPTH and not is_output(path):
                    below.append((path, depth + 1))
            elif entry.name.lower().endswith(".npz"):
                yield path, "arrays"
        waiting += reversed(below)


def kind_of(path: Path) -> Kind | None:
    """Return what a path is by names alone; None if it does not look like data."""
    if not path.is_dir():
        if is_array_file(path.name):
            return "arrays"
        return "table" if path.name.lower().endswith((*IN_FOLDERS, ".txt")) else None
    try:
        names = os.listdir(path)[:MOST_ENTRIES]
    except OSError:
        return None
    if "index.json" in names and any(name.endswith(".tar") for name in names):
        return "shards"
    if is_output(path):
        return None
    if any(role_of(name).kind or name.endswith(".npz") for name in names if is_array_file(name)):
        return "arrays"
    if not has_image_folder(path):
        return None
    if any(_holds_data(path / name) for name in names):
        return None  # a folder of data sets
    return "folder"


def _holds_data(path: Path) -> bool:
    """Return whether a folder has splits, so that the folder above it is none of its classes."""
    if not path.is_dir() or is_hidden(path.name):
        return False
    try:
        names = {name.lower() for name in os.listdir(path)}
    except OSError:
        return False
    return "train" in names
