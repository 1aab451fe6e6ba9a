"""The folder of a sweep, which several processes may use at once.

sweep.json     definition of the sweep
journal.log    Optuna's journal: settings and results of the trials
trials/007/    an ordinary run
locks/007      held by the process that trains the trial; the kernel releases it when that ends
sweep.lock     held for a moment while a process claims a trial
results.json trials.png epochs.png        rewritten after each trial
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydantic

from convscope.errors import FormatError, InputError, from_validation
from convscope.io import storage
from convscope.io.storage import refused
from convscope.network.safetensors_file import weights_sha256
from convscope.record import Record
from convscope.starting import Plan
from convscope.sweep.space import AnyDimension, Choice, Range
from convscope.training.recipe.recipe import Recipe
from convscope.training.run.files import read_file

SWEEP, JOURNAL, LOCK, RESULTS = "sweep.json", "journal.log", "sweep.lock", "results.json"
OWNER_ONLY = 0o700  # Optuna trusts its journal, so no other user may write it


class Definition(Record):
    """Everything that decides the trials of a sweep, except their number."""

    architecture: str
    architecture_sha256: str
    base: str | None
    base_sha256: str | None
    data: str
    data_fingerprint: str
    recipe: Recipe
    vary: tuple[AnyDimension, ...]
    seed: int

    @staticmethod
    def of(planned: Plan, vary: Sequence[Range | Choice], *, seed: int) -> "Definition":
        """Return the definition of a plan, the settings to vary and the seed of the search."""
        base = planned.pretrained
        return Definition(
            architecture=planned.architecture.name,
            architecture_sha256=planned.architecture.fingerprint,
            base=base.name if base else None,
            base_sha256=weights_sha256(base.file.weights) if base else None,
            data=planned.data.name,
            data_fingerprint=planned.data.fingerprint(),
            recipe=planned.recipe,
            vary=tuple(vary),
            seed=seed,
        )

    def folder_name(self) -> str:
        """Return the folder name, equal for equal sweeps, so that running again resumes."""
        own = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]
        return f"{self.architecture}-{self.data}-{own}"


class SweepFolder:
    """The folder of one sweep.

    Raises:
        InputError: it holds another sweep, or other files.
        StorageError: it cannot be written.
    """

    def __init__(self, path: Path, definition: Definition) -> None:
        self.path = path
        self.definition = definition
        if path.exists() and (not path.is_dir() or _foreign(path)):
            raise InputError(
                f"{path} is not a sweep folder", expected="an empty folder, or a new one"
            )
        storage.make_folder(path)
        try:
            path.chmod(OWNER_ONLY)
        except OSError as error:
            raise refused(error, path) from error
        storage.make_folder(path / "locks")
        storage.make_folder(path / "trials")
        with self.held():
            self._define()

    def _define(self) -> None:
        place = self.path / SWEEP
        if not place.exists():
            storage.write_text(place, self.definition.model_dump_json(indent=2) + "\n")
            return
        before = read_definition(self.path)
        for name in Definition.model_fields:
            then, now = getattr(before, name), getattr(self.definition, name)
            if then != now:
                raise InputError(
                    f"{self.path} holds another sweep: its {name.replace('_', ' ')} differs",
                    expected="the same architecture, data, recipe, settings, --vary and --seed",
                    fix="choose another --output",
                )

    def trial(self, number: int) -> Path:
        """Return the run folder of a trial."""
        return self.path / "trials" / f"{number:03d}"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the sweep: meanwhile no other process claims a trial."""
        handle = _open(self.path / LOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def lock_trial(self, number: int) -> int | None:
        """Return a handle that locks the trial until closed; None if another process has it."""
        handle = _open(self.path / "locks" / f"{number:03d}")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle


class JournalLock:
    """A kernel lock for Optuna's journal.

    Optuna's own locks are files, which a killed process leaves behind and others then wait for.
    A torn line of a killed writer is cut off: Optuna could not read the journal with it.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._handle = -1

    def acquire(self) -> bool:
        self._handle = _open(self._journal)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            tail = os.pread(self._handle, size, max(0, size - (1 << 20)))
            os.ftruncate(self._handle, size - len(tail) + tail.rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        os.close(self._handle)
        self._handle = -1


def read_definition(path: Path) -> Definition:
    """Read the definition of a sweep folder.

    Raises:
        FormatError: damaged.
    """
    try:
        return Definition.model_validate_json(read_file(path, SWEEP))
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(path / SWEEP)) from None


def _foreign(path: Path) -> bool:
    """Return whether a folder holds other files than a sweep, or the start of one."""
    begun = {LOCK, "locks", "trials"}
    return not (path / SWEEP).exists() and any(
        storage.final_name(entry.name) not in {*begun, SWEEP} for entry in path.iterdir()
    )


def _open(path: Path) -> int:
    try:
        return storage.open_append(path)
    except OSError as error:
        raise refused(error, path) from error
