"""Checkpoint writer with two generations, each verified before the older one is removed.

    checkpoints/000007.safetensors   tensors: weights, buffers, optimiser, averaged and best weights
    checkpoints/000007.json          counters, and the length and SHA-256 of the tensors

The JSON is written last: a generation exists once it is there, and the next one replaces tensors
without it. SIGKILL at any byte leaves the previous generation intact.

    checkpoints/none-yet         in a new run, until the first generation is complete

Without this file and without a generation, checkpoints were lost: a run is not started over then,
unless the user asks for it. Nothing is read, written or removed through links.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic import ConfigDict, Field
from torch import Tensor

from convscope.errors import FormatError, InputError, StorageError
from convscope.io import storage
from convscope.network.safetensors_file import read_tensors, write_tensors

NAME = re.compile(r"(\d{6,})\.(json|safetensors)")
NONE_YET = "none-yet"
MANIFEST_BYTES = 1 << 16
ROOM_BYTES = 1 << 16  # for names, JSON and file system overhead
Total = Annotated[int, Field(ge=0)]


class Numbers(pydantic.BaseModel):
    """Counters of the training state after `step` steps.

    Attributes:
        lr: the peak learning rate, if a command changed it.
        loss_sum, correct, seen: since the last StepEvent; `seen` counts steps.
        skipped: images that could not be read, since the last StepEvent.
        stale_epochs: epochs since the best one.
        awaits_validation: whether `step` ends an epoch that is not validated yet.
        events_bytes: length of `events.jsonl`.
        control_bytes: bytes read of `control.jsonl`.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    step: Total = 0
    lr: float | None = None
    loss_sum: float = 0.0
    correct: Total = 0
    seen: Total = 0
    skipped: Total = 0
    best_accuracy: float = -1.0
    best_loss: float = 0.0
    best_epoch: Total = 0
    last_accuracy: float = 0.0
    last_loss: float = 0.0
    stale_epochs: Total = 0
    awaits_validation: bool = False
    events_bytes: Total = 0
    control_bytes: Total = 0


@dataclass(frozen=True)
class Saved:
    """A loaded generation. Generation 0 is the start of the run and has no tensors."""

    generation: int
    numbers: Numbers
    tensors: dict[str, Tensor] = field(repr=False)


class Checkpoints:
    """The checkpoints of one run.

    Attributes:
        notes: messages for the user, such as an old generation that cannot be removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._verified = 0  # newest generation known to be intact
        self.notes: list[str] = []
        self._reported: set[str] = set()

    @classmethod
    def create(cls, folder: Path) -> "Checkpoints":
        """Return the checkpoints of a new run, whose folder says that there are none yet."""
        storage.write(folder / NONE_YET, [])
        return cls(folder)

    def save(self, numbers: Numbers, tensors: Mapping[str, Tensor]) -> int:
        """Write a new generation, verify it, and then remove older ones; return its number.

        A write that fails is tried once more.

        Raises:
            StorageError: it cannot be written; the last good generation is still there.
            DataError, FormatError: the folder cannot be listed, or is a link; what was written is
                damaged.
        """
        needed = sum(t.numel() * t.element_size() for t in tensors.values()) + ROOM_BYTES
        generation = max([*self.generations(), self._verified]) + 1
        try:
            storage.make_folder(self._folder)
            self.check_room(needed)
            storage.retried(lambda: self._write(generation, numbers, tensors))
        except StorageError as error:
            raise StorageError(
                f"{error.given}; the checkpoint takes {needed:,} bytes",
                fix=f"{error.fix or 'check the disk'}. {self._last_good()}",
                where=error.where,
            ) from error
        try:
            self._manifest(generation)
        except FormatError as error:
            raise FormatError(
                f"checkpoint {generation} is damaged right after it was written: {error.given}",
                expected=error.expected,
                fix=f"check the disk. {self._last_good()}",
                where=error.where,
            ) from error
        self._retire(keep={generation, self._verified}, newest=generation)
        self._verified = generation
        return generation

    def _last_good(self) -> str:
        good = self.describe() or "none yet"
        return f"The last good checkpoint ({good}) is unchanged; resume the run to continue from it"

    def _retire(self, *, keep: set[int], newest: int) -> None:
        """Remove older generations, and tensors that a kill left without their JSON."""
        for name, generation in sorted(self._names()):  # the JSON of a generation first
            if generation in keep or generation > newest:
                continue
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError as error:
                reason = (error.strerror or "input/output error").lower()
                note = f"the old checkpoint file {name} cannot be removed: {reason}"
                if note not in self._reported:
                    self._reported.add(note)
                    self.notes.append(note)
        with contextlib.suppress(OSError):  # it has no meaning beside a generation
            (self._folder / NONE_YET).unlink(missing_ok=True)

    def _write(self, generation: int, numbers: Numbers, tensors: Mapping[str, Tensor]) -> None:
        receipt = write_tensors(self._tensors(generation), tensors, {})
        body = {
            "generation": generation,
            "numbers": numbers.model_dump(),
            "tensors": {"size_bytes": receipt.size_bytes, "sha256": receipt.sha256},
        }
        storage.write_json(self._json(generation), {"body": body, "sha256": _digest(body)})

    def load(self, generation: int | None = None) -> Saved:
        """Load the newest generation, or the given one, after verifying its hashes.

        Raises:
            FormatError: it is damaged; names an older one to resume from.
            InputError: there is no such generation.
        """
        known = self.generations()
        if generation is None:
            generation = known[-1] if known else 0
        if generation == 0:
            return Saved(0, Numbers(), {})
        if generation not in known:
            names = ", ".join(map(str, known)) or "none"
            raise InputError(f"there is no checkpoint {generation}", expected=f"one of {names}")
        try:
            numbers = self._manifest(generation)
            tensors = read_tensors(self._tensors(generation))
        except FormatError as error:
            raise FormatError(
                f"checkpoint {generation} is damaged: {error.given}",
                expected=error.expected,
                fix=self._advice(generation),
                where=error.where,
            ) from None
        self._verified = generation
        return Saved(generation, numbers, tensors)

    def generations(self) -> list[int]:
        """Return the numbers of all generations, intact or damaged, oldest first.

        Raises:
            DataError: the folder cannot be listed: nobody knows whether there are any.
            FormatError: a link or a file in the place of the folder.
        """
        return sorted(number for name, number in self._names() if name.endswith(".json"))

    def are_none_yet(self) -> bool:
        """Return whether the run has not come to its first checkpoint."""
        return not self.generations() and storage.exists(self._folder / NONE_YET)

    def sweep(self) -> None:
        """Remove the temporary files of a killed writer."""
        if storage.is_own_folder(self._folder):
            storage.sweep(self._folder)

    def _names(self) -> list[tuple[str, int]]:
        """Return file names of generations with their numbers; empty without a folder."""
        if not storage.is_own_folder(self._folder):
            return []
        try:
            with os.scandir(self._folder) as entries:
                names = [NAME.fullmatch(entry.name) for entry in entries]
        except OSError as error:
            raise storage.unreadable(
                error, str(self._folder), fix="make the folder readable; nothing was changed"
            ) from error
        return [(name[0], int(name[1])) for name in names if name]

    def describe(self) -> str:
        """Return the file name of the newest verified generation, or an empty text."""
        return f"{self._tensors(self._verified).name}" if self._verified else ""

    def _manifest(self, generation: int) -> Numbers:
        """Return the counters of a generation after verifying its length and hashes."""
        path = self._json(generation)
        try:
            raw = storage.read_bytes(path, most=MANIFEST_BYTES, follow=False)
            whole = json.loads(raw)
            body, expected = whole["body"], whole["sha256"]
            size, sha256 = body["tensors"]["size_bytes"], body["tensors"]["sha256"]
            numbers, own = body["numbers"], _digest(body)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            problem = error.given if isinstance(error, FormatError) else "not readable"
            raise FormatError(
                problem, expected="JSON with body and sha256", where=path.name
            ) from None
        _same(expected, own, "SHA-256", path.name)
        tensors = self._tensors(generation)
        try:
            with storage.open_file(tensors, follow=False) as file:
                _same(size, os.fstat(file.fileno()).st_size, "bytes", tensors.name)
                _same(sha256, storage.sha256_of(file), "SHA-256", tensors.name)
        except OSError as error:
            reason = (error.strerror or "input/output error").lower()
            raise FormatError(f"cannot be read: {reason}", where=tensors.name) from None
        try:
            return Numbers.model_validate_json(json.dumps(numbers))
        except pydantic.ValidationError:
            raise FormatError("written by another version of convscope", where=path.name) from None

    def _advice(self, damaged: int) -> str:
        for older in reversed([g for g in self.generations() if g < damaged]):
            try:
                numbers = self._manifest(older)
            except FormatError:
                continue
            where = f"checkpoint {older} (step {numbers.step})"
            return f"{where} is intact: resume with --generation {older}"
        return "no other checkpoint is intact; --generation 0 starts over"

    def check_room(self, needed: int) -> None:
        """Check the free disk space.

        Raises:
            StorageError: says how many bytes are needed and how many are free.
        """
        try:
            is_new = not storage.exists(self._folder)
            free = shutil.disk_usage(self._folder.parent if is_new else self._folder).free
        except OSError as error:
            raise storage.refused(error, self._folder) from error
        if free < needed:
            raise StorageError(
                f"no room for a checkpoint: {needed:,} bytes needed, {free:,} free",
                fix=f"free disk space in {self._folder}",
                where=str(self._folder),
            )

    def _json(self, generation: int) -> Path:
        return self._folder / f"{generation:06d}.json"

    def _tensors(self, generation: int) -> Path:
        return self._folder / f"{generation:06d}.safetensors"


def _digest(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _same(expected: object, got: object, what: str, where: str) -> None:
    if expected != got:
        raise FormatError(f"{what} {got}", expected=f"{what} {expected}", where=where)
