"""A sweep's folder, which several processes may work in.

sweep.json     what is swept: the sweep is the same as long as this is
journal.log    optuna's journal: what was tried, and what came of it
trials/007/    an ordinary run
locks/007      held by the process that trains it; the kernel lets go when that ends
sweep.lock     held for a moment, to take a trial
results.json trials.png epochs.png        made anew after each trial
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
from convscope.runs import Plan
from convscope.sweep.space import AnyDimension, Choice, Range
from convscope.training.recipe.recipe import Recipe

SWEEP, JOURNAL, LOCK, RESULTS = "sweep.json", "journal.log", "sweep.lock", "results.json"
ONLY_OURS = 0o700  # nobody else writes here: optuna trusts its journal


class Definition(Record):
    """What decides the trials of a sweep, besides their number."""

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
        """From what is going to be trained, what is varied, and the seed of the choice."""
        base = planned.base
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
        """The same for the same sweep: run again, it goes on."""
        own = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]
        return f"{self.architecture}-{self.data}-{own}"


class SweepFolder:
    """The folder of one sweep.

    Raises:
        InputError: it holds another sweep, or something else.
        StorageError: it cannot be written.
    """

    def __init__(self, path: Path, definition: Definition) -> None:
        self.path = path
        self.definition = definition
        if path.exists() and (not path.is_dir() or _foreign(path)):
            raise InputError(
                f"{path} is no folder of a sweep", expected="an empty folder, or one to be made"
            )
        storage.make_folder(path)
        try:
            path.chmod(ONLY_OURS)
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
                    f"{self.path} holds another sweep: its {name.replace('_', ' ')} is not the one "
                    "given now",
                    expected="the same architecture, data, recipe, settings, --vary and --seed",
                    fix="choose another --out",
                )

    def trial(self, number: int) -> Path:
        """The run's folder."""
        return self.path / "trials" / f"{number:03d}"

    @contextmanager
    def held(self) -> Iterator[None]:
        """While open, no other process takes a trial."""
        handle = _open(self.path / LOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def lock_trial(self, number: int) -> int | None:
        """A handle that holds the trial until it is closed; None where somebody has it."""
        handle = _open(self.path / "locks" / f"{number:03d}")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle


class JournalLock:
    """Optuna's lock around each line it appends, kept by the kernel.

    Its own locks are files that a killed process leaves behind, and others then wait for. What
    a killed writer left of a line is cut off: optuna would refuse the journal for ever.
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
    """What a folder's sweep is.

    Raises:
        FormatError: damaged.
    """
    try:
        return Definition.model_validate_json((path / SWEEP).read_bytes())
    except pydantic.ValidationError as error:
        raise from_validation(error, kind=FormatError, where=str(path / SWEEP)) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=str(path / SWEEP)) from None


def _foreign(path: Path) -> bool:
    """Something else than a sweep, or than what a process leaves that was killed at its start."""
    begun = {LOCK, "locks", "trials"}
    return not (path / SWEEP).exists() and any(
        entry.name.split(storage.MARK)[0] not in {*begun, SWEEP} for entry in path.iterdir()
    )


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise refused(error, path) from error
