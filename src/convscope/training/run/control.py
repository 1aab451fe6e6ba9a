"""Commands to a run: lines that any program appends to `control.jsonl` in its folder.

    {"command": "pause"}   {"command": "resume"}   {"command": "step"}   {"command": "stop"}
    {"command": "lr", "lr": 0.01}   {"command": "watch", "on": true}

`step` makes one step and pauses again; `lr` sets the peak learning rate, which the schedule
multiplies; `watch` switches on or off that figures of the layers are written. The loop polls
between steps; without new commands that costs one `stat`.
"""

import codecs
import os
import stat
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from convscope.errors import InputError
from convscope.io import storage
from convscope.record import Record

CONTROL = "control.jsonl"
LONGEST = 1 << 16


class Command(Record):
    """One line of `control.jsonl`."""

    command: Literal["pause", "resume", "step", "stop", "lr", "watch"]
    lr: Annotated[float, Field(gt=0)] | None = None
    on: bool | None = None

    @pydantic.model_validator(mode="after")
    def _whole(self) -> "Command":
        if (self.command == "lr") != (self.lr is not None):
            raise ValueError("the command lr has a number lr, and no other command has")
        if (self.command == "watch") != (self.on is not None):
            raise ValueError("the command watch has on, true or false, and no other command has")
        return self


class Control:
    """Reader of new commands, from a byte offset on.

    A file that was truncated or replaced is read from its start. Only a regular file is read, and
    no link is followed.
    """

    def __init__(self, path: Path, *, offset: int = 0) -> None:
        self._path = path
        self._unreadable = False
        self._inode = 0
        self.offset = offset

    def waiting(self) -> bool:
        """Return whether there is something new. Costs one `stat`."""
        try:
            status = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode):
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
        try:
            with storage.open_file(self._path, follow=False) as file:
                file.seek(self.offset)
                raw = file.read(LONGEST)
        except OSError as error:
            note = f"{CONTROL} cannot be read: {(error.strerror or 'input/output error').lower()}"
            notes = [] if self._unreadable else [note]  # once, not at every step
            self._unreadable = True
            return [], notes
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
        handle = storage.open_append(path)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise storage.refused(error, path, needed=len(line)) from error
