"""Progress bars on stderr, if it is a terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from convscope.lang import label

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")


@contextmanager
def progress_bar(unit: str, action: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the number of units done and their total."""
    with _counting_bars(label(unit)) as bar:
        task = bar.add_task(label(action), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
    return track(items, label(action), console=console) if console.is_terminal else items
