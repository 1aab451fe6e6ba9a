"""The run folder that training writes, by one process at a time.

recipe.json architecture.json data.json environment.json   everything that decides the numbers
start.safetensors  the weights that it starts from, if that is a trained model
events.jsonl       the events, without times: equal for equal runs, byte for byte
timings.jsonl      elapsed time and images/s
control.jsonl      commands to the run (see `control.py`)
checkpoints/       see `checkpoint.py`
model.safetensors results.json                             at the end
run.lock           held while a process trains; holds its process id
"""

import contextlib
import fcntl
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pydantic
import torch

from convscope.arch import Architecture
from convscope.data.options import DataOptions
from convscope.errors import FormatError, InputError, StorageError, from_validation
from convscope.io import storage
from convscope.network import ModelFile, save_model
from convscope.record import Record
from convscope.training.checkpoint import Checkpoints
from convscope.training.environment import ENVIRONMENT as ENVIRONMENT
from convscope.training.environment import Launch, environment, launched, version
from convscope.training.events import Event
from convscope.training.pretrained import START
from convscope.training.recipe.recipe import Recipe

RECIPE, ARCHITECTURE, DATA = "recipe.json", "architecture.json", "data.json"
EVENTS, TIMINGS, RESULTS, LOCK = "events.jsonl", "timings.jsonl", "results.json", "run.lock"
CHECKPOINTS = "checkpoints"
UNFINISHED = (ARCHITECTURE, DATA, ENVIRONMENT, START, LOCK, CHECKPOINTS)  # before RECIPE is written


class DataRecord(Record):
    """The data set of a run, checked when it is resumed.

    Attributes:
        source: the argument of `convscope.data.open`, as a folder's path. It is kept in the run
            folder only, so that model files reveal no paths.
        options: with which it was opened.
    """

    name: str
    fingerprint: str
    classes: tuple[str, ...]
    source: str = ""
    options: DataOptions = DataOptions()


class Run:
    """A run folder, locked for this process while it is open.

    with Run.create(folder, architecture, recipe, data) as run: ...
    with Run.open(folder) as run: ...
    """

    def __init__(
        self, folder: Path, architecture: Architecture, recipe: Recipe, data: DataRecord, lock: int
    ) -> None:
        self.folder = folder
        self.architecture = architecture
        self.recipe = recipe
        self.data = data
        self.checkpoints = Checkpoints(folder / CHECKPOINTS)
        self._lock = lock
        self._events = -1
        self.events_bytes = 0

    @classmethod
    def create(
        cls,
        folder: Path,
        architecture: Architecture,
        recipe: Recipe,
        data: DataRecord,
        *,
        start: ModelFile | None = None,
        launch: Launch = Launch(),
    ) -> "Run":
        """Create a run in an empty or absent folder.

        On failure nothing is left of what was written.

        Args:
            start: the weights to start from, if not random ones.

        Raises:
            InputError: the folder holds a run, or other files.
            StorageError: it cannot be written, or another process is using it.
        """
        check_free(folder)
        created = not folder.exists()
        storage.make_folder(folder / CHECKPOINTS)
        lock = _locked(folder)
        try:
            check_free(folder)  # again: another process may have been faster
            storage.sweep(folder)
            storage.write_text(folder / ARCHITECTURE, architecture.to_json() + "\n")
            storage.write_text(folder / DATA, data.model_dump_json(indent=2) + "\n")
            about = {**environment(), "launch": launch.model_dump()}
            storage.write_json(folder / ENVIRONMENT, about)
            if start is not None:
                save_model(folder / START, start)
            storage.write_text(folder / RECIPE, recipe.to_json() + "\n")  # last: it makes a run
        except BaseException:
            if not (folder / RECIPE).exists():
                _remove_unfinished(folder, keep_folder=not created)
            os.close(lock)
            raise
        return cls(folder, architecture, recipe, data, lock)

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Open an existing run.

        Raises:
            InputError: not a run folder.
            FormatError: a file of it is damaged.
            StorageError: another process is using it.
        """
        if not (folder / RECIPE).is_file():
            raise InputError(
                f"{folder} is not a run folder: it has no {RECIPE}",
                expected="a folder written by `convscope train`",
                fix="train again, with --out and a new folder",
            )
        architecture = Architecture.from_json(_read(folder / ARCHITECTURE), where=ARCHITECTURE)
        recipe = Recipe.from_json(_read(folder / RECIPE), where=RECIPE)
        data = recorded_data(folder)
        lock = _locked(folder)
        run = cls(folder, architecture, recipe, data, lock)
        storage.sweep(folder)
        run.checkpoints.sweep()
        return run

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()  # opened for a generator that was never started

    def close(self) -> None:
        """Release the folder."""
        for handle in (self._events, self._lock):
            if handle >= 0:
                os.close(handle)
        self._events = self._lock = -1

    def differences(self, ranks: int = 1) -> list[str]:
        """Return what differs from when the run started and can change the last bits."""
        try:
            before = json.loads((self.folder / ENVIRONMENT).read_bytes())
            pairs = [
                ("ranks", launched(self.folder).ranks, ranks),
                ("threads", before["threads"], torch.get_num_threads()),
                ("torch", before["packages"]["torch"], version("torch")),
                ("gpu", before["machine"]["gpu"], environment()["machine"]["gpu"]),
            ]
        except (OSError, ValueError, KeyError, TypeError):
            return [
                f"{ENVIRONMENT} cannot be read: the environment that started the run is unknown"
            ]
        return [
            f"{what}: {now} here, {then} when the run started; the last bits of numbers may differ"
            for what, then, now in pairs
            if then != now
        ]

    def replace_recipe(self, recipe: Recipe) -> None:
        """Replace the recipe, for more epochs."""
        storage.write_text(self.folder / RECIPE, recipe.to_json() + "\n")
        self.recipe = recipe

    def begin_events(self, keep_bytes: int) -> None:
        """Open `events.jsonl` for appending, cut to its first `keep_bytes` bytes.

        Lines after the checkpoint, and a torn line, are dropped: their steps are repeated.

        Raises:
            FormatError: the file is shorter than the checkpoint says.
            StorageError: it cannot be written.
        """
        path = self.folder / EVENTS
        size = path.stat().st_size if path.exists() else 0
        if size < keep_bytes:
            raise FormatError(
                f"{size:,} bytes",
                expected=f"at least {keep_bytes:,}, as the checkpoint records",
                fix="restore the file, or start over with --generation 0",
                where=EVENTS,
            )
        try:
            self._events = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.ftruncate(self._events, keep_bytes)
            os.fsync(self._events)
        except OSError as error:
            raise storage.refused(error, path) from error
        self.events_bytes = keep_bytes

    def record(self, event: Event) -> None:
        """Append an event. Readers skip a torn last line.

        Raises:
            StorageError: it cannot be written; the last good checkpoint is unchanged.
        """
        if not event.recorded:
            return
        line = event.line()
        self._append(self._events, self.folder / EVENTS, line)
        self.events_bytes += len(line)

    def sync_events(self) -> None:
        """Flush all events to the disk, before the checkpoint that includes them."""
        try:
            os.fsync(self._events)
        except OSError as error:
            raise storage.refused(error, self.folder / EVENTS) from error

    def record_timing(self, timing: dict[str, Any]) -> None:
        """Append to `timings.jsonl`."""
        path = self.folder / TIMINGS
        line = json.dumps(timing).encode() + b"\n"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
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
            good = self.checkpoints.describe() or "none yet"
            raise StorageError(
                refusal.given,
                fix=f"{refusal.fix or 'check the disk'}. The last good checkpoint ({good}) is "
                "unchanged; resume the run to continue from it",
                where=refusal.where,
            ) from error


def new_folder(parent: Path, name: str) -> Path:
    """Create and return `parent/name-N` with the first free number N.

    Creating it claims it: processes that start at the same time get different folders.

    Raises:
        StorageError: it cannot be created.
    """
    storage.make_folder(parent)
    for number in itertools.count(1):
        folder = parent / f"{name}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise storage.refused(error, folder) from error
        return folder
    raise AssertionError


def check_free(folder: Path) -> None:
    """Check that a folder is free for a new run.

    Raises:
        InputError: it holds a run, or other files.
    """
    if (folder / RECIPE).exists():
        raise InputError(
            f"{folder} already holds a run",
            fix=f"`convscope train --resume {folder}` resumes it; or choose another --out",
        )
    # a process that was killed while creating a run leaves some of ours
    ours = {RECIPE, *UNFINISHED}
    others = [p.name for p in folder.glob("*") if p.name.split(storage.MARK)[0] not in ours]
    if folder.exists() and (not folder.is_dir() or others):
        what = f"holds {sorted(others)[0]}" if others else "is not a folder"
        raise InputError(f"{folder} {what}", expected="an empty folder, or a new one")


def _remove_unfinished(folder: Path, *, keep_folder: bool) -> None:
    """Remove what `create` wrote; never a file of somebody else."""
    with contextlib.suppress(OSError):
        storage.sweep(folder)
        (folder / CHECKPOINTS).rmdir()
        for name in UNFINISHED:
            (folder / name).unlink(missing_ok=True)
        if not keep_folder:
            folder.rmdir()


def recorded_data(folder: Path) -> DataRecord:
    """Return the record of a run's data set.

    Raises:
        FormatError: it is missing or damaged.
    """
    try:
        return DataRecord.model_validate_json(_read(folder / DATA))
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=DATA) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=path.name) from None


def _locked(folder: Path) -> int:
    """Lock the folder. The kernel releases it when the process ends, however it ends."""
    path = folder / LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise storage.refused(error, path) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
        os.close(handle)
        raise StorageError(
            f"process {holder or 'unknown'} is training in this folder",
            fix="wait for it, stop it, or choose another folder",
            where=str(folder),
        ) from None
    except OSError as error:
        os.close(handle)
        raise storage.refused(error, path) from error
    return handle
