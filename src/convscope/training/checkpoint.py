"""Checkpoint writer with two generations, each verified before the older one is removed.

    checkpoints/000007.safetensors   tensors: weights, buffers, optimiser, averaged and best weights
    checkpoints/000007.json          counters, and the length and SHA-256 of the tensors

The JSON is written last: a generation exists once it is there, and tensors without it are
removed. SIGKILL at any byte leaves the previous generation intact.
"""

import hashlib
import json
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
    """The checkpoints of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._verified = 0  # newest generation known to be intact

    def save(self, numbers: Numbers, tensors: Mapping[str, Tensor]) -> int:
        """Write a new generation, verify it, and then remove older ones; return its number.

        A write that fails is tried once more.

        Raises:
            StorageError: it cannot be written; the last good generation is still there.
        """
        needed = sum(t.numel() * t.element_size() for t in tensors.values()) + ROOM_BYTES
        generation = max([*self.generations(), self._verified]) + 1
        try:
            storage.make_folder(self._folder)
            self.check_room(needed)
            storage.retried(lambda: self._write(generation, numbers, tensors))
        except StorageError as error:
            left = self.describe() or "none yet"
            raise StorageError(
                f"{error.given}; the checkpoint takes {needed:,} bytes",
                fix=f"{error.fix or 'check the disk'}. The last good checkpoint ({left}) is "
                "unchanged; resume the run to continue from it",
                where=error.where,
            ) from error
        self._manifest(generation)
        kept = {generation, self._verified}
        for old in self.generations():
            if old not in kept:
                self._json(old).unlink(missing_ok=True)
                self._tensors(old).unlink(missing_ok=True)
        self._verified = generation
        return generation

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
        """Return the numbers of all generations, intact or damaged, oldest first."""
        names = (NAME.fullmatch(path.name) for path in self._folder.glob("*.json"))
        return sorted(int(name[1]) for name in names if name)

    def sweep(self) -> None:
        """Remove leftovers of a killed writer: temporary files, and tensors without their JSON."""
        storage.sweep(self._folder)
        complete = set(self.generations())
        for path in self._folder.glob("*.safetensors"):
            name = NAME.fullmatch(path.name)
            if name and int(name[1]) not in complete:
                path.unlink(missing_ok=True)

    def describe(self) -> str:
        """Return the file name of the newest verified generation, or an empty text."""
        return f"{self._tensors(self._verified).name}" if self._verified else ""

    def _manifest(self, generation: int) -> Numbers:
        """Return the counters of a generation after verifying its length and hashes."""
        path = self._json(generation)
        try:
            whole = json.loads(path.read_bytes())
            body, expected = whole["body"], whole["sha256"]
            size, sha256 = body["tensors"]["size_bytes"], body["tensors"]["sha256"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise FormatError(
                "not readable", expected="JSON with body and sha256", where=path.name
            ) from None
        _same(expected, _digest(body), "SHA-256", path.name)
        tensors = self._tensors(generation)
        _same(size, tensors.stat().st_size if tensors.exists() else 0, "bytes", tensors.name)
        _same(sha256, storage.sha256(tensors), "SHA-256", tensors.name)
        try:
            return Numbers.model_validate_json(json.dumps(body["numbers"]))
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
        free = shutil.disk_usage(self._folder).free
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
