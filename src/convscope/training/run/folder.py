"""The run folder that training writes, by one process at a time.

recipe.json architecture.json data.json environment.json   everything that decides the numbers
precision.json     what `precision="auto"` chose
start.safetensors  the weights that it starts from, if that is a trained model
events.jsonl       the events, without times: equal for equal runs, byte for byte
timings.jsonl      elapsed time and images/s
control.jsonl      commands to the run (see `control.py`)
checkpoints/       see `checkpoint.py`
model.safetensors results.json                             at the end
failure.json       the error by which training ended, until the run is resumed
watch/             figures of the layers, of a run that is watched (see `watching/files.py`)
run.lock           held while a process trains; holds its process id

Resuming checks all of them before it changes any, and follows no link: a file that cannot be read
is an error, not an absent one.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

import torch

from convscope.arch import Architecture
from convscope.errors import FormatError, InputError, StorageError, TrainingError
from convscope.io import storage
from convscope.network import ModelFile, save_model
from convscope.training.pretrained import START
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.checkpoint import Checkpoints, Saved
from convscope.training.run.creation import check_free, remove_unfinished
from convscope.training.run.environment import Launch, environment, launched, version
from convscope.training.run.event_log import EventLog
from convscope.training.run.events import Event, check_events
from convscope.training.run.files import (
    ARCHITECTURE,
    CHECKPOINTS,
    DATA,
    ENVIRONMENT,
    EVENTS,
    FAILURE,
    PRECISION,
    RECIPE,
    DataRecord,
    FormerData,
    is_run,
    read_file,
    recorded_data,
    recorded_environment,
)
from convscope.training.run.lock import lock
from convscope.training.run.precision import PrecisionChoice, read_choice
from convscope.training.run.resumption import check_files, check_nothing_is_lost, starting_over


class Run:
    """A run folder, locked for this process while it is open.

    with Run.create(folder, architecture, recipe, data) as run: ...
    with Run.open(folder) as run: ...

    Attributes:
        rewinds: whether the checkpoint that was loaded is not the newest.
        data_changed: whether the run continues on other data.
    """

    def __init__(
        self,
        folder: Path,
        architecture: Architecture,
        recipe: Recipe,
        data: DataRecord,
        handle: int,
    ) -> None:
        self.folder = folder
        self.architecture = architecture
        self.recipe = recipe
        self.data = data
        self.checkpoints = Checkpoints(folder / CHECKPOINTS)
        self.rewinds = False
        self.data_changed = False
        self._lock = handle
        self._log = EventLog(folder, self.checkpoints)
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
        handle = lock(folder)
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
                remove_unfinished(folder, keep_folder=not created)
            os.close(handle)
            raise
        return cls(folder, architecture, recipe, data, handle)

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
        handle = lock(folder)
        run = cls(folder, architecture, recipe, data, handle)
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
        self._log.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

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

    def read_precision(self, *, required: bool) -> PrecisionChoice | None:
        """Return the precision that the run chose before; None if it did not.

        Args:
            required: the run was trained before, so that it must have chosen one.

        Raises:
            FormatError: the record is damaged, or required and missing.
        """
        choice = read_choice(self.folder)
        if choice is None and required:
            read_file(self.folder, PRECISION)  # raises: it is missing
        return choice

    def record_precision(self, choice: PrecisionChoice) -> None:
        """Write the precision that the run computes in from now on, and note it.

        Raises:
            StorageError: it cannot be written.
        """
        storage.write_text(self.folder / PRECISION, choice.model_dump_json(indent=2) + "\n")
        self.note(choice.sentence())

    def note(self, message: str) -> None:
        """Add a message for the user, see `take_notes`."""
        self._notes.append(message)

    def load_checkpoint(self, generation: int | None) -> Saved:
        """Load a checkpoint, the newest by default, and check everything that training touches.

        Nothing is changed. Without any checkpoint, a run that was trained before is not started
        over unless generation 0 is requested.

        Raises:
            DataError: the checkpoints cannot be listed.
            FormatError: a checkpoint, or the events that it includes, are missing or damaged.
            InputError: no such checkpoint.
        """
        check_files(self.folder)
        known = self.checkpoints.generations()
        path = self.folder / EVENTS
        size = path.lstat().st_size if storage.exists(path) else 0
        if generation is None and not known:
            check_nothing_is_lost(self.folder, self.checkpoints, size)
        saved = self.checkpoints.load(generation)
        check_events(path, saved.numbers.events_bytes)
        self.rewinds = bool(known) and saved.generation != known[-1]
        if saved.generation == 0 and (size or known or not self.checkpoints.are_none_yet()):
            self._notes.append(starting_over(known, size, requested=generation == 0))
        return saved

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

    @property
    def events_bytes(self) -> int:
        """Length of `events.jsonl`."""
        return self._log.num_bytes

    def begin_events(self, keep_bytes: int) -> None:
        """Open the event log, cut to its first `keep_bytes` bytes: see `EventLog.begin`."""
        self._log.begin(keep_bytes)

    def record(self, event: Event) -> None:
        """Append an event: see `EventLog.record`."""
        self._log.record(event)

    def sync_events(self) -> None:
        """Flush all events to the disk, before the checkpoint that includes them."""
        self._log.sync()

    def record_timing(self, timing: dict[str, Any]) -> None:
        """Append to `timings.jsonl`."""
        self._log.record_timing(timing)

    def record_failure(self, error: TrainingError) -> None:
        """Write why training ended, for `convscope runs`; a full disk is not a second error."""
        with contextlib.suppress(StorageError):
            storage.write_json(self.folder / FAILURE, {"message": error.on_one_line()})
