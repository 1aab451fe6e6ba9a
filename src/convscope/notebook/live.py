"""A run in a notebook while it trains: bars, curves and epochs, replaced in place.

IPython is used if it runs this process as the kernel of a notebook, and is imported in no other
case. The stop button of the notebook (SIGINT) saves a checkpoint; a second click aborts.
"""

import contextlib
import math
import shlex
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from convscope.evaluate.metrics import percent
from convscope.notebook.parts import bar, facts, folded, heading, sentence, table
from convscope.payload import Sheet
from convscope.render.pages.html import fragment
from convscope.render.pages.notebook import piece
from convscope.report.run_report import curves
from convscope.text import counted, printable
from convscope.training.run.events import (
    DataChanged,
    EpochEvent,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    StepEvent,
    Stopped,
)

INTERVAL_S = 1.0  # between two updates
MOST_NOTES = 5  # that are not folded

Bundle = dict[str, str]
Update = Callable[[Bundle], None]
Display = Callable[[Bundle], Update]
"""Shows a bundle of HTML and text, and returns a function that replaces it."""


def kernel_display() -> Display | None:
    """Return the display of the notebook that runs this process; None outside a notebook."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    def show(bundle: Bundle) -> Update:
        handle = display(bundle, raw=True, display_id=True)
        return lambda replaced: handle.update(replaced, raw=True)

    return show


class StopButton:
    """Request to stop, set by the stop button of a notebook while the run computes."""

    def __init__(self) -> None:
        self.is_pressed = False

    def __call__(self) -> bool:
        return self.is_pressed

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT as the request while open; the second one interrupts at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers
            return

        def handle(_number: int, _frame: FrameType | None) -> None:
            if self.is_pressed:
                raise KeyboardInterrupt
            self.is_pressed = True

        before = signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def watched(
    source: Generator[Event, None, None],
    folder: Path,
    stop: StopButton,
    *,
    display: Display | None = None,
) -> Generator[Event, None, None]:
    """Yield the events of a run and show them in the notebook; outside one only yield them.

    Raises:
        KeyboardInterrupt: after the last event, if the stop button was pressed.
    """
    show = display or kernel_display()
    if show is None:
        yield from source
        return
    view = View(folder)
    update, updated_s = show(view.bundle()), time.monotonic()
    try:
        with contextlib.closing(source):
            while True:
                with stop.listening():
                    event = next(source, None)
                if event is None:
                    break
                view.add(event)
                if time.monotonic() - updated_s >= INTERVAL_S or not isinstance(event, StepEvent):
                    update(view.bundle())
                    updated_s = time.monotonic()
                yield event
    except BaseException as error:
        view.fail(error)
        raise
    finally:
        view.is_over = True
        update(view.bundle())
    if stop.is_pressed:
        raise KeyboardInterrupt


def consume(events: Any) -> None:
    """Train to the end, for `convscope.train(...)` as the last line of a cell.

    Raises:
        NotImplementedError: outside a notebook; IPython then prints the `repr`.
    """
    if kernel_display() is None:
        raise NotImplementedError
    with contextlib.suppress(KeyboardInterrupt):  # the view says that the run was stopped
        deque(events, maxlen=0)


class View:
    """The state of a run as its events tell it.

    Attributes:
        is_over: whether no event follows.
    """

    def __init__(self, folder: Path) -> None:
        self.is_over = False
        self._folder = folder
        self._events: list[Event] = []
        self._notes: list[str] = []
        self._started: Started | None = None
        self._per_epoch = 1
        self._step = self._first_step = 0
        self._since_s = time.monotonic()
        self._problem = ""

    def add(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Started():
                self._started, self._per_epoch = event, event.steps_per_epoch
                self._since_s = time.monotonic()
            case Resumed():
                self._step = self._first_step = event.step
                self._since_s = time.monotonic()
            case DataChanged():
                self._per_epoch = event.steps_per_epoch
            case StepEvent() | EpochEvent() | Finished() | Stopped():
                self._step = max(self._step, event.step)
            case _:
                self._notes.append(event.message if isinstance(event, Note) else str(event))
        self._events.append(event)

    def fail(self, error: BaseException) -> None:
        """Note why the run ended; nothing for a loop that was left."""
        if not isinstance(error, GeneratorExit | KeyboardInterrupt):
            self._problem = str(error)

    def bundle(self) -> Bundle:
        """Return the state as HTML, and as text for programs without HTML.

        A state that cannot be drawn is said, and does not end the training.
        """
        try:
            html = self._html()
        except Exception as error:
            problem = f"The run continues, but cannot be drawn: {error!r}"
            html = f'<p class="wrong">{sentence(problem)}</p>'
        return {"text/html": piece(html), "text/plain": self.text()}

    def text(self) -> str:
        """Return the state as one line."""
        if self._problem:
            return printable(f"{self._folder}: {self._problem}")
        if not self._events:
            return printable(f"{self._folder}: starting")
        if self.is_over and not isinstance(self._events[-1], Finished):
            return printable(f"{self._folder}: stopped and saved after {self._step:,} steps")
        return printable(f"{self._folder}: {self._events[-1]}")

    def _html(self) -> str:
        started = self._started
        title = f"{started.architecture} on {started.data}" if started else "Training"
        parts = [heading(title, str(self._folder))]
        if started:
            images = f"{started.training_samples:,} images to train on"
            validation = f"{started.validation_samples:,} to validate"
            parts.append(facts(f"{started.parameters:,} parameters", images, validation))
            parts.append(self._progress(started))
        parts.append(self._result())
        if charts := curves(self._events)[:2]:
            parts.append(f'<div class="charts">{fragment(Sheet(items=charts, columns=2))}</div>')
        return "".join([*parts, self._epochs(), self._all_notes()])

    def _progress(self, started: Started) -> str:
        """Return a bar for the epoch and one for the run, and the last numbers."""
        total = started.epochs * self._per_epoch
        epoch = min(self._step // self._per_epoch + (self._step < total), started.epochs)
        within = self._step - (epoch - 1) * self._per_epoch
        rows = [(f"epoch {epoch} of {started.epochs}", within / self._per_epoch)]
        if started.epochs > 1:
            rows.append((f"step {self._step:,} of {total:,}", self._step / total))
        text = "".join(
            f"<span>{sentence(name)}</span>{bar(share)}<span>{share:.0%}</span>"
            for name, share in rows
        )
        return f'<div class="progress">{text}</div>{self._last(started, total)}'

    def _last(self, started: Started, total: int) -> str:
        last = next((e for e in reversed(self._events) if isinstance(e, StepEvent)), None)
        if last is None:
            return ""
        seconds = max(time.monotonic() - self._since_s, 1e-9)
        rate = (self._step - self._first_step) / seconds
        left_s = (total - self._step) / rate if rate > 0 else 0.0
        left = "" if self.is_over or not left_s else f"{duration(left_s)} left"
        return facts(
            f"loss {last.loss:.4f}",
            f"accuracy {percent(last.accuracy)}",
            f"learning rate {last.lr:.3g}",
            f"{rate * started.batch_size:,.0f} images/s",
            left,
        )

    def _result(self) -> str:
        """Return what became of the run, once it is over."""
        if self._problem:
            return f'<p class="wrong">{sentence(self._problem)}</p>'
        if not self.is_over:
            return ""
        if isinstance(self._events[-1] if self._events else None, Finished):
            opened = f"convscope.open({str(self._folder)!r})"
            lines = [str(self._events[-1]), f"Model and report are written: {opened} opens them."]
        else:
            resume = f"convscope train --resume {shlex.quote(str(self._folder))}"
            steps = counted(self._step, "step")
            lines = [f"Stopped and saved after {steps}; resume with: {resume}"]
        return "".join(f"<p>{sentence(line)}</p>" for line in lines)

    def _epochs(self) -> str:
        epochs = [event for event in self._events if isinstance(event, EpochEvent)]
        if not epochs:
            return ""
        rows = [
            (
                str(event.epoch),
                percent(event.validation_accuracy),
                f"{event.validation_loss:.4f}",
                "best so far" if event.best else "",
            )
            for event in reversed(epochs)
        ]
        head = ("epoch", "validation accuracy", "validation loss", "")
        summary = f"Validation after {counted(len(epochs), 'epoch')}"
        return folded(summary, table(head, rows, numeric=range(3)))

    def _all_notes(self) -> str:
        lines = [f'<p class="muted">{sentence(note)}</p>' for note in self._notes]
        if len(lines) <= MOST_NOTES:
            return "".join(lines)
        return folded(counted(len(lines), "note"), "".join(lines))


def duration(seconds: float) -> str:
    """Return a time as 0:07, 12:30 or 3:05:00."""
    whole = max(math.ceil(seconds), 0)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
