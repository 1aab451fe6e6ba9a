"""Training progress on stderr: a bar on a terminal, a line per epoch elsewhere."""

import math
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.cli.terminal.output import say
from convscope.errors import StorageError
from convscope.lang import label, translate
from convscope.text import counted

if TYPE_CHECKING:
    from rich.progress import Progress

    from convscope.training.run.events import BadImages, Event
    from convscope.training.start import RunEvents


class Bars:
    """Progress bars of what interrupts the steps, as validation does.

    Attributes:
        training: the bars of a running training, which these stand below; None before it.
    """

    def __init__(self) -> None:
        self.training: Progress | None = None

    @contextmanager
    def show(self, unit: str, action: str) -> Iterator[Callable[[int, int], None]]:
        """Yield a function that takes the number of units done and their total."""
        from convscope.cli.terminal.progress import progress_bar

        if (bars := self.training) is None:
            with progress_bar(unit, action) as progress:
                yield progress
            return
        task = bars.add_task("", total=None, title=label(action), figures="")
        try:
            yield lambda done, total: bars.update(
                task,
                completed=done,
                total=total,
                figures=translate(f"{done:,} of {total:,} {unit}"),
            )
        finally:
            bars.remove_task(task)


def show(events: "RunEvents", *, as_json: bool = False, bars: Bars | None = None) -> str:
    """Print events as they come; return the type of the last one."""
    last = ""
    live = _Live(events.folder)
    if bars is not None:
        bars.training = live.bars
    try:
        for event in events:
            last = event.type
            if as_json:
                _print_json(event, events)
            live.show(event)
    finally:
        events.close()
        live.close()
    return last


def _print_json(event: "Event", events: "RunEvents") -> None:
    """Print an event on standard output; if that fails, save and stop.

    Raises:
        StorageError: standard output cannot be written.
    """
    try:
        sys.stdout.write(event.line().decode())
        sys.stdout.flush()
    except StorageError as error:
        events.close()
        folder = shlex.quote(str(events.folder))
        resume = f"The run is saved; resume with: convscope train --resume {folder}"
        fix = f"{error.fix}. {resume}" if error.fix else resume
        raise StorageError(error.given, fix=fix, where=error.where) from error


class _Live:
    """A progress bar on a terminal; elsewhere a plain line per epoch."""

    def __init__(self, folder: Path) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._folder = folder
        console = Console(stderr=True)
        self.bars = Progress(
            TextColumn("{task.fields[title]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.bars.add_task("", total=None, title="", figures="")
        self.bars.start()
        self._epochs = self._per_epoch = self._batch = self._images = 0
        self._step = 0
        self._bad: Counter[str] = Counter()
        self._since = time.perf_counter()

    def show(self, event: "Event") -> None:
        """Show one event."""
        match event.type:
            case "Started" | "Resumed":
                self._begin(event)
            case "DataChanged":
                self._change(event)
            case "Step":
                self._count(event)
            case "Epoch" | "Finished" | "Note" | "ControlApplied" | "BadImages":
                self._line(event)

    def close(self) -> None:
        """Restore the terminal."""
        self.bars.stop()

    def _begin(self, event: "Event") -> None:
        from convscope.training.recipe.recipe import Recipe
        from convscope.training.run.events import Resumed, Started, read_events
        from convscope.training.run.files import EVENTS, RECIPE, read_file

        if isinstance(event, Resumed):
            self._step = event.step
            self._print(f"{self._folder}: resuming at step {event.step:,}")
            started = (e for e in read_events(self._folder / EVENTS).events if e.type == "Started")
            first = next(started, None)
            if first is None:
                return
            event = first
        assert isinstance(event, Started)
        recipe = Recipe.from_json(read_file(self._folder, RECIPE), where=RECIPE)
        self._epochs, self._per_epoch = recipe.epochs, event.steps_per_epoch
        self._batch, self._images = event.batch_size, event.training_samples
        if self._step == 0:
            self._print(
                f"{event.architecture} on {event.data}: {event.parameters:,} parameters, "
                f"{event.training_samples:,} images, {counted(self._epochs, 'epoch')} of "
                f"{counted(self._per_epoch, 'step')}; in {self._folder}"
            )
        if self._step == self._epochs * self._per_epoch:
            self._print("all epochs are trained; writing model and report")
        self.bars.update(self._task, total=self._epochs * self._per_epoch, completed=self._step)

    def _change(self, event: "Event") -> None:
        from convscope.training.run.events import DataChanged

        assert isinstance(event, DataChanged)
        self._per_epoch = event.steps_per_epoch
        self._print(
            f"from here on other data: {event.training_samples:,} images to train on, "
            f"{event.validation_samples:,} to validate, {counted(self._per_epoch, 'step')} "
            "per epoch"
        )
        self.bars.update(self._task, total=self._epochs * self._per_epoch)

    def _count(self, event: "Event") -> None:
        from convscope.training.run.events import StepEvent

        assert isinstance(event, StepEvent)
        now = time.perf_counter()
        speed = (event.step - self._step) * self._batch / max(now - self._since, 1e-9)
        self._step, self._since = event.step, now
        digits = 2 if not math.isfinite(event.loss) or event.loss >= 1 else 4
        self.bars.update(
            self._task,
            completed=event.step,
            title=translate(f"epoch {event.epoch}/{self._epochs}"),
            figures=translate(
                f"loss {event.loss:.{digits}f}  accuracy {event.accuracy:.2%}  "
                f"{speed:,.0f} images/s"
            ),
        )

    def _line(self, event: "Event") -> None:
        from convscope.training.run.events import (
            BadImages,
            ControlApplied,
            EpochEvent,
            Finished,
            Note,
        )

        match event:
            case EpochEvent():
                mark = "  best so far" if event.best else ""
                self._print(
                    f"epoch {event.epoch}/{self._epochs}: validation accuracy "
                    f"{event.validation_accuracy:.2%}, loss {event.validation_loss:.4f}{mark}"
                )
                if event.epoch == self._epochs:
                    self._print("writing model and report")
            case Finished():
                early = " (stopped early)" if event.stopped_early else ""
                if self._bad:
                    self._print(
                        f"{len(self._bad):,} of {self._images:,} training images could not be "
                        f"read, {counted(self._bad.total(), 'time')} in all"
                    )
                self._print(
                    f"done{early}: validation accuracy {event.validation_accuracy:.2%} with the "
                    f"weights of epoch {event.kept_epoch}; "
                    f"model and report in {self._folder}"
                )
            case Note():
                self._print(f"note: {event.message}")
            case BadImages():
                self._bad_images(event)
            case ControlApplied():
                value = f" {event.lr:g}" if event.lr is not None else ""
                self._print(f"step {event.step}: {event.command}{value}")

    def _bad_images(self, event: "BadImages") -> None:
        """Name each file once; the last line of the run gives the totals."""
        done = "skipped" if event.action == "skip" else "replaced"
        for text in event.files:
            if text not in self._bad:
                self._print(f"step {event.step}: cannot be read, {done}: {text}")
        self._bad.update(event.files)

    def _print(self, line: str) -> None:
        if self.bars.disable:
            say(line)
        else:
            self.bars.console.print(translate(line), markup=False, highlight=False)
