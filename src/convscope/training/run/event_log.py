"""Writer of `events.jsonl` and `timings.jsonl`, which are appended to while a run trains."""

import json
import os
from pathlib import Path
from typing import Any

from convscope.errors import StorageError
from convscope.io import storage
from convscope.training.run.checkpoint import Checkpoints
from convscope.training.run.events import Event
from convscope.training.run.files import EVENTS, FAILURE, TIMINGS


class EventLog:
    """The lines that a run writes.

    Attributes:
        num_bytes: length of `events.jsonl`.
    """

    def __init__(self, folder: Path, checkpoints: Checkpoints) -> None:
        self.num_bytes = 0
        self._folder, self._checkpoints = folder, checkpoints
        self._handle = -1

    def begin(self, keep_bytes: int) -> None:
        """Open `events.jsonl` for appending, cut to its first `keep_bytes` bytes.

        Lines after the checkpoint, and a torn line, are dropped: their steps are repeated.

        Raises:
            StorageError: it cannot be written.
        """
        path = self._folder / TIMINGS
        try:
            os.close(storage.open_append(path))  # checked before anything is cut
            path = self._folder / EVENTS
            self._handle = storage.open_append(path)
            os.ftruncate(self._handle, keep_bytes)
            (self._folder / FAILURE).unlink(missing_ok=True)
            os.fsync(self._handle)
        except OSError as error:
            raise storage.refused(error, path) from error
        self.num_bytes = keep_bytes

    def record(self, event: Event) -> None:
        """Append an event. Readers skip a torn last line.

        Raises:
            StorageError: it cannot be written; the last good checkpoint is unchanged.
        """
        if not event.recorded:
            return
        line = event.line()
        self._append(self._handle, self._folder / EVENTS, line)
        self.num_bytes += len(line)

    def sync(self) -> None:
        """Flush all events to the disk, before the checkpoint that includes them."""
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise storage.refused(error, self._folder / EVENTS) from error

    def record_timing(self, timing: dict[str, Any]) -> None:
        """Append to `timings.jsonl`."""
        path = self._folder / TIMINGS
        line = json.dumps(timing).encode() + b"\n"
        try:
            handle = storage.open_append(path)
        except OSError as error:
            raise storage.refused(error, path, needed=len(line)) from error
        try:
            self._append(handle, path, line)
        finally:
            os.close(handle)

    def _append(self, handle: int, path: Path, line: bytes) -> None:
        left = [memoryview(line)]

        def write() -> None:
            while left[0]:
                left[0] = left[0][os.write(handle, left[0]) :]

        try:
            storage.retried(write)  # continues where it stopped
        except OSError as error:
            refusal = storage.refused(error, path, needed=len(line))
            good = self._checkpoints.describe() or "none yet"
            raise StorageError(
                refusal.given,
                fix=f"{refusal.fix or 'check the disk'}. The last good checkpoint ({good}) is "
                "unchanged; resume the run to continue from it",
                where=refusal.where,
            ) from error

    def close(self) -> None:
        """Close `events.jsonl`."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1
