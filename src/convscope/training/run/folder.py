"""The run folder that training writes, by one process at a time.

recipe.json architecture.json data.json environment.json   everything that decides the numbers
start.safetensors  the weights that it starts from, if that is a trained model
events.jsonl       the events, without times: equal for equal runs, byte for byte
timings.jsonl      elapsed time and images/s
control.jsonl      commands to the run (see `control.py`)
checkpoints/       see `checkpoint.py`
model.safetensors results.json                             at the end
failure.json       the error by which training ended, until the run is resumed
run.lock           held while a process trains; holds its process id

Resuming checks all of them before it changes any, and follows no link: a file that cannot be read
is an error, not an absent one.
"""

import contextlib
import fcntl
import itertools
import json
import os
from pathlib import Path
from typing import Any

import torch

from convscope.arch import Architecture
from convscope.errors import FormatError, InputError, StorageError, TrainingError
from convscope.io import storage
from convscope.network import ModelFile, save_model
from convscope.network.model_file import MODEL_NAME
from convscope.training.pretrained import START
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.checkpoint import NONE_YET, Checkpoints, Saved
from convscope.training.run.control import CONTROL
from convscope.training.run.environment import Launch, environment, launched, version
from convscope.training.run.events import Event, check_events
from convscope.training.run.files import (
    ARCHITECTURE,
    CHECKPOINTS,
    DATA,
    ENVIRONMENT,
    EVENTS,
    FAILURE,
    LOCK,
    RECIPE,
    RESULTS,
    TIMINGS,
    DataRecord,
    FormerData,
    is_run,
    read_file,
    recorded_data,
    recorded_environment,
)

UNFINISHED = (ARCHITECTURE, DATA, ENVIRONMENT, START, LOCK)  # written before RECIPE
WRITTEN = (EVENTS, TIMINGS, CONTROL, MODEL_NAME, RESULTS)  # while training


class Run:
    """A run folder, locked for this process while it is open.

    with Run.create(folder, architecture, recipe, data) as run: ...
    with Run.open(folder) as run: ...

    Attributes:
        events_bytes: length of `events.jsonl`.
        rewinds: whether the checkpoint that was loaded is not the newest.
        data_changed: whether the run continues on other data.
    """

    def __init__(
        self, folder: Path, architecture: Architecture, recipe: Recipe, data: DataRecord, lock: int
    ) -> None:
        self.folder = folder
        self.architecture = architecture
        self.recipe = recipe
        self.data = data
        self.checkpoints = Checkpoints(folder / CHECKPOINTS)
        self.events_bytes = 0
        self.rewinds = False
        self.data_changed = False
        self._lock = lock
        self._events = -1
        self._former = data
        self._changed: list[str] = []  # files to write when training begins
        self._notes: list[str] = []

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
        created = not storage.exists(folder)
        storage.make_folder(folder / CHECKPOINTS)
        lock = _locked(folder)
        try:
            check_free(folder)  # again: another process may have been faster
            storage.sweep(folder)
            Checkpoints.create(folder / CHECKPOINTS)
            storage.write_text(folder / ARCHITECTURE, architecture.to_json() + "\n")
            storage.write_text(folder / DATA, data.model_dump_json(indent=2) + "\n")
            about = {**environment(), "launch": launch.model_dump()}
            storage.write_json(folder / ENVIRONMENT, about)
            if start is not None:
                save_model(folder / START, start)
            storage.write_text(folder / RECIPE, recipe.to_json() + "\n")  # last: it makes a run
        except BaseException:
            if not is_run(folder):
                _remove_unfinished(folder, keep_folder=not created)
            os.close(lock)
            raise
        return cls(folder, architecture, recipe, data, lock)

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Open an existing run.

        Raises:
            InputError: not a run folder.
            DataError: it cannot be searched.
            FormatError: a file of it is damaged, or a link.
            StorageError: another process is using it.
        """
        if not is_run(folder):
            raise InputError(
                f"{folder} is not a run folder: it has no {RECIPE}",
                expected="a folder written by `convscope train`",
                fix="train again, with --output and a new folder",
            )
        architecture = Architecture.from_json(read_file(folder, ARCHITECTURE), where=ARCHITECTURE)
        recipe = Recipe.from_json(read_file(folder, RECIPE), where=RECIPE)
        data = recorded_data(folder)
        lock = _locked(folder)
        run = cls(folder, architecture, recipe, data, lock)
        try:
            run.checkpoints.sweep()
        except BaseException:
            run.close()
            raise
        storage.sweep(folder)
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
            before = recorded_environment(self.folder)
            pairs = [
                ("ranks", launched(self.folder).ranks, ranks),
                ("threads", before["threads"], torch.get_num_threads()),
                ("torch", before["packages"]["torch"], version("torch")),
                ("gpu", before["machine"]["gpu"], environment()["machine"]["gpu"]),
            ]
        except (FormatError, KeyError, TypeError):
            return [
                f"{ENVIRONMENT} cannot be read: the environment that started the run is unknown"
            ]
        return [
            f"{what}: {now} here, {then} when the run started; the last bits of numbers may differ"
            for what, then, now in pairs
            if then != now
        ]

    def replace_recipe(self, recipe: Recipe) -> None:
        """Continue with another recipe, for more epochs. `write_changes` writes it."""
        if recipe != self.recipe:
            self.recipe = recipe
            self._changed.append(RECIPE)

    def replace_data(self, data: DataRecord) -> None:
        """Continue on changed data, or on the same in another place. `write_changes` writes it."""
        self.data_changed = data.fingerprint != self.data.fingerprint
        if self.data_changed:
            self._notes.append(
                f"continuing on changed data: fingerprint {data.fingerprint[:16]}... in place of "
                f"{self.data.fingerprint[:16]}..."
            )
        elif data.source != self.data.source:
            self._notes.append(f"the data are now read from {data.source}; they are unchanged")
        if data != self.data:
            self._former = self.data
            self.data = data
            self._changed.append(DATA)

    def load_checkpoint(self, generation: int | None) -> Saved:
        """Load a checkpoint, the newest by default, and check everything that training touches.

        Nothing is changed. Without any checkpoint, a run that was trained before is not started
        over unless generation 0 is requested.

        Raises:
            DataError: the checkpoints cannot be listed.
            FormatError: a checkpoint, or the events that it includes, are missing or damaged.
            InputError: no such checkpoint.
        """
        for name in WRITTEN:
            self._check_is_file(name)
        known = self.checkpoints.generations()
        path = self.folder / EVENTS
        size = path.lstat().st_size if storage.exists(path) else 0
        if generation is None and not known:
            self._check_nothing_is_lost(size)
        saved = self.checkpoints.load(generation)
        check_events(path, saved.numbers.events_bytes)
        self.rewinds = bool(known) and saved.generation != known[-1]
        if saved.generation == 0 and (size or known or not self.checkpoints.are_none_yet()):
            self._notes.append(_starting_over(known, size, requested=generation == 0))
        return saved

    def _check_is_file(self, name: str) -> None:
        path = self.folder / name
        if not storage.exists(path) or (path.is_file() and not path.is_symlink()):
            return
        kind = "a link" if path.is_symlink() else "a folder" if path.is_dir() else "a special file"
        raise FormatError(
            kind,
            expected="a file; links are not followed here",
            fix="move it away, and resume again; nothing was changed",
            where=str(path),
        )

    def _check_nothing_is_lost(self, events_bytes: int) -> None:
        if self.checkpoints.are_none_yet():
            return
        trained = [f"{EVENTS} ({events_bytes:,} bytes)"] if events_bytes else []
        others = (TIMINGS, MODEL_NAME, RESULTS)
        trained += [name for name in others if storage.exists(self.folder / name)]
        if trained:
            raise FormatError(
                f"there is no checkpoint, but {' and '.join(trained)} of a run that was trained",
                expected="checkpoints as 000001.json and 000001.safetensors",
                fix="put the checkpoints back; or start over with --generation 0, which replaces "
                "what was trained. Nothing was changed",
                where=str(self.folder / CHECKPOINTS),
            )

    def begin_events(self, keep_bytes: int) -> None:
        """Open `events.jsonl` for appending, cut to its first `keep_bytes` bytes.

        Lines after the checkpoint, and a torn line, are dropped: their steps are repeated.

        Raises:
            StorageError: it cannot be written.
        """
        path = self.folder / TIMINGS
        try:
            os.close(storage.open_append(path))  # checked before anything is cut
            path = self.folder / EVENTS
            self._events = storage.open_append(path)
            os.ftruncate(self._events, keep_bytes)
            (self.folder / FAILURE).unlink(missing_ok=True)
            os.fsync(self._events)
        except OSError as error:
            raise storage.refused(error, path) from error
        self.events_bytes = keep_bytes

    def write_changes(self, step: int) -> None:
        """Write recipe and data record, if the run continues with others from this step on.

        Raises:
            StorageError: they cannot be written.
        """
        for name in self._changed:
            if name == RECIPE:
                storage.write_text(self.folder / RECIPE, self.recipe.to_json() + "\n")
                continue
            if self.data_changed and step:
                last = FormerData(fingerprint=self._former.fingerprint, until_step=step)
                update = {"former": (*self._former.former, last)}
                self.data = self.data.model_copy(update=update)
            storage.write_text(self.folder / DATA, self.data.model_dump_json(indent=2) + "\n")
        self._changed = []

    def take_notes(self) -> list[str]:
        """Return messages for the user since the last call."""
        notes = [*self._notes, *self.checkpoints.notes]
        self._notes.clear()
        self.checkpoints.notes.clear()
        return notes

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

    def record_failure(self, error: TrainingError) -> None:
        """Write why training ended, for `convscope runs`; a full disk is not a second error."""
        with contextlib.suppress(StorageError):
            storage.write_json(self.folder / FAILURE, {"message": error.on_one_line()})

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
    if not storage.exists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", expected="an empty folder, or a new one")
    if is_run(folder):
        raise InputError(
            f"{folder} already holds a run",
            fix=f"`convscope train --resume {folder}` resumes it; or choose another --output",
        )
    if other := _foreign(folder):
        raise InputError(f"{folder} holds {other}", expected="an empty folder, or a new one")


def _foreign(folder: Path) -> str:
    """Return the first entry that a process killed while creating a run does not leave."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise storage.unreadable(error, str(folder)) from error
    for entry in listed:
        own = storage.final_name(entry.name) in (RECIPE, *UNFINISHED)
        if own and entry.is_file(follow_symlinks=False):
            continue
        if entry.name == CHECKPOINTS and entry.is_dir(follow_symlinks=False):
            inner = os.listdir(entry.path)
            if all(storage.final_name(name) == NONE_YET for name in inner):
                continue
        return entry.name
    return ""


def _remove_unfinished(folder: Path, *, keep_folder: bool) -> None:
    """Remove what `create` wrote; never a file of somebody else."""
    with contextlib.suppress(OSError):
        storage.sweep(folder)
        storage.sweep(folder / CHECKPOINTS)
        (folder / CHECKPOINTS / NONE_YET).unlink(missing_ok=True)
        (folder / CHECKPOINTS).rmdir()
        for name in UNFINISHED:
            (folder / name).unlink(missing_ok=True)
        if not keep_folder:
            folder.rmdir()


def _starting_over(known: list[int], events_bytes: int, *, requested: bool) -> str:
    if not requested:
        return "the run had not come to its first checkpoint: starting at step 0 again"
    replaced = [f"{events_bytes:,} bytes of {EVENTS}"] if events_bytes else []
    replaced += [f"checkpoint {', '.join(map(str, known))}"] if known else []
    what = f": replacing {' and '.join(replaced)}" if replaced else ""
    return f"starting over at step 0, as requested{what}"


def _locked(folder: Path) -> int:
    """Lock the folder. The kernel releases it when the process ends, however it ends."""
    path = folder / LOCK
    try:
        handle = storage.open_append(path)
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
