"""Progress bars on stderr, if it is a terminal; and progress in a file, for the studio."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from convscope.lang import label

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")
REPORT_S = 0.2

_file: Path | None = None
_reported_at = 0.0


def report_to(path: Path) -> None:
    """Write progress to a file from now on: {"done", "total", "text"}, at most 5 times a second."""
    global _file
    _file = path


def _report(done: float, total: float, text: str) -> None:
    global _reported_at
    now = time.monotonic()
    if _file is None or (now - _reported_at < REPORT_S and done != total):
        return
    _reported_at = now
    temporary = _file.with_suffix(".new")
    try:
        temporary.write_text(json.dumps({"done": done, "total": total, "text": text}))
        os.replace(temporary, _file)
    except OSError:
        return  # a full disk is the verb's to report


@contextmanager
def progress_bar(unit: str, action: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the number of units done and their total."""
    with _counting_bars(label(unit)) as bar:
        task = bar.add_task(label(action), total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            _report(done, total, f"{action}: {unit}" if unit else action)

        yield show


@contextmanager
def visuals_bar(total: int) -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Yield a function that begins the next of `total` visuals, by name.

    It returns a function that takes the steps of this visual done, and of all.
    """
    with _counting_bars() as bar:
        whole = bar.add_task(label("visuals"), total=total)
        steps = bar.add_task("", total=None, visible=False)
        num = 0

        def begin(name: str) -> Callable[[int, int], None]:
            nonlocal num
            bar.update(whole, completed=num)
            _report(num, total, name)
            bar.reset(steps, description=name, total=None, visible=False)
            num += 1
            return lambda done, every: bar.update(
                steps, completed=done, total=every, visible=every > 1
            )

        yield begin


def _counting_bars(unit: str = "") -> "Progress":
    """Return bars with a count of how many, and the time left; they vanish at the end."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    if unit:
        columns.append(TextColumn(unit))
    hidden = not console.is_terminal
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=hidden, transient=True
    )


def tracked(items: Sequence[T], action: str) -> Iterable[T]:
    """Return the items, with a progress bar while they are used."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if _file is not None:
        return _reported(items, action)
    return track(items, label(action), console=console) if console.is_terminal else items


def _reported(items: Sequence[T], action: str) -> Iterator[T]:
    for number, item in enumerate(items):
        _report(number, len(items), action)
        yield item
