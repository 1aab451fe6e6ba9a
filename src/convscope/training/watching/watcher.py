"""The watcher of a run: decides when something is captured, and writes it.

The loop calls it around each step and after each epoch. Off, or where nothing is due, that costs
less than a microsecond. It never stops training: what fails switches it off, with a note.
"""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from convscope.errors import ConvscopeError, StorageError
from convscope.io import storage
from convscope.training.job import Job
from convscope.training.run.files import WATCH
from convscope.training.watching.budget import Budget

if TYPE_CHECKING:
    from convscope.training.watching.capture import Capture
    from convscope.training.watching.observing import Observer

EXPECTED = (ConvscopeError, OSError, RuntimeError, MemoryError, ValueError)


class WatchedStep(Protocol):
    """One step of training, as a context."""

    def __enter__(self) -> "WatchedStep": ...
    def __exit__(self, *error: Any) -> None: ...
    def before_update(self) -> None:
        """Called between the backward pass and the update of the weights."""


class Watch(Protocol):
    """Interface of a watcher as the loop uses it."""

    def begin(self, step: int, per_epoch: int) -> None: ...
    def switch(self, step: int, *, on: bool) -> list[str]: ...
    def step(self, step: int, *, always: bool) -> WatchedStep: ...
    def after_epoch(self) -> None: ...
    def end(self) -> None: ...
    def close(self) -> None: ...
    def take_notes(self) -> list[str]: ...


class _Unwatched:
    """A step of which nothing is captured, and a watcher of nothing."""

    def __enter__(self) -> "_Unwatched":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def before_update(self) -> None:
        pass

    def begin(self, step: int, per_epoch: int) -> None:
        pass

    def switch(self, step: int, *, on: bool) -> list[str]:
        return []

    def step(self, step: int, *, always: bool) -> "WatchedStep":
        return self

    def after_epoch(self) -> None:
        pass

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take_notes(self) -> list[str]:
        return []


UNWATCHED = _Unwatched()
"""Of ranks other than 0."""


class Watcher:
    """Watcher of a run on rank 0.

    Args:
        run: the run folder.
        on: whether it watches from the start; the command `watch` changes it.
    """

    def __init__(
        self, job: Job, run: Path, *, seed: int, on: bool, budget: Budget | None = None
    ) -> None:
        self._job, self._run, self._seed = job, run, seed
        self._on = on
        self._budget = budget or Budget()
        self._observer: Observer | None = None
        self._step = 0
        self._per_epoch = 1
        self._frame_due = True
        self._statistics_next = True
        self._is_first = True
        self._notes: list[str] = []

    def begin(self, step: int, per_epoch: int) -> None:
        """Begin after `step` steps: what was written of later ones is dropped."""
        self._step, self._per_epoch = step, per_epoch
        if self._on:
            self._guarded(self._open)
        elif (self._run / WATCH).exists():
            from convscope.training.watching.observing import drop_after

            self._guarded(lambda: drop_after(self._run, step))

    def switch(self, step: int, *, on: bool) -> list[str]:
        """Switch it on or off before the next step; return notes for the user."""
        if on == self._on:
            return []
        self._on, self._step = on, step
        if not on:
            self.close()
            return [f"step {self._step:,}: watching is off"]
        self._frame_due = True
        self._guarded(self._open)
        notes = self.take_notes()
        return notes or [f"step {self._step:,}: watching is on"]

    def step(self, step: int, *, always: bool) -> WatchedStep:
        """Return the context of a step. `always`: capture it, since the user made this one step."""
        self._step = step
        if self._observer is None:
            return UNWATCHED
        return _Step(self, self._observer, self._budget, always=always)

    def after_epoch(self) -> None:
        """Note that an epoch has ended: a frame is due."""
        self._frame_due = True

    def end(self) -> None:
        """Capture the end of training."""
        if self._observer is not None:
            self._guarded(self._between, always=True)

    def close(self) -> None:
        """Close the files."""
        if self._observer is not None:
            self._observer.close()
        self._observer = None

    def take_notes(self) -> list[str]:
        """Return messages for the user since the last call."""
        notes = self._notes
        self._notes = []
        return notes

    def _open(self) -> None:
        from convscope.training.watching.observing import Observer

        begin = time.perf_counter()
        self._observer = Observer(self._job, self._run, seed=self._seed, per_epoch=self._per_epoch)
        self._observer.begin(self._step)
        self._between(always=True)
        self._budget.spend(time.perf_counter() - begin, once=True)

    def _guarded(self, work: Callable[..., None], **options: Any) -> None:
        """Call a function; what it cannot do switches watching off, and training goes on."""
        try:
            work(**options)
        except EXPECTED as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._on = False
        self.close()
        if isinstance(error, OSError):
            error = storage.refused(error, self._run / WATCH)
        reason = error.given if isinstance(error, ConvscopeError | StorageError) else str(error)
        self._notes.append(f"watching is off: {reason}. Training goes on")

    def _between(self, *, always: bool = False) -> None:
        """Capture predictions and a frame between two steps, where they are due."""
        assert self._observer is not None
        epoch = self._epoch()
        if always or not self._frame_due:
            self._observer.predictions(self._step, epoch)
            self._statistics_next = True
        if self._frame_due:
            self._observer.frame(self._step, self._step // self._per_epoch)
            self._frame_due = False

    def _epoch(self) -> int:
        """Return the epoch of the last step, counted from 1; 0 before the first step."""
        return -(-self._step // self._per_epoch)

    def advance(self) -> None:
        """Count a step."""
        self._step += 1

    def due(self, *, always: bool) -> "Capture | None":
        """Return the capture of the step that begins; None where none is due."""
        if not (always or self._is_first):  # the first step shows at once what there is to see
            if not self._budget.allows():
                return None
            if self._frame_due or not self._statistics_next:
                begin = time.perf_counter()
                self._guarded(self._between)
                self._budget.spend(time.perf_counter() - begin)
                return None
        return self._observer.capture() if self._observer is not None else None

    def captured(self, capture: "Capture", *, always: bool) -> float:
        """Write the figures of a step that has ended; return the seconds that all of it took."""
        begin, is_first = time.perf_counter(), self._is_first
        try:
            assert self._observer is not None
            if capture.failure is not None:
                raise capture.failure
            self._observer.statistics(capture, self._step, self._epoch())
            self._statistics_next = self._is_first = False
            if always:
                self._between(always=True)
        except EXPECTED as error:
            self._fail(error)
        seconds = time.perf_counter() - begin + capture.seconds
        self._budget.spend(seconds, once=is_first)
        return seconds


class _Step:
    """One step of a run that is watched."""

    def __init__(
        self, watcher: Watcher, observer: "Observer", budget: Budget, *, always: bool
    ) -> None:
        self._watcher, self._budget, self._always = watcher, budget, always
        self._capture: Capture | None = None
        self._begin = 0.0

    def __enter__(self) -> "_Step":
        self._capture = self._watcher.due(always=self._always)
        self._begin = time.perf_counter()
        if self._capture is not None:
            self._capture.open()
        return self

    def before_update(self) -> None:
        """Keep gradients and weights before the update."""
        if self._capture is not None:
            self._capture.before_update()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.close()
        seconds = time.perf_counter() - self._begin
        own = 0.0
        if capture is not None:
            own = capture.seconds
        if error is None:
            self._watcher.advance()
            if capture is not None:
                self._watcher.captured(capture, always=self._always)
        self._budget.train(seconds - own)
