"""Folders that the page reads, one for each model: written by the worker, kept below .convscope.

A folder has the digest of its model as its name; another digest is another folder. The folders
that were not used for longest are removed beyond 2 GB.
"""

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from typing import final

from fastapi import Request

from convscope.server.studio import models
from convscope.server.studio.worker.worker import Worker
from convscope.server.studio.workspace import Workspace

MOST_BYTES = 2 << 30


@final
class WebFolders:
    """The folders of a workspace."""

    def __init__(self, workspace: Workspace, most_bytes: int = MOST_BYTES) -> None:
        self._workspace, self._most_bytes = workspace, most_bytes
        self._folder = workspace.own / "web"
        self._locks: dict[str, asyncio.Lock] = {}

    async def folder(self, row: models.ModelRow, worker: Worker, request: Request) -> Path:
        """Return the folder of a model; it is written if it is not there.

        Raises:
            ConvscopeError: the model cannot be opened or exported.
        """
        name = models.digest(row)
        folder = self._folder / name
        async with self._locks.setdefault(name, asyncio.Lock()):
            if not (folder / "model.json").is_file():
                place = models.place(self._workspace, row)
                args = {"model": place, "folder": str(folder)}
                await worker.run("models.web", args, request)
                await asyncio.to_thread(self._clean, folder)
        with contextlib.suppress(OSError):
            os.utime(folder)
        return folder

    def _clean(self, newest: Path) -> None:
        """Remove the folders that were not used for longest, as long as all take too much."""
        folders = [path for path in self._folder.iterdir() if path.is_dir() and path != newest]
        folders.sort(key=lambda path: path.lstat().st_mtime, reverse=True)
        total = _size(newest)
        for folder in folders:
            total += _size(folder)
            if total > self._most_bytes:
                shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
