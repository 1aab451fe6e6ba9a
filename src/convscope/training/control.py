"""Commands to a run: lines that any program appends to `control.jsonl` in its folder.

    {"command": "pause"}   {"command": "resume"}   {"command": "step"}   {"command": "stop"}
    {"command": "lr", "lr": 0.01}

`step` makes one step and pauses again; `lr` sets the peak learning rate, which the schedule
multiplies. The loop polls between steps; without new commands that costs one `stat`.
"""

import codecs
import os
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from convscope.errors import InputError
from convscope.io.storage import refused
from convscope.record import Record

CONTROL = "control.jsonl"
LONGEST = 1 << 16


class Command(Record):
    """One line of `control.jsonl`."""

    command: Literal["pause", "resume", "step", "stop", "lr"]
    lr: Annotated[float, Field(gt=0)] | None = None

    @pydantic.model_validator(mode="after")
    def _whole(self) -> "Command":
        if (self.command == "lr") != (self.lr is not None):
            raise ValueError("the command lr has a number lr, and no other command has")
        return self


class Control:
    """Reader of new commands, from a byte offset on.

    A file that was truncated or replaced is read from its start.
    """

    def __init__(self, path: Path, *, offset: int = 0) -> None:
        self._path = os.fspath(path)
        self._inode = 0
        self.offset = offset

    def waiting(self) -> bool:
        """Return whether there is something new. Costs one `stat`."""
        try:
            status = os.stat(self._path)
        except OSError:
            return False
        if status.st_size < self.offset or self._inode not in (0, status.st_ino):
            self.offset = 0
        self._inode = status.st_ino
        return status.st_size > self.offset

    def poll(self) -> tuple[list[Command], list[str]]:
        """Return the commands since the last call, and a note for each line that is none.

        A last line without its newline is left for the next call: it is still being written.
        """
        if not self.waiting():
            return [], []
        with open(self._path, "rb") as file:
            file.seek(self.offset)
            raw = file.read(LONGEST)
        whole = raw.rfind(b"\n") + 1
        if whole == 0 and len(raw) == LONGEST:
            whole = len(raw)  # no command is that long, so do not wait for its end
        self.offset += whole
        commands, notes = [], []
        for line in raw[:whole].splitlines():
            try:
                commands.append(Command.model_validate_json(line.removeprefix(codecs.BOM_UTF8)))
            except pydantic.ValidationError:
                shown = line[:80].decode(errors="replace")
                notes.append(f"{CONTROL}: {shown!r} is not a command, and was ignored")
        return commands, notes


def send(folder: Path, command: Command) -> None:
    """Append a command to a run's `control.jsonl`.

    Raises:
        InputError: there is no such run folder.
        StorageError: the file cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"there is no run folder {folder}")
    path = folder / CONTROL
    line = command.model_dump_json(exclude_none=True).encode() + b"\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise refused(error, path, needed=len(line)) from error
