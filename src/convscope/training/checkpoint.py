"""Checkpoints that survive anything: two generations, each verified before the older one goes.

    checkpoints/000007.safetensors   every tensor: weights, buffers, optimiser, mean, best
    checkpoints/000007.json          every number, and the length and SHA-256 of the tensors

The JSON is written last: with it a generation exists, without it the tensors are swept away.
SIGKILL at any byte leaves the generation before it whole.
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
from convscope.training.retry import retried

NAME = re.compile(r"(\d{6,})\.(json|safetensors)")
ROOM_BYTES = 1 << 16  # for names, JSON and the file system's own needs
Total = Annotated[int, Field(ge=0)]


class Numbers(pydantic.BaseModel):
    """Everything that is not a tensor, after `step` steps.

    Attributes:
        lr: the peak learning rate, when a command changed it.
        loss_sum, correct, seen: since the last StepEvent.
        stale_epochs: since the best one.
        events_bytes: where `events.jsonl` stood.
        control_bytes: how far `control.jsonl` was read.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    step: Total = 0
    lr: float | None = None
    loss_sum: float = 0.0
    correct: Total = 0
    seen: Total = 0
    best_accuracy: float = -1.0
    best_loss: float = 0.0
    best_epoch: Total = 0
    last_accuracy: float = 0.0
    last_loss: float = 0.0
    stale_epochs: Total = 0
    events_bytes: Total = 0
    control_bytes: Total = 0


@dataclass(frozen=True)
class Saved:
    """One generation in memory. Generation 0 is the start: no tensors."""

    generation: int
    numbers: Numbers
    tensors: dict[str, Tensor] = field(repr=False)


class Checkpoints:
    """The generations of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._verified = 0  # the newest generation that is known to be whole

    def save(self, numbers: Numbers, tensors: Mapping[str, Tensor]) -> int:
        """Write a new generation, verify it, and only then let the older ones go.

        A write that fails is tried once more, after a moment.

        Raises:
            StorageError: the disk refuses; the last good generation is still there.
        """
        needed = sum(t.numel() * t.element_size() for t in tensors.values()) + ROOM_BYTES
        generation = max([*self.generations(), self._verified]) + 1
        try:
            storage.make_folder(self._folder)
            self.check_room(needed)
            retried(lambda: self._write(generation, numbers, tensors))
        except StorageError as error:
            left = self.describe() or "none yet"
            raise StorageError(
                f"{error.given}; the checkpoint takes {needed:,} bytes",
                fix=f"{error.fix or 'look at the disk'}. The last good checkpoint ({left}) is "
                "as it was; resume the run to go on from it",
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
        """The newest generation, or the one asked for; nothing is taken that does not verify.

        Raises:
            FormatError: it is damaged: what was expected, what was found, and how to go on.
            InputError: there is no such generation.
        """
        found = self.generations()
        if generation is None:
            generation = found[-1] if found else 0
        if generation == 0:
            return Saved(0, Numbers(), {})
        if generation not in found:
            known = ", ".join(str(number) for number in found) or "none"
            raise InputError(f"there is no checkpoint {generation}", expected=f"one of {known}")
        try:
            numbers = self._manifest(generation)
            tensors = read_tensors(self._tensors(generation))
        except FormatError as error:
            raise FormatError(
                f"checkpoint {generation} is damaged: {error.given}",
                expected=error.expected,
                fix=self._way_out(generation),
                where=error.where,
            ) from None
        self._verified = generation
        return Saved(generation, numbers, tensors)

    def generations(self) -> list[int]:
        """The numbers of all generations, whole or damaged, oldest first."""
        names = (NAME.fullmatch(path.name) for path in self._folder.glob("*.json"))
        return sorted(int(name[1]) for name in names if name)

    def sweep(self) -> None:
        """Remove what a killed writer left: temporary files, and tensors without their JSON."""
        storage.sweep(self._folder)
        complete = set(self.generations())
        for path in self._folder.glob("*.safetensors"):
            name = NAME.fullmatch(path.name)
            if name and int(name[1]) not in complete:
                path.unlink(missing_ok=True)

    def describe(self) -> str:
        """The newest verified generation in words, or nothing."""
        return f"{self._tensors(self._verified).name}" if self._verified else ""

    def _manifest(self, generation: int) -> Numbers:
        """The numbers of a generation whose bytes are all as they were written."""
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
            raise FormatError("of another version of convscope", where=path.name) from None

    def _way_out(self, damaged: int) -> str:
        for older in reversed([g for g in self.generations() if g < damaged]):
            try:
                numbers = self._manifest(older)
            except FormatError:
                continue
            where = f"checkpoint {older} (step {numbers.step})"
            return f"{where} is whole: resume with --generation {older}"
        return "no other checkpoint is whole; resume with --generation 0 begins anew"

    def check_room(self, needed: int) -> None:
        """Look for room before anything is written.

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
