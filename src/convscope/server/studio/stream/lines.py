"""New lines of a growing file, by byte offsets: `events.jsonl` of a run, and others like it.

A file that was cut (a resumed run repeats steps) or replaced is read from its start again: the 64
bytes before the offset are compared, since a file may grow past the offset between two reads.
"""

import os
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, final

from pydantic_core import from_json

from convscope.io import storage

CHECKED = 64
MOST_BYTES = 4 << 20  # of one reading


class Lines(NamedTuple):
    """Complete lines of a file.

    Attributes:
        text: the lines, each with its end.
        start, end: their offsets in bytes.
        restarted: the file was cut or replaced, and `start` is 0.
        more: there are further lines.
    """

    text: bytes = b""
    start: int = 0
    end: int = 0
    restarted: bool = False
    more: bool = False


@final
class Tail:
    """Reader of what is appended to a file.

    Attributes:
        offset: where the next reading starts.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset
        self._before = b""
        self._status: tuple[int, int, int] | None = None
        self._has_more = False

    def changed(self) -> bool:
        """Return whether there may be something new. Costs one `stat`."""
        return self._has_more or self._now() != self._status

    def _now(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self, most: int = MOST_BYTES) -> Lines:
        """Return the complete lines since the last reading; none if the file cannot be read."""
        before, self._status = self._status, self._now()  # a later change is seen by `changed`
        self._has_more = False
        try:
            with storage.open_file(self._path, follow=False) as file:
                status = os.fstat(file.fileno())
                is_other = before is not None and before[0] != status.st_ino
                restarted = is_other or not self._continues(file, status.st_size)
                if restarted:
                    self.offset, self._before = 0, b""
                file.seek(self.offset)
                raw = file.read(most)
        except OSError:
            restarted = self.offset > 0
            self.offset, self._before = 0, b""
            return Lines(restarted=restarted)
        whole = raw[: raw.rfind(b"\n") + 1]
        start, self.offset = self.offset, self.offset + len(whole)
        if whole:
            self._before = (self._before + whole[-CHECKED:])[-CHECKED:]
        self._has_more = len(raw) == most and len(whole) > 0
        return Lines(whole, start, self.offset, restarted, self._has_more)

    def _continues(self, file: BufferedReader, size: int) -> bool:
        if size < self.offset:
            return False
        if not self._before:
            return True
        file.seek(self.offset - len(self._before))
        return file.read(len(self._before)) == self._before


def as_json(text: bytes) -> bytes:
    """Return lines of JSON as one list; lines that are none are left out."""
    joined = b"[" + b",".join(line for line in text.splitlines() if line) + b"]"
    if _is_json(joined):
        return joined
    return b"[" + b",".join(line for line in text.splitlines() if line and _is_json(line)) + b"]"


def _is_json(text: bytes) -> bool:
    try:
        from_json(text, allow_inf_nan=False)
    except ValueError:
        return False
    return True
