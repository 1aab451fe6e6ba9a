"""Progress bars on stderr, if it is a terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from convscope.lang import label

T = TypeVar("T")


@contextmanager
def progress_bar(unit: str, action: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the number of units done and their total."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(label(unit)),
        TimeRemainingColumn(),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, transient=True) as bar:
        task = bar.add_task(label(action), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def tracked(items: Sequence[T], action: str) -> Iterable[T]:
    """Return the items, with a progress bar while they are used."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, label(action), console=console) if console.is_terminal else items
