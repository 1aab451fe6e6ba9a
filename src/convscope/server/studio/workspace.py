"""The folder that a studio works in: its paths, and the ids that the page has for them.

    runs/ sweeps/   as on the command line
    .convscope/     files of the studio itself: lock, secret, jobs/, web/ (models for the page)

The page names a path only as text in a body or a query; it must lie inside the workspace, or below
a folder of `--data`, after all links are followed.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import final

from convscope.errors import ConvscopeError, InputError
from convscope.io import storage
from convscope.runs.find import DEFAULTS, find_runs
from convscope.server.answers import refusal
from convscope.text import printable

OWN = ".convscope"
IS_ID = re.compile(r"[a-z0-9_-]{1,64}")
FRESH_S = 1.0  # a list of folders is read again after this time
MOST_RUNS = 2_000
LONGEST_PATH = 4_096


def id_of(name: str) -> str:
    """Return the id of a name or a relative path: itself if it can be one, else 16 hex digits."""
    if IS_ID.fullmatch(name):
        return name
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


@final
class Workspace:
    """A folder, and the ids of what is in it.

    Attributes:
        root: the folder, without links.
        data_folders: further folders that the page may read: `--data`.
        own: the studio's own folder, `.convscope`.
    """

    def __init__(self, root: Path, data_folders: Sequence[Path] = ()) -> None:
        """Check the folders.

        Raises:
            InputError: there is no such folder.
        """
        for folder in (root, *data_folders):
            if not folder.is_dir():
                raise InputError(
                    "there is no such folder", fix=f"mkdir {folder}", where=str(folder)
                )
        self.root = Path(os.path.realpath(root))
        self.data_folders = tuple(Path(os.path.realpath(folder)) for folder in data_folders)
        self.own = self.root / OWN
        self._runs: dict[str, Path] = {}
        self._runs_at = -FRESH_S

    def prepare(self) -> None:
        """Create the studio's own folder.

        Raises:
            StorageError: the workspace is read-only, or the disk is full.
            FormatError: `.convscope` is a file or a link.
        """
        if not storage.is_own_folder(self.own):
            try:
                self.own.mkdir(mode=0o700)
            except OSError as error:
                raise storage.refused(error, self.own) from error
        for name in ("jobs", "web", "uploads"):
            storage.make_folder(self.own / name)
        if not (self.own / ".gitignore").exists():
            storage.write_text(self.own / ".gitignore", "*\n")

    def runs(self) -> dict[str, Path]:
        """Return the run folders by id, in the order of their paths; read at most once a second."""
        if time.monotonic() - self._runs_at >= FRESH_S:
            places = [self.root / name for name in DEFAULTS if (self.root / name).is_dir()]
            folders: list[Path] = []
            for place in places:
                with contextlib.suppress(ConvscopeError):
                    folders += find_runs(place)
            self._runs = {self.run_id(folder): folder for folder in folders[:MOST_RUNS]}
            self._runs_at = time.monotonic()
        return self._runs

    def forget_runs(self) -> None:
        """Read the list of runs again, after a change of a folder."""
        self._runs_at = -FRESH_S

    def run_id(self, folder: Path) -> str:
        """Return the id of a run folder: its name below runs/, else digits of its path."""
        relative = self.relative(folder)
        return id_of(relative.removeprefix(f"{DEFAULTS[0]}/"))

    def run(self, run_id: str) -> Path:
        """Return the folder of a run.

        Raises:
            Refusal: 404, there is none.
        """
        folder = self.runs().get(run_id)
        if folder is None or not folder.is_dir():
            self._runs_at = -FRESH_S  # it may be a second old
            folder = self.runs().get(run_id)
        if folder is None:
            raise refusal(404, "there is no such run", where=printable(run_id, 64))
        return folder

    def relative(self, path: Path) -> str:
        """Return a path as commands and the page show it: relative to the workspace, if inside."""
        with contextlib.suppress(ValueError):
            return path.relative_to(self.root).as_posix()
        return str(path)

    def inside(self, text: str) -> Path:
        """Return the path that the page names.

        Args:
            text: relative to the workspace, or absolute.

        Raises:
            InputError: it lies elsewhere, or cannot be a path.
        """
        try:
            if not text or "\0" in text or len(text) > LONGEST_PATH:
                raise ValueError
            path = Path(os.path.realpath(self.root / text))
        except (ValueError, OSError):
            raise InputError("this is no path", where=printable(text, 100)) from None
        if not any(path.is_relative_to(root) for root in (self.root, *self.data_folders)):
            raise InputError(
                "this path lies outside the workspace",
                expected=f"a path below {self.root}, or below a folder of --data",
                fix="start the studio with --data FOLDER",
                where=printable(text, 200),
            )
        if path.is_relative_to(self.own):
            raise InputError("this folder is the studio's own", where=printable(text, 200))
        return path

    def model_files(self) -> Iterator[Path]:
        """Yield the model files of the workspace, those of runs left out."""
        runs = set(self.runs().values())
        waiting = [(self.root, 0)]
        while waiting:
            folder, depth = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in listed:
                if entry.name.startswith("."):
                    continue
                path = folder / entry.name
                if entry.is_dir(follow_symlinks=False):
                    if depth < 3 and path not in runs:
                        waiting.append((path, depth + 1))
                elif entry.name.endswith(".safetensors") and entry.is_file(follow_symlinks=False):
                    yield path
