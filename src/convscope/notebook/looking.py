"""Progress of a visual in Python: a bar in a notebook, or on a terminal's standard error.

It appears for visuals that take more than 2 seconds, and is removed at the end.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from convscope.lang import label
from convscope.notebook.live import INTERVAL_S, Bundle, Display, Update, duration, kernel_display
from convscope.notebook.parts import bar, facts
from convscope.render.pages.notebook import piece
from convscope.visuals.progress import Estimate, is_watched, reported_to

SHORT_S = 2.0


@contextmanager
def watched_visual() -> Iterator[None]:
    """Show the progress of the visual that is computed meanwhile, if nobody else does."""
    display = None if is_watched() else kernel_display()
    if display is not None:
        view = _NotebookBar(display)
        with reported_to(view.step, view.begin):
            try:
                yield
            finally:
                view.end()
    elif not is_watched() and sys.stderr.isatty():
        with _terminal_bar():
            yield
    else:
        yield


class _NotebookBar:
    """A line with a bar in the output of a cell, replaced in place."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._update: Update | None = None
        self._estimate: Estimate | None = None
        self._since_s = self._updated_s = time.monotonic()

    def begin(self, estimate: Estimate) -> None:
        self._estimate, self._since_s = estimate, time.monotonic()
        if (estimate.seconds or 0.0) > SHORT_S:
            self._update = self._display(self._bundle(0.0, estimate.seconds or 0.0))

    def step(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._update is not None and now - self._updated_s >= INTERVAL_S:
            self._updated_s = now
            left_s = (now - self._since_s) * (total - done) / done
            self._update(self._bundle(done / total, left_s))

    def end(self) -> None:
        if self._update is not None:
            self._update({"text/html": piece(""), "text/plain": ""})

    def _bundle(self, share: float, left_s: float) -> Bundle:
        name = self._estimate.visual if self._estimate else ""
        left = f"{duration(left_s)} left"
        html = (
            f'<div class="progress"><span>{name}</span>{bar(share)}<span>{share:.0%}</span></div>'
        )
        return {"text/html": piece(html + facts(left)), "text/plain": f"{name}: {share:.0%}"}


@contextmanager
def _terminal_bar() -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as view:
        task = view.add_task(label("steps"), total=None, visible=False)

        def begin(estimate: Estimate) -> None:
            is_long = (estimate.seconds or 0.0) > SHORT_S
            view.update(task, description=estimate.visual, visible=is_long)

        with reported_to(lambda done, all_: view.update(task, completed=done, total=all_), begin):
            yield
